"""Eenheid: one unit of a stage: what it reads is loaded and checked, what it makes is checked, saved and signed for."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd

from layers.derived import DERIVED
from layers.errors import ContractRefusal, SourceRefusal
from layers.layer import area_m2
from layers.sources import TABLES
from layers.units import M2_PER_HA
from pipeline.line import LINE
from pipeline.runner.stage import Context, Origin
from pipeline.spatial.raster import Grid
from pipeline.storage.parquet_stream import Written
from pipeline.storage.store import Receipt, digest_code, replace

LAYERS = {**TABLES, **DERIVED}


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


def _tell(name: str, count: list[Any]) -> str:
    rows, area = count
    return f"{name} {rows}" + (f" ({area / M2_PER_HA:.1f} ha)" if area and area == area else "")


def load(context: Context, origins: list[Origin]) -> Any:
    """A table of one unit, or the same table of several units together; contract checked."""
    parts = [context.store.load(*origin) for origin in origins]
    if len(parts) == 1:
        whole = parts[0]
    else:
        name = origins[0][2]
        layer = LAYERS[name]
        joined = pd.concat(parts, ignore_index=True) if parts else layer.empty()
        # Clusters share combinations, their rooms, and conflicts that belong to no plot.
        repeated = name in ("combinations", "rooms", "conflicts", "contract_account")
        once = list(joined.columns) if name == "combinations" else list(layer.key)  # one key of two sets is refused
        whole = layer.conform(joined.drop_duplicates(once) if repeated else joined)
    _check(origins[0][2] if origins else "", whole, "what was stored")
    return whole


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
        outputs = {table: written.finish() for table, written in tables.items()}
        for written in tables.values():
            written.place()
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


def _check_next(name: str, part: Any, of: str, last: Any) -> Any:
    """Check a part, and that its keys (of one column) rise, from behind the last of the part before; its own last, or that."""
    _check(name, part, of)
    (column,) = LAYERS[name].key
    keys = [part[column].iloc[0], part[column].iloc[-1]] if len(part) else []
    if keys and ((last is not None and keys[0] <= last) or not part[column].is_monotonic_increasing):
        raise ContractRefusal(
            f"table '{name}'", actual=f"row {keys[0]} of {of} behind row {last}", expected="rows in order of their key, each once",
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
