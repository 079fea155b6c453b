"""Engines: kernels and the exact cut give the same pieces, on drawn cases, on random ones, and each
kernel by itself.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import shapely
from drawn_land import AGREED, ORIGIN, configuration, disagreement, redrawn
from hypothesis import given, settings
from hypothesis import strategies as st
from squared_paper import square

from pipeline.kernels.bitsets import settled
from pipeline.kernels.candidate_edges import MOST_SLOTS
from pipeline.kernels.cut import NOISE, compile_traced, measured, net_areas, traced
from pipeline.kernels.kd_tree import Boxes, descend, kd_order, whole
from pipeline.kernels.noding import line_graph
from pipeline.kernels.numba_cache import kernel
from pipeline.kernels.rings import edges, rings
from pipeline.kernels.sweepline import SetRoom, Side
from pipeline.kernels.sweepline import sweep as inner_sweep
from pipeline.spatial.reference_overlay import is_real
from pipeline.stages.overlay import ranges
from pipeline.stages.overlay.engines import Pieces, fast_engine, reference
from pipeline.stages.overlay.execution import ExecutionContext

FRAME = square(0, 0)
HOLED = shapely.difference(FRAME, square(0.3, 0.3, 0.4, 0.4))


def moved(shape: Any, x: float, y: float = 0.0) -> Any:
    return shapely.affinity.translate(shape, x, y)


CASES = {
    "an edge in common": ([FRAME], [square(1, 0), square(0.5, 0)]),
    "an edge in common, in part": ([FRAME], [square(0.5, 0.25, 1, 0.5)]),
    "a hair beside the edge": ([FRAME], [moved(FRAME, 1e-10), moved(FRAME, 1e-8), moved(FRAME, 1e-4)]),
    "a hole": ([HOLED], [square(0.5, 0, 0.5, 1)]),
    "a zone in the hole": ([HOLED], [square(0.4, 0.4, 0.2, 0.2)]),
    "a zone that is the hole": ([HOLED], [square(0.3, 0.3, 0.4, 0.4)]),
    "a hole that touches the shell": (
        [shapely.Polygon(FRAME.exterior, [[(100_050, 400_000), (100_075, 400_050), (100_025, 400_050)]])],
        [square(0, 0.25, 1, 0.5)],
    ),
    "squares that touch in a corner": (
        [shapely.MultiPolygon([square(0, 0, 0.5, 0.5), square(0.5, 0.5, 0.5, 0.5)])],
        [square(0.25, 0.25, 0.5, 0.5)],
    ),
    "a zone that touches in a vertex": (
        [FRAME],
        [shapely.Polygon([(100_100, 400_050), (100_150, 400_000), (100_150, 400_100)])],
    ),
    "a zone with a vertex on the edge, from within": (
        [FRAME],
        [shapely.Polygon([(100_100, 400_050), (100_050, 400_000), (100_050, 400_100)])],
    ),
    "a ring of zone pinched at a vertex": (
        [FRAME],
        [
            shapely.difference(
                square(0.1, 0.1, 0.8, 0.8),
                shapely.Polygon([(100_010, 400_050), (100_050, 400_030), (100_050, 400_070)]),
            )
        ],
    ),
    "islands in holes": (
        [square(-1, -1, 3, 3)],
        [shapely.difference(FRAME, square(0.2, 0.2, 0.6, 0.6)), square(0.4, 0.4, 0.2, 0.2), HOLED],
    ),
    "nested": ([FRAME], [square(0.1 * n, 0.1 * n, 1 - 0.2 * n, 1 - 0.2 * n) for n in range(1, 5)]),
    "one zone many times": ([FRAME], [square(0.25, 0.25, 0.5, 0.5)] * 9),
    "level edges across the box": ([FRAME], [square(-3, 0.25, 7, 0.25), square(-3, 0.5, 7, 0.25)]),
    "upright edges across the box": ([FRAME], [square(0.25, -3, 0.25, 7), square(0.5, -3, 0.25, 7)]),
    "all in parts": (
        [shapely.MultiPolygon([square(0, 0), square(2, 0), square(4, 0)])],
        [shapely.MultiPolygon([square(0.5, 0), square(4.5, -1, 3, 3)])],
    ),
    "less than may be drawn": ([FRAME], [square(0, 0, 1e-10, 1), square(0.5, 0.5, 1e-6, 1e-6)]),
}


@pytest.mark.parametrize("name", CASES)
def test_both_engines_agree_on_a_drawn_case(name: str) -> None:
    land, zones = CASES[name]
    assert disagreement(land, zones) == ""
    assert len(fast_engine(land, zones).fallbacks) == 0


TRIANGLE = shapely.Polygon([(100_009, 400_017), (100_020, 400_003), (100_000, 400_000)])


@pytest.mark.parametrize("engine", [fast_engine, reference])
@pytest.mark.parametrize("seed", [1037, 1275])
def test_zones_along_an_outline_digitised_again_take_nothing_from_a_holding(engine: Any, seed: int) -> None:
    """GEOS snaps where edges all but coincide, and lost up to 1e-8 of these in a half."""
    chance = np.random.default_rng(seed)
    cut = engine([TRIANGLE], [redrawn(TRIANGLE, chance) for _ in range(2)])
    assert abs(cut.area_m2.sum() - TRIANGLE.area) <= AGREED * TRIANGLE.area


@pytest.mark.parametrize("engine", [fast_engine, reference])
def test_each_set_is_named_once(engine: Any) -> None:
    """Blade 2 over shapes of which one also lies under zone 0, the other under zone 1: sets met in different turns."""
    cut = engine([square(0, 0), square(2, 0)], [square(0, 0), square(2, 0), square(-1, -1, 6, 3), square(-1, -1, 6, 3)])
    assert sorted(cut.sets) == [(0, 2, 3), (1, 2, 3)]
    two = engine([square(0, 0), square(2, 0)], [square(0, 0), square(0, 0), square(2, 0)])
    assert len(two.sets) == len(set(two.sets))


@given(st.integers(0, 2**32))
@settings(max_examples=400)
def test_both_engines_agree_on_random_land(seed: int) -> None:
    land, zones = configuration(seed)
    assert not land or disagreement(land, zones) == "", f"tests/fuzz/overlay.py --from {seed} --count 1"


def drawn_bytes(cut: Pieces) -> list[tuple[int, tuple[int, ...], bytes, float]]:
    rows = zip(cut.owner, cut.number, cut.shapes, cut.area_m2, strict=True)
    return sorted((int(o), cut.sets[n], shapely.to_wkb(s), float(m2)) for o, n, s, m2 in rows)


def cuts_of(shapes: list[Any], zone_edges: Any) -> list[Any]:
    """The cuts of each range of shapes."""
    land = ranges.in_work_order(rings(np.array(shapes, dtype=object)), len(shapes))
    return [ranges.cut_range(land, zone_edges, part) for part in ranges.ranges(land, zone_edges)]


def begun_elsewhere(shape: Any) -> Any:
    """The same ground: every ring begins at its third vertex and runs the other way, parts and holes in
    another order.
    """

    def ring(drawn: Any) -> Any:
        return np.roll(np.asarray(drawn.coords)[:-1], -2, axis=0)[::-1]

    parts = [
        shapely.Polygon(ring(part.exterior), [ring(hole) for hole in part.interiors][::-1])
        for part in shapely.get_parts(shape)
    ]
    return shapely.multipolygons(parts[::-1])


@pytest.mark.parametrize("seed", range(20))
def test_no_order_of_work_or_input_changes_a_bit(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer shapes a range, more threads, rings that begin elsewhere or run the other way, and parts in
    another order.
    """
    land, zones = configuration(seed)
    once = drawn_bytes(fast_engine(land, zones))
    monkeypatch.setattr(ranges, "RANGE_SHAPES", 1)
    assert drawn_bytes(fast_engine(land, zones)) == once
    with ThreadPoolExecutor(2) as pool:
        assert drawn_bytes(fast_engine(land, zones, ExecutionContext(pool, pool, 3))) == once
    assert drawn_bytes(fast_engine(land, [begun_elsewhere(zone) for zone in zones])) == once
    assert drawn_bytes(fast_engine([begun_elsewhere(shape) for shape in land], zones)) == once
    assert [row[1:] for row in drawn_bytes(fast_engine(land[::-1], zones))] == [
        row[1:] for row in sorted((len(land) - 1 - o, *rest) for o, *rest in once)
    ]


