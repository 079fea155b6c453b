"""Run one unit of a stage: load and check what it reads, check and save what it writes, and sign a receipt."""

import gc
import math
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from layers.layer import area_m2
from pipeline.project.config_view import view
from pipeline.runner import cost
from pipeline.runner.code_closure import digest_of
from pipeline.runner.common import in_common
from pipeline.runner.cost import Cost
from pipeline.runner.inputs import as_table, check, check_next, load, origins, parts_of, scope_of
from pipeline.runner.stage import OPTIONS, WORKERS, RunContext, Stage, Tables, deferred, load_function
from pipeline.runner.workers import Workers
from pipeline.spatial.raster import Grid
from pipeline.storage.checksums import checksum
from pipeline.storage.store import Receipt
from pipeline.storage.unit_files import UnitFiles

if TYPE_CHECKING:
    from pipeline.storage.parquet_stream import TableWriter

# Objects made after which Python looks for cycles among them. By its own 700 that takes a tenth of the time: tables are
# many objects each, and hardly any stands in a cycle.
MADE_BEFORE_COLLECTION = 50_000
FILES_KEY = ""  # under this name a stage gives the names of files for people, which it has put in their places


@dataclass(frozen=True)
class Report:
    """What became of one unit of a stage: reasons to run it (none: it was up to date), what it wrote, at what cost.

    The counts and cost of a unit that was up to date are those of the run that made it.
    """

    stage: str
    unit: str
    reasons: list[str]
    counts: Mapping[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    cost: Cost = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """One unit of a stage to be run: the receipt that it will sign but for its outputs, and why it runs.

    flags: what the user asked of this run beside the project (locked, pin, dry_run); written, notes and
    begun: what its stage gave and noted, and when, where it was called already.
    """

    stage: Stage
    receipt: Receipt
    reasons: list[str]
    flags: Mapping[str, bool] = field(default_factory=dict)
    written: Any = None
    notes: list[str] = field(default_factory=list)
    begun: Cost | None = None

    @property
    def unit(self) -> str:
        """The unit."""
        return self.receipt.unit


def run_task(context: RunContext, task: Task, workers: Workers | None = None) -> Report:
    """Do the work of one unit, from stored tables to stored tables and a receipt; parts of it by workers, if its stage
    hands them any."""
    gc.set_threshold(MADE_BEFORE_COLLECTION)
    first = task.begun or cost.begin()
    outputs: dict[str, str] = {}
    counts: dict[str, Any] = {}
    notes = task.notes
    written = run_stage(context, task, notes, workers) if task.written is None else task.written
    # A generator has done nothing yet: it works, and may refuse, while its parts are saved.
    if isinstance(written, Generator):
        outputs, counts = _save_parts(context, task, written)
        written = {}
    for table, given in written.items():
        content = as_table(table, given)
        if table == FILES_KEY:
            outputs |= {path: checksum(context.store.outputs / path) for path in content}
            counts |= {path: ["written", None] for path in content if "/" not in path}
            # Charts as a number, for dozens of names would bury the rest of the line.
            if figure_count := sum("/" in path for path in content):
                counts["figures/"] = [figure_count, None]
            continue
        check(table, content, task.unit)
        counts |= _extra_counts(content)
        outputs[table] = context.store.save(task.stage.name, task.unit, table, content)
        counts[table] = _count(content)
    counts = {name: [rows, None if m2 is None else round(m2, 1)] for name, (rows, m2) in counts.items()}
    # Last of all: a receipt says that everything it names is there and whole.
    spent = cost.since(first)
    context.store.sign(replace(task.receipt, outputs=outputs, counts=counts, cost=spent))
    context.store.ranges(task.stage.name, task.unit).clear()
    return Report(task.stage.name, task.unit, task.reasons, counts, notes, spent)


def run_stage(
    context: RunContext, task: Task, notes: list[str], workers: Workers | None = None
) -> Tables | Generator[Mapping[str, Any], None, None]:
    """Call the function of a stage for a unit, with a view of its config, its tables, and the resources it declares."""
    stage, unit, project, store = task.stage, task.unit, context.project, context.store
    reads = origins(context.line, stage, project, unit)
    # Config that a stage reads without declaring it would not count in its freshness: here it cannot be read.
    config = view(project, stage.config_for(unit), f"stage '{stage.name}'", scope_of(stage, project, unit))
    common = in_common(context, stage, task.receipt, reads, config)
    tables: Tables = dict(common.tables)
    for name in reads.keys() - tables.keys():
        is_streamed = name in stage.streamed
        tables[name] = parts_of(store, *reads[name]) if is_streamed else load(store, reads[name], name, is_whole=True)
    for name, column in stage.reads_for(project, unit).rows.items():
        tables[name] = tables[name][tables[name][column] == unit].reset_index(drop=True)
    one_part = {name: parts[0] for name, parts in reads.items() if len(parts) == 1}
    on_progress = partial(context.on_progress, f"{stage.name} {unit}") if context.on_progress is not None else _ignore
    # What it may ask for beside tables, config and what the context has.
    supplied: dict[str, Any] = {
        "on_progress": on_progress,
        "source_roots": project.roots(context.data),
        "lock_file": project.folder / "sources.lock",
        "outputs": context.store.outputs,
        "files": UnitFiles(context.store, stage.name, unit, one_part),
        "flags": task.flags,
        "notes": notes,
        WORKERS: workers,
        "code_of": digest_of,
    }
    resources = {name: supplied[name] if name in supplied else getattr(context, name) for name in stage.resources}
    resources |= {name: deferred(path) for name, path in stage.uses.items()}
    resources |= {"shared": common.shared} if stage.shared else {}
    work: Callable[..., Tables | Generator[Mapping[str, Any], None, None]] = load_function(stage.run)
    return work(config, unit, tables, **resources)


def prepare(context: RunContext, stage: Stage) -> None:
    """Do once in this process what several units at the same time would each do for themselves."""
    if stage.prepare:
        load_function(stage.prepare)(**{name: getattr(context, name) for name in OPTIONS if name in stage.resources})


def _ignore(*_: int) -> None:
    """Nobody follows the progress."""


def _save_parts(
    context: RunContext, task: Task, parts: Generator[Mapping[str, Any], None, None]
) -> tuple[dict[str, str], dict[str, Any]]:
    """Write tables as their parts come, and put them in their places when all are whole; their checksums and counts."""
    tables: dict[str, TableWriter] = {}
    last: dict[str, Any] = {}
    counts: dict[str, list[list[Any]]] = {}
    with closing(parts), ExitStack() as drops:
        for part_tables in parts:
            for table, part in part_tables.items():
                last[table] = check_next(table, part, task.unit, last.get(table))
                for name, count in [*_extra_counts(part).items(), (table, _count(part))]:
                    counts.setdefault(name, []).append(count)
                if table not in tables:
                    tables[table] = context.store.writer(task.stage.name, task.unit, table)
                    drops.callback(tables[table].drop)
                tables[table].add(part)
        # All tables are whole before the first gets its name: a fault leaves those of the run before.
        outputs = {table: written.finish() for table, written in tables.items()}
        for written in tables.values():
            written.place()
    return outputs, {name: _sum(part_counts) for name, part_counts in counts.items()}


def _sum(counts: list[list[Any]]) -> list[Any]:
    """Rows and m2 of parts together; an area that is None stays None."""
    rows, areas = zip(*counts, strict=True)
    return [sum(rows), None if areas[0] is None else math.fsum(areas)]


def _count(content: Any) -> list[Any]:
    """Rows (of a grid: cells), and m2 where a table has shapes."""
    if isinstance(content, Grid):
        return [int(content.levels.size), None]
    import geopandas as gpd  # only where a table is at hand: most runs find all up to date

    return [len(content), area_m2(content) if isinstance(content, gpd.GeoDataFrame) else None]


def _extra_counts(content: Any) -> dict[str, Any]:
    """What a stage counted beyond the rows of a table; taken off the table."""
    if isinstance(content, Grid):
        return {}
    # Left on the table, pandas would write its attrs into the file.
    counts = {str(name): [number, None] for name, number in content.attrs.items()}
    content.attrs = {}
    return counts
