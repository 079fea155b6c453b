"""The bench job on our engine: python tests/bench/overlay.py DIR OUT.gpkg [--threads N] [--areas | --pieces]

DIR holds what `gen.py` of the bench wrote. Per parcel: covered and uniquely blocked area per layer, the remainder, distances
to quay and housing plan, mean and maximum of the raster. OUT.gpkg and a .parquet beside it have the columns of the other
engines, for `compare.py`. Times are of one machine; the line that begins with RESULT is for `measure.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import rasterio

from pipeline import wkb
from pipeline.grid import Grid
from pipeline.kernels import kernel
from pipeline.rings import Edges, Rings, edges
from pipeline.stages.measure.coverage import cover_rings
from pipeline.stages.measure.segments import Segments, index_of, nearest_to_rings
from pipeline.stages.overlay import fast
from pipeline.stages.overlay.cut import AREAS, FREE, ODD, PIECES, TRACED, WHOLE, Cuts
from pipeline.stages.overlay.sets import has

LAYERS = ("noise", "safety", "building", "housing", "nature", "lease")
BATCH_ROWS = 16_384


def column(path: Path, name: str) -> tuple[Any, Any]:
    """The bytes of a column of shapes, and where each begins."""
    table = pq.read_table(path, columns=[name], use_threads=True)
    found = table.column(name).combine_chunks()
    found = found.chunk(0) if isinstance(found, pa.ChunkedArray) else found
    kind = np.int64 if pa.types.is_large_binary(found.type) else np.int32
    first = np.frombuffer(found.buffers()[1], dtype=kind)[found.offset : found.offset + len(found) + 1].astype(np.int64)
    return np.frombuffer(found.buffers()[2], dtype=np.uint8), first


def loops_of(folder: Path, layer: str) -> Rings:
    """The rings of a layer."""
    return wkb.polygons(*column(folder / f"{layer}.parquet", "geometry"))


def noise_grid(folder: Path) -> Grid:
    """The raster, in memory."""
    with rasterio.open(folder / "noise_db.tif", num_threads=2) as raster:
        levels, shift = raster.read(1), raster.transform
    return Grid(levels, shift.c, shift.f, shift.a, -shift.e)


def blades(found: list[Rings]) -> Edges:
    """The edges of all excluding layers, a blade each."""
    numbered = [loops._replace(owner=np.full(len(loops.owner), number)) for number, loops in enumerate(found)]
    ends = np.cumsum([0, *(len(loops.x) for loops in numbered)])
    first = np.concatenate([[0], *(loops.first[1:] + end for loops, end in zip(numbered, ends, strict=False))])
    return edges(
        Rings(
            np.concatenate([loops.x for loops in numbered]),
            np.concatenate([loops.y for loops in numbered]),
            first,
            np.concatenate([loops.owner for loops in numbered]),
        )
    )


def quays(folder: Path) -> Segments:
    """The segments of the quays: lines of one part."""
    data, first = column(folder / "quay.parquet", "geometry")
    lines = [np.frombuffer(data[a + 9 : b], dtype=float).reshape(-1, 2) for a, b in pairwise(first)]
    begin, end = np.concatenate([line[:-1] for line in lines]), np.concatenate([line[1:] for line in lines])
    feature = np.repeat(np.arange(len(lines)), [len(line) - 1 for line in lines])
    return Segments(*(np.ascontiguousarray(part) for part in (begin[:, 0], begin[:, 1], end[:, 0], end[:, 1])), feature)


@kernel
def summed(cuts, layers, covered, unique, free, whole):
    """Add up the sets of a range: m2 under each layer, m2 under it alone, m2 under none, and m2 in all."""
    for row in range(len(cuts.shape)):
        shape, slots = cuts.shape[row], cuts.slot_first[row]
        for at in range(cuts.set_first[row], cuts.set_first[row + 1]):
            m2, over, last = cuts.area[at], 0, 0
            whole[shape] += m2
            for slot in range(1, cuts.slot_first[row + 1] - slots + 1):
                if has(cuts.one[at], cuts.two[at], slot):
                    last = cuts.blade[slots + slot - 1]
                    covered[shape, last] += m2
                    over += 1
            if over == 0:
                free[shape] += m2
            elif over == 1:
                unique[shape, last] += m2


@kernel
def left_over(cuts, is_whole, first, count):
    """Which shapes of a range are all free, and where the outlines of each begin, and how many."""
    for row in range(len(cuts.shape)):
        at = cuts.set_first[row]
        is_whole[cuts.shape[row]] = cuts.fate[row] == WHOLE and cuts.to_one[at] == 0 and cuts.to_two[at] == 0
    for part in range(len(cuts.part_shape)):
        shape = cuts.shape[cuts.part_shape[part]]
        if count[shape] == 0:
            first[shape] = part
        count[shape] += 1


class Remainders:
    """What is left of each parcel, as WKB: all of it as it came, outlines, or nothing."""

    def __init__(self, source: tuple[Any, Any], count: int) -> None:
        self.source = source
        self.is_whole, self.chunk = np.zeros(count, np.bool_), np.zeros(count, np.int32)
        self.first, self.count = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self.made: list[Cuts] = []

    def add(self, cuts: Cuts) -> None:
        self.chunk[cuts.shape] = len(self.made)
        left_over(cuts, self.is_whole, self.first, self.count)
        self.made.append(cuts)

    def batch(self, begin: int, end: int) -> pa.Array:
        """The shapes of a range of parcels, in order of the file."""
        data, first = gathered(*self.source, self.is_whole, begin, end)
        row = np.diff(first)
        for number in np.unique(self.chunk[begin:end]):
            mine = np.flatnonzero((self.chunk[begin:end] == number) & (self.count[begin:end] > 0))
            if len(mine):
                row[mine] = -1 - number
        return self._joined(begin, data, first, row)

    def _joined(self, begin: int, data: Any, first: Any, row: Any) -> pa.Array:
        texts: list[Any] = [None] * len(row)
        view = data.tobytes()
        for at in np.flatnonzero(row > 0):
            texts[at] = view[first[at] : first[at + 1]]
        for number in np.unique(row[row < 0]):
            cuts, mine = self.made[-1 - number], np.flatnonzero(row == number)
            parts = np.concatenate(
                [np.arange(self.first[begin + at], self.first[begin + at] + self.count[begin + at]) for at in mine]
            )
            order = np.concatenate([[0], np.cumsum(self.count[begin + mine])])
            bytes_of, starts = traced(cuts.part_first, cuts.ring_first, cuts.x, cuts.y, parts, order)
            text = bytes_of.tobytes()
            for which, at in enumerate(mine):
                texts[at] = text[starts[which] : starts[which + 1]]
        return pa.array(texts, pa.binary())


@kernel
def gathered(data, first, wanted, begin, end):
    """The bytes of wanted shapes of a range, and where each begins."""
    starts = np.zeros(end - begin + 1, np.int64)
    for at in range(begin, end):
        starts[at - begin + 1] = starts[at - begin] + (first[at + 1] - first[at] if wanted[at] else 0)
    out = np.empty(starts[-1], np.uint8)
    for at in range(begin, end):
        if wanted[at]:
            out[starts[at - begin] : starts[at - begin + 1]] = data[first[at] : first[at + 1]]
    return out, starts


@kernel
def traced(part_first, ring_first, x, y, parts, order):
    """WKB of outlines that stand apart in a range."""
    p_first, r_first = np.zeros(len(parts) + 1, np.int64), np.zeros(1, np.int64)
    rings, size = 0, 0
    for part in parts:
        rings += part_first[part + 1] - part_first[part]
        size += ring_first[part_first[part + 1]] - ring_first[part_first[part]]
    r_first = np.zeros(rings + 1, np.int64)
    out_x, out_y = np.empty(size), np.empty(size)
    ring, filled = 0, 0
    for number in range(len(parts)):
        for at in range(part_first[parts[number]], part_first[parts[number] + 1]):
            length = ring_first[at + 1] - ring_first[at]
            out_x[filled : filled + length] = x[ring_first[at] : ring_first[at + 1]]
            out_y[filled : filled + length] = y[ring_first[at] : ring_first[at + 1]]
            filled += length
            ring += 1
            r_first[ring] = filled
        p_first[number + 1] = ring
    return wkb.written(order, p_first, r_first, out_x, out_y)


def job(folder: Path, out: Path, threads: int, asked: int) -> dict[str, Any]:
    """Read, cut, measure, write; seconds by stage."""
    clock = [("begin", time.perf_counter())]
    with ThreadPoolExecutor(
        2
    ) as pool:  # reading waits for the disk and for zlib, parsing does not hold the interpreter
        found = [pool.submit(loops_of, folder, layer) for layer in LAYERS]
        coming = pool.submit(column, folder / "parcels.parquet", "geometry")
        sound = pool.submit(noise_grid, folder)
        knives = blades([one.result() for one in found])
        source = coming.result()
        loops, count, grid = wkb.polygons(*source), len(source[1]) - 1, sound.result()
    clock.append(("read", time.perf_counter()))
    ground = fast.land(loops, count)
    covered, unique, free, whole = (
        np.zeros((count, len(LAYERS))),
        np.zeros((count, len(LAYERS))),
        np.zeros(count),
        np.zeros(count),
    )
    rest, odd, traced_shapes = Remainders(source, count), 0, 0
    clock.append(("order", time.perf_counter()))
    for cuts in fast.cut_all(ground, knives, asked, threads):
        odd += int((cuts.fate == ODD).sum())
        traced_shapes += int((cuts.fate == TRACED).sum())
        summed(cuts, len(LAYERS), covered, unique, free, whole)
        if asked == FREE:
            rest.add(cuts)
    clock.append(("cut", time.perf_counter()))
    if odd:
        sys.exit(f"{odd} parcels are for the reference engine, which this bench does not ask")
    told = {"parcels": count, "edges": len(knives.x), "odd": odd, "traced": traced_shapes}
    if asked == FREE:
        noise = cover_rings(loops, count, grid, threads)
        clock.append(("zonal", time.perf_counter()))
        _, quay = nearest_to_rings(loops, count, index_of(quays(folder), EMPTY), threads)
        _, housing = nearest_to_rings(loops, count, index_of(NO_LINES, loops_of(folder, "housingplan")), threads)
        clock.append(("nearest", time.perf_counter()))
        ids = pq.read_table(folder / "parcels.parquet", columns=["parcel_id", "code"])
        values = {"area": whole}
        for number, layer in enumerate(LAYERS):
            values |= {f"a_{layer}": covered[:, number], f"u_{layer}": unique[:, number]}
        values |= {
            "remainder_area": free,
            "dist_quay": quay,
            "dist_housing": housing,
            "noise_mean": noise.mean,
            "noise_max": noise.maximum,
        }
        table = pa.table({name: ids.column(name) for name in ids.column_names} | values)
        write(table, rest, out)
        clock.append(("write", time.perf_counter()))
    told |= {name: round(after - before, 4) for (_, before), (name, after) in pairwise(clock)}
    told |= {
        "total": round(clock[-1][1] - clock[0][1], 4),
        "maxrss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    return told


EMPTY = Rings(np.zeros(0), np.zeros(0), np.zeros(1, np.int64), np.zeros(0, np.int64))
NO_LINES = Segments(*(np.zeros(0) for _ in range(4)), np.zeros(0, np.int64))


def write(table: pa.Table, rest: Remainders, out: Path) -> None:
    """The GeoPackage, and its attributes beside it."""
    pq.write_table(table, out.with_suffix(".parquet"))
    os.environ["OGR_CURRENT_DATE"] = "2026-01-01T00:00:00Z"
    pyogrio.set_gdal_config_options({"OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_CURRENT_DATE": "2026-01-01T00:00:00.000Z"})
    out.unlink(missing_ok=True)
    shaped = table.schema.append(pa.field("geometry", pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"}))
    starts = range(0, len(table), BATCH_ROWS)

    def batches() -> Iterator[pa.RecordBatch]:
        with ThreadPoolExecutor(1) as pool:
            ahead = pool.map(lambda at: rest.batch(at, min(at + BATCH_ROWS, len(table))), starts)
            for at, shapes in zip(starts, ahead, strict=True):
                part = table.slice(at, BATCH_ROWS).combine_chunks().to_batches()[0]
                yield pa.RecordBatch.from_arrays([*part.columns, shapes], schema=shaped)

    reader = pa.RecordBatchReader.from_batches(shaped, batches())
    pyogrio.write_arrow(
        reader,
        out,
        layer="availability",
        driver="GPKG",
        geometry_type="Unknown",
        geometry_name="geometry",
        crs="EPSG:28992",
    )


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folder", type=Path)
    ask.add_argument("out", type=Path, nargs="?", default=Path("overlay.gpkg"))
    ask.add_argument("--threads", type=int, default=2)
    ask.add_argument(
        "--areas", action="store_const", dest="asked", const=AREAS, default=FREE, help="areas alone, nothing written"
    )
    ask.add_argument(
        "--pieces", action="store_const", dest="asked", const=PIECES, help="outlines of every piece, nothing written"
    )
    given = ask.parse_args()
    sys.stdout.write("RESULT " + json.dumps(job(given.folder, given.out, given.threads, given.asked)) + "\n")


if __name__ == "__main__":
    main()