def test_so_many_zones_over_a_shape_that_slots_run_out() -> None:
    """128 are cut by kernels; one more makes the reference cut, and is counted."""
    zones = [square(0.001 * n, 0, 0.5, 1) for n in range(MOST_SLOTS)]
    assert disagreement([FRAME], zones) == "" and len(fast_engine([FRAME], zones).fallbacks) == 0
    more = [*zones, square(0, 0.25, 1, 0.5)]
    assert len(fast_engine([FRAME], more).fallbacks) == 1 and drawn_bytes(fast_engine([FRAME], more)) == drawn_bytes(
        reference([FRAME], more)
    )


def test_a_zone_that_passes_a_corner_of_the_box_has_no_slot() -> None:
    """Its long side comes near in x and in y, and yet meets nothing."""
    corner = shapely.Polygon([(100_210, 400_000), (100_210, 400_210), (100_000, 400_210)])
    cut = fast_engine([FRAME], [corner] * (MOST_SLOTS + 1))
    assert len(cut.fallbacks) == 0 and cut.sets == [()]


def test_hundreds_of_sets_in_one_shape() -> None:
    """More than are searched one by one, and nodes and lines by the thousand."""
    zones = [shapely.Point(100_010 + 4 * n, 400_050 + n % 7).buffer(30, quad_segs=16) for n in range(20)]
    assert disagreement([FRAME], zones) == "" and len(fast_engine([FRAME], zones).fallbacks) == 0
    assert len(fast_engine([FRAME], zones).sets) > 200


