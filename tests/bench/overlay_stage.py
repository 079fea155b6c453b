"""Memory of the stage when holdings grow and zones do not: python tests/bench/overlay_stage.py DIR [TIMES ...]

DIR holds what `gen.py` of the bench wrote; parcels are holdings, layers are zones, as in `overlay_again.py`. For
each of TIMES (1 and 4 unless given) the stage reads, cuts and writes that many copies of all parcels, in a process
of its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from overlay_again import land, zones

from layers.derived.holding_shapes import LAYER as HOLDING_SHAPES
from layers.derived.zone_shapes import LAYER as ZONE_SHAPES
from pipeline.stages.overlay.cluster import run
from pipeline.stages.overlay.execution import no_progress
from pipeline.storage.checksums import checksum
from pipeline.storage.parquet_stream import GROUP_ROWS, TableWriter, read, rows_of
from pipeline.storage.store import Ranges


def lay(folder: Path, times: int, place: Path) -> None:
    """Write what the stage reads."""
    parcels = land(folder)
    copies = [parcels.assign(holding_id=f"{copy}-" + parcels["holding_id"].astype(str)) for copy in range(times)]
    tables = {
        "holdings": HOLDING_SHAPES.conform(pd.concat(copies, ignore_index=True)),
        "zones": ZONE_SHAPES.conform(zones(folder).assign(cluster_id="bench")),
    }
    place.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_parquet(place / f"{name}.parquet", index=False, row_group_size=GROUP_ROWS)


@dataclass(frozen=True)
class BenchFiles:
    """The files of a unit that was never run."""

    tables: dict[str, Path]
    folder: Path

    def input_file(self, table: str) -> tuple[Path, str]:
        return self.tables[table], checksum(self.tables[table])

    def input_rows(self, table: str) -> int:
        return rows_of(self.tables[table])

    def has_previous(self, *_: str) -> bool:
        return False

    def ranges(self) -> Ranges:
        return Ranges(self.folder)


def run_stage(place: Path, threads: int = 2, workers: Any = None) -> dict[str, Any]:
    """Read, cut and write all; holdings, pieces, seconds and peak memory (MB)."""
    holdings, layers = place / "holdings.parquet", place / "zones.parquet"
    began, pieces = time.perf_counter(), 0
    files: Any = BenchFiles({"holding_shapes": holdings, "zone_shapes": layers}, place / "ranges")
    shapes = {"holding_shapes": read(holdings), "zone_shapes": gpd.read_parquet(layers)}
    options = {"engine": "fast", "threads": threads, "workers": workers, "on_progress": no_progress}
    written: dict[str, TableWriter] = {}
    for tables in run(None, "", shapes, files=files, code_of=str, **options):
        pieces += len(tables.get("pieces", ()))
        for name, table in tables.items():
            written.setdefault(name, TableWriter(place / "out" / f"{name}.parquet")).add(table)
    for table in written.values():
        table.finish()
        table.place()
    Ranges(place / "ranges").clear()
    seconds, peak = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"holdings": rows_of(holdings), "pieces": pieces, "seconds": seconds, "peak_mb": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("times", type=int, nargs="*", default=[1, 4])
    parser.add_argument("--cut", action="store_true", help=argparse.SUPPRESS)  # DIR is where the tables lie
    options = parser.parse_args()
    if options.cut:
        result = run_stage(options.folder)
        sys.stdout.write("{holdings:>10} {pieces:>10} {seconds:>8.1f} {peak_mb:>8} MB\n".format(**result))
        return
    sys.stdout.write(f"{'holdings':>10} {'pieces':>10} {'seconds':>8} {'peak':>8}\n")
    for times in options.times:
        with tempfile.TemporaryDirectory() as place:
            lay(options.folder, times, Path(place))
            sys.stdout.flush()
            subprocess.run([sys.executable, __file__, place, "--cut"], check=True)


if __name__ == "__main__":
    main()
