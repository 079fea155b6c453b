"""Grond: what resolve, constrain and overlay read, which settings count for them, and their work on one cluster."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from layers.derived.combinations import LAYER as COMBINATIONS
from layers.derived.holding_prints import LAYER as PRINTS
from layers.derived.holding_shapes import LAYER as LAND
from layers.derived.pieces import LAYER as PIECES
from layers.derived.refused import LAYER as REFUSED
from layers.derived.zone_shapes import LAYER as SHAPES
from layers.layer import RD_NEW
from layers.sources import TABLES
from pipeline.kernels import numba_cache as kernels
from pipeline.kernels.candidate_zones import MANY
from pipeline.line.catalog import REGISTERS, RESOLVED_FROM, from_sources, supplied
from pipeline.project.load import Project
from pipeline.runner.stage import Context, Origin, Tables
from pipeline.stages.constrain import constrain
from pipeline.stages.overlay import dask_workers as elsewhere
from pipeline.stages.overlay import fast
from pipeline.stages.overlay.execution import AT_ONCE, Course, Tally
from pipeline.stages.overlay.incremental import Earlier, arrow, blades_of
from pipeline.stages.overlay.map_ordered import Pool, threads
from pipeline.stages.overlay.pieces import Part, overlay_again, overlay_in_parts
from pipeline.stages.resolve import Known, ResolveParams, cluster_land, resolve
from pipeline.storage import parquet_stream as parts
from pipeline.storage.parquet_stream import Following, by_key
from pipeline.storage.store import digest

MOST_PARTS = 8  # parts grow with the threads up to so many times: they are held in memory


def resolve_reads(project: Project, _: str) -> dict[str, list[Origin]]:
    """Plots, registers, contracts, and rows of them that were refused."""
    refused = [("harmonise", name, "refused") for name in REGISTERS if name in supplied(project)]
    return {**from_sources(project, RESOLVED_FROM), "refused": refused}


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


def resolve_settings(context: Context, _: str) -> Any:
    """The card, the days that count, and what is absent."""
    project = context.project
    absent = {
        name: card.model_dump(mode="json") for name, card in project.card.absences.items() if name in RESOLVED_FROM
    }
    asked = resolve_params(project)
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


def ready_to_cut(context: Context) -> None:
    """Compile what cuts land, where it can be kept and is not yet, by cutting a square by others."""
    if context.engine == "fast" and kernels.kept_in() is not None and not kernels.are_compiled():
        several = shapely.multipolygons([shapely.box(at + 1, 1, at + 3, 3) for at in range(0, 3 * MANY, 3)])
        land, over = (gpd.GeoDataFrame(geometry=[shape], crs=RD_NEW) for shape in (shapely.box(0, 0, 2, 2), several))
        overlay_again(land.assign(holding_id="a", area_m2=4.0), over.assign(zone_id="b"), context.engine, None)


def work_overlay(context: Context, cluster: str, tables: Tables) -> Generator[Tables, None, None]:
    """Pieces and prints of one cluster, part by part, then its combinations.

    What an earlier run cut from the same shapes is kept, and so are ranges of a run that was ended.
    """
    blades, sets = blades_of(tables["zone_shapes"]), COMBINATIONS.empty()
    rows = context.store.rows("resolve", cluster, "holding_shapes")
    with ThreadPoolExecutor(1) as beside, _course(context, cluster, rows) as course:
        # The reference cuts a part in one go: at once, so that who interrupts it is heard.
        ahead: Pool = beside if context.engine == "fast" else AT_ONCE
        land = by_key(tables["holding_shapes"], "holding_id", _part_rows(context, course))
        asked = _parts(land, _before(context, cluster), course, Tally(course.told, rows))
        for pieces, combinations, prints in overlay_in_parts(asked, blades, context.engine, ahead):
            sets = pd.concat([sets, combinations]).drop_duplicates()
            yield {"pieces": pieces, "holding_prints": prints}
    yield {"combinations": COMBINATIONS.conform(sets)}


def _part_rows(context: Context, course: Course) -> int:
    """How many holdings a part has: two ranges for each of so many threads, or what it had in a run that was ended."""
    times = max(1, course.ahead // 2) if context.engine == "fast" else 1
    asked = parts.PART_ROWS * min(times, MOST_PARTS)
    return course.kept.part_rows(asked) if course.kept is not None else asked


def _before(context: Context, cluster: str) -> Callable[[str | None, Any], Earlier | None]:
    """What an earlier run left of holdings (names, Arrow) that are below one key after the other."""
    signed = context.store.receipt("overlay", cluster)
    if signed is None or "holding_prints" not in signed.outputs:
        return lambda *_: None
    combinations = context.store.load("overlay", cluster, "combinations")
    pieces = Following(context.store.parts("overlay", cluster, "pieces"), "piece_id", PIECES.empty())
    prints = Following(context.store.parts("overlay", cluster, "holding_prints"), "holding_id", PRINTS.empty())

    def until(bound: str | None, names: Any) -> Earlier:
        asked = bound, "holding_id", names
        return Earlier(pieces.until(*asked), combinations, prints.until(*asked))

    return until


def _parts(
    land: Iterable[tuple[Any, str | None]],
    earlier: Callable[[str | None, Any], Earlier | None],
    course: Course,
    tally: Tally,
) -> Iterator[Part]:
    """The parts of the holdings, each with what was cut of it before; workers and who is told know them by their place in all."""
    begin = 0
    for holdings, following in land:
        before = earlier(following, arrow(holdings["holding_id"]))
        yield Part(holdings, before, tally.part(course, begin, len(holdings)))
        begin += len(holdings)


@contextmanager
def _course(context: Context, cluster: str, rows: int) -> Iterator[Course]:
    """Ranges cut by threads here, or by workers elsewhere, kept until the unit is signed for where there are more than one, and told."""
    holdings = elsewhere.Table(*context.store.shared("resolve", cluster, "holding_shapes"))
    zones = elsewhere.Table(*context.store.shared("constrain", cluster, "zone_shapes"))
    kept = context.store.ranges("overlay", cluster).under(digest([holdings.sha256, zones.sha256])[:16])
    is_long = rows > fast.CHUNK_SHAPES

    def told(done: int, all_of: int) -> None:
        if context.told is not None:
            context.told(f"overlay {cluster}", done, all_of)

    with threads(context.threads) as here:
        course = Course(here, here, context.threads + 1, told, kept if is_long else None)
        if context.scheduler is None:
            yield course
            return
        with elsewhere.workers(context.scheduler) as cut_by:
            there = partial(elsewhere.cutter, (holdings, zones))
            yield replace(course, pool=cut_by, ahead=2 * cut_by.threads + 1, there=there)
