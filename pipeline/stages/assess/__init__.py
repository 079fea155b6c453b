"""Judge every piece: is it free, may this activity be there, is it fit.

reads   pieces, combinations, zones, holdings, holding_periods, and whom activities press on
writes  holding_states, rooms, assessments, housing_bounds, outward_zoning
keeps   each m2 under one verdict per profile, year and case
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.closed_lists import ROOMS
from layers.derived.assessments import LAYER as ASSESSMENTS
from layers.derived.usable_without_plans import LAYER as WITHOUT_PLANS
from layers.layer import RD_NEW
from pipeline.land.land import TENURE_PREFIX
from pipeline.land.suitability import ContiguousAreas
from pipeline.land.supplied import known_quays, supplied_or_empty
from pipeline.land.tenure_timeline import states_on
from pipeline.project.effect_conditions import UNKNOWN
from pipeline.project.models import VerdictConfig
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig
from pipeline.stages.assess.housing import Neighbours, housing_bounds, outward_zoning
from pipeline.stages.assess.rooms import Rules, rooms, without


@dataclass(frozen=True)
class AssessInputs:
    """The pieces with what decides over them: their holding's state per year and case, and the room of their
    combination."""

    pieces: gpd.GeoDataFrame
    holdings: gpd.GeoDataFrame
    states: pd.DataFrame
    rooms: pd.DataFrame


def run(config: Project, _: str, tables: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Room, verdicts and the bounds by housing of the pieces of one cluster."""
    pieces, holdings = tables["pieces"], tables["holdings"]
    days = {year: config.day(year) for year in config.years}
    states = _with_lifted(states_on(tables["holding_periods"], days), config.lifted)
    inputs = AssessInputs(pieces, holdings, states, _rooms(config, tables, tables["zones"]))
    areas = ContiguousAreas(
        pieces.geometry.to_numpy(), pieces["area_m2"].to_numpy(), config.assess.shape, known_quays(config, tables)
    )
    verdicts = assess(inputs, config.verdicts, config.profiles, areas)
    layers = supplied_or_empty(config, tables, ("sensitive_buildings", "housing_plans"))
    near = Neighbours(layers.get("sensitive_buildings"), layers.get("housing_plans"), config.constrain.quad_segs)
    plots = holdings.dissolve(by=["cluster_id", "parcel_id"], as_index=False, aggfunc={"plan_category": "first"})
    # The same land as if no plan counted: the loss per plan is laid at its door in the balance.
    without_plans = _without_plans(config, tables, inputs)
    early = verdicts[verdicts["case"] == "earliest"]
    if without_plans is not None:
        early = assess(without_plans, config.verdicts, config.profiles, areas)
    return {
        "holding_states": states,
        "rooms": inputs.rooms,
        "assessments": verdicts,
        "housing_bounds": housing_bounds(pieces, near, config.years, config.assess),
        "outward_zoning": outward_zoning(plots, near, config.assess),
        "usable_without_plans": WITHOUT_PLANS.conform(early[early["verdict"] == "usable"]),
    }


def _rooms(config: Project, tables: Mapping[str, Any], zones: pd.DataFrame) -> pd.DataFrame:
    rules = Rules(config.constrain.constraint, config.effects, config.profiles, config.assess)
    pairs = pairs_of(tables["pieces"], tables["holdings"])
    return rooms(tables["combinations"], zones, pairs, config.years, rules)


def _with_lifted(states: pd.DataFrame, lifted: Collection[str]) -> pd.DataFrame:
    """States as a scenario has them: land whose tenure is lifted counts as free."""
    statuses = [name.removeprefix(TENURE_PREFIX) for name in lifted if name.startswith(TENURE_PREFIX)]
    return states.assign(tenure_status=states["tenure_status"].mask(states["tenure_status"].isin(statuses), "free"))


def _without_plans(config: Project, tables: Mapping[str, Any], inputs: AssessInputs) -> AssessInputs | None:
    """The land as if no housing plan counted, no extension called; None where no plan has zones here."""
    plans = {rule.name for rule in config.constrain.constraint if rule.layer == "housing_plans"}
    if not tables["zones"]["constraint"].isin(plans).any():
        return None
    room = _rooms(config, tables, without(tables["zones"], plans))
    return replace(inputs, rooms=room, states=inputs.states[inputs.states["case"] == "earliest"])


def pairs_of(pieces: pd.DataFrame, holdings: pd.DataFrame) -> pd.DataFrame:
    """The pairs of combination and plan category that occur."""
    return _with_plan(pieces, holdings)[["combination_id", "plan_category"]].drop_duplicates(ignore_index=True)


def assess(
    inputs: AssessInputs,
    table: tuple[VerdictConfig, ...],
    profiles: Mapping[str, ProfileConfig],
    areas: ContiguousAreas,
) -> pd.DataFrame:
    """The verdict of every piece per profile, year and case: the written table first, then size (m2), width and quay
    (m)."""
    pieces = _with_plan(inputs.pieces, inputs.holdings)
    verdict = {(row.holding, room): row.verdict(room) for row in table for room in ROOMS}
    rows = []
    for (year, case), states in inputs.states.groupby(["year", "case"]):
        status = states.set_index("holding_id")["tenure_status"].reindex(pieces["holding_id"]).to_numpy()
        for name, profile in profiles.items():
            room = _room_of(pieces, inputs.rooms, name, year)
            verdicts = np.array([verdict[pair] for pair in zip(status, room, strict=True)], dtype=object)
            # What the table calls usable must still be large and wide enough, together with its neighbours.
            members = np.flatnonzero(verdicts == "usable")
            verdicts[members] = areas.verdicts(members, profile)
            key = {"piece_id": pieces["piece_id"], "profile": name, "year": year, "case": case}
            rows.append(pd.DataFrame({**key, "verdict": verdicts}))
    return ASSESSMENTS.collect(rows)


def _with_plan(pieces: gpd.GeoDataFrame, holdings: pd.DataFrame) -> gpd.GeoDataFrame:
    plan = holdings.set_index("holding_id")["plan_category"].fillna(UNKNOWN)
    return gpd.GeoDataFrame(pieces.assign(plan_category=plan.reindex(pieces["holding_id"]).to_numpy()), crs=RD_NEW)


def _room_of(pieces: pd.DataFrame, table: pd.DataFrame, profile: str, year: int) -> Any:
    rooms_of_profile = table[(table["profile"] == profile) & (table["year"] == year)].set_index(
        ["combination_id", "plan_category"]
    )["room"]
    return rooms_of_profile.reindex(pd.MultiIndex.from_frame(pieces[["combination_id", "plan_category"]])).to_numpy()
