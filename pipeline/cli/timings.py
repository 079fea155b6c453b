"""What each stage cost, in lines: of units that ran now, and of those that were up to date when they last ran."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import click

from pipeline.runner.task import Report

MB = 1e6
HEADER = ("stage", "units", "ran", "cpu s", "wall s", "peak MB", "read MB", "written MB", "rows", "rows/cpu s")
WIDTHS = (7, 6, 10, 10, 10, 10, 12, 13, 12)


def show_timings(reports: Sequence[Report]) -> None:
    """Write a row per stage: seconds, bytes and rows written of its units together, and the peak of the heaviest."""
    rows = [_row(stage, list(units)) for stage, units in groupby(reports, lambda report: report.stage)]
    for row in [HEADER, *rows]:
        cells = zip(row[1:], WIDTHS, strict=True)
        click.echo(f"{row[0]:<10}" + "".join(f"{cell:>{width}}" for cell, width in cells))


def _row(stage: str, reports: list[Report]) -> tuple[str, ...]:
    cpu, wall, read, written = (
        _sum(report.cost.get(name) for report in reports) for name in ("cpu_s", "wall_s", "read_bytes", "written_bytes")
    )
    peaks = [peak for report in reports if (peak := report.cost.get("peak_bytes")) is not None]
    # Files for people are counted as `written`, charts under the name of their folder: neither has rows.
    counts = [(name, count[0]) for report in reports for name, count in report.counts.items()]
    rows = sum(count for name, count in counts if isinstance(count, int) and not name.endswith("/"))
    megabytes = (None if count is None else count / MB for count in (max(peaks, default=None), read, written))
    seconds = (_said(count, 2) for count in (cpu, wall))
    ran = sum(bool(report.reasons) for report in reports)
    speed = _said(rows / cpu if cpu else None, 0)
    return (stage, str(len(reports)), str(ran), *seconds, *(_said(count, 1) for count in megabytes), f"{rows:,}", speed)


def _sum(counts: Iterable[float | None]) -> float | None:
    """The sum; None where one is not known."""
    every = list(counts)
    return None if None in every else sum(count for count in every if count is not None)


def _said(count: float | None, decimals: int) -> str:
    return "-" if count is None else f"{count:,.{decimals}f}"
