"""What reading and writing alone cost of the bench job: python tests/bench/io_floor.py DIR RESULT.gpkg [--rounds N]

Reads the same files with the same libraries (Arrow columns by two threads, the raster whole), and writes the rows of
RESULT.gpkg, which a run of `overlay.py` wrote, again. Nothing is parsed, cut or measured. Median of so many rounds, in
a process that has its libraries.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq
import pyogrio
from overlay import FAST_WRITES
from overlay_job import BATCH_ROWS, LAYERS, noise_grid


def main() -> None:
    """Print seconds of each part and of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    pyogrio.set_gdal_config_options(FAST_WRITES)
    about, table = pyogrio.read_arrow(options.result)
    name, table, rounds = about["geometry_name"] or "wkb_geometry", table.combine_chunks(), []
    with tempfile.TemporaryDirectory(dir=options.result.parent) as place:
        for _ in range(options.rounds):
            clock = [time.perf_counter()]
            for layer in (*LAYERS, "parcels", "quay", "housingplan"):
                pq.read_table(options.folder / f"{layer}.parquet", columns=["geometry"], use_threads=True)
            clock.append(time.perf_counter())
            noise_grid(options.folder / "noise_db.tif")
            clock.append(time.perf_counter())
            out = Path(place) / "floor.gpkg"
            out.unlink(missing_ok=True)
            pyogrio.write_arrow(
                table.to_reader(BATCH_ROWS),
                out,
                layer="availability",
                driver="GPKG",
                geometry_type="Unknown",
                geometry_name=name,
                crs="EPSG:28992",
            )
            clock.append(time.perf_counter())
            rounds.append([after - before for before, after in pairwise(clock)])
    parts = {part: median(seconds[i] for seconds in rounds) for i, part in enumerate(("read", "raster", "write"))}
    parts |= {"total": sum(parts.values())}
    sys.stdout.write("RESULT " + json.dumps({part: round(seconds, 3) for part, seconds in parts.items()}) + "\n")


if __name__ == "__main__":
    main()
