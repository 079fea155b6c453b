"""Vragen over ruimte: the tables that tell of room, for one cluster and for their sum, and what of them stands in figures.csv."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.columns import BOTH
from layers.derived import DERIVED
from pipeline.land.land import AssessedLand, Rulebook
from pipeline.project.models import RoomQuestionsConfig
from pipeline.stages.balance import categories, mismatch
from pipeline.stages.balance.headroom import emission_supply, joint_headroom
from pipeline.stages.balance.impact import contour_protection, plan_downgrades, plan_impact
from pipeline.stages.balance.tightness import tightness

ALL = "all"
CERTAINTY = ("decided", "likely", "explored", "unknown")


@dataclass(frozen=True)
class Beside:
    """What a cluster is laid beside: its land, bounds by housing, verdicts, plans (None: not known), and a matrix if given."""

    land: Any
    bounds: pd.DataFrame
    assessments: pd.DataFrame
    without_plans: pd.DataFrame
    plans: gpd.GeoDataFrame | None
    matrix: tuple[pd.DataFrame | None, pd.DataFrame | None]


def tables_of_room(
    ground: AssessedLand, beside: Beside, rules: Rulebook, card: RoomQuestionsConfig
) -> dict[str, pd.DataFrame]:
    """Every table about room of one cluster."""
    usable = beside.assessments.query("case == 'earliest' and verdict == 'usable'")
    supply = emission_supply(
        usable.merge(pd.DataFrame(ground.pieces[["piece_id", "parcel_id", "area_m2"]]), on="piece_id"),
        ground.cluster_id,
    )
    joint, binding = joint_headroom(supply, beside.matrix, rules, ground.cluster_id)
    found = {
        "mismatch": mismatch.mismatch(ground, rules, card.swap_m),
        "category_downgrades": categories.category_downgrades(ground, beside.bounds, rules.card),
        "tightness": tightness(ground, rules, card.tightness_db),
        "joint_headroom": joint,
        "binding_receptors": binding,
        "emission_supply": supply,
        **{name: DERIVED[name].empty() for name in ("plan_impact", "plan_downgrades", "contour_protection")},
    }
    if beside.plans is None or beside.plans.empty:
        return found
    plans = beside.plans
    asked = rules, card.protection_m, beside.land
    return found | {
        "plan_impact": plan_impact(ground, plans, (beside.without_plans, usable), rules),
        "plan_downgrades": plan_downgrades(ground, plans, beside.bounds, rules),
        "contour_protection": contour_protection(ground, plans, beside.without_plans, asked),
    }


def sum_of_room(
    tables: Mapping[str, pd.DataFrame], matrix: tuple[Any, Any], rules: Rulebook, unit: str
) -> dict[str, pd.DataFrame]:
    """The clusters together, with their sum where there is one; a shared budget is shared by all clusters."""
    joint, binding = joint_headroom(tables["emission_supply"], matrix, rules, unit)
    listed = ("plan_impact", "plan_downgrades", "contour_protection", "tightness", "emission_supply")
    return {
        **{name: DERIVED[name].conform(tables[name]) for name in listed},
        "mismatch": mismatch.national(tables["mismatch"], unit),
        "category_downgrades": categories.national(tables["category_downgrades"], unit),
        "joint_headroom": DERIVED["joint_headroom"].conform(pd.concat([tables["joint_headroom"], joint])),
        "binding_receptors": DERIVED["binding_receptors"].conform(pd.concat([tables["binding_receptors"], binding])),
    }


def measures_of_room(
    ground: AssessedLand, made: Mapping[str, pd.DataFrame], assessments: pd.DataFrame, card: RoomQuestionsConfig
) -> pd.DataFrame:
    """What of room stands in figures.csv: the four cells, highest categories, plans, and usable land under energy claims."""
    cells = made["mismatch"].melt(
        ["profile", "year"],
        ["both_m2", "only_free_m2", "only_room_m2", "neither_m2", "unknown_m2"],
        "heading",
        "area_m2",
    )
    cells = cells.assign(heading=cells["heading"].str.removesuffix("_m2"), measure="free_and_room", case="earliest")
    held = made["category_downgrades"]
    best = held[held["held"] == "all"].groupby(["year", "category"], as_index=False)["area_m2"].sum()
    best = best.rename(columns={"category": "heading"}).assign(measure="highest_category", profile=ALL, case=BOTH)
    hard = made["plan_impact"].query("is_hard")
    plans = [
        hard.assign(area_m2=hard[f"{name}_m2"], heading=hard["plan_id"], measure=f"plan_{name}", case="earliest")
        for name in ("hit", "unique", "share")
    ]
    every = pd.concat([cells, best, *plans, claims(ground, assessments, card.claim_constraint)], ignore_index=True)
    return every.assign(area_m2=every["area_m2"].round(1), count=pd.NA)[
        ["year", "case", "profile", "measure", "heading", "area_m2", "count"]
    ]


def claims(ground: AssessedLand, assessments: pd.DataFrame, constraint: str) -> pd.DataFrame:
    """Usable m2 per activity, year and case by the surest energy claim on it (`none`: no claim); the headings sum to usable."""
    made = []
    usable = assessments[assessments["verdict"] == "usable"]
    ids = pd.Index(ground.pieces["piece_id"])
    for year, part in usable.groupby("year"):
        bands = ground.zones_over(int(year), constraint)
        surest = np.array(
            [next((word for word in CERTAINTY if word in found), "none") for found in bands], dtype=object
        )
        at = ids.get_indexer(part["piece_id"])
        told = part.assign(heading=surest[at], area_m2=ground.area_m2[at])
        made.append(told.groupby(["year", "case", "profile", "heading"], as_index=False)["area_m2"].sum())
    if not made:
        return pd.DataFrame({name: [] for name in ("year", "case", "profile", "heading", "area_m2", "measure")})
    return pd.concat(made).assign(measure="usable_by_claim")
