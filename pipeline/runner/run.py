"""Draaien: order, place and freshness; contracts checked before and after each stage, a line of report for each unit."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pyogrio
import rasterio
import shapely

from layers.errors import ConfigRefusal, SourceRefusal
from pipeline.line import LINE, VERBS, snapshot
from pipeline.runner.stage import Context, Stage
from pipeline.runner.task import Report, work
from pipeline.stages.acquire import compare_lock, describe_files, lock_text
from pipeline.storage.store import Receipt, digest, digest_code, replace

ROOT = Path(__file__).parents[1]
SHARED = ("kernels", "land", "line", "project", "spatial", "storage")


@dataclass(frozen=True)
class Order:
    """What to run: clusters (none: all), from which verb anew, up to which verb, with how many processes, and locked or not."""

    clusters: tuple[str, ...] = ()
    anew_from: str | None = None
    up_to: str = "publish"
    jobs: int = 1
    locked: bool = False
    pin: bool = False


def run(context: Context, order: Order) -> Iterator[Report]:
    """Bring the line up to date, stage by stage; a unit whose inputs, settings and code are as before is left alone."""
    known_clusters(context, order.clusters)
    with context.store.alone():
        yield acquire(context, order)
        for stage in LINE[: max(0, VERBS.index(order.up_to))]:
            yield from _run_stage(context, stage, order)


def plan(context: Context, order: Order) -> list[Report]:
    """What a run would do, and because of what; later units that depend on a stale one are stale through it."""
    known_clusters(context, order.clusters)
    files = describe_files(context.project.sources, context.project.roots(context.data))
    stale: set[tuple[str, str]] = set()
    found = []
    for stage in LINE[: max(0, VERBS.index(order.up_to))]:
        for unit in _units(context, stage, order):
            expected = _receipt(context, stage, unit, files)
            upstream = {
                (name, other) for origins in stage.reads(context.project, unit).values() for name, other, _ in origins
            }
            reasons = [f"{name} of {other} would run" for name, other in sorted(upstream & stale)] or _reasons(
                context, expected, order
            )
            if reasons:
                stale.add((stage.name, unit))
            found.append(Report(stage.name, unit, reasons))
    return found


def acquire(context: Context, order: Order) -> Report:
    """Check every file at the gate and against the lock; pin them when there is no lock yet or when asked to."""
    started = time.monotonic()
    project = context.project
    files = describe_files(project.sources, project.roots(context.data))
    lock = project.folder / "sources.lock"
    if order.locked and not lock.is_file():
        raise SourceRefusal(
            f"lock '{lock}'",
            actual="no such file",
            expected="pinned files",
            todo="pin them first with: industrieruimte acquire",
        )
    notes = compare_lock(files, lock)
    if notes and order.locked:
        raise SourceRefusal(
            f"lock '{lock}'",
            actual=notes,
            todo="pin the new files with: industrieruimte acquire; or bring back the old ones",
        )
    context.store.save("acquire", "all", "source_files", files)
    replace(context.store.outputs / "sources.lock", lock_text(files).encode())
    replace(context.store.outputs / snapshot.FILE, snapshot.describe(project).encode())
    if not order.locked and (order.pin or not lock.exists()):
        notes += _pin(lock, lock_text(files))
    return Report("acquire", "all", ["always"], {"source_files": [len(files), None]}, notes, time.monotonic() - started)


def _pin(lock: Path, text: str) -> list[str]:
    try:
        replace(lock, text.encode())
    except OSError as fault:
        return [f"the lock could not be written to '{lock}' ({fault.strerror})"]
    return []


def known_clusters(context: Context, asked: tuple[str, ...]) -> None:
    """Refuse a cluster that the project does not have."""
    strange = sorted(set(asked) - set(context.project.clusters))
    if strange:
        raise ConfigRefusal(
            "option -c", actual=f"no cluster {strange}", expected=f"one of {sorted(context.project.clusters)}"
        )


def _units(context: Context, stage: Stage, order: Order) -> list[str]:
    units = stage.units(context.project)
    if not order.clusters or stage.name == "harmonise":
        return units
    return [unit for unit in units if unit in order.clusters]


def _run_stage(context: Context, stage: Stage, order: Order) -> Iterator[Report]:
    files = context.store.load("acquire", "all", "source_files")
    waiting: list[tuple[Receipt, list[str]]] = []
    national = context.project.balance.national_name
    for unit in _units(context, stage, order):
        if unit == national and waiting:  # the sum of all waits for its parts
            yield from _work_all(context, stage, waiting, order.jobs)
            waiting = []
        receipt = _receipt(context, stage, unit, files)
        reasons = _reasons(context, receipt, order)
        if reasons:
            waiting.append((receipt, reasons))
        else:
            context.store.ranges(stage.name, unit).clear()  # of a run that was ended, and is not asked any more
            yield Report(stage.name, unit, [])
    yield from _work_all(context, stage, waiting, order.jobs)


def _work_all(context: Context, stage: Stage, waiting: list[tuple[Receipt, list[str]]], jobs: int) -> Iterator[Report]:
    if jobs <= 1 or len(waiting) <= 1:
        for receipt, reasons in waiting:
            yield work(context, stage.name, receipt, reasons)
        return
    if stage.ready is not None:
        stage.ready(context)
    context = dataclasses.replace(context, told=None)  # whoever is told is in this process
    with ProcessPoolExecutor(min(jobs, len(waiting)), mp_context=get_context("spawn")) as pool:
        doing = [pool.submit(work, context, stage.name, receipt, reasons) for receipt, reasons in waiting]
        try:
            for done in doing:
                yield done.result()
        finally:
            for one in doing:
                one.cancel()


def _receipt(context: Context, stage: Stage, unit: str, files: pd.DataFrame) -> Receipt:
    """What the unit would be made from now."""
    inputs: dict[str, str] = {}
    for origins in stage.reads(context.project, unit).values():
        for origin in origins:
            if origin[0] == "acquire":
                inputs["/".join(origin)] = digest(files.to_dict("records"))
                continue
            earlier = context.store.receipt(origin[0], origin[1])
            inputs["/".join(origin)] = earlier.outputs.get(origin[2], "") if earlier else ""
    if stage.name == "harmonise":
        own = files[files["layer"] == unit]
        inputs |= dict(zip(own["source"], own["sha256"], strict=True))
    settings = digest(stage.settings(context, unit))
    return Receipt(stage.name, unit, inputs, settings, _code(stage.name))


def _reasons(context: Context, expected: Receipt, order: Order) -> list[str]:
    if order.anew_from and VERBS.index(expected.stage) >= VERBS.index(order.anew_from):
        return [f"asked to run from {order.anew_from}"]
    earlier = context.store.receipt(expected.stage, expected.unit)
    return ["not run yet"] if earlier is None else expected.differences(earlier)


@cache
def _code(name: str) -> str:
    stage = next(stage for stage in LINE if stage.name == name)
    folders = [ROOT / "stages" / part for part in stage.code] + [ROOT / part for part in SHARED]
    libraries = [
        shapely.__version__,
        shapely.geos_version_string,
        pyogrio.__gdal_version_string__,
        rasterio.__gdal_version__,
        pd.__version__,
    ]
    return digest([digest_code(*folders, ROOT.parent / "layers"), libraries])
