"""Beoordelen: is it free, may this activity be here, is it fit?

reads   pieces, combinations, zones, holdings, holding_periods, and whom activities press on
writes  holding_states, rooms, assessments, housing_bounds, outward_zoning
keeps   each m2 under one verdict per profile, year and case
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.closed_lists import ROOMS
from layers.derived.assessments import LAYER as ASSESSMENTS
from layers.layer import RD_NEW
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.effect_conditions import UNKNOWN
from pipeline.project.models import VerdictConfig
from pipeline.project.rules import AssessConfig, ProfileConfig
from pipeline.stages.assess.housing import Neighbours, housing_bounds, outward_zoning
from pipeline.stages.assess.rooms import Rules, rooms, without

__all__ = [
    "Judged",
    "Neighbours",
    "Rules",
    "assess",
    "housing_bounds",
    "outward_zoning",
    "pairs_of",
    "rooms",
    "without",
]


@dataclass(frozen=True)
class AssessInputs:
    """The pieces with what decides over them: their holding's state per year and case, and the room of their combination."""

    pieces: gpd.GeoDataFrame
    holdings: gpd.GeoDataFrame
    states: pd.DataFrame
    rooms: pd.DataFrame


def pairs_of(pieces: pd.DataFrame, holdings: pd.DataFrame) -> pd.DataFrame:
    """The pairs of combination and plan category that occur."""
    return _with_plan(pieces, holdings)[["combination_id", "plan_category"]].drop_duplicates(ignore_index=True)


def assess(
    inputs: AssessInputs,
    table: tuple[VerdictConfig, ...],
    profiles: Mapping[str, ProfileConfig],
    fit: tuple[Any, AssessConfig],
) -> pd.DataFrame:
    """The verdict of every piece per profile, year and case: the written table first, then size, width and quay."""
    quays, card = fit
    pieces = _with_plan(inputs.pieces, inputs.holdings)
    verdict = {(row.holding, room): row.verdict(room) for row in table for room in ROOMS}
    patches = ContiguousAreas(pieces.geometry.to_numpy(), pieces["area_m2"].to_numpy(), card.shape, quays)
    made = []
    for (year, case), states in inputs.states.groupby(["year", "case"]):
        holding = states.set_index("holding_id")["tenure_status"].reindex(pieces["holding_id"]).to_numpy()
        for name, profile in profiles.items():
            room = _room_of(pieces, inputs.rooms, name, year)
            found = np.array([verdict[pair] for pair in zip(holding, room, strict=True)], dtype=object)
            members = np.flatnonzero(found == "usable")
            found[members] = patches.verdicts(members, profile)
            made.append(
                pd.DataFrame(
                    {"piece_id": pieces["piece_id"], "profile": name, "year": year, "case": case, "verdict": found}
                )
            )
    return ASSESSMENTS.conform(pd.concat(made))


def _with_plan(pieces: gpd.GeoDataFrame, holdings: pd.DataFrame) -> gpd.GeoDataFrame:
    plan = holdings.set_index("holding_id")["plan_category"].fillna(UNKNOWN)
    return gpd.GeoDataFrame(pieces.assign(plan_category=plan.reindex(pieces["holding_id"]).to_numpy()), crs=RD_NEW)


def _room_of(pieces: pd.DataFrame, table: pd.DataFrame, profile: str, year: int) -> Any:
    asked = table[(table["profile"] == profile) & (table["year"] == year)].set_index(
        ["combination_id", "plan_category"]
    )["room"]
    return asked.reindex(pd.MultiIndex.from_frame(pieces[["combination_id", "plan_category"]])).to_numpy()
