"""Flow: ranges worked on side by side come back in order, few at a time; and a range by itself is cut as among all others."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from drawn_land import configuration

from pipeline.kernels.blocks import blocks_of
from pipeline.kernels.rings import edges, rings
from pipeline.stages.overlay import fast
from pipeline.stages.overlay.map_ordered import flow


def test_results_come_in_the_order_of_the_ranges() -> None:
    """The first takes longest."""
    with ThreadPoolExecutor(4) as pool:
        assert list(flow(range(8), lambda one: (time.sleep(0.02 * (8 - one)), one)[1], pool, 4)) == list(range(8))


def test_no_more_ranges_are_read_than_are_worked_on_soon() -> None:
    read = []

    def ranges() -> Iterator[int]:
        for one in range(100):
            read.append(one)
            yield one

    with ThreadPoolExecutor(2) as pool:
        taken = flow(ranges(), lambda one: one, pool, 3)
        assert next(taken) == 0 and len(read) == 3
        taken.close()


def test_when_the_taker_stops_nothing_more_is_begun() -> None:
    begun, go = [], threading.Event()

    def work(one: int) -> int:
        begun.append(one)
        go.wait(5) if one else None
        return one

    with ThreadPoolExecutor(1) as pool:
        taken = flow(range(9), work, pool, 8)
        next(taken)
        taken.close()
        go.set()
    assert len(begun) <= 2


def test_what_work_raises_reaches_the_taker() -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(ZeroDivisionError):
        list(flow([1, 0], lambda one: 1 // one, pool, 2))


@pytest.mark.parametrize("seed", range(40))
def test_shapes_by_themselves_are_cut_as_among_the_others(seed: int) -> None:
    """Each shape as a range of its own, that knows no other, against all of them together: the same bits."""
    land, blades = configuration(seed)
    if not land or not blades:
        pytest.skip("nothing was drawn")
    knives = edges(rings(np.array([*blades, None], dtype=object)[:-1]))
    shapes = np.array([*land, None], dtype=object)[:-1]
    together = list(fast.cut_all(fast.land(rings(shapes), len(shapes)), knives))
    by_shape = {int(cuts.shape[row]): (cuts, row) for cuts in together for row in range(len(cuts.shape))}
    for number, shape in enumerate(shapes):
        alone = fast.cut_range(fast.land(rings(np.array([shape])), 1), knives, blocks_of(knives))
        cuts, row = by_shape[number]
        mine = slice(cuts.set_first[row], cuts.set_first[row + 1])
        assert alone.area.tobytes() == cuts.area[mine].tobytes()
        assert alone.blade.tobytes() == cuts.blade[cuts.slot_first[row] : cuts.slot_first[row + 1]].tobytes()


def test_blades_below_and_beside_a_range_are_seen_where_they_wind_around_it() -> None:
    """A blade whose edges all lie far outside, and hundreds of others so that blocks leave some out."""
    blades = [shapely.box(-5000, -5000, 5000, 5000), *(shapely.box(9e3 + n, 0, 9e3 + n + 0.5, 1) for n in range(500))]
    knives = edges(rings(np.array(blades)))
    cuts = fast.cut_range(fast.land(rings(np.array([shapely.box(0, 0, 10, 10)])), 1), knives, blocks_of(knives))
    assert cuts.blade.tolist() == [0] and cuts.area.tolist() == [100.0]
