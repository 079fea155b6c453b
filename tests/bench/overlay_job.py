"""What the bench job makes of a range of parcels, and what it needs for that; the same here and on a machine elsewhere.

A folder as `gen.py` of the bench writes it gives `Job`; `Job.work` takes a range of parcels and gives their rows. Contours
come in batches and lie in memory up to HELD_BYTES, beyond that in a file without a name; of the raster only the window
under the range is read. So memory is that of the boxes of chains and of a few ranges, however many parcels there are.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from overlay_read import LAYERS, Begun, bytes_of

from pipeline.kernels import wkb
from pipeline.kernels.bitsets import has
from pipeline.kernels.blocks import blocks_of, over
from pipeline.kernels.coverage import Part, cover_part
from pipeline.kernels.cut import FREE, ODD, TRACED, WHOLE
from pipeline.kernels.kd_tree import Nodes
from pipeline.kernels.nearest_segment import Index, Segments, index_of, nearest_to_rings
from pipeline.kernels.numba_cache import kernel
from pipeline.kernels.rings import Edges, Rings, edges
from pipeline.stages.overlay import fast
from pipeline.stages.overlay.map_ordered import flow

HELD_BYTES = 512 << 20
GAP = 512  # vertices that are read along rather than apart
MOST_CELLS = 1 << 24
os.environ.setdefault(
    "GDAL_CACHEMAX", "64"
)  # MB of raster that is kept in case it is asked again; else a twentieth of memory
SHAPE = pa.field("geometry", pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"})


def loops_of(path: Path) -> Rings:
    """The rings of a small layer."""
    column = pq.read_table(path, columns=["geometry"]).column("geometry")
    return wkb.polygons(*bytes_of(pa.concat_arrays(column.chunks)))


class Held:
    """Coordinates one run after the other: in memory, or past HELD_BYTES in two files without a name in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0
        self.parts: tuple[list[Any], list[Any]] = ([], [])
        self.files: tuple[Any, ...] = ()

    def add(self, x: Any, y: Any) -> int:
        """Where these coordinates begin."""
        begin, self.count = self.count, self.count + len(x)
        for part, axis in zip(self.parts, (x, y), strict=True):
            part.append(axis)
        if self.files or 16 * self.count > HELD_BYTES:
            self.files = self.files or tuple(tempfile.TemporaryFile(dir=self.folder) for _ in "xy")  # noqa: SIM115
            for file, part in zip(self.files, self.parts, strict=True):
                while part:
                    file.write(part.pop(0).tobytes())
        return begin

    def arrays(self) -> tuple[Any, Any]:
        """All of them, x and y; none where they lie in files."""
        for file in self.files:
            file.flush()
        x, y = (np.concatenate([np.zeros(0), *part]) for part in self.parts)
        self.parts = ([], [])
        return x, y

    def near(self, knives: Edges, node: Nodes) -> tuple[Edges, Nodes]:
        """The edges of a node's chains alone, with their coordinates, where these lie in files; else all as they are."""
        if not self.files:
            return knives, node
        begin, end, *rest = (column[node.chain] for column in knives[2:])
        is_new = np.append(True, begin[1:] > np.maximum.accumulate(end)[:-1] + GAP)[: len(begin)]
        first, run = np.flatnonzero(is_new), np.cumsum(is_new) - 1
        low, high = begin[first], np.maximum.reduceat(end, first) + 1 if len(first) else end
        place = np.append(0, np.cumsum(high - low))
        x, y = (np.empty(place[-1]) for _ in "xy")
        for axis, file in zip((x, y), self.files, strict=True):
            for start, stop, at in zip(low.tolist(), high.tolist(), place.tolist(), strict=False):  # runs, not edges
                axis[at : at + stop - start] = np.frombuffer(os.pread(file.fileno(), 8 * (stop - start), 8 * start))
        shift = (place[:-1] - low)[run]
        chains = np.arange(len(begin), dtype=np.int32)
        return Edges(x, y, begin + shift, end + shift, *rest), node._replace(chain=chains)


def blades(coming: Iterable[tuple[int, Any]], held: Held, pool: Executor) -> Edges:
    """The edges of all excluding layers, a blade each, from runs of them with the number of the layer; parsed side by side."""
    parts: list[list[Any]] = [[] for _ in Edges._fields[2:]]

    def parsed(one: tuple[int, Any]) -> Edges:
        loops = wkb.polygons(*bytes_of(one[1].column(0)))
        return edges(loops._replace(owner=np.full(len(loops.owner), one[0], dtype=np.int64)))

    for part in flow(coming, parsed, pool, 4):
        at = held.add(part.x, part.y)
        for kept, column in zip(parts, (part.begin + at, part.end + at, *part[4:]), strict=True):
            kept.append(column)
    x, y = held.arrays()
    return Edges(
        x, y, *(np.concatenate(parts.pop(0)) for _ in Edges._fields[2:])
    )  # a column at a time: what is done is let go


