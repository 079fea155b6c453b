"""Judge every piece: is it free, may this activity be there, is it fit.

reads   pieces, combinations, zones, holdings, holding_periods, and whom activities press on
writes  holding_states, rooms, room_turns, assessments, housing_bounds, outward_zoning, usable_without_plans
keeps   each m2 under one verdict per profile, year and case
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.assessments import LAYER as ASSESSMENTS
from layers.derived.rooms import LAYER as ROOMS
from layers.derived.usable_without_plans import LAYER as WITHOUT_PLANS
from pipeline.land.land import PAIR, TENURE_PREFIX, AssessedLand, assessed_land, whole_plots
from pipeline.land.rooms import rooms, rooms_in_time, without, written_verdicts
from pipeline.land.suitability import ContiguousAreas
from pipeline.land.supplied import known_quays, supplied_or_empty
from pipeline.land.tenure_timeline import states_on
from pipeline.project.project import Project
from pipeline.stages.assess.housing import Neighbours, housing_bounds, outward_zoning


def run(config: Project, cluster: str, tables: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Room, verdicts and the bounds by housing of the pieces (RD New) of one cluster."""
    days = {year: config.day(year) for year in config.years}
    states = _with_lifted(states_on(tables["holding_periods"], days), config.lifted)
    land = assessed_land(cluster, {**tables, "holding_states": states, "rooms": ROOMS.empty()})
    rooms_now, turns = rooms_in_time(*_asks(config, land, land.zones))
    land = replace(land, rooms=rooms_now)
    areas = ContiguousAreas(land.shapes, land.area_m2, config.assess.shape, known_quays(config, tables))
    verdicts = assess(land, config, areas)
    layers = supplied_or_empty(config, tables, ("sensitive_buildings", "housing_plans"))
    near = Neighbours(layers.get("sensitive_buildings"), layers.get("housing_plans"), config.constrain.quad_segs)
    plots = whole_plots(tables["holdings"])
    # The same land as if no plan counted: the loss per plan is laid at its door in the balance.
    plans = {rule.name for rule in config.constrain.constraint if rule.layer == "housing_plans"}
    early_states = states[states["case"] == "earliest"]
    early = verdicts[(verdicts["case"] == "earliest") & (verdicts["verdict"] == "usable")]
    if land.zones["constraint"].isin(plans).any():
        without_plans = rooms(*_asks(config, land, without(land.zones, plans)))
        early = assess(replace(land, rooms=without_plans, states=early_states), config, areas, only="usable")
    return {
        "holding_states": states,
        "rooms": land.rooms,
        "room_turns": turns,
        "assessments": verdicts,
        "housing_bounds": housing_bounds(land.pieces, near, config.years, config.assess),
        "outward_zoning": outward_zoning(plots, near, config.assess),
        "usable_without_plans": WITHOUT_PLANS.conform(early),
    }


def _asks(config: Project, land: AssessedLand, zones: pd.DataFrame) -> tuple[Any, ...]:
    """What rooms are worked out from: combinations, zones, pairs of combination and plan category, years, and rules."""
    return land.combinations, zones, land.pieces[PAIR].drop_duplicates(), config.years, config


def _with_lifted(states: pd.DataFrame, lifted: Collection[str]) -> pd.DataFrame:
    """States as a scenario has them: land whose tenure is lifted counts as free."""
    status = states["tenure_status"]
    return states.assign(tenure_status=status.mask((TENURE_PREFIX + status).isin(list(lifted)), "free"))


def assess(land: AssessedLand, config: Project, areas: ContiguousAreas, only: str = "") -> pd.DataFrame:
    """The verdict of every piece per profile, year and case: the written table first, then size (m2), width
    and quay (m). only: the rows of one verdict."""
    cases = [(year, case, name) for year, case in land.cases for name in config.profiles]
    if not cases or not len(land.pieces):  # a cluster without plots
        return ASSESSMENTS.empty()
    pieces: list[Any] = []
    verdicts: list[Any] = []
    by_pair, states = land.rooms_by_pair, land.status_codes[1]
    table = written_verdicts(config.verdicts, states, by_pair.words)
    for year, case, name in cases:
        judged = table[land.status_code(year, case), by_pair.room[name, year][land.pair]]
        # What the table calls usable must still be large and wide enough, together with its neighbours.
        members = np.flatnonzero(judged == "usable")
        judged[members] = areas.verdicts(members, config.profiles[name])
        pieces.append(np.flatnonzero(judged == only) if only else np.arange(len(judged)))
        verdicts.append(pd.Series(judged[pieces[-1]], dtype="str"))
    counts = [len(rows) for rows in pieces]
    years, when, profiles = zip(*cases, strict=True)
    columns = {
        "piece_id": land.pieces["piece_id"].array.take(np.concatenate(pieces)),
        # As texts of the table: numpy would write the longest name out in every row.
        "profile": pd.array(profiles, dtype="str").repeat(counts),
        "year": np.repeat(years, counts),
        "case": pd.array(when, dtype="str").repeat(counts),
        "verdict": pd.concat(verdicts, ignore_index=True),
    }
    return ASSESSMENTS.conform(pd.DataFrame(columns))
