"""Usable supply: what is usable on the day of each year of supply, by the rules of that year; in asked years as the
verdicts say."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from layers.columns import CASES
from pipeline.land.land import PAIR, AssessedLand
from pipeline.land.rooms import rooms, turns, written_verdicts
from pipeline.land.suitability import ContiguousAreas
from pipeline.stages.balance.in_time import Tenure


@dataclass(frozen=True)
class SupplyLand:
    """The land of a cluster (m2) with its tenure, and which pieces may be used by the written table for the lead
    activity in any year of supply."""

    land: AssessedLand
    tenure: Tenure

    @property
    def lead(self) -> str:
        """The lead activity."""
        return self.tenure.config.publish.lead_profile

    @cached_property
    def turns(self) -> list[int]:
        """The years in which the rules on land may be other than in the year before, and the first and last of
        supply."""
        years = list(self.tenure.days)
        return turns(self.land.zones, [years[0], years[-1]])

    @cached_property
    def ruled(self) -> AssessedLand:
        """The land with the rooms of the lead activity in each of these years."""
        land, config = self.land, self.tenure.config
        pairs = land.pieces[PAIR].drop_duplicates()
        return replace(land, rooms=rooms(land.combinations, land.zones, pairs, self.turns, config, [self.lead]))

    @cached_property
    def holding_of_piece(self) -> Any:
        """The position of each piece's holding among those of the tenure."""
        return pd.Index(self.tenure.holdings["holding_id"]).get_indexer(self.land.pieces["holding_id"])

    def candidates(self, case: str) -> Iterator[Any]:
        """Of each year of supply in order the positions of the pieces that the written table calls usable."""
        by_pair, verdicts = self.ruled.rooms_by_pair, self.tenure.config.verdicts
        for year, day in self.tenure.days.items():
            turn = max(turn for turn in self.turns if turn <= year)
            states, names = pd.factorize(self.tenure.status_on(day, case))
            is_usable = written_verdicts(verdicts, names, by_pair.words) == "usable"
            room = by_pair.room[self.lead, turn][self.ruled.pair]
            yield np.flatnonzero(is_usable[states[self.holding_of_piece], room])


def usable_supply(supply: SupplyLand, areas: ContiguousAreas) -> dict[str, list[float]]:
    """m2 usable for the lead activity per case, on the day of each year of supply: free and open by the rules of that
    year, and what hangs together large and wide enough, with its quay."""
    if not len(supply.land.pieces):  # without plots
        return {case: [0.0] * len(supply.tenure.days) for case in CASES}
    profile = supply.tenure.config.profiles[supply.lead]
    known: dict[bytes, float] = {}  # in most years nothing changes

    def usable_m2(members: Any) -> float:
        key = members.tobytes()
        if key not in known:
            known[key] = supply.land.sum_m2(members[areas.verdicts(members, profile) == "usable"])
        return known[key]

    return {case: [usable_m2(members) for members in supply.candidates(case)] for case in CASES}
