"""Usable supply: what is usable on the day of each year of supply, by the rules of that year; in asked years as the
verdicts say."""

import numpy as np

from layers.columns import CASES
from pipeline.land.dates import day_number
from pipeline.land.suitability import ContiguousAreas
from pipeline.stages.balance.in_time import Tenure
from pipeline.stages.balance.project_days import LandInTime


def usable_supply(time: LandInTime, tenure: Tenure, areas: ContiguousAreas) -> dict[str, list[float]]:
    """m2 usable for the lead activity per case, on the day of each year of supply: free and open by the rules of that
    year, and what hangs together large and wide enough, with its quay."""
    if not len(time.land.pieces):  # without plots
        return {case: [0.0] * len(tenure.days) for case in CASES}
    lead = tenure.config.publish.lead_profile
    profile = tenure.config.profiles[lead]
    known: dict[bytes, float] = {}  # in most years nothing changes

    def usable_m2(case: str, day: int) -> float:
        members = np.flatnonzero(time.is_usable[time.state(case, day), time.room(lead, day)])
        key = members.tobytes()
        if key not in known:
            known[key] = time.land.sum_m2(members[areas.verdicts(members, profile) == "usable"])
        return known[key]

    days = [day_number(day) for day in tenure.days.values()]
    return {case: [usable_m2(case, day) for day in days] for case in CASES}
