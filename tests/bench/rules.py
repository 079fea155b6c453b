"""What a changed norm costs beside a cut: python tests/bench/rules.py [CLUSTERS...] --config DIR --data
DIR --outputs DIR

Takes the results of a finished run, cuts a cluster's land anew, and evaluates the rules anew with every distance of
the guideline halved; alternated, medians. The ratio counts; seconds are of one machine.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.land.land import PAIR, assessed_land
from pipeline.line import LINE
from pipeline.project.load import read_project
from pipeline.project.project import Project
from pipeline.runner.results import Results
from pipeline.runner.stage import RunContext
from pipeline.stages.assess import rooms
from pipeline.stages.overlay.execution import IN_THIS_THREAD
from pipeline.stages.overlay.incremental import prepared
from pipeline.stages.overlay.pieces import Part, overlay_part
from pipeline.storage.store import Store

READ = {"resolve": ("holdings",), "constrain": ("zones", "zone_shapes"), "overlay": ("pieces", "combinations")}


def halved(project: Project) -> Project:
    """The same rules with another norm: every activity keeps the distance of the category below its own."""
    distances = project.assess.category_distances
    names = project.assess.categories
    lighter = {name: distances.quiet[names[max(0, rank - 1)]] for rank, name in enumerate(names)}
    card = project.assess.model_copy(update={"category_distances": distances.model_copy(update={"quiet": lighter})})
    return replace(project, assess=card)


def timed(work: Any) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """One line per cluster: pieces, sets of zones, seconds of the cut and of the rules, and their ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("clusters", nargs="*")
    for name in ("config", "data", "outputs"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    project = read_project(given.config)
    context = RunContext(project, given.data, Store(given.outputs), line=LINE)
    rules = halved(project)
    sys.stdout.write(f"{'cluster':<16}{'pieces':>8}{'sets':>7}{'rooms':>8}{'cut s':>8}{'rules s':>9}{'ratio':>8}\n")
    for cluster in given.clusters or project.clusters:
        tables = {n: Results.from_run(context).table(n, cluster) for names in READ.values() for n in names}
        land = assessed_land(cluster, {**tables, "holding_states": None, "rooms": None})
        pairs = land.pieces[PAIR].drop_duplicates()
        cuts, evaluations = [], []
        for _ in range(3):
            part = Part(tables["holdings"], None, IN_THIS_THREAD)
            cuts.append(timed(lambda p=part, z=tables["zone_shapes"]: overlay_part(p, prepared(z), "fast")))
            evaluations.append(
                timed(lambda t=tables, p=pairs: rooms(t["combinations"], t["zones"], p, project.years, rules))
            )
        cut, evaluation = statistics.median(cuts), statistics.median(evaluations)
        count = len(pairs) * len(project.years) * len(project.profiles)
        sys.stdout.write(
            f"{cluster:<16}{len(tables['pieces']):>8}{len(tables['combinations']):>7}{count:>8}"
            f"{cut:>8.2f}{evaluation:>9.3f}{evaluation / cut:>8.3f}\n"
        )


if __name__ == "__main__":
    main()