def quays(path: Path) -> Segments:
    """The segments of lines of one part."""
    column = pq.read_table(path, columns=["geometry"]).column("geometry")
    data, first = bytes_of(pa.concat_arrays(column.chunks))
    lines = [np.frombuffer(data[a + 9 : b], dtype=float).reshape(-1, 2) for a, b in pairwise(first)]
    begin, end = np.concatenate([line[:-1] for line in lines]), np.concatenate([line[1:] for line in lines])
    feature = np.repeat(np.arange(len(lines)), [len(line) - 1 for line in lines])
    return Segments(*(np.ascontiguousarray(part) for part in (begin[:, 0], begin[:, 1], end[:, 0], end[:, 1])), feature)


NO_RINGS = Rings(np.zeros(0), np.zeros(0), np.zeros(1, np.int64), np.zeros(0, np.int64))
NO_LINES = Segments(*(np.zeros(0) for _ in range(4)), np.zeros(0, np.int64))


def indices(folder: Path) -> tuple[Index, Index]:
    """Quays and housing plans, ready to be searched."""
    return index_of(quays(folder / "quay.parquet"), NO_RINGS), index_of(
        NO_LINES, loops_of(folder / "housingplan.parquet")
    )


class Job:
    """What is asked of a range of parcels, over the layers of a folder, which may be read and opened ahead of it."""

    def __init__(self, folder: Path, pool: Executor, spill: Path | None = None, begun: Begun | None = None) -> None:
        self.folder, begun = folder, begun or Begun(folder, LAYERS)
        self.held, self.raster = Held(spill or Path(tempfile.gettempdir())), begun.raster
        self.knives = blades(begun.runs(), self.held, pool)
        self.indices: Future[tuple[Index, Index]] = pool.submit(indices, folder)
        self.blocks = blocks_of(self.knives)

    def work(self, rows: pa.RecordBatch, asked: int = FREE) -> pa.RecordBatch:
        """The rows of a range of parcels (parcel_id, code, geometry); `geometry` is what is left of each."""
        source, count = bytes_of(rows.column("geometry")), len(rows)
        loops = wkb.polygons(*source)
        ground = fast.land(loops, count)
        cuts = fast.cut_chunk(ground, *self.held.near(self.knives, over(ground.boxes, self.knives, self.blocks)), asked)
        found = sums(cuts, count, len(LAYERS))
        shapes = remainders(source, cuts, count) if asked == FREE else None
        odd = cuts.shape[cuts.fate == ODD]
        if len(odd):
            from overlay_odd import by_reference

            found, shapes = by_reference(self.folder, LAYERS, rows, odd, (found, shapes))
        columns = {"area": found[3]}
        for at, layer in enumerate(LAYERS):
            columns |= {f"a_{layer}": found[0][:, at], f"u_{layer}": found[1][:, at]}
        columns |= {"remainder_area": found[2]}
        if asked == FREE:
            columns |= self.measured(loops, count)
        told = {name: rows.column(name) for name in ("parcel_id", "code")}
        told |= {name: pa.array(np.ascontiguousarray(values)) for name, values in columns.items()}
        fields = [pa.field(name, values.type) for name, values in told.items()]
        counts = {"odd": str(len(odd)), "traced": str(int((cuts.fate == TRACED).sum()))}
        if shapes is None:
            return pa.RecordBatch.from_arrays(list(told.values()), schema=pa.schema(fields, metadata=counts))
        return pa.RecordBatch.from_arrays([*told.values(), shapes], schema=pa.schema([*fields, SHAPE], metadata=counts))

    def measured(self, loops: Rings, count: int) -> dict[str, Any]:
        """Distances to quay and housing plan, and what the raster says."""
        quay, plan = self.indices.result()
        mean, maximum = self.noise(loops, np.arange(count), np.arange(count))
        return {
            "dist_quay": nearest_to_rings(loops, count, quay)[1],
            "dist_housing": nearest_to_rings(loops, count, plan)[1],
            "noise_mean": mean,
            "noise_max": maximum,
        }

    def noise(self, loops: Rings, order: Any, mine: Any) -> tuple[Any, Any]:
        """Mean and maximum under plots; halved along their longer side while their window is more than may be held."""
        raster = self.raster.result()
        if len(mine) < 2 or raster.cells(box_of(loops)) <= MOST_CELLS:
            found = cover_part(loops, len(mine), raster.origin, Part(*raster.under(box_of(loops))))
            return found.mean, found.maximum
        order = fast.land(loops, len(mine)).order
        halves = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
        mean, maximum = np.empty(len(mine)), np.empty(len(mine))
        for half in halves:
            mean[half], maximum[half] = self.noise(picked(loops, half), order, half)
        return mean, maximum


def box_of(loops: Rings) -> tuple[float, float, float, float]:
    """West, south, east and north of rings."""
    x, y = loops.x, loops.y
    return (x.min(), y.min(), x.max(), y.max()) if len(x) else (0.0, 0.0, 0.0, 0.0)


