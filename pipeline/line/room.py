"""Ruimte: what measure, assess and assemble read, which settings count for them, and their work on one cluster."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from layers.derived.usable_without_plans import LAYER as BUT_FOR_PLANS
from pipeline.land.land import TENURE_PREFIX
from pipeline.land.supplied import cluster_shape, known_quays, supplied_or_empty
from pipeline.land.tenure_timeline import states_on
from pipeline.line.catalog import MEASURED_AGAINST
from pipeline.project.load import Project
from pipeline.runner.stage import Context, Tables
from pipeline.stages.assess import (
    AssessInputs,
    Neighbours,
    Rules,
    assess,
    housing_bounds,
    outward_zoning,
    pairs_of,
    rooms,
    without,
)
from pipeline.stages.measure.facts import measure


def work_measure(context: Context, cluster: str, tables: Tables) -> Tables:
    """What can be measured of the plots of one cluster; a layer that holds nothing by declaration counts as empty."""
    project = context.project
    land = cluster, cluster_shape(tables["cluster_boundaries"], cluster)
    layers = supplied_or_empty(project, tables, MEASURED_AGAINST)
    if "buildings" in layers:
        standing = layers["buildings"]["building_status"].isin(project.resolve.built.statuses)
        layers["buildings"] = layers["buildings"][standing]
    return {**measure(tables["holdings"], land, layers, project.measure)}


def work_assess(context: Context, _: str, tables: Tables) -> Tables:
    """Room, verdicts and the bounds by housing of one cluster."""
    project = context.project
    pairs = pairs_of(tables["pieces"], tables["holdings"])
    room = rooms(tables["combinations"], tables["zones"], pairs, project.years, rules_of(project))
    states = _with_lifted(
        states_on(tables["holding_periods"], {year: project.day(year) for year in project.years}), project
    )
    inputs = AssessInputs(tables["pieces"], tables["holdings"], states, room)
    verdicts = assess(inputs, project.verdicts, project.profiles, (known_quays(project, tables), project.assess))
    near = neighbours(project, tables)
    plots = tables["holdings"].dissolve(
        by=["cluster_id", "parcel_id"], as_index=False, aggfunc={"plan_category": "first"}
    )
    return {
        "holding_states": states,
        "rooms": room,
        "assessments": verdicts,
        "housing_bounds": housing_bounds(tables["pieces"], near, project.years, project.assess),
        "outward_zoning": outward_zoning(plots, near, project.assess),
        "usable_without_plans": _usable_without_plans(project, tables, inputs, verdicts),
    }


def _with_lifted(states: pd.DataFrame, project: Project) -> pd.DataFrame:
    """States as a scenario has them: land whose holding is lifted counts as free."""
    gone = [name.removeprefix(TENURE_PREFIX) for name in project.lifted if name.startswith(TENURE_PREFIX)]
    return states.assign(tenure_status=states["tenure_status"].mask(states["tenure_status"].isin(gone), "free"))


def _usable_without_plans(
    project: Project, tables: Tables, inputs: AssessInputs, verdicts: pd.DataFrame
) -> pd.DataFrame:
    """Pieces usable if no housing plan counted, no extension called; judged anew only where a plan has zones here."""
    plans = {rule.name for rule in project.constrain.constraint if rule.layer == "housing_plans"}
    early = verdicts[verdicts["case"] == "earliest"]
    if tables["zones"]["constraint"].isin(plans).any():
        pairs = pairs_of(tables["pieces"], tables["holdings"])
        zones = without(tables["zones"], plans)
        room = rooms(tables["combinations"], zones, pairs, project.years, rules_of(project))
        states = inputs.states[inputs.states["case"] == "earliest"]
        freed = replace(inputs, rooms=room, states=states)
        early = assess(freed, project.verdicts, project.profiles, (known_quays(project, tables), project.assess))
    return BUT_FOR_PLANS.conform(early[early["verdict"] == "usable"])


def rules_of(project: Project) -> Rules:
    """The written rules of a project."""
    return Rules(project.constrain.constraint, project.effects, project.profiles, project.assess)


def neighbours(project: Project, tables: Tables) -> Neighbours:
    """Dwellings and plans around the land; None where not known."""
    layers = supplied_or_empty(project, tables, ("sensitive_buildings", "housing_plans"))
    return Neighbours(layers.get("sensitive_buildings"), layers.get("housing_plans"), project.constrain.quad_segs)
