"""Afstand over lijnstukken: drawn on squared paper, and against shapely.distance on shapes nobody drew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from squared_paper import CORNER, SIDE, square

from pipeline.kernels import nearest_segment as segments
from pipeline.kernels.nearest_segment import index_of, nearest_segment, nearest_to_rings, segments_and_rings
from pipeline.kernels.rings import Rings, rings


def line(*squares: tuple[float, float]) -> Any:
    """A line through points of the paper, in squares."""
    return shapely.LineString([(CORNER[0] + SIDE * x, CORNER[1] + SIDE * y) for x, y in squares])


def point(x: float, y: float) -> Any:
    """A point of the paper, in squares."""
    return shapely.Point(CORNER[0] + SIDE * x, CORNER[1] + SIDE * y)


def ring(low: float, high: float) -> Any:
    """A square with a square hole of half its side in the middle."""
    quarter = (high - low) / 4.0
    hole = square(low + quarter, low + quarter, 2 * quarter, 2 * quarter)
    return square(low, low, high - low, high - low).difference(hole)


def nearest(plot: Any, *features: Any) -> tuple[int, float]:
    """Position and metres of one plot."""
    feature, metres = nearest_segment(np.array([plot]), np.array(features, dtype=object))
    return int(feature[0]), float(metres[0])


@pytest.mark.parametrize(
    ("plot", "feature", "metres"),
    [
        pytest.param(square(0, 0), point(3, 0.5), 200.0, id="point beside an edge"),
        pytest.param(square(0, 0), point(4, 5), 500.0, id="point from a corner"),
        pytest.param(square(0, 0), line((2, -5), (2, 5)), 100.0, id="line without a vertex near"),
        pytest.param(square(0, 0), square(3, 0), 200.0, id="polygon beside"),
        pytest.param(square(0, 0), square(1, 0), 0.0, id="shared edge"),
        pytest.param(square(0, 0), square(1, 1), 0.0, id="shared corner"),
        pytest.param(square(0, 0), line((-1, 0.5), (2, 0.5)), 0.0, id="line across"),
        pytest.param(square(0, 0), line((1, 0.5), (2, 0.5)), 0.0, id="line that ends on an edge"),
        pytest.param(square(0, 0), point(0.5, 0.5), 0.0, id="point inside the plot"),
        pytest.param(square(0, 0, 3, 3), square(1, 1), 0.0, id="polygon inside the plot"),
        pytest.param(square(1, 1), square(0, 0, 3, 3), 0.0, id="plot inside the polygon"),
        pytest.param(square(1.75, 1.75, 0.5, 0.5), ring(0, 4), 75.0, id="plot in the hole of the polygon"),
        pytest.param(ring(0, 4), point(2, 2), 100.0, id="point in the hole of the plot"),
        pytest.param(ring(0, 4), point(0.5, 2), 0.0, id="point in a plot beside its hole"),
    ],
)
def test_distance_is_from_edge_to_edge_and_nothing_where_they_meet(plot: Any, feature: Any, metres: float) -> None:
    assert nearest(plot, feature) == (0, metres)


def test_every_part_of_a_plot_counts() -> None:
    plot = shapely.MultiPolygon([square(0, 0), square(50, 50)])
    assert nearest(plot, square(20, 20), square(40, 40, 30, 30)) == (1, 0.0)


def test_of_equally_near_features_the_first_counts() -> None:
    left, right = line((-1, 0), (-1, 1)), line((2, 1), (2, 0))
    assert nearest(square(0, 0), left, right) == nearest(square(0, 0), right, left) == (0, SIDE)


def test_two_features_that_share_a_stretch_are_equally_near_whichever_way_it_was_drawn() -> None:
    ends = (2.13, 0.37), (3.71, 2.29)
    far, there, back = line((9, 9), (8, 8)), line((5, 7), *ends), line(*ends[::-1], (6, 0))
    assert nearest(square(0, 0), far, there, back)[0] == nearest(square(0, 0), far, back, there)[0] == 1


def test_of_features_that_a_plot_touches_the_first_counts_however_it_touches() -> None:
    crossing, inside, around = line((-1, 0.5), (2, 0.5)), point(0.5, 0.5), square(-1, -1, 3, 3)
    for features in [(crossing, inside, around), (inside, around, crossing), (around, crossing, inside)]:
        assert nearest(square(0, 0), *features) == (0, 0.0)


def test_a_plot_under_two_polygons_of_one_collection_lies_inside() -> None:
    assert nearest(square(1, 1), shapely.GeometryCollection([square(0, 0, 3, 3), square(-1, -1, 5, 5)])) == (0, 0.0)


@pytest.mark.parametrize("features", [[], [None], [shapely.Polygon(), shapely.Point()]], ids=["none", "no", "empty"])
def test_without_features_there_is_no_distance(features: list[Any]) -> None:
    feature, metres = nearest_segment(np.array([square(0, 0)]), np.array(features, dtype=object))
    assert feature.tolist() == [-1] and np.isnan(metres).all()


def test_a_plot_without_a_shape_has_no_distance() -> None:
    plots = np.array([None, square(0, 0), shapely.Polygon()])
    feature, metres = nearest_segment(plots, np.array([point(2, 0)]))
    assert feature.tolist() == [-1, 0, -1] and np.isnan(metres[[0, 2]]).all()


def test_flat_rings_need_no_shapes_and_may_run_either_way() -> None:
    x, y = np.array([0.0, 1, 1, 0, 0]), np.array([0.0, 0, 1, 1, 0])
    plots = Rings(np.append(x, x[::-1] + 5), np.append(y, y[::-1]), np.array([0, 5, 10]), np.array([0, 1]))
    index = index_of(*segments_and_rings(np.array([shapely.Point(3, 0.5), shapely.Point(5.5, 0.5)])))
    feature, metres = nearest_to_rings(plots, 2, index)
    assert feature.tolist() == [0, 1] and metres.tolist() == [2.0, 0.0]


def test_coordinates_that_are_not_finite_are_no_plot() -> None:
    plots = Rings(np.array([0.0, np.nan, 1, 0]), np.array([0.0, 0, 1, 0]), np.array([0, 4]), np.array([0]))
    with pytest.raises(ValueError, match="not finite"):
        nearest_to_rings(plots, 1, index_of(*segments_and_rings(np.array([shapely.Point(0, 0)]))))


def many(count: int, seed: int) -> tuple[Any, Any]:
    """Plots in rows, and lines, points and polygons of many vertices between them."""
    draw = np.random.default_rng(seed)
    plots = np.array([square(2 * (i % 40), 2 * (i // 40), *draw.uniform(0.2, 1.9, 2)) for i in range(count)])
    at = draw.uniform(0, 80, (60, 2))
    lines = [line(*(xy + draw.normal(0, 2, (30, 2)).cumsum(axis=0))) for xy in at]
    round_ones = [point(*xy).buffer(SIDE * draw.uniform(0.1, 9), quad_segs=40) for xy in at]
    return plots, np.array(lines + round_ones + [point(*xy) for xy in draw.uniform(0, 80, (60, 2))])


def test_it_says_what_shapely_says() -> None:
    plots, features = many(1_000, 1)
    feature, metres = nearest_segment(plots, features)
    told = shapely.distance(plots[:, None], features[None])
    assert np.allclose(metres, told.min(axis=1), rtol=0, atol=1e-9)
    assert np.allclose(told[np.arange(len(plots)), feature], metres, rtol=0, atol=1e-9)
    touches = metres == 0.0
    assert touches.any() and (feature[touches] == (told[touches] == 0.0).argmax(axis=1)).all()


@pytest.mark.parametrize(("threads", "chunk"), [(1, 7), (2, 64), (2, 8192), (3, 1)])
def test_threads_and_chunks_do_not_move_a_bit(threads: int, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plots, features = many(300, 2)
    feature, metres = nearest_segment(plots, features)
    monkeypatch.setattr(segments, "CHUNK_PLOTS", chunk)
    again, metres_again = nearest_segment(plots, features, threads=threads)
    assert feature.tobytes() == again.tobytes() and metres.tobytes() == metres_again.tobytes()


@pytest.mark.parametrize("rows", [1, 2, 32])
def test_the_shape_of_the_tree_does_not_move_a_bit(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plots, features = many(300, 3)
    feature, metres = nearest_segment(plots, features)
    monkeypatch.setattr(segments, "LEAF_ROWS", rows)
    again, metres_again = nearest_segment(plots[::-1], features)
    assert feature.tobytes() == again[::-1].tobytes() and metres.tobytes() == metres_again[::-1].tobytes()


def test_a_long_contour_is_asked_by_slabs() -> None:
    around = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    far = 30 + 3 * np.sin(40 * around)
    contour = shapely.Polygon(
        shapely.get_coordinates(line(*zip(far * np.cos(around), far * np.sin(around), strict=True)))
    )
    plots = np.array([square(x, y, 0.1, 0.1) for x in range(-36, 36, 3) for y in range(-36, 36, 3)])
    _, metres = nearest_segment(plots, np.array([contour]))
    assert np.allclose(metres, shapely.distance(plots, contour), rtol=0, atol=1e-9)


numbers = st.integers(0, 12).map(float)
places = st.tuples(numbers, numbers)
points = places.map(shapely.Point)
lines = st.lists(places, min_size=2, max_size=5, unique=True).map(shapely.LineString)
polygons = (
    st.lists(places, min_size=3, max_size=6, unique=True)
    .map(lambda corners: shapely.MultiPoint(corners).convex_hull)
    .filter(lambda shape: shape.geom_type == "Polygon")
)
holed = st.tuples(polygons, polygons).map(lambda pair: pair[0].difference(pair[1])).filter(lambda one: one.area > 0.01)
anything = st.one_of(
    points, lines, holed, st.lists(st.one_of(points, lines, polygons), max_size=3).map(shapely.GeometryCollection)
)


@settings(max_examples=100, deadline=None)
@given(st.lists(holed, min_size=1, max_size=4), st.lists(anything, min_size=1, max_size=6))
def test_distance_is_that_of_shapely(drawn_plots: list[Any], drawn_features: list[Any]) -> None:
    plots, features = np.array(drawn_plots, dtype=object), np.array(drawn_features, dtype=object)
    feature, metres = nearest_segment(plots, features)
    told = np.nan_to_num(shapely.distance(plots[:, None], features[None]), nan=np.inf)
    found = feature >= 0
    assert (found == np.isfinite(told.min(axis=1))).all()
    assert np.allclose(metres[found], told.min(axis=1)[found], rtol=0, atol=1e-9)
    assert np.allclose(metres[found], told[np.arange(len(plots)), feature][found], rtol=0, atol=1e-9)
    touches = metres == 0.0
    assert (feature[touches] == (told[touches] < 1e-10).argmax(axis=1)).all()


def test_rings_and_shapes_give_the_same() -> None:
    plots, features = many(200, 4)
    index = index_of(*segments_and_rings(features))
    for flat, whole in zip(nearest_to_rings(rings(plots), 200, index), nearest_segment(plots, features), strict=True):
        assert flat.tobytes() == whole.tobytes()
