"""Elders: ranges of land cut by the workers of a Dask cluster that read the same tables from a shared place.

What goes over the line is the number of a range, and what was cut of it; tables are read by each worker once. The order of
results, and every bit of them, is that of a run here. A worker that is lost costs the ranges it was at: another does them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from layers.errors import ConfigRefusal
from pipeline import kernels
from pipeline.rings import Edges, edges, rings
from pipeline.stages.overlay import fast
from pipeline.stages.overlay.cut import Cuts
from pipeline.stages.overlay.descent import Nodes

OPTION = "option --scheduler"
SECONDS_TO_ANSWER = 10


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
            return self.future.result()
        except KilledWorker as fault:
            raise ConfigRefusal(
                OPTION,
                found=f"one range after the other worker was lost at it ({fault.last_worker.address} the last)",
                expected="workers that live, with memory for two tables and a range",
                todo="see the log of that worker; a run without --scheduler needs no more memory than one of them",
            ) from None
        except _Differs as fault:
            raise ConfigRefusal(OPTION, found=str(fault), expected=SHARED, todo=MOVE) from None
        except (CancelledError, OSError) as fault:
            raise ConfigRefusal(
                OPTION,
                found=f"the scheduler is gone ({type(fault).__name__})",
                expected="one that is there until the run is done",
                todo="start it again, then run again: ranges that are done are kept",
            ) from None

    def cancel(self) -> Any:
        return self.future.cancel()


SHARED = "the tables of this run under the same path on every worker"
MOVE = "name a folder with --outputs that all workers see under the same path"


class _Differs(Exception):  # what a worker tells of tables that are not those of the run
    pass


@contextmanager
def workers(address: str) -> Iterator[Cluster]:
    """The workers of the cluster at an address; refused where there are none, or where they are not of this version."""
    try:
        from distributed import Client
        from distributed.comm.registry import backends
    except ImportError:
        raise ConfigRefusal(
            OPTION,
            found="no Dask here",
            expected="the extra 'cluster'",
            todo="install it: pip install 'industrieruimte[cluster]'",
        ) from None
    way, _, place = address.rpartition("://")
    if (way or "tcp") not in backends or not re.fullmatch(r".+:\d+", place):
        raise _no_scheduler(address, "not an address with a port")
    try:
        client = Client(address, timeout=SECONDS_TO_ANSWER, set_as_default=False)
    except OSError as fault:
        raise _no_scheduler(address, f"no answer in {SECONDS_TO_ANSWER} s, {type(fault).__name__}") from None
    with client:
        threads = client.nthreads()
        if not threads:
            raise ConfigRefusal(
                OPTION,
                found=f"no workers at '{address}'",
                expected="at least one",
                todo=f"start one: dask worker {address}",
            )
        _same_version(client)
        yield Cluster(client, sum(threads.values()))


def _no_scheduler(address: str, why: str) -> ConfigRefusal:
    return ConfigRefusal(
        OPTION,
        found=f"no scheduler at '{address}' ({why})",
        expected="the address of a Dask scheduler that runs, such as tcp://10.0.0.4:8786",
        todo="start one with: dask scheduler, and workers with: dask worker ADDRESS",
    )


def _same_version(client: Any) -> None:
    """Refuse a worker that cuts with other kernels: its bits could be others."""
    ours = version()
    for worker, told in sorted(client.run(kernels.told, on_error="return").items()):
        if told != ours:
            what = f"it has {told}" if isinstance(told, str) else f"it says: {str(told)[:120]}"
            raise ConfigRefusal(
                OPTION,
                found=f"worker {worker} is of another version: {what}",
                expected=f"industrieruimte with kernels {ours}, installed on every worker",
                todo="install the same version there, then start that worker again",
            )


def version() -> str:
    """A digest of all kernels here."""
    return kernels.told()


@dataclass(frozen=True)
class Asked:
    """What is cut: the holdings of a mask (packed bits) by the zones with these keys, in ranges of so many holdings at most."""

    mask: bytes
    zones: frozenset[str]
    size: int


def cutter(tables: tuple[Table, Table], mask: Any, zones: Any) -> Callable[[int], Cuts]:
    """What cuts a range, by its number, of the holdings of a mask by the zones with these keys; goes to workers as it is.

    tables: of holdings and of zones.
    """
    return partial(cut_there, tables, Asked(np.packbits(mask).tobytes(), frozenset(zones), fast.CHUNK_SHAPES))


def cut_there(tables: tuple[Table, Table], asked: Asked, number: int) -> Cuts:
    """One range, cut by a worker."""
    ground, knives, waiting = _laid(tables, asked)
    return fast.cut_chunk(ground, knives, waiting[number])


@lru_cache(maxsize=2)
def _laid(tables: tuple[Table, Table], asked: Asked) -> tuple[fast.Land, Edges, list[Nodes]]:
    """Land and blades as the run has them; kept, since ranges of one cluster come one after the other."""
    land, over = (_read(table) for table in tables)
    over = over[over["zone_id"].isin(asked.zones)].sort_values("zone_id", ignore_index=True)
    kept: Any = np.unpackbits(np.frombuffer(asked.mask, dtype=np.uint8), count=len(land)).astype(bool)
    shapes = land.geometry.to_numpy()[kept]
    ground, knives = fast.land(rings(shapes), len(shapes)), edges(rings(over.geometry.to_numpy()))
    return ground, knives, fast.chunks(ground, knives, asked.size)


def _read(table: Table) -> gpd.GeoDataFrame:
    try:
        found = hashlib.sha256(table.path.read_bytes()).hexdigest()
    except OSError as fault:
        raise _Differs(f"a worker cannot read '{table.path}' ({fault.strerror})") from None
    if found != table.sha256:
        raise _Differs(f"a worker reads another '{table.path}' than this run wrote")
    return gpd.read_parquet(table.path)
