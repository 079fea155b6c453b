"""Memory of the stage when holdings grow and zones do not: python tests/bench/overlay_stage.py DIR [TIMES ...]

DIR holds what `gen.py` of the bench wrote; parcels are holdings, layers are zones, as in `overlay_again.py`. For each of TIMES
(1 and 4 unless asked) the stage reads, cuts and writes that many copies of all parcels, in a process of its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from overlay_again import land, zones

from layers.derived.holding_shapes import LAYER as LAND
from layers.derived.zone_shapes import LAYER as ZONES
from pipeline.line import LINE
from pipeline.project.load import read_project
from pipeline.runner.stage import Context
from pipeline.runner.task import Task, run_task
from pipeline.storage.store import Receipt, Store

CLUSTER = "westhaven"
EXAMPLE = Path(__file__).parents[2] / "config" / "proefpolder"


def lay(folder: Path, times: int, outputs: Path) -> None:
    """Write what the stage reads."""
    one, store = land(folder), Store(outputs)
    many = [one.assign(holding_id=f"{copy}-" + one["holding_id"].astype(str)) for copy in range(times)]
    tables = {
        ("resolve", "holding_shapes"): LAND.conform(pd.concat(many, ignore_index=True)),
        ("constrain", "zone_shapes"): ZONES.conform(zones(folder).assign(cluster_id=CLUSTER)),
    }
    for (stage, name), table in tables.items():
        store.sign(Receipt(stage, CLUSTER, {}, {}, {}, {name: store.save(stage, CLUSTER, name, table)}))


def cut(outputs: Path) -> None:
    """Run the stage; holdings, pieces, seconds and peak memory, a line."""
    context = Context(read_project(EXAMPLE), EXAMPLE, Store(outputs), threads=2, line=LINE)
    began = time.perf_counter()
    stage = next(stage for stage in LINE if stage.name == "overlay")
    counts = run_task(context, Task(stage, Receipt("overlay", CLUSTER, {}, {}, {}), [])).counts
    seconds, peak = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(f"{counts['cut'][0]:>10} {counts['pieces'][0]:>10} {seconds:>8.1f} {peak:>8} MB\n")


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folder", type=Path)
    ask.add_argument("times", type=int, nargs="*", default=[1, 4])
    ask.add_argument("--cut", action="store_true", help=argparse.SUPPRESS)  # DIR is where the tables lie
    given = ask.parse_args()
    if given.cut:
        cut(given.folder)
        return
    sys.stdout.write(f"{'holdings':>10} {'pieces':>10} {'seconds':>8} {'peak':>8}\n")
    for times in given.times:
        with tempfile.TemporaryDirectory() as place:
            lay(given.folder, times, Path(place))
            sys.stdout.flush()
            subprocess.run([sys.executable, __file__, place, "--cut"], check=True)


if __name__ == "__main__":
    main()
