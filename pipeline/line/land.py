"""Grond: what resolve, constrain and overlay read, which settings count for them, and their work on one cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from layers.derived.holding_shapes import LAYER as LAND
from layers.derived.refused import LAYER as REFUSED
from layers.derived.zone_shapes import LAYER as SHAPES
from layers.sources import TABLES
from pipeline.land.supplied import cluster_shape
from pipeline.line.catalog import RESOLVED_FROM
from pipeline.project.load import Project
from pipeline.runner.stage import Context, Tables
from pipeline.stages.constrain import constrain
from pipeline.stages.resolve import Known, ResolveParams, resolve


def work_resolve(context: Context, cluster: str, tables: Tables) -> Tables:
    """Holdings of one cluster with their periods, rights and conflicts."""
    project = context.project
    full = {name: tables.get(name, TABLES[name].empty()) for name in RESOLVED_FROM} | {"refused": tables["refused"]}
    # Years are asked of the periods later on: another horizon resolves nothing anew.
    done = resolve(full, cluster, project.resolve, replace(resolve_params(project), year_days={}))
    return {
        "holdings": done.holdings,
        "holding_shapes": LAND.conform(done.holdings),
        "holding_periods": done.periods,
        "holding_rights": done.rights,
        "contract_account": done.account,
        "conflicts": done.conflicts,
    }


def resolve_params(project: Project) -> ResolveParams:
    """The days that count: today, those on which years are judged, those of the registers (the oldest of several); and the proof at hand."""
    days = {year: project.day(year) for year in project.years}
    dated: dict[str, Any] = {}
    for card in project.sources.values():
        dated[card.layer] = min(card.dated, dated.get(card.layer, card.dated))
    known = {name: dated[name] for name in RESOLVED_FROM if name in dated}
    return ResolveParams(project.card.reference_date, days, known, known_proof(project))


def known_proof(project: Project) -> Known:
    """Which proof the project has, or declares that there is none of."""
    absent = project.card.absences
    missing = {
        name
        for name in ("ground_leases", "buildings", "land_use")
        if name in absent and absent[name].treat_as == "unknown"
    }
    return Known("ground_leases" not in missing, "buildings" not in missing, "land_use" not in missing)


def work_constrain(context: Context, cluster: str, tables: Tables) -> Tables:
    """Zones of one cluster, with the file and date that each was drawn from; their shapes alone are what is cut by."""
    project = context.project
    lost = tables.get("refused", REFUSED.empty())
    lost = lost[(lost["outcome"] == "refused") & lost.geometry.notna()]
    doubtful = {str(layer): rows.geometry.to_numpy() for layer, rows in lost.groupby("layer")}
    land = cluster_shape(tables["cluster_boundaries"], cluster)
    zones = constrain(tables, land, project.constrain, project.card.absences, doubtful)
    sources = {rule.name: data_source(project, rule.layer) for rule in project.constrain.constraint}
    told = zones["constraint"].astype(object).map(sources)
    named = zones.assign(cluster_id=pd.Series(cluster, index=zones.index, dtype="str"), data_source=told.astype("str"))
    return {"zones": named, "zone_shapes": SHAPES.conform(named)}


def data_source(project: Project, layer: str) -> str:
    """The files that fill a layer, each with its date; or why there is none."""
    cards = [card for card in project.sources.values() if card.layer == layer]
    if not cards:
        absent = project.card.absences.get(layer)
        return f"geen bestand: {absent.basis}" if absent else "geen bestand"
    return "; ".join(f"{card.basis} ({card.dated:%d-%m-%Y})" for card in cards)
