"""Elders: ranges of land cut by the workers of a Dask cluster that read the same tables from a shared place.

What goes over the line is which holdings and zones are asked, the number of a range, and what was cut of it; tables are
read by each worker once. The order of
results, and every bit of them, is that of a run here. A worker that is lost costs the ranges it was at: another does them.
"""

from __future__ import annotations

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
from pipeline.kernels import numba_cache as kernels
from pipeline.kernels.candidate_zones import rings_near
from pipeline.kernels.cut import Cuts
from pipeline.kernels.kd_tree import Nodes
from pipeline.kernels.rings import Edges, edges, rings
from pipeline.stages.overlay import fast
from pipeline.storage.parquet_stream import between, checksum

OPTION = "option --scheduler"
SECONDS_TO_ANSWER = 10
WAYS = ("tcp", "tls", "ws", "wss")
Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Table:
    """A table of shapes where every worker can read it, and the checksum that it should have."""

    path: Path
    sha256: str


@dataclass(frozen=True)
class Cluster:
    """The workers that are there: how many ranges they take at a time, and where ranges are submitted."""

    client: Any
    threads: int

    def submit(self, work: Callable[..., Any], /, *given: Any) -> Any:
        """Have some worker do it; a range that is asked twice is done twice."""
        return _Waiting(self.client.submit(work, *given, pure=False))


@dataclass(frozen=True)
class _Waiting:
    """A range that some worker is at."""

    future: Any

    def result(self) -> Any:
        from distributed import KilledWorker

        try:
            made = self.future.result()
        except KilledWorker as fault:
            raise ConfigRefusal(
                OPTION,
                actual=f"one range after the other worker was lost at it ({fault.last_worker.address} the last)",
                expected="workers that live, with memory for two tables and a range",
                todo="see the log of that worker; a run without --scheduler needs no more memory than one of them",
            ) from None
        except (ImportError, AttributeError) as fault:
            raise ConfigRefusal(OPTION, actual=f"a worker says: {fault}", expected=SAME, todo=INSTALL) from None
        except (CancelledError, OSError) as fault:
            raise ConfigRefusal(
                OPTION,
                actual=f"the scheduler is gone ({type(fault).__name__})",
                expected="one that is there until the run is done",
                todo="start it again, then run again: ranges that are done are kept",
            ) from None
        if isinstance(made, Fault):
            raise ConfigRefusal(OPTION, actual=made.found, expected=made.expected, todo=made.todo)
        return made

    def cancel(self) -> Any:
        return self.future.cancel()


SHARED = "the tables of this run under the same path on every worker"
MOVE = "name a folder with --outputs that all workers see under the same path"
SAME = "the same version of industrieruimte, and of what it stands on, on every worker"
INSTALL = "install the same version there, then start that worker again"


ALONE = Lock()


class _Differs(Exception):  # a table that is not that of the run
    pass


@dataclass(frozen=True)
class Fault:
    """What a worker found that keeps it from cutting, in words."""

    found: str
    expected: str
    todo: str


