"""Beoordelen: is it free, may this activity be here, is it fit?

reads   pieces, combinations, zones, holdings, holding_states, and what plots are measured against
writes  rooms, assessments, parcel_facts
keeps   each m2 under one verdict per profile, year and case
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.assessments import LAYER as ASSESSMENTS
from layers.derived.parcel_facts import LAYER as FACTS
from layers.layer import RD_NEW
from pipeline.cards import AssessCard, Profile, Rings, VerdictRow
from pipeline.filters import select
from pipeline.geometry import area, width
from pipeline.stages.assess import facts as measure
from pipeline.stages.assess.fitness import Patches
from pipeline.stages.assess.rooms import UNKNOWN, Rules, rooms

__all__ = ["Judged", "Rules", "assess", "pairs_of", "parcel_facts", "rooms"]


@dataclass(frozen=True)
class Judged:
    """The pieces with what decides over them: their holding's state per year and case, and the room of their combination."""

    pieces: gpd.GeoDataFrame
    holdings: gpd.GeoDataFrame
    states: pd.DataFrame
    rooms: pd.DataFrame


def pairs_of(pieces: pd.DataFrame, holdings: pd.DataFrame) -> pd.DataFrame:
    """The pairs of combination and plan category that occur."""
    return _with_plan(pieces, holdings)[["combination_id", "plan_category"]].drop_duplicates(ignore_index=True)


def assess(
    judged: Judged, table: tuple[VerdictRow, ...], profiles: Mapping[str, Profile], fit: tuple[Any, AssessCard]
) -> pd.DataFrame:
    """The verdict of every piece per profile, year and case: the written table first, then size, width and quay."""
    quays, card = fit
    pieces = _with_plan(judged.pieces, judged.holdings)
    verdict = {
        (row.holding, room): row.verdict(room)
        for row in table
        for room in ("open", "conditional", "blocked", "unknown")
    }
    line = None if quays is None else shapely.union_all(quays.geometry.to_numpy())
    patches = Patches(pieces.geometry.to_numpy(), pieces["area_m2"].to_numpy(), card.shape, line)
    made = []
    for (year, case), states in judged.states.groupby(["year", "case"]):
        holding = states.set_index("holding_id")["holding"].reindex(pieces["holding_id"]).to_numpy()
        for name, profile in profiles.items():
            room = _room_of(pieces, judged.rooms, name, year)
            found = np.array([verdict[pair] for pair in zip(holding, room, strict=True)], dtype=object)
            members = np.flatnonzero(found == "usable")
            found[members] = patches.verdicts(members, profile)
            made.append(
                pd.DataFrame(
                    {"piece_id": pieces["piece_id"], "profile": name, "year": year, "case": case, "verdict": found}
                )
            )
    return ASSESSMENTS.conform(pd.concat(made))


def parcel_facts(
    holdings: gpd.GeoDataFrame, layers: Mapping[str, Any], card: AssessCard, bands: Rings
) -> gpd.GeoDataFrame:
    """What can be measured of each plot inside the cluster; m, m2, dB and shares, empty where the layer is not supplied."""
    plots = holdings.dissolve(by=["cluster_id", "parcel_id"], as_index=False, aggfunc={"plan_category": "first"})
    roads = layers.get("roads")
    motorways = None if roads is None else roads[select(roads, card.distances.motorway)]
    near = measure.distance(plots, layers.get("sensitive_buildings"))
    level = measure.noise(plots, layers.get("noise_levels"), card.noise.least_covered_share)
    return FACTS.conform(
        plots.assign(
            area_m2=area(plots.geometry.to_numpy()),
            width_m=[width(shape) for shape in plots.geometry],
            built_share=measure.built_share(plots, layers.get("buildings")),
            quay_m=measure.length_along(plots, layers.get("quays"), card.shape.quay_reach_m),
            distance_quay_m=measure.distance(plots, layers.get("quays")),
            distance_waterway_m=measure.distance(plots, layers.get("waterways")),
            distance_motorway_m=measure.distance(plots, motorways),
            distance_railway_m=measure.distance(plots, layers.get("railways")),
            distance_power_station_m=measure.distance(plots, layers.get("power_stations")),
            distance_nature_m=measure.distance(plots, layers.get("nature_sites")),
            distance_sensitive_m=near,
            highest_category=measure.highest_category(near, plots["plan_category"], bands.bands, card.categories),
            **{name: level[name] for name in level},
        )
    )


def _with_plan(pieces: gpd.GeoDataFrame, holdings: pd.DataFrame) -> gpd.GeoDataFrame:
    plan = holdings.set_index("holding_id")["plan_category"].fillna(UNKNOWN)
    return gpd.GeoDataFrame(pieces.assign(plan_category=plan.reindex(pieces["holding_id"]).to_numpy()), crs=RD_NEW)


def _room_of(pieces: pd.DataFrame, table: pd.DataFrame, profile: str, year: int) -> Any:
    asked = table[(table["profile"] == profile) & (table["year"] == year)].set_index(
        ["combination_id", "plan_category"]
    )["room"]
    return asked.reindex(pd.MultiIndex.from_frame(pieces[["combination_id", "plan_category"]])).to_numpy()
