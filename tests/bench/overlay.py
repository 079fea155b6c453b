"""The bench job on our engine: python tests/bench/overlay.py DIR OUT.gpkg [--threads N] [--scheduler ADDRESS] [--areas | --pieces]

DIR holds what `gen.py` of the bench wrote. Per parcel: covered and uniquely blocked area per layer, the remainder, distances
to quay and housing plan, mean and maximum of the raster. OUT.gpkg and a .parquet beside it have the columns of the other
engines, for `compare.py`. Parcels stream: while a range is written, the next ones are cut and read. Times are of one machine;
the line that begins with RESULT is for `measure.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from overlay_read import BATCH_ROWS, LAYERS, Begun, runs

SOURCE = (
    "__import__('hashlib').sha256(open(__import__('{0}').__file__, 'rb').read()).hexdigest()"  # of a module of a worker
)
AREAS, PIECES, FREE = 0, 1, 2  # as `pipeline.kernels.cut` has them, which is brought in later


def beside() -> Any:
    """The library that writes, brought in while others read; without geopandas, which it would bring in and is not used here."""
    known = sys.modules.get("geopandas")
    sys.modules["geopandas"] = None  # type: ignore[assignment]
    try:
        import pyogrio
    finally:
        sys.modules.pop("geopandas")
        if known is not None:
            sys.modules["geopandas"] = known
    return pyogrio


class Here:
    """The ranges of a folder, worked on by threads."""

    def __init__(self, folder: Path, pool: ThreadPoolExecutor, threads: int, asked: int, spill: Path) -> None:
        begun = Begun(folder, LAYERS)
        from overlay_job import Job  # compiled kernels, while the first layers are read

        self.folder, self.pool, self.threads, self.asked = folder, pool, threads, asked
        self.job = Job(folder, pool, spill, begun)

    def made(self) -> Iterator[pa.RecordBatch]:
        from pipeline.stages.overlay.map_ordered import flow

        rows = runs(self.folder / "parcels.parquet", ["parcel_id", "code", "geometry"], BATCH_ROWS)
        return flow(rows, lambda one: self.job.work(one, self.asked), self.pool, self.threads + 2)


class There:
    """The ranges of a folder, worked on by a Dask cluster that reads the same folder."""

    def __init__(self, folder: Path, address: str) -> None:
        from distributed import Client
        from overlay_job import told_of

        self.folder, self.client = str(folder.resolve()), Client(address, timeout="10s", set_as_default=False)
        for name in ("overlay_read", "overlay_odd", "overlay_job"):
            path = Path(__file__).with_name(f"{name}.py")
            ours = sha256(path.read_bytes()).hexdigest()
            theirs = self.client.run(eval, SOURCE.format(name), on_error="return").values()
            if {str(told) for told in theirs} != {ours}:  # a module that is sent again forgets what it read
                self.client.upload_file(str(path))
        self.count, self.seen = pq.read_metadata(folder / "parcels.parquet").num_rows, told_of(folder)

    def made(self) -> Iterator[pa.RecordBatch]:
        from pipeline.stages.overlay.map_ordered import flow

        ahead = 2 * sum(self.client.nthreads().values()) + 2
        yield from flow(range(0, self.count, BATCH_ROWS), self._one, _Dask(self.client), ahead)
        self.client.close()

    def _one(self, start: int) -> tuple[Any, ...]:
        from overlay_job import elsewhere

        return elsewhere, self.folder, self.seen, start, min(start + BATCH_ROWS, self.count)


class _Dask:
    def __init__(self, client: Any) -> None:
        self.client = client

    def submit(self, work: Callable[..., Any], /, *given: Any) -> Any:
        call, *rest = work(*given)
        return self.client.submit(call, *rest, pure=False)


def write(pyogrio: Future[Any], made: Iterator[pa.RecordBatch], out: Path) -> dict[str, int]:
    """The GeoPackage, and its attributes beside it, range after range; what was counted on the way."""
    first = next(made)
    counts = {"parcels": 0, "odd": 0, "traced": 0}
    shaped, bare = first.schema.remove_metadata(), first.schema.remove(len(first.schema) - 1).remove_metadata()
    out.unlink(missing_ok=True)

    def rows() -> Iterator[pa.RecordBatch]:
        with pq.ParquetWriter(out.with_suffix(".parquet"), bare, use_dictionary=False) as attributes:
            one: pa.RecordBatch | None = first
            while one is not None:
                told = one.schema.metadata
                counts["parcels"] += len(one)
                for name in ("odd", "traced"):
                    counts[name] += int(told[name.encode()])
                attributes.write_batch(pa.RecordBatch.from_arrays(one.columns[:-1], schema=bare))
                yield pa.RecordBatch.from_arrays(one.columns, schema=shaped)
                one = next(made, None)

    writer = pyogrio.result()
    writer.set_gdal_config_options({"OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_CURRENT_DATE": "2026-01-01T00:00:00.000Z"})
    writer.write_arrow(
        pa.RecordBatchReader.from_batches(shaped, rows()),
        out, layer="availability", driver="GPKG", geometry_type="Unknown", geometry_name="geometry", crs="EPSG:28992",
    )  # fmt: skip
    return counts


def job(folder: Path, out: Path, asked: int, threads: int, scheduler: str | None) -> dict[str, Any]:
    """Read, cut, measure, write, all at the same time; seconds since the beginning."""
    os.environ["OGR_CURRENT_DATE"] = "2026-01-01T00:00:00Z"
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool, ThreadPoolExecutor(1) as aside:
        pyogrio = aside.submit(beside)
        where = There(folder, scheduler) if scheduler else Here(folder, pool, threads, asked, out.resolve().parent)
        read = time.perf_counter()
        if asked == FREE:
            told: dict[str, Any] = dict(write(pyogrio, where.made(), out))
        else:
            told = {"parcels": sum(len(one) for one in where.made())}
        done = time.perf_counter()
    told |= {"edges": where.job.held.count} if isinstance(where, Here) else {}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    seconds = {"read": read - started, "cut_and_write": done - read, "total": done - started}
    return told | {name: round(value, 4) for name, value in seconds.items()} | {"maxrss_mb": peak}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folder", type=Path)
    ask.add_argument("out", type=Path, nargs="?", default=Path("overlay.gpkg"))
    ask.add_argument("--threads", type=int, default=2)
    ask.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster that reads the same folder")
    ask.add_argument(
        "--areas", action="store_const", dest="asked", const=AREAS, default=FREE, help="areas alone, nothing written"
    )
    ask.add_argument(
        "--pieces", action="store_const", dest="asked", const=PIECES, help="outlines of every piece, nothing written"
    )
    given = ask.parse_args()
    told = job(given.folder, given.out, given.asked, given.threads, given.scheduler)
    sys.stdout.write("RESULT " + json.dumps(told) + "\n")
    sys.stdout.flush()
    os._exit(0)  # all is written and closed: taking memory apart piece by piece takes a tenth of the time


if __name__ == "__main__":
    main()