@contextmanager
def workers(address: str) -> Iterator[Cluster]:
    """The workers of the cluster at an address; refused where there are none, or where they are not of this version."""
    try:
        from distributed import Client
    except ImportError:
        raise ConfigRefusal(
            OPTION,
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
            raise ConfigRefusal(
                OPTION,
                actual=f"no workers at '{address}'",
                expected="at least one",
                todo=f"start one: dask worker {address}",
            )
        _same_version(client)
        yield Cluster(client, sum(threads.values()))


def _client(make: Callable[..., Any], address: str) -> Any:
    """A client of the scheduler; made beside this thread, since one that listens and does not answer is waited for without end."""
    made: list[Any] = []

    def connect() -> None:
        try:
            made.append(make(address, timeout=SECONDS_TO_ANSWER, set_as_default=False))
        except (OSError, TypeError, ValueError, RuntimeError, ImportError) as fault:
            made.append(_no_scheduler(address, f"{type(fault).__name__}: {str(fault)[:100]}"))

    waiting = Thread(target=connect, daemon=True)
    waiting.start()
    waiting.join(2 * SECONDS_TO_ANSWER)
    found = made[0] if made else _no_scheduler(address, "something listens there, and does not answer as one")
    if isinstance(found, ConfigRefusal):
        raise found
    return found


def _no_scheduler(address: str, why: str) -> ConfigRefusal:
    return ConfigRefusal(
        OPTION,
        actual=f"no scheduler at '{address}' ({why})",
        expected="the address of a Dask scheduler that runs, such as tcp://10.0.0.4:8786",
        todo="start one with: dask scheduler, and workers with: dask worker ADDRESS",
    )


def _same_version(client: Any) -> None:
    """Refuse a worker that cuts with other code: its bits could be others. Who comes later is asked with each range."""
    ours = version()
    for worker, told in sorted(client.run(version, on_error="return").items()):
        if told != ours:
            what = f"it has {told}" if isinstance(told, str) else f"it says: {str(told)[:120]}"
            raise ConfigRefusal(
                OPTION,
                actual=f"worker {worker} is of another version: {what}",
                expected=f"{SAME}: {ours}",
                todo=INSTALL,
            )


def version() -> str:
    """What cuts here: a digest of all kernels as they were when this process began, and the libraries under them."""
    return " ".join(
        [f"kernels {kernels.told()}", *(f"{part.__name__} {part.__version__}" for part in (np, numba, shapely))]
    )


@dataclass(frozen=True)
class Asked:
    """What is cut: holdings from a place on, so many, those of a mask, by zones of a mask (packed bits); how, by what."""

    begin: int
    count: int
    mask: bytes
    zones: bytes
    size: int
    version: str


def cutter(tables: tuple[Table, Table], begin: int, mask: Any, zones: Any) -> Callable[[int], Any]:
    """What cuts a range, by its number, of the holdings of a mask by the zones of another; goes to workers as it is.

    tables: of holdings and of zones; begin: the place among all holdings at which their mask begins; zones: in order of key.
    """
    masks = np.packbits(mask).tobytes(), np.packbits(zones).tobytes()
    return partial(cut_there, tables, Asked(begin, len(mask), *masks, fast.CHUNK_SHAPES, version()))


def cut_there(tables: tuple[Table, Table], asked: Asked, number: int) -> Cuts | Fault:
    """One range, cut by a worker; or what keeps it from that."""
    try:
        if version() != asked.version:
            return Fault(f"a worker is of another version: it has {version()}", f"{SAME}: {asked.version}", INSTALL)
        with ALONE:  # threads of one worker read the tables once
            ground, knives, waiting = _laid(tables, asked)
        return fast.cut_chunk(ground, knives, waiting[number])
    except _Differs as fault:
        return Fault(str(fault), SHARED, MOVE)
    except (MemoryError, OSError) as fault:
        return Fault(
            f"a worker could not cut: {type(fault).__name__} {fault}",
            "memory and room for two tables and a range",
            "see its log",
        )


@lru_cache(maxsize=2)
def _laid(tables: tuple[Table, Table], asked: Asked) -> tuple[fast.Land, Edges, list[Nodes]]:
    """Land and blades as the run has them; kept, since ranges of one part of the land come one after the other."""
    holdings, zones = tables
    _hold(holdings)
    land, over = between(holdings.path, asked.begin, asked.count), _zones(zones, _hold(zones))
    shapes = land.geometry.to_numpy()[_bits(asked.mask, len(land))]
    blades = over[_bits(asked.zones, len(over))]
    ground, knives = fast.land(rings(shapes), len(shapes)), edges(rings_near(blades, shapes))
    return ground, knives, fast.chunks(ground, knives, asked.size)


def _bits(packed: bytes, count: int) -> Any:
    return np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=count).astype(bool)


def _hold(table: Table) -> Stamp:
    """What tells the file of a table from another one in its place; refused where it is not that of the run."""
    try:
        with table.path.open("rb") as file:  # what is opened is asked of who has it, not of what is remembered of it
            now = os.fstat(file.fileno())
        stamp = now.st_mtime_ns, now.st_size, now.st_ino
        found = _checksum(table.path, stamp)
    except OSError as fault:
        raise _Differs(f"a worker cannot read '{table.path}' ({fault.strerror})") from None
    if found != table.sha256:
        raise _Differs(f"a worker reads another '{table.path}' than this run wrote")
    return stamp


@lru_cache(maxsize=8)
def _checksum(path: Path, _: Stamp) -> str:
    return checksum(path)


@lru_cache(maxsize=2)
def _zones(table: Table, _: Stamp) -> Any:
    """The shapes of zones in order of their keys; kept for the next part of the land."""
    return gpd.read_parquet(table.path).sort_values("zone_id", ignore_index=True).geometry.to_numpy()
