"""Ranges of land cut by the workers of a Dask cluster that read the same tables from a shared folder.

What is sent is which holdings and zones to cut, the number of a range, and its cuts; each worker reads the tables
once. The order of results, and every bit of them, is that of a run here. A worker that is lost costs the ranges it was
at: another cuts them.
"""

import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock, Thread
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
SECONDS_TO_ANSWER = 10
WAYS = ("tcp", "tls", "ws", "wss")
Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class SharedTable:
    """A table of shapes where every worker can read it, and the checksum that it should have."""

    path: Path
    sha256: str


@dataclass(frozen=True)
class Cluster:
    """The workers that are there: how many ranges they cut at a time, and the client that submits ranges."""

    client: Any
    threads: int

    def submit(self, work: Callable[..., Any], /, *arguments: Any) -> Any:
        """Have some worker do it; a range that is submitted twice is cut twice."""
        return _RemoteRange(self.client.submit(work, *arguments, pure=False))


@dataclass(frozen=True)
class _RemoteRange:
    """A range that some worker is at."""

    future: Any

    def result(self) -> Any:
        from distributed import KilledWorker

        try:
            cuts = self.future.result()
        except KilledWorker as fault:
            raise _refusal(
                actual=f"one range after the other worker was lost at it ({fault.last_worker.address} the last)",
                expected="workers that live, with memory for two tables and a range",
                todo="see the log of that worker; a run without --scheduler needs no more memory than one of them",
            ) from None
        except (ImportError, AttributeError) as fault:
            raise _refusal(actual=f"a worker says: {fault}", expected=SAME, todo=INSTALL) from None
        except (CancelledError, OSError) as fault:
            raise _refusal(
                actual=f"the scheduler is gone ({type(fault).__name__})",
                expected="one that is there until the run is done",
                todo="start it again, then run again: ranges that are done are kept",
            ) from None
        if isinstance(cuts, ConfigRefusal):
            raise cuts
        return cuts

    def cancel(self) -> Any:
        return self.future.cancel()


SAME = "the same version of industrieruimte, and of what it stands on, on every worker"
INSTALL = "install the same version there, then start that worker again"


READING = Lock()


@contextmanager
def workers(address: str) -> Iterator[Cluster]:
    """The workers of the cluster at an address; refused where there are none, or where they are not of this version."""
    try:
        from distributed import Client
    except ImportError:
        raise _refusal(
            actual="no Dask here",
            expected="the extra 'cluster'",
            todo="install it: pip install 'industrieruimte[cluster]'",
        ) from None
    way, _, place = address.rpartition("://")
    if (way or "tcp") not in WAYS or not re.fullmatch(r".+:\d+", place):
        raise _no_scheduler(address, f"not an address such as tcp://HOST:PORT; {', '.join(WAYS)} are known")
    client = _client(Client, address)
    with client:
        threads = client.nthreads()
        if not threads:
            raise _refusal(
                actual=f"no workers at '{address}'",
                expected="at least one",
                todo=f"start one: dask worker {address}",
            )
        _same_version(client)
        yield Cluster(client, sum(threads.values()))


def _client(connect_to: Callable[..., Any], address: str) -> Any:
    """A client of the scheduler; made in another thread, since one that listens and does not answer would
    block this one.
    """
    answers: list[Any] = []

    def connect() -> None:
        try:
            answers.append(connect_to(address, timeout=SECONDS_TO_ANSWER, set_as_default=False))
        except (OSError, TypeError, ValueError, RuntimeError, ImportError) as fault:
            answers.append(_no_scheduler(address, f"{type(fault).__name__}: {str(fault)[:100]}"))

    waiting = Thread(target=connect, daemon=True)
    waiting.start()
    waiting.join(2 * SECONDS_TO_ANSWER)
    client = answers[0] if answers else _no_scheduler(address, "something listens there, and does not answer as one")
    if isinstance(client, ConfigRefusal):
        raise client
    return client


def _no_scheduler(address: str, cause: str) -> ConfigRefusal:
    return _refusal(
        actual=f"no scheduler at '{address}' ({cause})",
        expected="the address of a Dask scheduler that runs, such as tcp://10.0.0.4:8786",
        todo="start one with: dask scheduler, and workers with: dask worker ADDRESS",
    )


def _same_version(client: Any) -> None:
    """Refuse a worker that cuts with other code: its bits could be others. Workers that join later are checked with
    each range.
    """
    ours = version()
    for worker, theirs in sorted(client.run(version, on_error="return").items()):
        if theirs != ours:
            fault = f"it has {theirs}" if isinstance(theirs, str) else f"it says: {str(theirs)[:120]}"
            raise _refusal(
                actual=f"worker {worker} is of another version: {fault}",
                expected=f"{SAME}: {ours}",
                todo=INSTALL,
            )


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
                expected=f"{SAME}: {request.version}",
                todo=INSTALL,
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