def picked(loops: Rings, shapes: Any) -> Rings:
    """The rings of some shapes, numbered anew."""
    place = np.full(int(loops.owner.max(initial=-1)) + 1, -1)
    place[shapes[shapes < len(place)]] = np.flatnonzero(shapes < len(place))
    kept = np.flatnonzero(place[loops.owner] >= 0)
    size = np.diff(loops.first)[kept]
    at = np.repeat(loops.first[kept] - np.concatenate([[0], np.cumsum(size)[:-1]]), size) + np.arange(size.sum())
    return Rings(loops.x[at], loops.y[at], np.concatenate([[0], np.cumsum(size)]), place[loops.owner[kept]])


def sums(cuts: Any, count: int, layers: int) -> tuple[Any, Any, Any, Any]:
    """m2 of each parcel: under each layer, under it alone, under none, and in all."""
    made = np.zeros((count, layers)), np.zeros((count, layers)), np.zeros(count), np.zeros(count)
    summed(cuts, *made)
    return made


@kernel
def summed(cuts, covered, unique, free, whole):
    """Add up the sets of a range."""
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


def remainders(source: tuple[Any, Any], cuts: Any, count: int) -> pa.Array:
    """What is left of each parcel as WKB: all of it as it came, outlines, or nothing."""
    has_shape, first, data = left_over(source[0], source[1], cuts, count)
    valid = pa.py_buffer(np.packbits(has_shape, bitorder="little"))
    return pa.Array.from_buffers(pa.binary(), count, [valid, pa.py_buffer(first), pa.py_buffer(data)])


@kernel
def left_over(data, first, cuts, count):
    """Which shapes have something left, where the bytes of each begin, and the bytes."""
    whole, begin, parts = np.zeros(count, np.bool_), np.zeros(count, np.int64), np.zeros(count, np.int64)
    for row in range(len(cuts.shape)):
        at = cuts.set_first[row]
        if cuts.fate[row] == WHOLE and cuts.to_one[at] == 0 and cuts.to_two[at] == 0:
            whole[cuts.shape[row]] = True
    for part in range(len(cuts.part_shape)):
        shape = cuts.shape[cuts.part_shape[part]]
        if parts[shape] == 0:
            begin[shape] = part
        parts[shape] += 1
    starts, has_shape = np.zeros(count + 1, np.int32), np.zeros(count, np.bool_)
    for shape in range(count):
        size = 0
        if whole[shape]:
            size = first[shape + 1] - first[shape]
        elif parts[shape] > 0:
            end = begin[shape] + parts[shape]
            rings = cuts.part_first[end] - cuts.part_first[begin[shape]]
            vertices = cuts.ring_first[cuts.part_first[end]] - cuts.ring_first[cuts.part_first[begin[shape]]]
            size = 9 + 9 * parts[shape] + 4 * rings + 16 * vertices
        has_shape[shape] = size > 0
        starts[shape + 1] = starts[shape] + size
    out = np.empty(starts[count], np.uint8)
    for shape in range(count):
        if whole[shape]:
            out[starts[shape] : starts[shape + 1]] = data[first[shape] : first[shape + 1]]
        elif parts[shape] > 0:
            at = wkb.put_head(out, starts[shape], wkb.MULTIPOLYGON, parts[shape])
            for part in range(begin[shape], begin[shape] + parts[shape]):
                at = wkb.put_head(out, at, wkb.POLYGON, cuts.part_first[part + 1] - cuts.part_first[part])
                for ring in range(cuts.part_first[part], cuts.part_first[part + 1]):
                    low, high = cuts.ring_first[ring], cuts.ring_first[ring + 1]
                    wkb.put_number(out, at, high - low)
                    pairs = out[at + 4 : at + 4 + 16 * (high - low)].view(np.float64)
                    for vertex in range(high - low):
                        pairs[2 * vertex], pairs[2 * vertex + 1] = cuts.x[low + vertex], cuts.y[low + vertex]
                    at += 4 + 16 * (high - low)
    return has_shape, starts, out


@lru_cache(maxsize=1)
def job_of(folder: str, _: tuple[int, ...]) -> tuple[Job, Any]:
    """The job over a folder whose files are as old and large as told, with its parcels; kept until another is asked for."""
    job = Job(Path(folder), ThreadPoolExecutor(2))
    return job, pq.read_table(Path(folder) / "parcels.parquet", columns=["parcel_id", "code", "geometry"])


def elsewhere(folder: str, seen: tuple[int, ...], start: int, stop: int) -> pa.RecordBatch:
    """What `Job.work` makes of a range, on a machine that reads the same folder."""
    job, parcels = job_of(folder, seen)
    return job.work(parcels.slice(start, stop - start).combine_chunks().to_batches()[0])


def told_of(folder: Path) -> tuple[int, ...]:
    """Age and size of every file that is read."""
    names = [f"{name}.parquet" for name in (*LAYERS, "parcels", "quay", "housingplan")] + ["noise_db.tif"]
    return tuple(
        number for name in names for number in ((folder / name).stat().st_mtime_ns, (folder / name).stat().st_size)
    )
