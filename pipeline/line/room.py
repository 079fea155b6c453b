"""Ruimte: what measure, assess and assemble read, which settings count for them, and their work on one cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from layers.derived import DERIVED
from layers.derived.usable_without_plans import LAYER as BUT_FOR_PLANS
from layers.sources import TABLES
from pipeline.land.land import TENURE_PREFIX, AssessedLand
from pipeline.land.suitability import ContiguousAreas
from pipeline.land.tenure_timeline import states_on
from pipeline.line.catalog import MEASURED_AGAINST
from pipeline.project.assemble import AssembleParams
from pipeline.project.load import Project
from pipeline.runner.stage import Context, Tables
from pipeline.stages.assemble import Between, Whole, assemble
from pipeline.stages.assemble.acceleration import acceleration_areas
from pipeline.stages.assemble.changes import smallest_changes
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
from pipeline.stages.resolve import cluster_land


def known_quays(project: Project, tables: Tables) -> Any:
    """Quays; none at all where they are declared absent as nothing, None where they are not known."""
    absent = project.card.absences.get("quays")
    return TABLES["quays"].empty() if absent is not None and absent.treat_as == "none" else tables.get("quays")


def work_measure(context: Context, cluster: str, tables: Tables) -> Tables:
    """What can be measured of the plots of one cluster; a layer that holds nothing by declaration counts as empty."""
    project = context.project
    land = cluster, cluster_land(tables["cluster_boundaries"], cluster)
    layers = supplied_or_empty(project, tables, MEASURED_AGAINST)
    if "buildings" in layers:
        standing = layers["buildings"]["building_status"].isin(project.resolve.built.statuses)
        layers["buildings"] = layers["buildings"][standing]
    return {**measure(tables["holdings"], land, layers, project.measure)}


def supplied_or_empty(project: Project, tables: Tables, names: tuple[str, ...]) -> dict[str, Any]:
    """The layers at hand; those declared to hold nothing are empty tables, those not known are left out."""
    absent = project.card.absences
    nothing = {
        name: TABLES[name].empty()
        for name in names
        if name in absent and name in TABLES and absent[name].treat_as == "none"
    }
    return {**nothing, **{name: tables[name] for name in names if name in tables}}


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


def _absent(project: Project) -> dict[str, str]:
    return {name: card.treat_as for name, card in project.card.absences.items()}


def work_assemble(context: Context, cluster: str, tables: Tables) -> Tables:
    """Sites of one cluster, and what would make its plots serve."""
    project = context.project
    whole = whole_of(project, cluster, tables)
    made = dict(vars(assemble(whole, _between(project, cluster, tables))))
    lead, fixed = project.publish.lead_profile, project.balance.levers.not_liftable
    asked = {"smallest_changes": smallest_changes(whole, lead, fixed)}
    return made | asked | {"acceleration_areas": acceleration_areas(whole, lead, fixed)}


def whole_of(project: Project, cluster: str, tables: Tables) -> Whole:
    """All land of a cluster with its verdicts, and how it fits activities."""
    about = tables["holdings"][["holding_id", "cluster_id", "parcel_id", "available_earliest", "available_latest"]]
    owners = tables["parcels"].set_index("parcel_id")["owner"]
    pieces = tables["pieces"].merge(pd.DataFrame(about), on="holding_id")
    pieces = pieces.assign(owner=owners.reindex(pieces["parcel_id"]).to_numpy())
    ground = ground_of(cluster, {**tables, "pieces": pieces})
    fit = ContiguousAreas(ground.shapes, ground.area_m2, project.assess.shape, known_quays(project, tables))
    wishes = AssembleParams(project.assemble, project.assess.shape, project.profiles)
    return Whole(ground, tables["assessments"], fit, wishes)


def ground_of(unit: str, tables: Tables) -> AssessedLand:
    """The pieces of a cluster with plot and plan category, and what is known of their tenure and room."""
    about = tables["holdings"].set_index("holding_id")[["cluster_id", "parcel_id", "plan_category"]]
    own = about.reindex(tables["pieces"]["holding_id"]).fillna({"plan_category": "unknown"})
    pieces = tables["pieces"].assign(**{name: own[name].to_numpy() for name in own})
    states, rooms = tables["holding_states"], tables["rooms"]
    over = [tables[name] if name in tables else DERIVED[name].empty() for name in ("zones", "combinations")]
    return AssessedLand(unit, pieces, states, rooms, over[0], over[1])


def _between(project: Project, cluster: str, tables: Tables) -> Between:
    """What lies between the plots of a cluster; public space only where it is so in every asked year and case."""
    states = tables["holding_states"]
    always = (states["tenure_status"] == "public_space").groupby(states["holding_id"]).all()
    is_public = always.reindex(tables["holdings"]["holding_id"]).fillna(False).to_numpy(dtype=bool)
    land = cluster_land(tables["cluster_boundaries"], cluster)
    named = {features.layer for features in (*project.assemble.bridge, *project.assemble.barrier)}
    layers = supplied_or_empty(project, tables, tuple(sorted(named & set(TABLES))))
    return Between(tables["holdings"], is_public, land, layers)
