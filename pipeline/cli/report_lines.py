"""What became of the units of a run, in lines of at most a hundred signs."""

import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

from layers.derived import DERIVED
from layers.units import M2_PER_HA
from pipeline.runner.task import Report

WIDEST, NARROWEST = 100, 60
BEFORE_COUNTS = 36  # what stands before the counts: stage and unit
BELOW_STAGE = " " * 11
NO_BREAK = "\N{NO-BREAK SPACE}"
# Derived tables in which no land stands twice, so that their hectares add up; zones overlap, sites are of every year.
DIVIDING_LAND = ("holdings", "pieces", "parcel_facts")


def width() -> int:
    """How wide lines are: as the terminal, but at most 100 signs and at least 60; in a log 100."""
    columns = shutil.get_terminal_size((WIDEST, 24)).columns if sys.stderr.isatty() else WIDEST
    return max(NARROWEST, min(WIDEST, columns))


def wrapped(text: str, indent: str = "", head: str = "") -> str:
    """A text in lines of that width, behind a head and below it from the indent on. Paths stay whole."""
    first = head or indent
    return textwrap.fill(
        text, width(), initial_indent=first, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def entry_lines(head: str, text: str) -> str:
    """A text behind a head, and below itself where it takes several lines."""
    return wrapped(text, " " * len(head), head) if text else head.rstrip()


def plan_line(report: Report) -> str:
    """Stage, unit, and why it would run."""
    return entry_lines(f"{report.stage:<10} {report.unit:<24} ", "; ".join(report.reasons))


def unit_line(report: Report) -> str:
    """Stage, unit, the rows (and hectares) of its main table, what was refused, and seconds."""
    if not report.reasons:
        return _line(report.stage, report.unit, "unchanged")
    return _line(report.stage, report.unit, _main_count(report), _seconds([report]))


def layers_line(reports: Sequence[Report]) -> str:
    """All layers of a stage together: how many were read anew, of how many, and rows refused."""
    stage, layers = reports[0].stage, [report for report in reports if report.counts]
    anew = [report for report in layers if report.reasons]
    if not anew:
        return _line(stage, f"{len(layers)} layers", "unchanged")
    rows = sum(report.counts[report.unit][0] for report in anew if report.unit in report.counts)
    counts = [f"{rows:,} rows or cells", *_refused(anew)]
    counts += [f"{len(layers) - len(anew)} unchanged"] if len(anew) < len(layers) else []
    return _line(stage, f"{len(anew)} layers", ", ".join(counts), _seconds(anew))


def count_lines(report: Report) -> str:
    """Every table that a unit wrote, with its rows and hectares."""
    # A table and its rows stay on one line.
    counts = [_count(name, count).replace(" ", NO_BREAK) for name, count in report.counts.items()]
    return wrapped(", ".join(counts), BELOW_STAGE).replace(NO_BREAK, " ")


def _line(stage: str, unit: str, text: str, seconds: str = "") -> str:
    head = f"{stage:<10} {unit:<24} "
    tail = f"{text:<{width() - BEFORE_COUNTS - 9}}{seconds:>9}"
    # A name may have 64 signs.
    return f"{head}\n{' ' * BEFORE_COUNTS}{tail}".rstrip() if len(head) > BEFORE_COUNTS else (head + tail).rstrip()


def _seconds(reports: Sequence[Report]) -> str:
    return f"{sum(report.cost['wall_s'] or 0.0 for report in reports):.1f} s"


def _main_count(report: Report) -> str:
    """The layer that it read, else the table with the land, else the first; of files for people all."""
    counts = report.counts
    files = [name for name, (count, _) in counts.items() if count == "written"]
    if files:
        figures = [f"{count} figures" for name, (count, _) in counts.items() if name.endswith("/")]
        return ", ".join([*files, *figures])
    with_land = [name for name, (_, area) in counts.items() if area is not None]
    name = report.unit if report.unit in counts else next(iter([*with_land, *counts]), "")
    return ", ".join([_count(name, counts[name]), *_refused([report])]) if name else ""


def _refused(reports: Sequence[Report]) -> list[str]:
    refused = sum(report.counts.get("refused", [0])[0] for report in reports)
    return [f"{refused:,} refused"] if refused else []


def _count(name: str, count: Sequence[Any]) -> str:
    rows, area = count
    number = f"{rows:,}" if isinstance(rows, int) else str(rows)
    # An area that is not known is NaN, which does not equal itself.
    has_sum = area and area == area and (name not in DERIVED or name in DIVIDING_LAND)
    return f"{name} {number}" + (f" ({area / M2_PER_HA:,.1f} ha)" if has_sum else "")
