"""Ranges come back in order, few at a time; an interrupted cut goes on after its last whole range, with the
same result.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from drawn_land import configuration
from squared_paper import holdings, overlay, overlay_incremental, square, zones

from pipeline.kernels.rings import edges, rings
from pipeline.stages.overlay import ranges
from pipeline.stages.overlay.engines import fast_engine
from pipeline.stages.overlay.execution import IN_THIS_THREAD, ExecutionContext, map_ordered
from pipeline.storage.store import Ranges

LAND = holdings(**{f"h{n:02}": square(n % 8, n // 8) for n in range(64)})
OVER = zones(a=square(0.5, 0.5, 4, 3), b=square(2.2, -1, 0.5, 12), c=square(-1, 3.3, 12, 2))


class CountedStore:
    """Ranges in a folder, and how many were read and written."""

    def __init__(self, folder: Path) -> None:
        self.ranges, self.reads, self.writes = Ranges(folder), 0, 0

    def get(self, key: str, number: int) -> Mapping[str, Any] | None:
        known = self.ranges.get(key, number)
        self.reads += known is not None
        return known

    def put(self, key: str, number: int, arrays: Mapping[str, Any]) -> None:
        self.writes += 1
        self.ranges.put(key, number, arrays)


@pytest.fixture(autouse=True)
def _few_shapes_a_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "RANGE_SHAPES", 4)


def interrupted_after(count: int, context: ExecutionContext) -> ExecutionContext:
    def interrupt(done: int, _: int) -> None:
        if done == count:
            raise KeyboardInterrupt

    return replace(context, on_progress=interrupt)


def content(pieces: Any) -> list[Any]:
    return [*pieces.drop(columns="geometry").itertuples(index=False, name=None), *shapely.to_wkb(pieces.geometry)]


def test_an_interrupted_cut_goes_on_after_its_last_whole_range(tmp_path: Path) -> None:
    first, second = CountedStore(tmp_path), CountedStore(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        overlay_incremental(LAND, OVER, "fast", None, interrupted_after(5, ExecutionContext(store=first)))
    again = overlay_incremental(LAND, OVER, "fast", None, ExecutionContext(store=second))
    assert 5 <= second.reads == first.writes < 16 and second.reads + second.writes == 16
    assert content(again[0]) == content(overlay(LAND, OVER)[0])


def test_ranges_of_another_cut_are_not_taken_for_those_of_this_one(tmp_path: Path) -> None:
    """A zone moved in between: nothing that was stored serves."""
    with pytest.raises(KeyboardInterrupt):
        overlay_incremental(
            LAND, OVER, "fast", None, interrupted_after(5, ExecutionContext(store=CountedStore(tmp_path)))
        )
    moved = zones(a=square(0.6, 0.5, 4, 3), b=square(2.2, -1, 0.5, 12), c=square(-1, 3.3, 12, 2))
    store = CountedStore(tmp_path)
    again = overlay_incremental(LAND, moved, "fast", None, ExecutionContext(store=store))
    assert (store.reads, store.writes) == (0, 16) and content(again[0]) == content(overlay(LAND, moved)[0])


def test_a_single_range_is_stored_too(tmp_path: Path) -> None:
    """It may be one of many: each part of the land has its own."""
    store = CountedStore(tmp_path)
    for _ in range(2):
        overlay_incremental(LAND.iloc[:3], OVER, "fast", None, ExecutionContext(store=store))
    assert (store.writes, store.reads) == (1, 1)


def test_ranges_of_another_whole_are_thrown_away(tmp_path: Path) -> None:
    Ranges(tmp_path).under("before").put("part", 3, {"x": np.zeros(2)})
    again = Ranges(tmp_path).under("before")
    assert again.get("part", 3) is not None and again.get("part", 4) is None
    assert Ranges(tmp_path).under("now").get("part", 3) is None and not list(tmp_path.iterdir())


def test_a_range_that_is_damaged_is_cut_again(tmp_path: Path) -> None:
    overlay_incremental(LAND, OVER, "fast", None, ExecutionContext(store=CountedStore(tmp_path)))
    next(tmp_path.rglob("000003.npz")).write_bytes(b"half")
    store = CountedStore(tmp_path)
    again = overlay_incremental(LAND, OVER, "fast", None, ExecutionContext(store=store))
    assert (store.reads, store.writes) == (15, 1) and content(again[0]) == content(overlay(LAND, OVER)[0])


def test_without_room_nothing_is_stored_and_all_is_cut(tmp_path: Path) -> None:
    """A file stands where the folder of ranges would be."""
    (tmp_path / "ranges").write_text("in the way")
    cut = overlay_incremental(LAND, OVER, "fast", None, ExecutionContext(store=Ranges(tmp_path / "ranges")))
    assert content(cut[0]) == content(overlay(LAND, OVER)[0])


def test_a_range_is_stored_while_an_earlier_range_is_still_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut, others = ranges.cut_range, threading.Event()

    def slow(land: Any, zone_edges: Any, part: Any) -> Any:
        if part.begin[0] == 0:
            others.wait(20)
        return cut(land, zone_edges, part)

    class Signalling(CountedStore):
        def put(self, key: str, number: int, arrays: Mapping[str, Any]) -> None:
            super().put(key, number, arrays)
            if number == 2:
                others.set()

    monkeypatch.setattr(ranges, "cut_range", slow)
    with ThreadPoolExecutor(2) as pool:
        overlay_incremental(LAND, OVER, "fast", None, ExecutionContext(pool, pool, 4, store=Signalling(tmp_path)))
    assert others.is_set()


def test_progress_counts_ranges_whatever_the_threads() -> None:
    seen = []
    with ThreadPoolExecutor(3) as pool:
        context = ExecutionContext(pool, pool, 4, lambda done, count: seen.append((done, count)))
        assert content(overlay(LAND, OVER, "fast", context)[0]) == content(
            overlay(LAND, OVER, "fast", IN_THIS_THREAD)[0]
        )
    assert seen == [(done, 16) for done in range(1, 17)]


def slowly(folder: str) -> None:
    """In a process of its own: a tenth of a second a range."""
    ranges.RANGE_SHAPES = 4
    context = ExecutionContext(store=Ranges(Path(folder)), on_progress=lambda _, __: time.sleep(0.1))
    overlay_incremental(LAND, OVER, "fast", None, context)


def test_a_killed_cut_leaves_whole_ranges_only(tmp_path: Path) -> None:
    """Killed as soon as three ranges are stored; nothing of them is half, and the rest is cut."""
    code = f"import runpy, sys; sys.path[:0] = {sys.path!r}; runpy.run_path({__file__!r})['slowly']({str(tmp_path)!r})"
    doing = subprocess.Popen([sys.executable, "-c", code])
    give_up = time.monotonic() + 180
    while len(list(tmp_path.rglob("0*.npz"))) < 3 and doing.poll() is None and time.monotonic() < give_up:
        time.sleep(0.02)
    os.kill(doing.pid, signal.SIGKILL)
    assert doing.wait() == -signal.SIGKILL
    store = CountedStore(tmp_path)
    again = overlay_incremental(LAND, OVER, "fast", None, ExecutionContext(store=store))
    assert 3 <= store.reads < 16 and store.reads + store.writes == 16
    assert content(again[0]) == content(overlay(LAND, OVER)[0])


def test_results_come_in_the_order_of_the_ranges() -> None:
    """The first takes longest."""
    with ThreadPoolExecutor(4) as pool:
        assert list(map_ordered(range(8), lambda item: (time.sleep(0.02 * (8 - item)), item)[1], pool, 4)) == list(
            range(8)
        )


def test_no_more_ranges_are_read_than_are_worked_on_soon() -> None:
    read = []

    def items() -> Iterator[int]:
        for item in range(100):
            read.append(item)
            yield item

    with ThreadPoolExecutor(2) as pool:
        taken = map_ordered(items(), lambda item: item, pool, 3)
        assert next(taken) == 0 and len(read) == 3
        taken.close()


def test_when_the_taker_stops_nothing_more_is_begun() -> None:
    begun, go = [], threading.Event()

    def work(item: int) -> int:
        begun.append(item)
        go.wait(5) if item else None
        return item

    with ThreadPoolExecutor(1) as pool:
        taken = map_ordered(range(9), work, pool, 8)
        next(taken)
        taken.close()
        go.set()
    assert len(begun) <= 2


def test_what_work_raises_reaches_the_taker() -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(ZeroDivisionError):
        list(map_ordered([1, 0], lambda item: 1 // item, pool, 2))


@pytest.mark.parametrize("seed", range(40))
def test_shapes_by_themselves_are_cut_as_among_the_others(seed: int) -> None:
    """Each shape as a range of its own, that knows no other, against all of them together: the same bits."""
    land, over = configuration(seed)
    if not land or not over:
        pytest.skip("nothing was drawn")
    together = fast_engine(land, over)
    for number, shape in enumerate(land):
        alone, of_shape = fast_engine([shape], over), together.owner == number
        assert alone.area_m2.tobytes() == together.area_m2[of_shape].tobytes()
        assert [alone.sets[row] for row in alone.number] == [together.sets[row] for row in together.number[of_shape]]


def test_zones_below_and_aside_of_a_range_are_seen_where_they_wind_around_it() -> None:
    """A zone whose edges all lie far outside, and hundreds of others elsewhere."""
    over = [shapely.box(-5000, -5000, 5000, 5000), *(shapely.box(9e3 + n, 0, 9e3 + n + 0.5, 1) for n in range(500))]
    land = ranges.in_work_order(rings(np.array([shapely.box(0, 0, 10, 10)])), 1)
    zone_edges = edges(rings(np.array(over)))
    (cuts,) = [ranges.cut_range(land, zone_edges, part) for part in ranges.ranges(land, zone_edges)]
    assert cuts.cutter.tolist() == [0] and cuts.area.tolist() == [100.0]
