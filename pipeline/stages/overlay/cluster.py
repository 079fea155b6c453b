"""Cut the land of one cluster part by part: its parts, what an earlier run left of each, and where their ranges are cut."""

from __future__ import annotations

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
from layers.derived.holding_prints import LAYER as PRINTS
from layers.derived.pieces import LAYER as PIECES
from layers.layer import RD_NEW
from pipeline.kernels import numba_cache
from pipeline.kernels.candidate_zones import MANY
from pipeline.stages.overlay import dask_workers, fast
from pipeline.stages.overlay.engines import DEFAULT
from pipeline.stages.overlay.execution import AT_ONCE, Course, Kept, Tally, nobody
from pipeline.stages.overlay.incremental import Earlier, arrow, blades_of
from pipeline.stages.overlay.map_ordered import Pool, threads
from pipeline.stages.overlay.pieces import Part, overlay_again, overlay_in_parts
from pipeline.storage import parquet_stream
from pipeline.storage.parquet_stream import Following, by_key
from pipeline.storage.store import digest
from pipeline.storage.unit_files import UnitFiles

MOST_PARTS = 8  # parts grow with the threads up to so many times: they are held in memory


class Checkpoints(Protocol):
    """Where ranges of a unit are kept while it is cut."""

    def under(self, key: str) -> Kept:
        """The ranges of a cut that goes by this key, and of no other any more."""


@dataclass(frozen=True)
class CutSettings:
    """What cuts: the engine, in so many threads, or on the Dask cluster of a scheduler; on_progress: holdings done, of how many."""

    engine: str = DEFAULT
    threads: int = 1
    scheduler: str | None = None
    on_progress: Callable[[int, int], None] = nobody


@dataclass(frozen=True)
class PreviousTables:
    """What an earlier run left of a cluster: pieces and prints part by part in order of their keys, and all combinations."""

    pieces: Iterator[pd.DataFrame]
    combinations: pd.DataFrame
    prints: Iterator[pd.DataFrame]


@dataclass(frozen=True)
class ClusterInputs:
    """The land of a cluster and its zones (RD New): holdings in reads in order of their key, and how many of them there are.

    files: the stored tables of holdings and of zones, which workers of a Dask cluster read themselves.
    """

    holdings: Iterable[pd.DataFrame]
    rows: int
    zones: gpd.GeoDataFrame
    files: tuple[dask_workers.Table, dask_workers.Table]
    previous: PreviousTables | None
    checkpoints: Checkpoints


def compile_kernels(engine: str) -> None:
    """Compile what cuts land by cutting a square by others, where compiled kernels can be stored and are not yet."""
    if engine == "fast" and numba_cache.kept_in() is not None and not numba_cache.are_compiled():
        several = shapely.multipolygons([shapely.box(x + 1, 1, x + 3, 3) for x in range(0, 3 * MANY, 3)])
        land, over = (gpd.GeoDataFrame(geometry=[shape], crs=RD_NEW) for shape in (shapely.box(0, 0, 2, 2), several))
        overlay_again(land.assign(holding_id="a", area_m2=4.0), over.assign(zone_id="b"), engine, None)


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
) -> Generator[dict[str, pd.DataFrame], None, None]:
    """Pieces (m2, RD New) and prints of one cluster, part by part, then its combinations."""
    holdings, zones = (dask_workers.Table(*files.input_file(name)) for name in ("holding_shapes", "zone_shapes"))
    previous = None
    if files.has_previous("pieces", "holding_prints", "combinations"):
        pieces, prints = (files.previous_parts(name) for name in ("pieces", "holding_prints"))
        previous = PreviousTables(pieces, files.previous("combinations"), prints)
    inputs = ClusterInputs(
        tables["holding_shapes"],
        files.input_rows("holding_shapes"),
        tables["zone_shapes"],
        (holdings, zones),
        previous,
        files.ranges(),
    )
    return overlay_cluster(inputs, CutSettings(engine, threads, scheduler, on_progress))


def overlay_cluster(inputs: ClusterInputs, settings: CutSettings) -> Generator[dict[str, pd.DataFrame], None, None]:
    """Pieces (m2, RD New) and prints of one cluster, part by part, then its combinations.

    What an earlier run cut from the same shapes is not cut again, nor are ranges of a run that was interrupted.
    """
    is_fast = settings.engine == "fast"
    blades, sets = blades_of(inputs.zones), COMBINATIONS.empty()
    with ThreadPoolExecutor(1) as cutter, _course(inputs, settings) as course:
        # The reference cuts a part in one go: in this thread, so that Ctrl-C stops it.
        ahead: Pool = cutter if is_fast else AT_ONCE
        land = by_key(inputs.holdings, "holding_id", _part_rows(course, is_fast))
        parts = _parts(land, _previous_below(inputs.previous), course, Tally(course.told, inputs.rows))
        for pieces, combinations, prints in overlay_in_parts(parts, blades, settings.engine, ahead):
            sets = pd.concat([sets, combinations]).drop_duplicates()
            yield {"pieces": pieces, "holding_prints": prints}
    yield {"combinations": COMBINATIONS.conform(sets)}


def _part_rows(course: Course, is_fast: bool) -> int:
    """How many holdings a part has: two ranges for each of so many threads, or what it had in a run that was interrupted."""
    times = max(1, course.ahead // 2) if is_fast else 1
    wanted = parquet_stream.PART_ROWS * min(times, MOST_PARTS)
    return course.kept.part_rows(wanted) if course.kept is not None else wanted


def _previous_below(previous: PreviousTables | None) -> Callable[[str | None, Any], Earlier | None]:
    """What an earlier run left of holdings (names, Arrow) that are below one key after the other."""
    if previous is None:
        return lambda *_: None
    pieces = Following(previous.pieces, "piece_id", PIECES.empty())
    prints = Following(previous.prints, "holding_id", PRINTS.empty())

    def until(bound: str | None, names: Any) -> Earlier:
        rows = bound, "holding_id", names
        return Earlier(pieces.until(*rows), previous.combinations, prints.until(*rows))

    return until


def _parts(
    land: Iterable[tuple[Any, str | None]],
    previous_below: Callable[[str | None, Any], Earlier | None],
    course: Course,
    tally: Tally,
) -> Iterator[Part]:
    """The parts of the holdings, each with what was cut of it before, and with the position of its first holding among all."""
    begin = 0
    for holdings, following in land:
        previous = previous_below(following, arrow(holdings["holding_id"]))
        yield Part(holdings, previous, tally.part(course, begin, len(holdings)))
        begin += len(holdings)


@contextmanager
def _course(inputs: ClusterInputs, settings: CutSettings) -> Iterator[Course]:
    """Ranges cut by threads here or by Dask workers, stored until the unit is done where there are more than one."""
    holdings, zones = inputs.files
    checkpoints = inputs.checkpoints.under(digest([holdings.sha256, zones.sha256])[:16])
    is_long = inputs.rows > fast.CHUNK_SHAPES
    with threads(settings.threads) as here:
        course = Course(here, here, settings.threads + 1, settings.on_progress, checkpoints if is_long else None)
        if settings.scheduler is None:
            yield course
            return
        with dask_workers.workers(settings.scheduler) as cluster:
            there = partial(dask_workers.cutter, (holdings, zones))
            yield replace(course, pool=cluster, ahead=2 * cluster.threads + 1, there=there)
