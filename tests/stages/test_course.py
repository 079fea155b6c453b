"""Course: a cut that is ended goes on after its last whole range, and gives what a cut in one go gives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from squared_paper import holdings, square, zones

from pipeline.stages.overlay import fast
from pipeline.stages.overlay.execution import ALONE, Course
from pipeline.stages.overlay.pieces import overlay, overlay_again
from pipeline.storage.store import Ranges

LAND = holdings(**{f"h{n:02}": square(n % 8, n // 8) for n in range(64)})
OVER = zones(a=square(0.5, 0.5, 4, 3), b=square(2.2, -1, 0.5, 12), c=square(-1, 3.3, 12, 2))


class Counted:
    """Ranges in a folder, with what was asked of them."""

    def __init__(self, folder: Path) -> None:
        self.ranges, self.found, self.made = Ranges(folder), 0, 0

    def get(self, key: str, number: int) -> Mapping[str, Any] | None:
        known = self.ranges.get(key, number)
        self.found += known is not None
        return known

    def put(self, key: str, number: int, arrays: Mapping[str, Any]) -> None:
        self.made += 1
        self.ranges.put(key, number, arrays)


@pytest.fixture(autouse=True)
def _few_shapes_a_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "CHUNK_SHAPES", 4)


def interrupted_after(ranges: int, course: Course) -> Course:
    def told(done: int, _: int) -> None:
        if done == ranges:
            raise KeyboardInterrupt

    return replace(course, told=told)


def told(pieces: Any) -> list[Any]:
    return [*pieces.drop(columns="geometry").itertuples(index=False, name=None), *shapely.to_wkb(pieces.geometry)]


def test_an_interrupted_cut_goes_on_after_its_last_whole_range(tmp_path: Path) -> None:
    first, second = Counted(tmp_path), Counted(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        overlay_again(LAND, OVER, "fast", None, interrupted_after(5, Course(kept=first)))
    again = overlay_again(LAND, OVER, "fast", None, Course(kept=second))
    assert 5 <= second.found == first.made < 16 and second.found + second.made == 16
    assert told(again[0]) == told(overlay(LAND, OVER)[0])


def test_ranges_of_another_cut_are_not_taken_for_those_of_this_one(tmp_path: Path) -> None:
    """A zone moved in between: nothing that was kept serves."""
    with pytest.raises(KeyboardInterrupt):
        overlay_again(LAND, OVER, "fast", None, interrupted_after(5, Course(kept=Counted(tmp_path))))
    moved = zones(a=square(0.6, 0.5, 4, 3), b=square(2.2, -1, 0.5, 12), c=square(-1, 3.3, 12, 2))
    kept = Counted(tmp_path)
    again = overlay_again(LAND, moved, "fast", None, Course(kept=kept))
    assert (kept.found, kept.made) == (0, 16) and told(again[0]) == told(overlay(LAND, moved)[0])


def test_a_single_range_is_kept_too(tmp_path: Path) -> None:
    """It may be one of many: each part of the land has its own."""
    kept = Counted(tmp_path)
    for _ in range(2):
        overlay_again(LAND.iloc[:3], OVER, "fast", None, Course(kept=kept))
    assert (kept.made, kept.found) == (1, 1)


def test_ranges_of_another_whole_are_thrown_away(tmp_path: Path) -> None:
    Ranges(tmp_path).under("before").put("part", 3, {"x": np.zeros(2)})
    again = Ranges(tmp_path).under("before")
    assert again.get("part", 3) is not None and again.get("part", 4) is None
    assert Ranges(tmp_path).under("now").get("part", 3) is None and not list(tmp_path.iterdir())


def test_a_range_that_is_damaged_is_cut_again(tmp_path: Path) -> None:
    overlay_again(LAND, OVER, "fast", None, Course(kept=Counted(tmp_path)))
    next(tmp_path.rglob("000003.npz")).write_bytes(b"half")
    kept = Counted(tmp_path)
    again = overlay_again(LAND, OVER, "fast", None, Course(kept=kept))
    assert (kept.found, kept.made) == (15, 1) and told(again[0]) == told(overlay(LAND, OVER)[0])


def test_without_room_nothing_is_kept_and_all_is_cut(tmp_path: Path) -> None:
    """A file stands where the folder of ranges would be."""
    (tmp_path / "ranges").write_text("in the way")
    made = overlay_again(LAND, OVER, "fast", None, Course(kept=Ranges(tmp_path / "ranges")))
    assert told(made[0]) == told(overlay(LAND, OVER)[0])


def test_a_range_is_kept_while_one_before_it_is_still_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut, others = fast.cut_chunk, threading.Event()

    def slow(ground: Any, knives: Any, chunk: Any) -> Any:
        if chunk.begin[0] == 0:
            others.wait(20)
        return cut(ground, knives, chunk)

    class Kept(Counted):
        def put(self, key: str, number: int, arrays: Mapping[str, Any]) -> None:
            super().put(key, number, arrays)
            if number == 2:
                others.set()

    monkeypatch.setattr(fast, "cut_chunk", slow)
    with ThreadPoolExecutor(2) as pool:
        overlay_again(LAND, OVER, "fast", None, Course(pool, pool, 4, kept=Kept(tmp_path)))
    assert others.is_set()


def test_ranges_are_told_one_by_one_whatever_the_threads() -> None:
    seen = []
    with ThreadPoolExecutor(3) as pool:
        course = Course(pool, pool, 4, lambda done, ranges: seen.append((done, ranges)))
        assert told(overlay(LAND, OVER, "fast", course)[0]) == told(overlay(LAND, OVER, "fast", ALONE)[0])
    assert seen == [(done, 16) for done in range(1, 17)]


def slowly(folder: str) -> None:
    """In a process of its own: a tenth of a second a range."""
    fast.CHUNK_SHAPES = 4
    course = Course(kept=Ranges(Path(folder)), told=lambda _, __: time.sleep(0.1))
    overlay_again(LAND, OVER, "fast", None, course)


def test_a_killed_cut_leaves_whole_ranges_only(tmp_path: Path) -> None:
    """Killed as soon as three ranges are kept; nothing of them is half, and the rest is cut."""
    code = f"import runpy, sys; sys.path[:0] = {sys.path!r}; runpy.run_path({__file__!r})['slowly']({str(tmp_path)!r})"
    doing = subprocess.Popen([sys.executable, "-c", code])
    give_up = time.monotonic() + 180
    while len(list(tmp_path.rglob("0*.npz"))) < 3 and doing.poll() is None and time.monotonic() < give_up:
        time.sleep(0.02)
    os.kill(doing.pid, signal.SIGKILL)
    assert doing.wait() == -signal.SIGKILL
    kept = Counted(tmp_path)
    again = overlay_again(LAND, OVER, "fast", None, Course(kept=kept))
    assert 3 <= kept.found < 16 and kept.found + kept.made == 16
    assert told(again[0]) == told(overlay(LAND, OVER)[0])
