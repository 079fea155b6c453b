"""Progress on stderr while the line runs: a line per stage and cluster, and on a terminal the work at hand."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

from pipeline.cli import heartbeat, messages, report_lines
from pipeline.cli.options import RunOptions
from pipeline.line import VERBS
from pipeline.runner.forecast import Forecast, seconds_by_plots
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.runner.task import Report

PLOTS_LAYER, LAST_VERB = "parcels", VERBS[-1]
MOVING = "{task.description}"


def run_with_progress(context: RunContext, order: Order, how: RunOptions) -> list[Report]:
    """Run the line, show its progress, and return the report of every unit."""
    console = Console(stderr=True, quiet=how.quiet, highlight=False, soft_wrap=True)
    columns = (
        SpinnerColumn(),
        TextColumn(MOVING, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
        BarColumn(16),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    is_moving = console.is_terminal and not how.quiet
    # transient: the moving line goes, and one line per stage and cluster stays.
    with (
        Progress(*columns, console=console, transient=True, expand=True, disable=not is_moving) as bar,
        ExitStack() as work,
    ):
        shown = _Shown(context, order, console, bar, work, is_verbose=how.verbose)
        if is_moving:
            shown.beat.stop()  # the moving line says it
        following = replace(context, on_progress=shown.progressed, on_work=shown.begun, on_forecast=shown.forecast_once)
        for report in run(following, order):
            shown.done(report)
        shown.end_of_layers()
    return shown.reports


@dataclass
class _Shown:
    """What is shown of a run: the moving line or the heartbeat, and a line for what is done."""

    context: RunContext
    order: Order
    console: Console
    bar: Progress
    work: ExitStack
    is_verbose: bool
    reports: list[Report] = field(default_factory=list)
    layers: list[Report] = field(default_factory=list)  # of the stage at work, until it is done
    forecast: Forecast | None = None
    unit: str = ""
    is_watched: bool = False

    def __post_init__(self) -> None:
        """Begin the moving line."""
        self.beat = heartbeat.current()
        self.counted = {stage.name for stage in self.context.line if not stage.always}
        self.by_layer = {stage.name for stage in self.context.line if stage.units.are_layers}
        self.task = self.bar.add_task("acquire", total=None)

    def say(self, line: str) -> None:
        """Write a line that stays."""
        self.console.print(line, markup=False)
        self.beat.heard()

    def set_work(self, work: str) -> None:
        """Show what the work is at."""
        self.bar.update(self.task, description=work)
        self.beat.set_work(work)

    def begun(self, work: str) -> None:
        """Show what is begun; before the first of it say once that kernels will be compiled, and follow that."""
        if work.split()[0] not in self.by_layer:
            self.end_of_layers()
        self.unit = work
        self.set_work(work)
        if self.is_watched:
            return
        self.is_watched = True
        from pipeline.kernels import numba_cache  # a run that finds all up to date loads no numba

        if self.context.engine == "fast" and not numba_cache.are_compiled():
            self.say(report_lines.wrapped(messages.compiling(is_stored=numba_cache.folder() is not None)))
        self.work.enter_context(numba_cache.watched(self.compiled))

    def compiled(self, count: int) -> None:
        """Show how many kernels are compiled."""
        self.set_work(f"{self.unit}: {count} kernels compiled")

    def progressed(self, activity: str, done: int, count: int) -> None:
        """Show how many holdings are cut."""
        self.set_work(f"{activity}: {done:,} of {count:,} holdings")

    def forecast_once(self, forecast: Callable[[], Forecast]) -> None:
        """Say before the first work what there is to do and how long that takes."""
        if self.forecast is None:
            self.forecast = forecast()
            self.bar.update(self.task, total=self.forecast.units)
            self.say(report_lines.wrapped(messages.what_it_takes(self.forecast, self.context)))

    def done(self, report: Report) -> None:
        """Show what became of a unit; of layers when the last of their stage is done, unless all is to be said."""
        self.reports.append(report)
        if report.reasons and report.stage in self.counted:
            self.bar.advance(self.task)
        if report.stage in self.by_layer and not self.is_verbose:
            self.layers.append(report)
            return
        self.end_of_layers()
        if report.reasons or self.is_verbose:
            self.say(report_lines.unit_line(report))
        if self.is_verbose and report.counts:
            self.say(report_lines.count_lines(report))
        self._say_notes(report.notes + (report.reasons if self.is_verbose else []))

    def end_of_layers(self) -> None:
        """Show what became of the layers of a stage, if any of them was read anew."""
        layers, self.layers = self.layers, []
        if any(report.reasons for report in layers):
            self.say(report_lines.layers_line(layers))
        for report in layers:
            self._say_notes([f"{report.unit}: {note}" for note in report.notes])
        plots = [report.counts[PLOTS_LAYER][0] for report in layers if report.unit == PLOTS_LAYER and report.counts]
        # Of a first run it is now that the plots are known.
        if self.forecast is not None and self.forecast.seconds is None and plots and self.order.up_to == LAST_VERB:
            clusters = len(self.order.clusters or self.context.project.clusters)
            seconds = seconds_by_plots(plots[0], clusters, self.order.jobs)
            number = "1 cluster" if clusters == 1 else f"{clusters} clusters"
            self.say(f"{plots[0]:,} plots in {number}: {messages.duration(seconds)} more")

    def _say_notes(self, notes: list[str]) -> None:
        for note in notes:
            self.say(report_lines.wrapped(note, report_lines.BELOW_STAGE))
