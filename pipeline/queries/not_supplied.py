"""Land that a layer without card or declaration leaves unknown."""

from collections.abc import Sequence

import pandas as pd

from layers.columns import EVIDENCE
from layers.units import M2_PER_HA
from pipeline.land.not_supplied import not_supplied
from pipeline.land.tenure_sources import RECORDS_OF_SOURCE
from pipeline.project.project import Project
from pipeline.runner.results import Results
from pipeline.runner.stage import RunContext


def not_supplied_note(context: RunContext, clusters: Sequence[str]) -> list[str]:
    """Return one line that names the layers that count as not known with at most how many hectares (ha) each leaves
    unknown, the most first, and whether nothing is usable before they are given; else none."""
    project = context.project
    layers, undeclared = unknown_layers(project), project.not_supplied
    if not layers and not undeclared:
        return []
    land = pd.concat([_unknown_land(context, name, layers) for name in clusters or project.clusters])
    title, year = project.profiles[project.publish.lead_profile].title, project.years[0]
    by_layer = {name: float(land.loc[land[name], "area_m2"].sum()) for name in layers}
    ranked = sorted((name for name in layers if by_layer[name] > 0), key=lambda name: (-by_layer[name], name))
    first = f"not supplied and not declared absent: {', '.join(undeclared)}; " if undeclared else ""
    if not ranked:
        return [f"{first}through them up to 0.0 ha are unknown for {title} in {year}"] if undeclared else []
    listed = ", ".join(f"{name} ({by_layer[name] / M2_PER_HA:.1f} ha)" for name in ranked)
    total_ha = land.loc[land[ranked].any(axis=1), "area_m2"].sum() / M2_PER_HA
    if not land["is_usable"].any():
        return [f"{first}nothing can become usable for {title} before these are given: {listed}"]
    return [f"{first}through them up to {total_ha:.1f} ha are unknown for {title} in {year}: {listed}"]


def unknown_layers(project: Project) -> list[str]:
    """Return the source layers that count as not known and that could change hectares."""
    return [layer.layer for layer in not_supplied(project) if layer.is_unknown and layer.decides]


def _unknown_land(context: RunContext, cluster: str, layers: Sequence[str]) -> pd.DataFrame:
    """Return the pieces of a cluster (m2) with, per layer, whether it may decide over land whose verdict for the lead
    activity is unknown in the reference year; and whether they are usable in any year, no extension called.

    It may decide under a rule that reads it, over land whose holder no stronger record than its own leaves unknown, and
    without quays over land that is free and open.
    """
    project, year = context.project, context.project.years[0]
    tables = Results.from_run(context).tables(("pieces", "holdings", "rooms", "holding_states", "assessments"), cluster)
    lead_and_year = f"profile == {project.publish.lead_profile!r} and year == {year}"
    lead = tables["assessments"].query(f"profile == {project.publish.lead_profile!r} and case == 'earliest'")
    unknown = lead.loc[(lead["year"] == year) & (lead["verdict"] == "unknown"), "piece_id"]
    states = tables["holding_states"].query(f"year == {year} and case == 'earliest'")
    rooms = tables["rooms"].query(lead_and_year)
    # Rooms stand under `unknown` where a plan has no category.
    plans = tables["holdings"][["holding_id", "plan_category"]].fillna({"plan_category": "unknown"})
    land = (
        pd.DataFrame(tables["pieces"])[["piece_id", "holding_id", "combination_id", "area_m2"]]
        .merge(plans, on="holding_id")
        .merge(states[["holding_id", "tenure_status", "decided_by"]], on="holding_id")
        .merge(rooms[["combination_id", "plan_category", "room", "limiting"]], on=["combination_id", "plan_category"])
    )
    is_unknown = land["piece_id"].isin(unknown)
    limiting = land["limiting"].fillna("").str.split()
    land["is_usable"] = land["piece_id"].isin(lead.loc[lead["verdict"] == "usable", "piece_id"])
    for name in layers:
        rules = {rule.name for rule in project.constrain.constraint if name in (rule.layer, *rule.road_layers)}
        decides = (land["room"] == "unknown") & limiting.map(rules.intersection).map(bool)
        if name in RECORDS_OF_SOURCE:
            weaker = EVIDENCE[EVIDENCE.index(RECORDS_OF_SOURCE[name]) :]
            decides |= (land["tenure_status"] == "unknown") & land["decided_by"].isin(weaker)
        if name == "quays":
            decides |= (land["tenure_status"] == "free") & (land["room"] == "open")
        land[name] = is_unknown & decides
    return land
