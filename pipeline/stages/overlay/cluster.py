"""Cut the land of one cluster part by part: its parts, what an earlier run left of each, and where their
ranges are cut.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import geopandas as gpd
import pandas as pd
import shapely

from layers.derived.combinations import LAYER as COMBINATIONS
from layers.derived.holding_fingerprints import LAYER as FINGERPRINTS
from layers.derived.pieces import LAYER as PIECES
from layers.layer import RD_NEW
from pipeline.kernels import numba_cache
from pipeline.stages.overlay import dask_workers, engines, ranges
from pipeline.stages.overlay.candidate_zones import MANY_PARTS
from pipeline.stages.overlay.execution import (
    SERIAL,
    ExecutionContext,
    Executor,
    Progress,
    RangeStore,
    no_progress,
    thread_pool,
)
from pipeline.stages.overlay.incremental import PreviousResult, arrow, prepared
from pipeline.stages.overlay.pieces import Part, overlay_in_parts, overlay_incremental
from pipeline.storage import parquet_stream
from pipeline.storage.checksums import checksum_of_json
from pipeline.storage.parquet_stream import FollowingRows, by_key
from pipeline.storage.unit_files import UnitFiles

MOST_PARTS = 8  # parts grow with the threads up to so many times: they are held in memory


class Checkpoints(Protocol):
    """Where ranges of a unit are stored while it is cut."""

    def under(self, key: str) -> RangeStore:
        """The ranges of a cut that goes by this key, and of no other any more."""


@dataclass(frozen=True)
class CutSettings:
    """What cuts: the engine, in so many threads, or on the Dask cluster of a scheduler; on_progress: holdings done,
    of how many; code: a digest of the code that cuts, by which pieces of an earlier run are known to hold.
    """

    engine: str = engines.DEFAULT
    threads: int = 1
    scheduler: str | None = None
    on_progress: Callable[[int, int], None] = no_progress
    code: str = ""


@dataclass(frozen=True)
class PreviousTables:
    """What an earlier run left of a cluster: pieces and fingerprints part by part in order of their keys, and all
    combinations.
    """

    pieces: Iterator[pd.DataFrame]
    combinations: pd.DataFrame
    fingerprints: Iterator[pd.DataFrame]


@dataclass(frozen=True)
class ClusterInputs:
    """The land of a cluster and its zones (RD New): holdings in reads in order of their key, and how many of them
    there are.

    files: the stored tables of holdings and of zones, which workers of a Dask cluster read themselves.
    """

    holdings: Iterable[pd.DataFrame]
    rows: int
    zones: gpd.GeoDataFrame
    files: tuple[dask_workers.SharedTable, dask_workers.SharedTable]
    previous: PreviousTables | None
    checkpoints: Checkpoints


def compile_kernels(engine: str) -> None:
    """Compile what cuts land by cutting a square by others, where compiled kernels can be stored and are not yet."""
    if engine == "fast" and numba_cache.folder() is not None and not numba_cache.are_compiled():
        several = shapely.multipolygons([shapely.box(x + 1, 1, x + 3, 3) for x in range(0, 3 * MANY_PARTS, 3)])
        land, over = (gpd.GeoDataFrame(geometry=[shape], crs=RD_NEW) for shape in (shapely.box(0, 0, 2, 2), several))
        overlay_incremental(land.assign(holding_id="a", area_m2=4.0), over.assign(zone_id="b"), engine, None)


def run(
    _: object,
    __: str,
    tables: dict[str, Any],
    *,
    engine: str,
    threads: int,
    scheduler: str | None,
    on_progress: Callable[[int, int], None],
    files: UnitFiles,
    code_of: Callable[[str], str],
) -> Generator[dict[str, pd.DataFrame], None, None]:
    """Pieces (m2, RD New) and fingerprints of one cluster, part by part, then its combinations."""
    holdings, zones = (dask_workers.SharedTable(*files.input_file(name)) for name in ("holding_shapes", "zone_shapes"))
    previous = None
    if files.has_previous("pieces", "holding_fingerprints", "combinations"):
        pieces, fingerprints = (files.previous_parts(name) for name in ("pieces", "holding_fingerprints"))
        previous = PreviousTables(pieces, files.previous("combinations"), fingerprints)
    inputs = ClusterInputs(
        tables["holding_shapes"],
        files.input_rows("holding_shapes"),
        tables["zone_shapes"],
        (holdings, zones),
        previous,
        files.ranges(),
    )
    return overlay_cluster(inputs, CutSettings(engine, threads, scheduler, on_progress, code_of(engines.__name__)))


def overlay_cluster(inputs: ClusterInputs, settings: CutSettings) -> Generator[dict[str, pd.DataFrame], None, None]:
    """Pieces (m2, RD New) and fingerprints of one cluster, part by part, then its combinations.

    What an earlier run cut from the same shapes is not cut again, nor are ranges of a run that was interrupted.
    """
    is_fast = settings.engine == "fast"
    zones, sets = prepared(inputs.zones, settings.code), COMBINATIONS.empty()
    with ThreadPoolExecutor(1) as cutter, _execution(inputs, settings) as context:
        # The reference cuts a part in one go: in this thread, so that Ctrl-C stops it.
        executor: Executor = cutter if is_fast else SERIAL
        land = by_key(inputs.holdings, "holding_id", _part_rows(context, is_fast))
        parts = _parts(land, _previous_below(inputs.previous), context, Progress(context.on_progress, inputs.rows))
        for pieces, combinations, fingerprints in overlay_in_parts(parts, zones, settings.engine, executor):
            sets = pd.concat([sets, combinations]).drop_duplicates()
            yield {"pieces": pieces, "holding_fingerprints": fingerprints}
    yield {"combinations": COMBINATIONS.conform(sets)}


def _part_rows(context: ExecutionContext, is_fast: bool) -> int:
    """How many holdings a part has: two ranges for each of so many threads, or what it had in a run that was
    interrupted.
    """
    times = max(1, context.ahead // 2) if is_fast else 1
    wanted = parquet_stream.PART_ROWS * min(times, MOST_PARTS)
    return context.store.part_rows(wanted) if context.store is not None else wanted


def _previous_below(previous: PreviousTables | None) -> Callable[[str | None, Any], PreviousResult | None]:
    """What an earlier run left of holdings (names, Arrow) that are below one key after the other."""
    if previous is None:
        return lambda *_: None
    pieces = FollowingRows(previous.pieces, "piece_id", PIECES.empty())
    fingerprints = FollowingRows(previous.fingerprints, "holding_id", FINGERPRINTS.empty())

    def until(bound: str | None, names: Any) -> PreviousResult:
        rows = bound, "holding_id", names
        return PreviousResult(pieces.until(*rows), previous.combinations, fingerprints.until(*rows))

    return until


def _parts(
    land: Iterable[tuple[Any, str | None]],
    previous_below: Callable[[str | None, Any], PreviousResult | None],
    context: ExecutionContext,
    progress: Progress,
) -> Iterator[Part]:
    """The parts of the holdings, each with what was cut of it before, and with the position of its first
    holding among all.
    """
    begin = 0
    for holdings, following in land:
        previous = previous_below(following, arrow(holdings["holding_id"]))
        yield Part(holdings, previous, progress.part(context, begin, len(holdings)))
        begin += len(holdings)


@contextmanager
def _execution(inputs: ClusterInputs, settings: CutSettings) -> Iterator[ExecutionContext]:
    """Ranges cut by threads here or by Dask workers, stored until the unit is done where there are more than one."""
    holdings, zones = inputs.files
    checkpoints = inputs.checkpoints.under(checksum_of_json([holdings.sha256, zones.sha256])[:16])
    is_long = inputs.rows > ranges.RANGE_SHAPES
    with thread_pool(settings.threads) as local:
        store = checkpoints if is_long else None
        context = ExecutionContext(local, local, settings.threads + 1, settings.on_progress, store)
        if settings.scheduler is None:
            yield context
            return
        with dask_workers.workers(settings.scheduler) as cluster:
            remote = partial(dask_workers.cutter, (holdings, zones))
            yield replace(context, executor=cluster, ahead=2 * cluster.threads + 1, remote=remote)
