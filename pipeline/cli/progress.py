"""Voortgang: what a run tells on stderr while it goes on: a line per unit, and on a terminal what it is at."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pipeline.kernels import numba_cache as kernels
from pipeline.runner.run import Order, run
from pipeline.runner.stage import Context
from pipeline.runner.task import Report

TOLD_FROM = 20_000  # holdings of a cluster, from which a log tells every tenth part of them


def follow(context: Context, order: Order, how: dict[str, bool]) -> list[Report]:
    """Run the line and tell of it; `how` says whether to be quiet or verbose. What became of every unit."""
    console = Console(stderr=True, quiet=how["quiet"], highlight=False, soft_wrap=True)
    reports: list[Report] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal or how["quiet"]
    ) as progress:
        task = progress.add_task("acquire")
        if context.engine == "fast" and not kernels.are_compiled():
            console.print("what cuts the land is compiled on the way: once after an install or update, half a minute")

        steps: set[tuple[str, int]] = set()

        def compiled(count: int) -> None:
            progress.update(task, description=f"compiling what cuts the land: {count} kernels done")

        def told(what: str, done: int, parts: int) -> None:
            line = f"{what}: {done:,} of {parts:,} holdings"
            progress.update(task, description=line)
            if not console.is_terminal and parts >= TOLD_FROM and (step := (what, 10 * done // parts)) not in steps:
                steps.add(step)
                console.print(f"{'':<10} {line}", markup=False)

        with kernels.watched(compiled):
            for report in run(replace(context, told=told), order):
                reports.append(report)
                progress.update(task, description=f"after {report.stage} {report.unit}")
                _tell(console, report, how["verbose"])
    return reports


def _tell(console: Console, report: Report, verbose: bool) -> None:
    if report.reasons or verbose:
        console.print(report.line(), markup=False)
    for note in [*report.notes, *(report.reasons if verbose else [])]:
        console.print(f"{'':<10} {note}", markup=False)
