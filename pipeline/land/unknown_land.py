"""Land that a source layer without card or declaration leaves unknown: which layers, and how much each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from layers.columns import EVIDENCE
from pipeline.land.not_supplied import not_supplied
from pipeline.land.tenure_sources import RECORDS_OF_SOURCE
from pipeline.project.project import Project


@dataclass(frozen=True)
class UnknownLand:
    """The layers that leave land unknown with at most how many m2 each, the most first; m2 that any of them does; and
    whether any land is usable in any year, no extension called."""

    by_layer: dict[str, float]
    total_m2: float
    is_any_usable: bool

    @classmethod
    def from_pieces(cls, land: pd.DataFrame, layers: Sequence[str]) -> "UnknownLand":
        """From the pieces of one or more clusters as `unknown_land` gives them."""
        m2 = {name: float(land.loc[land[name], "area_m2"].sum()) for name in layers}
        ranked = sorted((name for name in layers if m2[name] > 0), key=lambda name: (-m2[name], name))
        total_m2 = float(land.loc[land[ranked].any(axis=1), "area_m2"].sum())
        return cls({name: m2[name] for name in ranked}, total_m2, bool(land["is_usable"].any()))


def unknown_layers(project: Project) -> list[str]:
    """Return the source layers that count as not known and that could change hectares."""
    return [layer.layer for layer in not_supplied(project) if layer.is_unknown and layer.decides]


def unknown_land(project: Project, tables: Mapping[str, Any], layers: Sequence[str]) -> pd.DataFrame:
    """Return the pieces (m2) with their cluster and, per layer, whether it may decide over land whose verdict for the
    lead activity is unknown in the reference year; and whether they are usable in any year, no extension called.

    It may decide under a rule that reads it, over land whose holder no stronger record than its own leaves unknown, and
    without quays over land that is free and open.
    """
    year = project.years[0]
    lead_and_year = f"profile == {project.publish.lead_profile!r} and year == {year}"
    lead = tables["assessments"].query(f"profile == {project.publish.lead_profile!r} and case == 'earliest'")
    unknown = lead.loc[(lead["year"] == year) & (lead["verdict"] == "unknown"), "piece_id"]
    states = tables["holding_states"].query(f"year == {year} and case == 'earliest'")
    # Of several clusters a combination may stand there more than once.
    rooms = tables["rooms"].query(lead_and_year).drop_duplicates(["combination_id", "plan_category"])
    # Rooms stand under `unknown` where a plan has no category.
    plans = tables["holdings"][["holding_id", "cluster_id", "plan_category"]].fillna({"plan_category": "unknown"})
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
        rules = {rule.name for rule in project.constrain.constraint if name in rule.located_by}
        decides = (land["room"] == "unknown") & limiting.map(rules.intersection).map(bool)
        if name in RECORDS_OF_SOURCE:
            weaker = EVIDENCE[EVIDENCE.index(RECORDS_OF_SOURCE[name]) :]
            decides |= (land["tenure_status"] == "unknown") & land["decided_by"].isin(weaker)
        if name == "quays":
            decides |= (land["tenure_status"] == "free") & (land["room"] == "open")
        land[name] = is_unknown & decides
    return land
