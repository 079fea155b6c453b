"""Run a line of stages: their order, what is up to date, and units at the same time; one report for each unit."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from layers.errors import ConfigRefusal, Refusal, SourceRefusal, together
from pipeline.project.data_folders import each_folder
from pipeline.project.files_at_work import being_read, note_in
from pipeline.project.source import JoinConfig
from pipeline.runner import confidential, cost, findings
from pipeline.runner.always import called, dry_run, is_as_before
from pipeline.runner.forecast import Forecast, forecast_of
from pipeline.runner.freshness import Evidence, differences, expected_receipt, line_version
from pipeline.runner.inputs import Line, origins
from pipeline.runner.remote_units import remote_results
from pipeline.runner.stage import WORKERS, RunContext, Stage, load_function
from pipeline.runner.task import Report, Task, prepare, run_task
from pipeline.runner.workers import Workers, connected
from pipeline.storage.delivered_files import DeliveredFiles
from pipeline.storage.geopackages import refuse_unsaved
from pipeline.storage.path_lengths import refuse_long_paths
from pipeline.storage.store import Receipt, Store

if TYPE_CHECKING:
    from concurrent.futures import Future

MOST_UNITS = 3  # so many units of one stage are named


@dataclass(frozen=True)
class Order:
    """What to run: clusters (none: all), from which stage anew, up to which, in how many processes, locked or not."""

    clusters: tuple[str, ...] = ()
    anew_from: str | None = None
    up_to: str | None = None
    jobs: int = 1
    locked: bool = False
    pin: bool = False


@dataclass(frozen=True)
class Labour:
    """Who does the units: so many processes here, or the workers of a cluster, connected to when there is work.

    run: the name of the run that they work for.
    """

    context: RunContext
    run: str
    jobs: int
    connections: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def workers(self) -> Workers | None:
        """The workers; None where the run names no scheduler."""
        if self.context.scheduler is None:
            return None
        return self.connections.enter_context(
            connected(self.context.scheduler, partial(line_version, self.context.line))
        )


def run(context: RunContext, order: Order) -> Iterator[Report]:
    """Bring the line up to date, stage by stage; a unit whose inputs, config and code are as before is left alone."""
    check_clusters(context, order.clusters)
    check_outputs(context)
    # Two runs in one folder would take each other's tables for those of an earlier run.
    with context.store.alone() as name, ExitStack() as connections:
        evidence = Evidence(context)
        labour = Labour(context, name, order.jobs, connections)
        findings.clear(context.store)
        notes = confidential.expire(context)
        done: list[Report] = []
        try:
            for stage in _stages(context.line, order):
                for report in _run_units(evidence, stage, order, labour):
                    done.append(report)
                    yield dataclasses.replace(report, notes=[*notes, *report.notes])
                    notes = []
        except Refusal as refusal:
            raise findings.written(context, refusal, [(report.stage, report.unit) for report in done]) from None
        findings.write_accepted(context, done)


def plan(context: RunContext, order: Order) -> list[Report]:
    """What a run would do, and why; units that depend on a stale one are stale through it. Writes nothing."""
    check_clusters(context, order.clusters)
    check_outputs(context)
    evidence = Evidence(context)
    for stage in _stages(context.line, order):
        for unit in _units(context, stage, order) if stage.always else ():
            dry_run(evidence, Task(stage, expected_receipt(evidence, stage, unit), [], {"dry_run": True}))
    return _stale(evidence, order)


def _stale(evidence: Evidence, order: Order) -> list[Report]:
    """The units of stages that do not run each time, with the reasons to run them."""
    context, reports = evidence.context, []
    stale: set[tuple[str, str]] = set()
    for stage in _stages(context.line, order):
        for unit in _units(context, stage, order) if not stage.always else ():
            expected = expected_receipt(evidence, stage, unit)
            reads = origins(context.line, stage, context.project, unit)
            # A unit behind a stale one counts as stale, though its rerun may turn out to have the same input.
            upstream = {origin[:2] for parts in reads.values() for origin in parts} & stale
            reasons = [*_reasons(evidence, stage, expected, order), *_would_run(upstream)]
            if reasons:
                stale.add((stage.name, unit))
            reports.append(Report(stage.name, unit, reasons))
    return reports


def _forecast(evidence: Evidence, order: Order) -> Forecast:
    """What is to be done after the stages that run each time, and how long that may take."""
    stale = _stale(evidence, order)
    earlier = {
        (report.stage, report.unit): receipt.cost
        for report in stale
        if (receipt := evidence.receipt(report.stage, report.unit)) is not None and "wall_s" in receipt.cost
    }
    return forecast_of(stale, earlier, order.jobs)


def _would_run(units: Iterable[tuple[str, str]]) -> list[str]:
    """Per stage the units on which something waits."""
    by_stage: dict[str, list[str]] = {}
    for stage, unit in sorted(units):
        by_stage.setdefault(stage, []).append(unit)
    return [
        f"{name} of {', '.join(units[:MOST_UNITS])}"
        f"{f' and {len(units) - MOST_UNITS} more' if len(units) > MOST_UNITS else ''} would run"
        for name, units in by_stage.items()
    ]


def check_clusters(context: RunContext, names: tuple[str, ...]) -> None:
    """Refuse a cluster that the project does not have."""
    known = {unit for stage in context.line if stage.units.are_clusters for unit in stage.units.names(context.project)}
    unknown = sorted(set(names) - known)
    if unknown:
        raise ConfigRefusal("option -c", actual=f"no cluster {unknown}", expected=f"one of {sorted(known)}")


def check_outputs(context: RunContext) -> None:
    """Refuse a folder of results in which a card or a source file stands, for a run replaces and removes files there;
    and one whose path is too long for what a run writes below it."""
    project, roots = context.project, context.project.roots(context.data)
    refuse_long_paths(context.store.outputs, project.published_units)
    read = [project.folder / "project.toml"]
    for name, card in project.sources.items():
        paths = [card.path, *([card.geometry.path] if isinstance(card.geometry, JoinConfig) else [])]
        read += [folder / path for folder in each_folder(roots[name]) for path in paths]
    for folder in filter(None, (context.store.outputs, context.store.base)):
        within = [path for path in read if path.resolve().is_relative_to(folder.resolve())]
        if within:
            raise ConfigRefusal(
                f"folder '{folder}'",
                actual=f"'{within[0]}' in it{f' and {len(within) - 1} more files' if within[1:] else ''}",
                expected="a folder for results alone",
                todo="name another folder with --outputs; nothing was written",
            )


def _check_places(context: RunContext, order: Order) -> None:
    """Refuse a folder of results in which something of somebody else stands where a file of this run would, or edits
    that are not in one of ours yet.
    """
    outputs = context.store.outputs
    for stage in _stages(context.line, order):
        for unit in _units(context, stage, order) if stage.places else ():
            names = load_function(stage.places)(context.project, unit)
            delivered = DeliveredFiles(outputs, unit)
            delivered.refuse_foreign(names)
            delivered.refuse_open(names)
            for name in names:
                refuse_unsaved(outputs / name)


def _stages(line: Line, order: Order) -> Line:
    return line if order.up_to is None else line[: _position(line, order.up_to) + 1]


def _position(line: Line, name: str) -> int:
    return [stage.name for stage in line].index(name)


def _units(context: RunContext, stage: Stage, order: Order) -> list[str]:
    """The units of a stage that are to be run: of clusters those picked, of others all."""
    units = stage.units.all_units(context.project)
    if not order.clusters or not stage.units.are_clusters:
        return units
    return [unit for unit in units if unit in order.clusters]


def _run_units(evidence: Evidence, stage: Stage, order: Order, labour: Labour) -> Iterator[Report]:
    context = evidence.context
    flags = {"locked": order.locked, "pin": order.pin, "dry_run": False}
    stale: list[Task] = []
    for unit in _units(context, stage, order):
        if stage.units.is_total(context.project, unit) and stale:  # the total waits for its parts
            yield from _run_tasks(evidence, stale, labour, order)
            stale = []
        receipt = expected_receipt(evidence, stage, unit)
        reasons = _reasons(evidence, stage, receipt, order)
        if stage.always:
            task = called(evidence, Task(stage, receipt, reasons, flags))
            if order.anew_from != stage.name and is_as_before(evidence, task):
                counts = evidence.receipts[stage.name, unit].counts
                yield Report(stage.name, unit, reasons, counts, task.notes, cost.since(task.begun or cost.begin()))
            else:
                stale.append(task)
        elif reasons:
            stale.append(Task(stage, receipt, reasons, flags))
        else:
            # Of a run that was killed, after which its change was undone.
            context.store.ranges(stage.name, unit).clear()
            earlier = evidence.receipts[stage.name, unit]
            yield Report(stage.name, unit, [], earlier.counts, cost=earlier.cost)
    yield from _run_tasks(evidence, stale, labour, order)


def _run_tasks(evidence: Evidence, tasks: list[Task], labour: Labour, order: Order) -> Iterator[Report]:
    if not tasks:
        return
    context, stage = evidence.context, tasks[0].stage
    _check_places(context, order)  # before any work, for the stage that puts them there comes last
    if context.on_forecast is not None and not stage.always:
        context.on_forecast(partial(_forecast, evidence, order))
    for task in tasks:
        evidence.forget(task.stage.name, task.unit)
    _say_begun(context, stage.name if len(tasks) == 1 else f"{stage.name} of {len(tasks)} units")
    # What was called is at hand here, and what hands parts of its work to workers waits for them here.
    with ExitStack() as stack:
        results: Iterable[Callable[[], Report]]
        if labour.workers is not None and not stage.always and WORKERS not in stage.resources:
            results = stack.enter_context(remote_results(labour.workers, _elsewhere(context, labour.run), tasks))
        elif labour.jobs > 1 and len(tasks) > 1 and labour.workers is None:
            results = stack.enter_context(_results_of_processes(context, tasks, labour.jobs))
        else:
            results = [partial(_run_here, context, task, labour.workers) for task in tasks]
        yield from _reports_of_layers(results) if stage.units.are_layers else (result() for result in results)


def _run_here(context: RunContext, task: Task, workers: Workers | None) -> Report:
    _say_begun(context, f"{task.stage.name} {task.unit}")
    return run_task(context, task, workers)


def _say_begun(context: RunContext, work: str) -> None:
    if context.on_work is not None:
        context.on_work(work)


def _reports_of_layers(results: Iterable[Callable[[], Report]]) -> Iterator[Report]:
    """The reports of units that read a user's files: what is wrong with one keeps none of the others from being
    read, so that all is refused at once.
    """
    refusals = []
    for result in results:
        try:
            report = result()
        except Refusal as refusal:
            refusals.append(refusal)
        else:
            yield report
    if refusals:
        raise together(refusals)


@contextmanager
def _results_of_processes(context: RunContext, tasks: list[Task], jobs: int) -> Iterator[list[Callable[[], Report]]]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Else each process would compile the kernels for itself, all at the same time.
    prepare(context, tasks[0].stage)
    with ExitStack() as stack:
        notes = Path(stack.enter_context(TemporaryDirectory()))
        # spawn, not fork: a forked process inherits locks and threads of GDAL and numba as they happen to be.
        pool = stack.enter_context(
            ProcessPoolExecutor(
                min(jobs, len(tasks)), mp_context=get_context("spawn"), initializer=note_in, initargs=(notes,)
            )
        )
        # In the order of the clusters, so that two logs can be laid side by side; on a refusal the rest is cancelled.
        futures = [pool.submit(run_task, _elsewhere(context), task) for task in tasks]
        try:
            yield [
                partial(_result_of_process, future, task, notes) for future, task in zip(futures, tasks, strict=True)
            ]
        finally:
            for future in futures:
                future.cancel()


def _result_of_process(future: "Future[Report]", task: Task, notes: Path) -> Report:
    from concurrent.futures.process import BrokenProcessPool

    try:
        return future.result()
    except BrokenProcessPool:
        read = being_read(notes)
        if read:
            raise SourceRefusal(
                read[0] if len(read) == 1 else "one of the files that were read at the same time",
                actual=["a process that ended without a word while it read it"]
                if len(read) == 1
                else [f"{thing}: a process ended without a word while this was read" for thing in read],
                expected="a file on which no library stops, and memory for all processes",
                todo="open it in QGIS or Excel and save it anew, or ask for the delivery again; where memory is short, "
                "run with --jobs 1",
            ) from None
        raise ConfigRefusal(
            f"{task.stage.name} of {task.unit}",
            actual="a process that the system ended while it was at this or at the same time",
            expected="memory for all processes, and files on which no library stops",
            todo="run with --jobs 1: what is done is not done again, and the last line names what it stops at",
        ) from None


def _elsewhere(context: RunContext, name: str | None = None) -> RunContext:
    """The context as another process has it: a callback cannot follow, nor the folder that paths count from. One that
    may outlive the run has its name."""
    store, project = context.store, context.project
    return dataclasses.replace(
        context,
        project=dataclasses.replace(
            project, folder=project.folder.absolute(), rules_folder=project.rules_folder.absolute()
        ),
        data=context.data.absolute(),
        store=Store(store.outputs.absolute(), store.base and store.base.absolute(), name),
        on_progress=None,
        on_work=None,
        on_forecast=None,
    )


def _reasons(evidence: Evidence, stage: Stage, expected: Receipt, order: Order) -> list[str]:
    if stage.always:
        return ["always"]
    line = evidence.context.line
    if order.anew_from is not None and _position(line, stage.name) >= _position(line, order.anew_from):
        return [f"asked to run from {order.anew_from}"]
    earlier = evidence.receipt(stage.name, expected.unit)
    return ["not run yet"] if earlier is None else differences(expected, earlier)
