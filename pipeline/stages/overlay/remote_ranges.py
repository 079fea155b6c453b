"""Ranges of land cut by the workers of a Dask cluster that read the same tables from a shared folder.

What is sent is which holdings and zones to cut, the number of a range, and its cuts; each worker reads the tables
once. The order of results, and every bit of them, is that of a run here. A worker that is lost costs the ranges it was
at: another cuts them.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import Any

import geopandas as gpd
import numba
import numpy as np
import shapely

from layers.errors import ConfigRefusal
from pipeline.kernels import numba_cache
from pipeline.kernels.cut import Cuts, WorkShapes
from pipeline.kernels.kd_tree import Nodes
from pipeline.kernels.rings import Edges, edges, rings
from pipeline.stages.overlay import ranges
from pipeline.stages.overlay.candidate_zones import rings_near
from pipeline.storage.checksums import checksum
from pipeline.storage.parquet_stream import between

_refusal = partial(ConfigRefusal, "option --scheduler")
SAME_VERSION = "the same version of industrieruimte, and of what it stands on, on every worker"
READING = Lock()
Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class SharedTable:
    """A table of shapes where every worker can read it, and the checksum that it should have."""

    path: Path
    sha256: str


def version() -> str:
    """What cuts here: a digest of all kernels as they were when this process began, and the libraries under them."""
    return " ".join(
        [
            f"kernels {numba_cache.source_fingerprint()}",
            *(f"{part.__name__} {part.__version__}" for part in (np, numba, shapely)),
        ]
    )


@dataclass(frozen=True)
class RangeRequest:
    """What is cut: so many holdings from a position on, those of a mask, by zones of a mask (packed bits); range size
    and version.
    """

    begin: int
    count: int
    mask: bytes
    zones: bytes
    size: int
    version: str


def cutter(tables: tuple[SharedTable, SharedTable], begin: int, mask: Any, zones: Any) -> Callable[[int], Any]:
    """The function that cuts a range, by its number, of the holdings of a mask by the zones of another; sent to
    workers as it is.

    tables: of holdings and of zones; begin: the position among all holdings at which their mask begins; zones: in
    order of key.
    """
    masks = np.packbits(mask).tobytes(), np.packbits(zones).tobytes()
    return partial(cut_there, tables, RangeRequest(begin, len(mask), *masks, ranges.RANGE_SHAPES, version()))


def cut_there(tables: tuple[SharedTable, SharedTable], request: RangeRequest, number: int) -> Cuts | ConfigRefusal:
    """One range (m2, RD New), cut by a worker; or what keeps it from that."""
    try:
        if version() != request.version:
            return _refusal(
                actual=f"a worker is of another version: it has {version()}",
                expected=f"{SAME_VERSION}: {request.version}",
                todo="install the same version there, then start that worker again",
            )
        with READING:  # threads of one worker read the tables once
            land, zone_edges, waiting = _prepared(tables, request)
        return ranges.cut_range(land, zone_edges, waiting[number])
    except ConfigRefusal as refusal:
        return refusal
    except (MemoryError, OSError) as fault:
        return _refusal(
            actual=f"a worker could not cut: {type(fault).__name__} {fault}",
            expected="memory and room for two tables and a range",
            todo="see its log",
        )


@lru_cache(maxsize=2)
def _prepared(tables: tuple[SharedTable, SharedTable], request: RangeRequest) -> tuple[WorkShapes, Edges, list[Nodes]]:
    """Shapes and edges of zones as the run has them; cached, since ranges of one part of the land come one
    after the other.
    """
    holdings, zones = tables
    _checked(holdings)
    frame, over = between(holdings.path, request.begin, request.count), _zones(zones, _checked(zones))
    shapes = frame.geometry.to_numpy()[_bits(request.mask, len(frame))]
    near = over[_bits(request.zones, len(over))]
    land, zone_edges = ranges.in_work_order(rings(shapes), len(shapes)), edges(rings_near(near, shapes))
    return land, zone_edges, ranges.ranges(land, zone_edges, request.size)


def _bits(packed: bytes, count: int) -> Any:
    return np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=count).astype(bool)


def _checked(table: SharedTable) -> Stamp:
    """What tells the file of a table from another one in its place; refused where it is not that of the run."""
    try:
        with table.path.open(
            "rb"
        ) as file:  # an open file shows its own state, not what a network file system remembers
            now = os.fstat(file.fileno())
        stamp = now.st_mtime_ns, now.st_size, now.st_ino
        actual = _checksum(table.path, stamp)
    except OSError as fault:
        raise _other_table(f"a worker cannot read '{table.path}' ({fault.strerror})") from None
    if actual != table.sha256:
        raise _other_table(f"a worker reads another '{table.path}' than this run wrote")
    return stamp


def _other_table(fault: str) -> ConfigRefusal:
    return _refusal(
        actual=fault,
        expected="the tables of this run under the same path on every worker",
        todo="name a folder with --outputs that all workers see under the same path",
    )


@lru_cache(maxsize=8)
def _checksum(path: Path, _: Stamp) -> str:
    return checksum(path)


@lru_cache(maxsize=2)
def _zones(table: SharedTable, _: Stamp) -> Any:
    """The shapes of zones in order of their keys; cached for the next part of the land."""
    return gpd.read_parquet(table.path).sort_values("zone_id", ignore_index=True).geometry.to_numpy()
