"""Land that a layer without card or declaration leaves unknown."""

from collections.abc import Sequence

import pandas as pd

from layers.columns import EVIDENCE
from layers.units import M2_PER_HA
from pipeline.land.tenure_sources import RECORDS_OF_SOURCE
from pipeline.runner.results import Results
from pipeline.runner.stage import RunContext


def not_supplied_note(context: RunContext, clusters: Sequence[str]) -> list[str]:
    """Return one line that names the layers not supplied, and at most how many hectares (ha) are unknown through
    them; else none."""
    project = context.project
    if not project.not_supplied:
        return []
    total_m2 = sum(_unknown_m2(context, name) for name in clusters or project.clusters)
    title = project.profiles[project.publish.lead_profile].title
    return [
        f"not supplied and not declared absent: {', '.join(project.not_supplied)}; through them "
        f"up to {total_m2 / M2_PER_HA:.1f} ha are unknown for {title} in {project.years[0]}"
    ]


def _unknown_m2(context: RunContext, cluster: str) -> float:
    """Return m2 with verdict unknown for the lead activity in the reference year that a layer not supplied may decide.

    Those are land under a rule that reads the layer, land whose holder no stronger record than its own leaves unknown,
    and without quays land that is free and open.
    """
    project, year = context.project, context.project.years[0]
    tables = Results.from_run(context).tables(("pieces", "holdings", "rooms", "holding_states", "assessments"), cluster)
    lead_and_year = f"profile == {project.publish.lead_profile!r} and year == {year}"
    unknown = tables["assessments"].query(f"{lead_and_year} and case == 'earliest' and verdict == 'unknown'")
    states = tables["holding_states"].query(f"year == {year} and case == 'earliest'")
    rooms = tables["rooms"].query(lead_and_year)
    # Rooms stand under `unknown` where a plan has no category.
    plans = tables["holdings"][["holding_id", "plan_category"]].fillna({"plan_category": "unknown"})
    land = (
        pd.DataFrame(tables["pieces"])[["piece_id", "holding_id", "combination_id", "area_m2"]]
        .merge(unknown[["piece_id"]], on="piece_id")
        .merge(plans, on="holding_id")
        .merge(states[["holding_id", "tenure_status", "decided_by"]], on="holding_id")
        .merge(rooms[["combination_id", "plan_category", "room", "limiting"]], on=["combination_id", "plan_category"])
    )
    missing = {rule.name for rule in project.constrain.constraint if rule.layer in project.not_supplied}
    by_room = (land["room"] == "unknown") & land["limiting"].fillna("").map(
        lambda text: bool(missing & {*text.split()})
    )
    records = [RECORDS_OF_SOURCE[name] for name in project.not_supplied if name in RECORDS_OF_SOURCE]
    weaker = EVIDENCE[min(map(EVIDENCE.index, records), default=len(EVIDENCE)) :]
    by_tenure = (land["tenure_status"] == "unknown") & land["decided_by"].isin(weaker)
    by_quays = (land["tenure_status"] == "free") & (land["room"] == "open") & ("quays" in project.not_supplied)
    return float(land.loc[by_room | by_tenure | by_quays, "area_m2"].sum())