def test_thousands_of_zones_in_a_run() -> None:
    """A zone has a slot only where it is near."""
    land = [square(x, y) for x in range(40) for y in range(40)]
    zones = [square(x + 0.25, y + 0.25, 0.5, 0.5) for x in range(40) for y in range(40)]
    cut = fast_engine(land, zones)
    assert len(cut.fallbacks) == 0 and len(cut.shapes) == 3200 and len(cut.sets) == 1601


def test_overlap_within_a_zone_is_counted_without_a_limit() -> None:
    """300 times the same part: more than a counter of one byte holds. Not valid as one shape, so only
    kernels are asked.
    """
    part = rings(np.array([square(0.25, 0, 0.5, 1)] * 300))
    (cuts,) = cuts_of([FRAME], edges(part._replace(owner=np.zeros(300, dtype=int))))
    assert sorted(cuts.area.tolist()) == [5_000.0, 5_000.0]


def test_each_kernel_is_compiled_for_one_set_of_types() -> None:
    """Also by the process that compiles outlines: for other types its work would be lost."""
    compile_traced()
    fast_engine([FRAME], [square(0.5, 0)])
    assert [len(compiled.signatures) for compiled in (measured, traced, descend)] == [1, 1, 1]


def test_no_land_and_no_zones() -> None:
    assert fast_engine([], [FRAME]).sets == [] and len(fast_engine([], []).fallbacks) == 0
    assert fast_engine([FRAME], []).area_m2.tolist() == [10_000.0]


def test_the_area_of_land_without_zones_does_not_depend_on_where_its_rings_begin() -> None:
    shape = shapely.difference(shapely.Point(*ORIGIN).buffer(33.3), shapely.Point(*ORIGIN).buffer(11.1))
    parts = shapely.MultiPolygon([shape, *shapely.get_parts(shapely.affinity.translate(shape, 77.7, 1.1))])
    cuts = [cuts_of([drawn], edges(rings(np.zeros(0, dtype=object))))[0] for drawn in (parts, begun_elsewhere(parts))]
    assert cuts[0].area.tolist() == cuts[1].area.tolist()


def test_below_a_corner_zones_wind_as_above_it() -> None:
    """Descent alone: two zones over all boxes, one far off."""
    side = np.arange(8) * 100.0 + 100_000.0
    boxes = Boxes(side, side, side + 50, side + 50)
    zone_edges = edges(rings(np.array([square(-50, -4000, 200, 8000), square(-60, -4000, 300, 8000), square(900, 0)])))
    leaves = descend(boxes, zone_edges, whole(boxes, zone_edges), 1)
    assert leaves.begin.tolist() == list(range(8))
    assert [
        sorted(leaves.cutter[a:b].tolist()) for a, b in zip(leaves.wind_first, leaves.wind_first[1:], strict=False)
    ] == [[0, 1]] * 8


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=60))
def test_the_order_of_work_names_every_box_once(places: list[tuple[int, int]]) -> None:
    x, y = (np.array([place[axis] for place in places], dtype=float) for axis in (0, 1))
    assert sorted(kd_order(x, y).tolist()) == list(range(len(places)))


def rows(*drawn: tuple[float, float, float, float, int, int]) -> Any:
    return np.array(drawn, dtype=float)


