"""Progress on stderr while the line runs: a line per unit, and on a terminal the work at hand."""

from contextlib import ExitStack
from dataclasses import replace
from functools import cache

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pipeline.cli import messages
from pipeline.cli.options import RunOptions
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.runner.task import Report

LOGGED_HOLDINGS = 20_000  # from this many holdings in a cluster, a log gets a line for every tenth part of them


def run_with_progress(context: RunContext, order: Order, how: RunOptions) -> list[Report]:
    """Run the line, show its progress, and return the report of every unit."""
    console = Console(stderr=True, quiet=how.quiet, highlight=False, soft_wrap=True)
    reports: list[Report] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    is_hidden = not console.is_terminal or how.quiet
    # transient: the moving line goes, and one line per unit stays.
    with Progress(*columns, console=console, transient=True, disable=is_hidden) as progress, ExitStack() as work:
        task = progress.add_task("acquire")
        logged_steps: set[tuple[str, int]] = set()

        def show_compiled(count: int) -> None:
            """Show how many kernels are compiled."""
            progress.update(task, description=f"compiling the kernels that cut land: {count} done")

        def show_progress(activity: str, done: int, count: int) -> None:
            """Show how many holdings are cut."""
            line = f"{activity}: {done:,} of {count:,} holdings"
            progress.update(task, description=line)
            step = activity, 10 * done // count
            # A log has no line that can be rewritten: it gets one for every tenth part of a large cluster.
            if not console.is_terminal and count >= LOGGED_HOLDINGS and step not in logged_steps:
                logged_steps.add(step)
                console.print(f"{'':<10} {line}", markup=False)

        @cache
        def begin_work() -> None:
            """Say once that kernels will be compiled, and show them; a run that finds all up to date loads no numba."""
            from pipeline.kernels import numba_cache

            if context.engine == "fast" and not numba_cache.are_compiled():
                console.print(messages.compiling(is_stored=numba_cache.folder() is not None), markup=False)
            work.enter_context(numba_cache.watched(show_compiled))

        for report in run(replace(context, on_progress=show_progress, on_work=begin_work), order):
            reports.append(report)
            progress.update(task, description=f"after {report.stage} {report.unit}")
            _show_report(console, report, verbose=how.verbose)
    return reports


def _show_report(console: Console, report: Report, *, verbose: bool) -> None:
    if report.reasons or verbose:
        console.print(report.line(), markup=False)
    for note in [*report.notes, *(report.reasons if verbose else [])]:
        console.print(f"{'':<10} {note}", markup=False)
