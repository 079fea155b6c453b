"""Land on squared paper that makes sites: pieces by name with who has them, what bars them, and what lies between."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from cut_port import activity
from squared_paper import square, table

from pipeline.land.land import AssessedLand
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.assemble import AssembleConfig
from pipeline.project.load import Project
from pipeline.stages.assemble import BridgingInputs, ClusterAssessment, assemble, bridged_gaps

ROADS = {"road": square(-5, -5, 40, 40)}
BRIDGES = (
    {
        "name": "road",
        "title": "weg",
        "layer": "land_use",
        "where": "use_kind = 'road'",
        "cost": "low",
        "basis": "drawn",
    },
    {"name": "siding", "title": "spoor", "layer": "railways", "half_width_m": 30, "cost": "medium", "basis": "drawn"},
    {
        "name": "strip",
        "title": "strook",
        "layer": "land_use",
        "where": "use_kind = 'pipe_rack'",
        "cost": "high",
        "basis": "drawn",
    },
)
CARD = {
    "gap_m": 20,
    "sizes_ha": (1, 2, 5, 10, 25, 50, 100),
    "nearly_share": 0.5,
    "key_plots": 99,
    "serves_share": 0.5,
    "neighbours_tried": 6,
    "acceleration": {"within_m": 150, "most_ha": 6, "basis": "drawn"},
    "basis": "drawn",
    "bridge": BRIDGES,
    "barrier": ({"layer": "water", "basis": "drawn"},),
}
QUIET = {"free_from": {}, "held": set(), "blocked": set(), "owners": {}, "quays": None, "profile": {}, "years": (2026,)}


def between_of(land: Any, given: dict[str, Any]) -> BridgingInputs:
    """What lies between: road everywhere, unless the test draws it."""
    kinds = given.get("land_use", {"road": ROADS["road"]})
    use = [{"land_use_id": name, "use_kind": name.split(" ")[0], "geometry": shape} for name, shape in kinds.items()]
    water = [{"water_id": name, "geometry": shape} for name, shape in given.get("water", {}).items()]
    rails = [
        {"railway_id": name, "railway_kind": "siding", "geometry": shape}
        for name, shape in given.get("rails", {}).items()
    ]
    layers: dict[str, Any] = {
        "land_use": table("land_use", use),
        "water": table("water", water),
        "railways": table("railways", rails),
    }
    layers = {name: layer for name, layer in layers.items() if name not in given.get("not_known", ())}
    others = table(
        "holdings",
        [
            {"holding_id": name, "parcel_id": name, "geometry": shape, "area_m2": shape.area, "cluster_id": "paper"}
            for name, shape in given.get("others", {}).items()
        ],
    )
    plots = pd.concat([land[["geometry"]], others[["geometry"]]], ignore_index=True)
    public = given.get("public", set())
    names = [*land["holding_id"], *others["holding_id"]]
    return BridgingInputs(plots, np.array([name in public for name in names]), square(-9, -9, 60, 60), layers)


def assembled(rules: Project, shapes: dict[str, Any], **given: Any) -> SimpleNamespace:
    """The sites that pieces make; see `whole_of`."""
    whole = whole_of(rules, shapes, **given)
    return SimpleNamespace(**assemble(whole, gaps_of(whole, **given)))


def gaps_of(whole: ClusterAssessment, **given: Any) -> Any:
    """The gaps between the pieces that can be bridged, over what the test draws."""
    return bridged_gaps(whole, between_of(whole.land.pieces, {**QUIET, **given}))


def whole_of(rules: Project, shapes: dict[str, Any], **given: Any) -> ClusterAssessment:
    """Pieces by name, each a plot: free and open unless said
    otherwise; judged by the house's tests of size and width."""
    said = {**QUIET, **given}
    names = list(shapes)
    rows = [
        {"piece_id": n, "holding_id": n, "combination_id": n, "area_m2": s.area, "geometry": s}
        for n, s in shapes.items()
    ]
    pieces = table("pieces", rows).assign(cluster_id="paper")
    pieces["parcel_id"] = [said.get("plots", {}).get(name, name) for name in pieces["piece_id"]]
    pieces["plan_category"] = "5.1"
    pieces["owner"] = [said["owners"].get(name) for name in pieces["piece_id"]]
    dates = pieces["piece_id"].map(lambda name: pd.Timestamp(said["free_from"].get(name, "2026-10-01")))
    pieces["available_earliest"] = pieces["available_latest"] = dates
    where = [{"year": year, "case": "earliest"} for year in said["years"]]
    late = given.get("late", {})
    states = table(
        "holding_states",
        [
            {
                "holding_id": n,
                **w,
                "decided_by": "register",
                "tenure_status": "leased" if n in said["held"] or w["year"] < late.get(n, 0) else "free",
            }
            for n in names
            for w in where
        ],
    )
    room = table(
        "rooms",
        [
            {
                "combination_id": n,
                "plan_category": "5.1",
                "profile": "p",
                "year": year,
                "room": "blocked" if n in said["blocked"] else "open",
                "limiting": "rule" if n in said["blocked"] else None,
            }
            for n in names
            for year in said["years"]
        ],
    )
    over = table("combinations", [{"combination_id": name} for name in names])
    ground = AssessedLand("paper", pieces, states, room, table("zones", []), over)
    asks = activity(**said["profile"])
    card = AssembleConfig.model_validate({**CARD, **given.get("card", {})})
    wishes = replace(rules, assemble=card, profiles={"p": asks})
    fit = ContiguousAreas(ground.shapes, ground.area_m2, rules.assess.shape, said["quays"])
    verdict_rows = []
    for w in where:
        members = np.flatnonzero((ground.tenure_status(w["year"]) == "free") & (ground.room("p", w["year"]) == "open"))
        verdicts = np.full(len(names), "in_use", dtype=object)
        verdicts[members] = fit.verdicts(members, asks)
        verdict_rows += [
            {"piece_id": n, "profile": "p", **w, "verdict": v}
            for n, v in zip(pieces["piece_id"], verdicts, strict=True)
        ]
    return ClusterAssessment(ground, table("assessments", verdict_rows), fit, wishes)
