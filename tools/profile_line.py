"""Run the line anew, and print of each stage its CPU seconds, its peak memory and our functions that weigh most.

Usage: python tools/profile_line.py [--config DIR] [--data DIR] [--outputs DIR] [--from STAGE] [--to STAGE] [--most N]

Without --outputs the results go to a folder that is removed. CPU seconds are of this process and those that it started;
peak memory is of the process while the stage ran, where the system tells it. A function's share is of the time that
passed in the stage, with all that it calls.
"""

import argparse
import math
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pyinstrument import Profiler
from pyinstrument.renderers import ConsoleRenderer

from pipeline.line import LINE, VERBS
from pipeline.project.load import read_project
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.storage.store import Store

EXAMPLE = Path(__file__).parents[1] / "config" / "proefpolder"


def main(arguments: list[str]) -> None:
    """Run and print what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=EXAMPLE)
    parser.add_argument("--data", type=Path, help="folder that source paths count from (default: that of the project)")
    parser.add_argument("--outputs", type=Path)
    parser.add_argument("--from", dest="first", choices=VERBS)
    parser.add_argument("--to", dest="last", choices=VERBS, default=VERBS[-1])
    parser.add_argument("--most", type=int, default=10, help="functions to print of a stage (0: none)")
    given = parser.parse_args(arguments)
    project = read_project(given.config)
    with tempfile.TemporaryDirectory() as spare:
        context = RunContext(project, given.data or project.folder, Store(given.outputs or Path(spare)), line=LINE)
        # Each stage by itself: those before it stand there, and are found unchanged.
        for verb in VERBS[: VERBS.index(given.last) + 1]:
            anew = verb if given.first is None or VERBS.index(verb) >= VERBS.index(given.first) else None
            sys.stdout.writelines(_profiled(context, Order(anew_from=anew, up_to=verb), given.most))
            sys.stdout.flush()


def _profiled(context: RunContext, order: Order, most: int) -> Iterator[str]:
    """Lines on one stage: CPU seconds, MB, and the functions in which most time passed."""
    before, profiler = sum(os.times()[:4]), Profiler()
    if most:
        profiler.start()
    reports = [report for report in run(context, order) if report.stage == order.up_to]
    peak = max((report.cost.get("peak_bytes") or math.nan for report in reports), default=math.nan)
    yield f"{order.up_to:<10} {sum(os.times()[:4]) - before:8.1f} s of CPU {peak / 1e6:8.0f} MB\n"
    if most:
        text = ConsoleRenderer(flat=True, flat_time="total", show_all=True, time="percent_of_total").render(
            profiler.stop()
        )
        # Without the runner, which calls all others.
        shares = [line.strip() for line in text.splitlines() if re.search(r"% .* pipeline/(?!runner/|cli/)", line)]
        yield from (f"    {line}\n" for line in shares[:most])


if __name__ == "__main__":
    main(sys.argv[1:])
