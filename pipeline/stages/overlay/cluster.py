"""Cut the land of one cluster part by part: its parts, what an earlier run left of each, and where their
ranges are cut.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from layers.derived.combinations import LAYER as COMBINATIONS
from layers.derived.holding_fingerprints import LAYER as FINGERPRINTS
from layers.derived.pieces import LAYER as PIECES
from pipeline.stages.overlay import engines, ranges, remote_ranges
from pipeline.stages.overlay.execution import (
    SERIAL,
    ExecutionContext,
    Executor,
    Progress,
    RemoteExecutor,
    thread_pool,
)
from pipeline.stages.overlay.incremental import PreviousResult, arrow, prepared
from pipeline.stages.overlay.pieces import Part, overlay_in_parts
from pipeline.storage import parquet_stream
from pipeline.storage.checksums import checksum_of_json
from pipeline.storage.parquet_stream import FollowingRows, by_key
from pipeline.storage.unit_files import UnitFiles

MOST_PARTS = 8  # parts grow with the threads up to so many times: they are held in memory


def run(
    _: object,
    __: str,
    tables: dict[str, Any],
    *,
    engine: str,
    threads: int,
    workers: RemoteExecutor | None,
    on_progress: Callable[[int, int], None],
    files: UnitFiles,
    code_of: Callable[[str], str],
) -> Generator[dict[str, pd.DataFrame], None, None]:
    """Pieces (m2, RD New) and fingerprints of one cluster, part by part, then its combinations; cut in so many threads,
    or by the workers of a cluster.

    What an earlier run cut from the same shapes by the same code is not cut again, nor are ranges of a run
    that was interrupted.
    """
    is_fast = engine == "fast"
    zones, sets = prepared(tables["zone_shapes"], code_of(engines.__name__)), COMBINATIONS.empty()
    with ThreadPoolExecutor(1) as cutter, _execution(files, threads, workers) as context:
        # The reference cuts a part in one go: in this thread, so that Ctrl-C stops it.
        executor: Executor = cutter if is_fast else SERIAL
        # A part has two ranges for each of so many threads, or what it had in a run that was interrupted.
        rows = parquet_stream.PART_ROWS * (min(max(1, context.ahead // 2), MOST_PARTS) if is_fast else 1)
        rows = context.store.part_rows(rows) if context.store is not None else rows
        land = by_key(tables["holding_shapes"], "holding_id", rows)
        progress = Progress(on_progress, files.input_rows("holding_shapes"))
        parts = _parts(land, _previous_below(files), context, progress)
        for pieces, combinations, fingerprints in overlay_in_parts(parts, zones, engine, executor):
            sets = pd.concat([sets, combinations]).drop_duplicates()
            yield {"pieces": pieces, "holding_fingerprints": fingerprints}
    yield {"combinations": COMBINATIONS.conform(sets)}


def _previous_below(files: UnitFiles) -> Callable[[str | None, Any], PreviousResult | None]:
    """What an earlier run left of holdings (names, Arrow) that are below one key after the other."""
    if not files.has_previous("pieces", "holding_fingerprints", "combinations"):
        return lambda *_: None
    pieces = FollowingRows(files.previous_parts("pieces"), "piece_id", PIECES.empty())
    fingerprints = FollowingRows(files.previous_parts("holding_fingerprints"), "holding_id", FINGERPRINTS.empty())
    combinations = files.previous("combinations")

    def until(bound: str | None, names: Any) -> PreviousResult:
        rows = bound, "holding_id", names
        return PreviousResult(pieces.until(*rows), combinations, fingerprints.until(*rows))

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
def _execution(files: UnitFiles, threads: int, workers: RemoteExecutor | None) -> Iterator[ExecutionContext]:
    """Ranges cut by threads here or by Dask workers, stored until the unit is done where there are more than one."""
    # RemoteExecutor of a Dask cluster read the stored tables themselves.
    holdings, zones = (remote_ranges.SharedTable(*files.input_file(name)) for name in ("holding_shapes", "zone_shapes"))
    ranges_done = files.ranges().under(checksum_of_json([holdings.sha256, zones.sha256])[:16])
    is_long = files.input_rows("holding_shapes") > ranges.RANGE_SHAPES
    with thread_pool(threads) as local:
        context = ExecutionContext(local, local, threads + 1, store=ranges_done if is_long else None)
        if workers is None:
            yield context
        else:
            remote = partial(remote_ranges.cutter, (holdings, zones))
            yield replace(context, executor=workers, ahead=2 * workers.threads + 1, remote=remote)