@kernel
def sweep(rows: Any, wound: Any) -> Any:
    """Sets and areas, with nothing that crosses the western side."""
    west = Side(np.empty((0, 3)), 0)
    room = SetRoom(np.empty((16, 2), np.uint64), np.empty(64, np.int32), np.empty(16))
    known, room = inner_sweep(rows, len(rows), west, wound, room)
    return room.words[:known, 0].copy(), room.words[:known, 1].copy(), room.area[:known]


@kernel
def noded(rows: Any) -> Any:
    """Nodes, the two nodes of each line and where its slots begin, and these slots."""
    graph = line_graph(rows)
    nodes, many = graph.node_count, graph.line_count
    return graph.x[:nodes], graph.y[:nodes], graph.lines[: many + 1], graph.drawn[: graph.lines[many, 2]]


def test_a_sweep_over_a_square_with_a_zone_over_its_eastern_half() -> None:
    """Rows are y0, x0, y1, x1, slot, and 1 where drawn upwards."""
    drawn = rows((1, 1, 3, 1, 0, -1), (1, 1, 1, 3, 0, 1), (1, 2, 3, 2, 1, -1), (1, 3, 3, 3, 0, 1), (1, 4, 3, 4, 1, 1))
    word0, word1, area = sweep(drawn, np.zeros(2, dtype=np.int64))
    assert word0.tolist() == [0, 1] and word1.tolist() == [0, 0] and area.tolist() == [2.0, 2.0]


def test_edges_that_coincide_become_one_line() -> None:
    """A square and a zone that share an edge, one way for the square and the other for its neighbour."""
    drawn = rows((0, 1, 2, 1, 0, 1), (0, 1, 2, 1, 1, -1), (1, 0, 1, 1, 2, 1))
    x, y, lines, slots = noded(drawn)
    assert sorted(zip(x.tolist(), y.tolist(), strict=True)) == [(0, 1), (1, 0), (1, 1), (1, 2)]
    assert len(lines) == 4 and sorted(slots[:, 0].tolist()) == [0, 0, 1, 1, 2]
    assert lines[-1, 2] == 5 and set(np.abs(slots[:, 1]).tolist()) == {1}


def test_too_little_on_a_side_of_a_zone_goes_to_the_other() -> None:
    """Sets of slots 1 and 2: a hair without 1, and a hair with 2."""
    word0 = np.array([0b01, 0b00, 0b11], dtype=np.uint64)
    none = np.zeros(3, dtype=np.uint64)
    assert settled(word0, none, np.array([50.0, 1e-7, 1e-7]), 3)[0].tolist() == [0b01, 0b01, 0b01]
    assert settled(word0, none, np.array([50.0, 1e-7, 2.0]), 3)[0].tolist() == [0b01, 0b01, 0b11]
    assert settled(word0, none, np.array([50.0, 3.0, 2.0]), 3)[0].tolist() == word0.tolist()


@kernel
def net_of(ring_m2: Any, shell: Any, noise: float) -> Any:
    """What is called within kernels alone, called from here."""
    return net_areas(ring_m2, shell, noise)


DUST = {
    "nothing is dust": ([0.5, 0.4, 0.1], 3),
    "all dust goes": ([1.0, 3e-10, 1.5e-10], 1),
    "the smallest goes, and no more than may be lost": ([1.0, 4e-10, 3.5e-10, 1e-10], 2),
    "equals go together": ([1.0, 2e-10, 2e-10, 2e-10, 0.5e-10], 4),
    "what has no area goes first": ([1.0, 0.6e-9, 0.45e-9, 0.0], 2),
}


@pytest.mark.parametrize("name", DUST)
def test_dust_goes_from_the_smallest_up(name: str) -> None:
    """m2 of the parts of one shape of 1 m2, and how many of these stay, the largest; one rule for both engines."""
    sizes, stay = np.array(DUST[name][0]), DUST[name][1]
    net, least = net_of(sizes, np.arange(len(sizes)), NOISE)
    assert is_real(sizes, np.zeros(len(sizes), dtype=int), np.ones(1)).tolist() == (net > least).tolist()
    assert (net > least).tolist() == [rank < stay for rank in range(len(sizes))]


def test_an_outline_that_rounding_turns_is_left_to_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapely, "is_ccw", lambda shells: np.zeros(len(shells), dtype=bool))
    assert len(fast_engine([FRAME], [square(0.5, 0)]).fallbacks) == 1
