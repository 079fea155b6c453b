"""The stage by threads and by a Dask cluster on this machine, in turn: python tests/bench/overlay_on_dask.py DIR
[--rounds N]

DIR holds what `gen.py` of the bench wrote; parcels are holdings, layers are zones, as in `overlay_stage.py`. Workers
are processes of one thread each, as many as the threads of the other side; they are warm (the first round of both is
not counted) and read the tables themselves. Prints seconds of each, the median of the ratios, and whether every byte
is the same.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from distributed import LocalCluster
from overlay_stage import lay, run_stage

from pipeline.runner.workers import connected
from pipeline.stages.overlay.remote_ranges import version


def tables(outputs: Path) -> list[bytes]:
    """The bytes of what the stage wrote."""
    return [path.read_bytes() for path in sorted((outputs / "out").glob("*.parquet"))]


def main() -> int:
    """Exit 1 when the outputs differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    ratios, same = [], True
    options_of_cluster = {
        "n_workers": options.threads,
        "threads_per_worker": 1,
        "host": "127.0.0.1",
        "dashboard_address": None,
    }
    with (
        tempfile.TemporaryDirectory() as place,
        LocalCluster(**options_of_cluster) as cluster,
        connected(cluster.scheduler_address, version) as workers,
    ):
        sides = {Path(place) / "threads": None, Path(place) / "dask": workers}
        for outputs in sides:
            lay(options.folder, 1, outputs)
        for turn in range(options.rounds + 1):
            here, there = (
                run_stage(outputs, options.threads, cutters)["seconds"] for outputs, cutters in sides.items()
            )
            first, second = map(tables, sides)
            same = same and first == second
            if turn:
                ratios.append(there / here)
                sys.stdout.write(f"threads {here:.2f} s, dask {there:.2f} s: {there / here:.2f}\n")
    sys.stdout.write(
        f"dask / threads, median of {options.rounds}: {median(ratios):.2f}; "
        f"{'the same bytes' if same else 'OTHER BYTES'}\n"
    )
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
