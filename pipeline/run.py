"""Draaien: order, place and freshness; contracts checked before and after each stage, a line of report for each unit."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import rasterio
import shapely

from layers.derived import DERIVED
from layers.errors import ConfigRefusal, ContractRefusal, SourceRefusal
from layers.layer import area_m2
from layers.sources import TABLES
from pipeline import kernels, snapshot
from pipeline.grid import Grid
from pipeline.line import LINE, VERBS
from pipeline.parts import Written
from pipeline.stage import Context, Origin, Stage
from pipeline.stages.acquire import compare_lock, describe_files, lock_text
from pipeline.store import Receipt, digest, digest_code, replace

ROOT = Path(__file__).parent
SHARED = (
    "arrangement.py",
    "assemble_card.py",
    "calendar.py",
    "cards.py",
    "filters.py",
    "fitness.py",
    "reasons.py",
    "standing.py",
    "frontage.py",
    "elsewhere.py",
    "geometry.py",
    "grid.py",
    "ground.py",
    "intake.py",
    "kernels.py",
    "line",
    "conditions.py",
    "contradictions.py",
    "decibels.py",
    "measure_card.py",
    "rules_card.py",
    "scenario_card.py",
    "origins.py",
    "parts.py",
    "project.py",
    "project_faults.py",
    "projects_card.py",
    "publish_card.py",
    "publish_faults.py",
    "patches.py",
    "raw.py",
    "source_card.py",
    "resolve_card.py",
    "rings.py",
    "settings.py",
    "timeline.py",
    "wkb.py",
)
LAYERS = {**TABLES, **DERIVED}


@dataclass(frozen=True)
class Order:
    """What to run: clusters (none: all), from which verb anew, up to which verb, with how many processes, and locked or not."""

    clusters: tuple[str, ...] = ()
    anew_from: str | None = None
    up_to: str = "publish"
    jobs: int = 1
    locked: bool = False
    pin: bool = False


@dataclass(frozen=True)
class Report:
    """What became of one unit of a stage: reasons to run it (none: it was fresh), what it made, and how long that took."""

    stage: str
    unit: str
    reasons: list[str]
    counts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def line(self) -> str:
        """One line: stage, unit, rows, hectares, seconds."""
        if not self.reasons:
            return f"{self.stage:<10} {self.unit:<24} unchanged"
        told = ", ".join(_tell(name, count) for name, count in self.counts.items())
        return f"{self.stage:<10} {self.unit:<24} {told}  {self.seconds:.1f} s"


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
            found="no such file",
            expected="pinned files",
            todo="pin them first with: industrieruimte acquire",
        )
    notes = compare_lock(files, lock)
    if notes and order.locked:
        raise SourceRefusal(
            f"lock '{lock}'",
            found=notes,
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


def load(context: Context, origins: list[Origin]) -> Any:
    """A table from one unit, or the same table of several units together; contract checked."""
    parts = [context.store.load(*origin) for origin in origins]
    if len(parts) == 1:
        whole = parts[0]
    else:
        name = origins[0][2]
        layer = LAYERS[name]
        joined = pd.concat(parts, ignore_index=True) if parts else layer.empty()
        # Clusters share combinations, their rooms, and conflicts that belong to no plot.
        repeated = name in ("combinations", "rooms", "conflicts", "contract_account")
        whole = layer.conform(joined.drop_duplicates(list(layer.key)) if repeated else joined)
    _check(origins[0][2] if origins else "", whole, "what was stored")
    return whole


def known_clusters(context: Context, asked: tuple[str, ...]) -> None:
    """Refuse a cluster that the project does not have."""
    strange = sorted(set(asked) - set(context.project.clusters))
    if strange:
        raise ConfigRefusal(
            "option -c", found=f"no cluster {strange}", expected=f"one of {sorted(context.project.clusters)}"
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
    if stage.kernel and kernels.kept_in() and not kernels.are_compiled(stage.kernel):
        yield work(
            context, stage.name, *waiting.pop(0)
        )  # compiled by one process, that tells of it; the others find it
    context = dataclasses.replace(context, told=None)  # whoever is told is in this process
    with ProcessPoolExecutor(min(jobs, len(waiting)), mp_context=get_context("spawn")) as pool:
        doing = [pool.submit(work, context, stage.name, receipt, reasons) for receipt, reasons in waiting]
        try:
            for done in doing:
                yield done.result()
        finally:
            for one in doing:
                one.cancel()


def work(context: Context, name: str, receipt: Receipt, reasons: list[str]) -> Report:
    """Do one unit: load and check what it reads, make what it writes, check that, save it, sign for it."""
    started = time.monotonic()
    stage = next(stage for stage in LINE if stage.name == name)
    reads = stage.reads(context.project, receipt.unit)
    tables = {
        table: _parts(context, *origins) if table in stage.streamed else load(context, origins)
        for table, origins in reads.items()
    }
    outputs: dict[str, str] = {}
    counts: dict[str, Any] = {}
    try:
        made = stage.work(context, receipt.unit, tables)
        if isinstance(made, Generator):
            outputs, counts = _save_parts(context, receipt, made)
            made = {}
    except SourceRefusal as refusal:
        raise _with_rows(context, refusal) from None
    for table, content in made.items():
        if table == "":  # files for people, already in their place
            outputs |= {path: digest_code(context.store.outputs / path) for path in content}
            counts |= {path: ["written", None] for path in content if "/" not in path}
            drawn = sum("/" in path for path in content)
            counts |= {"figures/": [drawn, None]} if drawn else {}
            continue
        _check(table, content, receipt.unit)
        counts |= _counted(content)
        outputs[table] = context.store.save(name, receipt.unit, table, content)
        counts[table] = _count(content)
    counts = {what: _rounded(count) for what, count in counts.items()}
    context.store.sign(Receipt(**{**receipt.__dict__, "outputs": outputs, "counts": counts}))
    context.store.ranges(name, receipt.unit).clear()
    return Report(name, receipt.unit, reasons, counts, [], time.monotonic() - started)


def _parts(context: Context, origin: Origin) -> Iterator[Any]:
    """The parts of a table, at least one; contract checked."""
    table, last = origin[2], None
    for part in context.store.parts(*origin):
        last = _check_next(table, part, "what was stored", last)
        yield part
    if last is None:
        yield LAYERS[table].empty()


def _save_parts(
    context: Context, receipt: Receipt, made: Generator[Mapping[str, Any], None, None]
) -> tuple[dict[str, str], dict[str, Any]]:
    """Write tables as their parts are made, and put them in their places when all is made; their checksums and counts."""
    tables: dict[str, Written] = {}
    last: dict[str, Any] = {}
    counts: dict[str, list[list[Any]]] = {}
    with closing(made), ExitStack() as drops:
        for parts in made:
            for table, part in parts.items():
                last[table] = _check_next(table, part, receipt.unit, last.get(table))
                for what, count in [*_counted(part).items(), (table, _count(part))]:
                    counts.setdefault(what, []).append(count)
                if table not in tables:
                    tables[table] = context.store.written(receipt.stage, receipt.unit, table)
                    drops.callback(tables[table].drop)
                tables[table].add(part)
        outputs = {table: written.close() for table, written in tables.items()}
    return outputs, {what: _sum(those) for what, those in counts.items()}


def _sum(counts: list[list[Any]]) -> list[Any]:
    """Rows and m2 of parts together; what is none stays none."""
    rows, areas = zip(*counts, strict=True)
    return [sum(rows), None if areas[0] is None else math.fsum(areas)]


def _rounded(count: list[Any]) -> list[Any]:
    """Rows, and m2 to a tenth."""
    return [count[0], None if count[1] is None else round(count[1], 1)]


def _counted(content: Any) -> dict[str, Any]:
    """What a stage counted beside the rows of a table, taken off it."""
    if isinstance(content, Grid):
        return {}
    told = {str(name): [number, None] for name, number in content.attrs.items()}
    content.attrs = {}
    return told


def _with_rows(context: Context, refusal: SourceRefusal) -> SourceRefusal:
    """The refusal, with the rows refused written beside the results where they can be opened in QGIS."""
    if refusal.rows is not None:
        path = context.store.outputs / "refused" / f"{refusal.rows['source'].iloc[0]}.geojson"
        replace(path, refusal.rows.to_json(drop_id=True).encode())
        refusal.todo += f"; every row refused stands in {path}"
        refusal.rows = None
    return refusal


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


def _check_next(name: str, part: Any, of: str, last: Any) -> Any:
    """Check a part, and that its keys come behind the last one of the part before; its own last key, or that."""
    _check(name, part, of)
    keys = list(part[list(LAYERS[name].key)].iloc[[0, -1]].itertuples(index=False, name=None)) if len(part) else []
    if keys and last is not None and keys[0] <= last:
        raise ContractRefusal(
            f"table '{name}'", found=f"row {keys[0]} of {of} behind row {last}", expected="rows in order of their key, each once",
            todo="run again: industrieruimte run",
        )  # fmt: skip
    return keys[1] if keys else last


def _check(name: str, content: Any, of: str) -> None:
    if name in LAYERS and not isinstance(content, Grid):
        LAYERS[name].check(content, of)


def _count(content: Any) -> list[Any]:
    if isinstance(content, Grid):
        return [int(content.levels.size), None]
    return [len(content), area_m2(content) if isinstance(content, gpd.GeoDataFrame) else None]


def _tell(name: str, count: list[Any]) -> str:
    rows, area = count
    return f"{name} {rows}" + (f" ({area / 10_000:.1f} ha)" if area and area == area else "")
