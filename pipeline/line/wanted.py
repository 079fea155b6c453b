"""Gevraagd: demand, projects and scarce plots against the land: what the balance reads of them, and their tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.columns import CASES
from layers.derived import DERIVED
from layers.errors import ConfigRefusal
from layers.units import M2_PER_HA
from pipeline.land.land import AssessedLand
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.load import Project
from pipeline.runner.stage import Tables
from pipeline.spatial.frontage import frontage_m
from pipeline.stages.balance.portfolio import Left, Sites, placements
from pipeline.stages.balance.scarce import Users, scarce_plots, scarcity, sum_of_scarcity
from pipeline.stages.balance.shortage import Supply, Wanted, shortages, sum_of_shortages


def tables_of_wanted(project: Project, ground: AssessedLand, tables: Tables, fit: ContiguousAreas) -> Tables:
    """Shortages by cause, projects placed, and scarce plots of one cluster."""
    unit = ground.cluster_id
    own = tuple(row for row in project.projects if row.cluster_id == unit)
    nowhere = DERIVED[
        "placements"
    ].empty()  # projects hang on each other across clusters: they are placed once, on all land
    plots = _scarce_plots(project, ground, tables)
    supply = Supply(ground, fit, frozenset(project.balance.levers.not_liftable))
    made = [shortages(wanted, supply, case) for wanted in _wanted(project, unit) for case in CASES]
    return {
        "shortages": DERIVED["shortages"].conform(pd.concat(made)) if made else DERIVED["shortages"].empty(),
        "placements": nowhere,
        "scarce_plots": plots,
        "scarcity": scarcity((unit, plots), own, project.profiles, (project.balance.scarce, project.assess.categories)),
    }


def sum_of_wanted(project: Project, ground: AssessedLand, tables: Tables, fit: ContiguousAreas) -> Tables:
    """The clusters together: projects placed with all land in view, shortages and scarcity with their sum."""
    unit = ground.cluster_id
    whole = _sites(project, ground, tables, fit)
    return {
        "shortages": sum_of_shortages(tables["shortages"], unit),
        "placements": placements(project.projects, whole, project.balance.solve_seconds),
        "scarce_plots": DERIVED["scarce_plots"].conform(tables["scarce_plots"]),
        "scarcity": sum_of_scarcity(tables["scarcity"], unit),
    }


def _wanted(project: Project, unit: str) -> list[Wanted]:
    """What is asked of a cluster, per year and scenario."""
    segments = {
        name: (segment.profile, project.profiles[segment.profile]) for name, segment in project.balance.segment.items()
    }
    asked: dict[tuple[int, str], dict[str, float]] = {}
    for row in project.demand:
        if row.cluster_id == unit:
            m2 = asked.setdefault((row.year, row.scenario), {})
            m2[row.segment] = m2.get(row.segment, 0.0) + row.demand_ha * M2_PER_HA
    return [Wanted(unit, year, scenario, m2, segments) for (year, scenario), m2 in sorted(asked.items())]


def _sites(project: Project, ground: AssessedLand, tables: Tables, fit: ContiguousAreas) -> Sites:
    """Sites in their earliest case, with pieces, and what of plots would do for an activity once nobody has them."""
    early = tables["sites"][tables["sites"]["case"] == "earliest"].reset_index(drop=True)
    parts = tables["site_pieces"][tables["site_pieces"]["site_id"].isin(early["site_id"])]
    pieces_of = {str(site): tuple(own) for site, own in parts.groupby("site_id")["piece_id"]}
    area = dict(zip(ground.pieces["piece_id"], ground.area_m2.tolist(), strict=True))
    parcels = ground.pieces["parcel_id"].to_numpy(dtype=object)
    ids = {row.project_id for row in project.projects}
    asked = {name for row in project.projects for name in (*row.leaves, *([row.near] if row.near else []))} - ids
    plots = {
        name: ground.pieces[parcels == name].geometry.union_all() for name in sorted(asked) if (parcels == name).any()
    }  # plots that projects name: a few
    if set(plots) != asked:
        raise ConfigRefusal(
            "projects.csv",
            actual=f"no plot or project {sorted(asked - set(plots))}",
            expected="keys of plots or projects",
        )
    keys = ground.pieces["piece_id"].to_numpy(dtype=object)

    def left(names: tuple[str, ...], profile: str, year: int) -> list[Left]:
        own = np.flatnonzero(np.isin(parcels, list(names)) & (ground.room(profile, year) == "open"))
        patches = [one for one in fit.patches(own) if fit.verdict(one, project.profiles[profile]) == "usable"]
        return [
            Left(tuple(keys[one]), float(ground.area_m2[one].sum()), shapely.union_all(ground.shapes[one]))
            for one in patches
        ]

    def quay_m(shape: Any, profile: str) -> float:
        quays = fit.quays
        if quays is None or quays.empty:
            return 0.0
        deep = quays[(quays["draught_m"] >= project.profiles[profile].least_draught_m).fillna(False)]
        lines = deep if project.profiles[profile].least_draught_m else quays
        return frontage_m(shape, lines, project.assess.shape.quay_reach_m) if len(lines) else 0.0

    return Sites(early, pieces_of, area, plots, project.years, left, quay_m)


def _scarce_plots(project: Project, ground: AssessedLand, tables: Tables) -> pd.DataFrame:
    dates = tables["holdings"].set_index("holding_id")[["available_earliest", "available_latest"]]
    own: Any = dates.reindex(ground.pieces["holding_id"])
    pieces = ground.pieces.assign(**{name: own[name].to_numpy() for name in dates})
    dated = AssessedLand(ground.cluster_id, pieces, ground.states, ground.rooms, ground.zones, ground.combinations)
    contracts = tables.get("ground_leases", pd.DataFrame({name: [] for name in _TOLD}))
    users = Users(dated, contracts, tables["holding_rights"], tables["housing_bounds"], tables["parcel_facts"])
    return scarce_plots(users, project.balance.scarce, project.assess.categories)


_TOLD = ("contract_id", "is_quay_bound", "activity_category", "is_seveso")
