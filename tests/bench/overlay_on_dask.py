"""The bench job by threads and by a Dask cluster on this machine, in turn: python tests/bench/overlay_on_dask.py DIR [--rounds N]

Workers are processes of one thread each, as many as the threads of the other side; they are warm (the first round of both is
not counted) and read the folder themselves. Tells seconds of each, the median of the ratios, and whether every byte is the same.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from distributed import LocalCluster
from overlay import job

from pipeline.kernels.cut import FREE


def main() -> int:
    """Exit 1 when the outputs differ."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folder", type=Path)
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--threads", type=int, default=2)
    given = ask.parse_args()
    ratios, same = [], True
    asked = {"n_workers": given.threads, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with tempfile.TemporaryDirectory() as place, LocalCluster(**asked) as cluster:
        files = [Path(place) / "threads.gpkg", Path(place) / "dask.gpkg"]
        for turn in range(given.rounds + 1):
            here, there = (
                job(given.folder, file, FREE, given.threads, address)["total"]
                for file, address in zip(files, (None, cluster.scheduler_address), strict=True)
            )
            same = same and files[0].read_bytes() == files[1].read_bytes()
            if turn:
                ratios.append(there / here)
                sys.stdout.write(f"threads {here:.2f} s, dask {there:.2f} s: {there / here:.2f}\n")
    sys.stdout.write(
        f"dask / threads, median of {given.rounds}: {median(ratios):.2f}; {'the same bytes' if same else 'OTHER BYTES'}\n"
    )
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
