"""The bench job on our engine: python tests/bench/overlay.py DIR OUT.gpkg [--threads N]

DIR holds what `gen.py` of the bench wrote. Per parcel: covered and uniquely blocked area per layer, the remainder,
distances to quay and housing plan, mean and maximum of the raster. OUT.gpkg and a .parquet beside it have the columns
of the other engines, for `compare.py`. Parcels stream: while a range is written, the next ones are cut and read. Times
are of one machine; the line that begins with RESULT is for `measure.py`.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
from overlay_job import BATCH_ROWS, BenchJob, batches

from pipeline.stages.overlay.execution import map_ordered

FAST_WRITES = {"OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_CURRENT_DATE": "2026-01-01T00:00:00.000Z"}


def write(results: Iterator[pa.RecordBatch], out: Path) -> dict[str, int]:
    """The GeoPackage, and its attributes beside it, range after range; how many parcels, and how many of them
    were fallbacks.
    """
    first = next(results)
    counts = {"parcels": 0, "fallbacks": 0}
    shaped, bare = first.schema.remove_metadata(), first.schema.remove(len(first.schema) - 1).remove_metadata()
    out.unlink(missing_ok=True)

    def rows() -> Iterator[pa.RecordBatch]:
        with pq.ParquetWriter(out.with_suffix(".parquet"), bare, use_dictionary=False) as attributes:
            batch: pa.RecordBatch | None = first
            while batch is not None:
                counts["parcels"] += len(batch)
                counts["fallbacks"] += int(batch.schema.metadata[b"fallbacks"])
                attributes.write_batch(pa.RecordBatch.from_arrays(batch.columns[:-1], schema=bare))
                yield pa.RecordBatch.from_arrays(batch.columns, schema=shaped)
                batch = next(results, None)

    pyogrio.set_gdal_config_options(FAST_WRITES)
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(shaped, rows()),
        out,
        layer="availability",
        driver="GPKG",
        geometry_type="Unknown",
        geometry_name="geometry",
        crs="EPSG:28992",
    )
    return counts


def run_job(folder: Path, out: Path, threads: int) -> dict[str, Any]:
    """Read, cut, measure, write, all at the same time; counts, seconds since the beginning, and peak memory."""
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        job = BenchJob(folder, pool)
        read = time.perf_counter()
        parcels = batches(folder / "parcels.parquet", ["parcel_id", "code", "geometry"], BATCH_ROWS)
        counts: dict[str, Any] = dict(write(map_ordered(parcels, job.work, pool, threads + 2), out))
        done = time.perf_counter()
    seconds = {"read": read - started, "cut_and_write": done - read, "total": done - started}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return counts | {name: round(value, 4) for name, value in seconds.items()} | {"maxrss_mb": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path, nargs="?", default=Path("overlay.gpkg"))
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    sys.stdout.write("RESULT " + json.dumps(run_job(options.folder, options.out, options.threads)) + "\n")


if __name__ == "__main__":
    main()
