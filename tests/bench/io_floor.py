"""What reading and writing alone cost of the bench job: python tests/bench/io_floor.py DIR RESULT.gpkg [--rounds N]

Reads the same files with the same libraries (Arrow columns by two threads, the raster whole), and writes the rows of
RESULT.gpkg, which a run of `overlay.py` made, again. Nothing is parsed, cut or measured. Median of so many rounds, in a process
that has its libraries; `process` is what the first round takes with bringing these in, less reading RESULT.gpkg.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median


def main() -> None:
    """Tell seconds of each part and of all."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folder", type=Path)
    ask.add_argument("result", type=Path)
    ask.add_argument("--rounds", type=int, default=5)
    given = ask.parse_args()
    began = time.perf_counter()
    import pyarrow.parquet as pq
    import rasterio
    from overlay import beside
    from overlay_read import BATCH_ROWS, LAYERS

    pyogrio = beside()
    os.environ["OGR_CURRENT_DATE"] = "2026-01-01T00:00:00Z"
    pyogrio.set_gdal_config_options({"OGR_SQLITE_SYNCHRONOUS": "OFF"})
    asked = time.perf_counter()
    told, table = pyogrio.read_arrow(given.result)
    name = told["geometry_name"] or "wkb_geometry"
    table = table.combine_chunks()
    began, whole = began + time.perf_counter() - asked, 0.0
    rounds = []
    with tempfile.TemporaryDirectory(dir=given.result.parent) as place:
        for _ in range(given.rounds):
            clock = [time.perf_counter()]
            for layer in (*LAYERS, "parcels", "quay", "housingplan"):
                pq.read_table(given.folder / f"{layer}.parquet", columns=["geometry"], use_threads=True)
            clock.append(time.perf_counter())
            with rasterio.open(given.folder / "noise_db.tif", num_threads=2) as raster:
                raster.read(1)
            clock.append(time.perf_counter())
            out = Path(place) / "floor.gpkg"
            out.unlink(missing_ok=True)
            pyogrio.write_arrow(
                table.to_reader(BATCH_ROWS), out, layer="availability", driver="GPKG",
                geometry_type="Unknown", geometry_name=name, crs="EPSG:28992",
            )  # fmt: skip
            clock.append(time.perf_counter())
            rounds.append([after - before for before, after in pairwise(clock)])
            whole = whole or clock[-1] - began
    parts = {part: round(median(row[at] for row in rounds), 3) for at, part in enumerate(("read", "raster", "write"))}
    sys.stdout.write(
        "RESULT " + json.dumps(parts | {"total": round(sum(parts.values()), 3), "process": round(whole, 3)}) + "\n"
    )


if __name__ == "__main__":
    main()
