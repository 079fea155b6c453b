"""Grond: what resolve, constrain and overlay read, which settings count for them, and their work on one cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from layers.derived.holding_shapes import LAYER as LAND
from layers.derived.refused import LAYER as REFUSED
from layers.derived.zone_shapes import LAYER as SHAPES
from layers.sources import TABLES
from pipeline import elsewhere
from pipeline.origins import REGISTERS, RESOLVED_FROM, from_sources, supplied
from pipeline.settings import Project
from pipeline.stage import Context, Origin, Tables
from pipeline.stages.constrain import constrain
from pipeline.stages.overlay.again import Earlier
from pipeline.stages.overlay.course import Course
from pipeline.stages.overlay.pieces import overlay_again
from pipeline.stages.resolve import Asked, Known, cluster_land, resolve


def resolve_reads(project: Project, _: str) -> dict[str, list[Origin]]:
    """Plots, registers, contracts, and rows of them that were refused."""
    refused = [("harmonise", name, "refused") for name in REGISTERS if name in supplied(project)]
    return {**from_sources(project, RESOLVED_FROM), "refused": refused}


def work_resolve(context: Context, cluster: str, tables: Tables) -> Tables:
    """Holdings of one cluster with their periods, rights and conflicts."""
    project = context.project
    full = {name: tables.get(name, TABLES[name].empty()) for name in RESOLVED_FROM} | {"refused": tables["refused"]}
    # Years are asked of the periods later on: another horizon resolves nothing anew.
    done = resolve(full, cluster, project.resolve, replace(asked_of(project), year_days={}))
    return {
        "holdings": done.holdings,
        "holding_shapes": LAND.conform(done.holdings),
        "holding_periods": done.periods,
        "holding_rights": done.rights,
        "contract_account": done.account,
        "conflicts": done.conflicts,
    }


def asked_of(project: Project) -> Asked:
    """The days that count: today, those on which years are judged, those of the registers (the oldest of several); and the proof at hand."""
    days = {year: project.day(year) for year in project.years}
    dated: dict[str, Any] = {}
    for card in project.sources.values():
        dated[card.layer] = min(card.dated, dated.get(card.layer, card.dated))
    known = {name: dated[name] for name in RESOLVED_FROM if name in dated}
    return Asked(project.card.reference_date, days, known, known_proof(project))


def known_proof(project: Project) -> Known:
    """Which proof the project has, or declares that there is none of."""
    absent = project.card.absences
    missing = {
        name
        for name in ("ground_leases", "buildings", "land_use")
        if name in absent and absent[name].treat_as == "unknown"
    }
    return Known("ground_leases" not in missing, "buildings" not in missing, "land_use" not in missing)


def resolve_settings(context: Context, _: str) -> Any:
    """The card, the days that count, and what is absent."""
    project = context.project
    absent = {
        name: card.model_dump(mode="json") for name, card in project.card.absences.items() if name in RESOLVED_FROM
    }
    asked = asked_of(project)
    days = [str(day) for day in (asked.today, *asked.dated.values())]
    return [project.resolve.model_dump(mode="json"), days, absent]


def constrain_reads(project: Project, _: str) -> dict[str, list[Origin]]:
    """The layers that constraints are drawn from."""
    rules = project.constrain.constraint
    layers = {rule.layer for rule in rules} | {rule.own_site.layer for rule in rules if rule.own_site is not None}
    refused = [("harmonise", name, "refused") for name in sorted(layers) if name in supplied(project)]
    reads = from_sources(project, tuple(sorted({"cluster_boundaries", *layers})))
    return {**reads, "refused": refused} if refused else reads


def work_constrain(context: Context, cluster: str, tables: Tables) -> Tables:
    """Zones of one cluster, with the file and date that each was drawn from; their shapes alone are what is cut by."""
    project = context.project
    lost = tables.get("refused", REFUSED.empty())
    lost = lost[(lost["outcome"] == "refused") & lost.geometry.notna()]
    doubtful = {str(layer): rows.geometry.to_numpy() for layer, rows in lost.groupby("layer")}
    land = cluster_land(tables["cluster_boundaries"], cluster)
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


def constrain_settings(context: Context, _: str) -> Any:
    """The constraints, what is absent, and what files are called."""
    project = context.project
    read = {rule.layer for rule in project.constrain.constraint}
    absent = {name: card.model_dump(mode="json") for name, card in project.card.absences.items() if name in read}
    named = {rule.layer: data_source(project, rule.layer) for rule in project.constrain.constraint}
    return [project.constrain.model_dump(mode="json"), absent, named]


def overlay_settings(context: Context, _: str) -> Any:
    """What cuts: another engine is other coordinates in the tenth decimal of a metre, so it cuts anew."""
    return context.engine


def work_overlay(context: Context, cluster: str, tables: Tables) -> Tables:
    """Pieces and combinations of one cluster; what an earlier run cut from the same shapes is kept, and ranges of one that was ended."""
    earlier = None
    signed = context.store.receipt("overlay", cluster)
    if signed is not None and "holding_prints" in signed.outputs:
        earlier = Earlier(
            *(context.store.load("overlay", cluster, name) for name in ("pieces", "combinations", "holding_prints"))
        )
    with _course(context, cluster) as course:
        made = overlay_again(tables["holding_shapes"], tables["zone_shapes"], context.engine, earlier, course)
    return dict(zip(("pieces", "combinations", "holding_prints"), made, strict=True))


@contextmanager
def _course(context: Context, cluster: str) -> Iterator[Course]:
    """Ranges cut by threads here, or by workers elsewhere, kept until the unit is signed for, and told."""
    kept = context.store.ranges("overlay", cluster)

    def told(done: int, ranges: int) -> None:
        if context.told is not None and ranges > 1:
            context.told(f"overlay {cluster}", done, ranges)

    with ThreadPoolExecutor(context.threads) as here:
        course = Course(here, here, context.threads + 1, told, kept)
        if context.scheduler is None:
            yield course
            return
        holdings = elsewhere.Table(*context.store.shared("resolve", cluster, "holding_shapes"))
        zones = elsewhere.Table(*context.store.shared("constrain", cluster, "zone_shapes"))
        with elsewhere.workers(context.scheduler) as cut_by:
            there = partial(elsewhere.cutter, (holdings, zones))
            yield replace(course, pool=cut_by, ahead=2 * cut_by.threads + 1, there=there)
