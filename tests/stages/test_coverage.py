"""Dekking van cellen: drawn on a small grid, and against exactextract and plain intersections on shapes nobody drew."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels import coverage
from pipeline.kernels import nearest_segment as segments
from pipeline.kernels.coverage import Coverage, cover, cover_rings
from pipeline.kernels.rings import Rings
from pipeline.spatial.raster import Grid

# Of exactextract 0.3 the shares themselves are of single precision.
SINGLE = 2.0**-22
HOLE = float("nan")
# Cells of 10 m, the upper left corner at (100, 50): west to east, north to south.
PAPER = Grid(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, HOLE, 9.0]]), 100.0, 50.0, 10.0, 10.0)


def under(shape: Any, grid: Grid = PAPER) -> tuple[float, float, float]:
    """Mean, maximum and number of cells under one shape."""
    told = cover(np.array([shape]), grid)
    return float(told.mean[0]), float(told.maximum[0]), float(told.cells[0])


@pytest.mark.parametrize(
    ("box", "mean", "maximum", "cells"),
    [
        pytest.param((110, 30, 120, 40), 5.0, 5.0, 1.0, id="exactly one cell"),
        pytest.param((112, 32, 117, 34), 5.0, 5.0, 0.1, id="inside one cell"),
        pytest.param((105, 30, 115, 40), 4.5, 5.0, 1.0, id="half of two cells"),
        pytest.param((105, 35, 115, 45), 3.0, 5.0, 1.0, id="quarters of four cells"),
        pytest.param((100, 20, 130, 50), 37 / 8, 9.0, 8.0, id="the whole grid, one cell without a value"),
        pytest.param((110, 20, 120, 30), HOLE, HOLE, 0.0, id="a cell without a value"),
        pytest.param((110, 25, 120, 35), 5.0, 5.0, 0.5, id="half without a value"),
        pytest.param((90, 40, 105, 50), 1.0, 1.0, 0.5, id="over the western side"),
        pytest.param((125, 40, 145, 50), 3.0, 3.0, 0.5, id="over the eastern side"),
        pytest.param((100, 45, 110, 95), 1.0, 1.0, 0.5, id="over the northern side"),
        pytest.param((120, -80, 130, 25), 9.0, 9.0, 0.5, id="over the southern side"),
        pytest.param((0, -50, 300, 150), 37 / 8, 9.0, 8.0, id="around the whole grid"),
        pytest.param((60, 20, 100, 50), HOLE, HOLE, 0.0, id="against the western side"),
        pytest.param((130, 20, 150, 50), HOLE, HOLE, 0.0, id="against the eastern side"),
        pytest.param((60, 80, 200, 90), HOLE, HOLE, 0.0, id="wholly outside"),
    ],
)
def test_cells_count_by_the_share_that_is_covered(
    box: tuple[float, float, float, float], mean: float, maximum: float, cells: float
) -> None:
    assert under(shapely.box(*box)) == pytest.approx((mean, maximum, cells), rel=1e-14, nan_ok=True)


def test_a_slanted_edge_halves_a_cell() -> None:
    assert under(shapely.Polygon([(100, 40), (120, 40), (100, 50)])) == pytest.approx((1.25, 2.0, 1.0), rel=1e-14)


def test_a_hole_covers_nothing() -> None:
    frame = shapely.box(100, 30, 120, 50).difference(shapely.box(105, 35, 115, 45))
    assert under(frame) == pytest.approx((3.0, 5.0, 3.0), rel=1e-14)


def test_parts_count_together_whichever_way_they_were_drawn() -> None:
    there, back = shapely.box(100, 40, 110, 50), shapely.box(120, 20, 130, 30).reverse()
    assert under(shapely.MultiPolygon([there, back])) == (5.0, 9.0, 2.0)


def test_a_plot_without_a_shape_covers_nothing() -> None:
    told = cover(np.array([None, shapely.Polygon(), shapely.box(100, 40, 110, 50)]), PAPER)
    assert told.cells.tolist() == [0.0, 0.0, 1.0] and np.isnan(told.mean[:2]).all() and np.isnan(told.maximum[:2]).all()


def test_flat_rings_may_run_either_way() -> None:
    x, y = np.array([100.0, 110, 110, 100, 100]), np.array([40.0, 40, 50, 50, 40])
    plots = Rings(np.append(x, x[::-1] + 10), np.append(y, y[::-1]), np.array([0, 5, 10]), np.array([0, 2]))
    told = cover_rings(plots, 3, PAPER)
    assert told.cells.tolist() == [1.0, 0.0, 1.0] and told.maximum[[0, 2]].tolist() == [1.0, 2.0]


def test_coordinates_that_are_not_finite_are_no_plot() -> None:
    ring = np.array([100.0, HOLE, 110, 100])
    with pytest.raises(ValueError, match="not finite"):
        cover_rings(Rings(ring, ring, np.array([0, 4]), np.array([0])), 1, PAPER)


def landscape(kind: type = np.float32) -> Grid:
    """A grid of levels with a tenth of it empty, cells of 5 by 4 m."""
    draw = np.random.default_rng(5)
    levels = draw.normal(55, 6, (120, 150)).astype(kind)
    levels[draw.random(levels.shape) < 0.1] = np.nan
    return Grid(levels, 155_000.0, 463_000.0, 5.0, 4.0)


def plots_on(grid: Grid, count: int, seed: int) -> Any:
    """Round, pierced and double shapes of all sizes, on the grid and over its sides."""
    draw = np.random.default_rng(seed)
    west, south, east, north = grid.bounds()
    at = np.column_stack([draw.uniform(west - 50, east + 50, count), draw.uniform(south - 50, north + 50, count)])
    radius = np.exp(draw.uniform(np.log(0.3), np.log(150), count))
    around = shapely.buffer(shapely.points(at), radius, quad_segs=5)
    pierced = shapely.difference(
        around, shapely.buffer(shapely.points(at + radius[:, None] / 3), radius / 2, quad_segs=3)
    )
    moved = shapely.transform(pierced, lambda xy: xy + 37.0)
    return np.where(
        np.arange(count) % 3 == 0, shapely.union(pierced, moved), np.where(np.arange(count) % 3 == 1, pierced, around)
    )


def of_exactextract(plots: Any, grid: Grid) -> Any:
    """Mean, maximum and number of cells as another engine says."""
    west, south, east, north = grid.bounds()
    source = NumPyRasterSource(np.asarray(grid.levels, dtype=float), west, south, east, north, nodata=np.nan)
    shapes = gpd.GeoDataFrame(geometry=plots, crs=28992)
    return exact_extract(source, shapes, ["mean", "max", "count"], output="pandas").astype(float)


def of_intersections(plot: Any, grid: Grid) -> tuple[float, float]:
    """Mean and number of cells from the intersection with each cell."""
    rows, columns = np.indices(grid.levels.shape)
    x, y = grid.west + columns * grid.cell_x_m, grid.north - rows * grid.cell_y_m
    boxes = shapely.box(x, y - grid.cell_y_m, x + grid.cell_x_m, y)
    shapely.prepare(plot)
    share = shapely.covers(plot, boxes).astype(float)
    cut = (share == 0.0) & shapely.intersects(plot, boxes)
    share[cut] = shapely.area(shapely.intersection(boxes[cut], plot)) / (grid.cell_x_m * grid.cell_y_m)
    share[np.isnan(grid.levels)] = 0.0
    cells = float(share.sum())
    return float((share * np.nan_to_num(grid.levels.astype(float))).sum() / cells) if cells else HOLE, cells


def assert_same_bits(one: Coverage, other: Coverage) -> None:
    for name in ("mean", "maximum", "cells"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_it_says_what_exactextract_says(kind: type) -> None:
    grid = landscape(kind)
    plots = plots_on(grid, 500, 1)
    told, other = cover(plots, grid), of_exactextract(plots, grid)
    empty = np.isnan(told.mean)
    assert (empty == np.isnan(other["mean"])).all() and empty.any()
    assert np.allclose(told.cells, other["count"], rtol=SINGLE, atol=0)
    assert np.allclose(told.mean[~empty], other["mean"][~empty], rtol=SINGLE, atol=0)
    assert (told.maximum[~empty] == other["max"][~empty]).all()


def test_it_says_what_intersections_say() -> None:
    grid = landscape()
    plots = plots_on(grid, 60, 2)
    told = cover(plots, grid)
    mean, cells = np.array([of_intersections(plot, grid) for plot in plots]).T
    assert np.allclose(told.cells, cells, rtol=1e-9, atol=1e-12)
    assert np.allclose(told.mean, mean, rtol=1e-9, atol=0, equal_nan=True)


quarters = st.integers(-6, 22).map(lambda number: number / 4.0)
corners = st.tuples(quarters, quarters)
boxes = (
    st.tuples(quarters, quarters, quarters, quarters)
    .filter(lambda box: box[0] != box[2] and box[1] != box[3])
    .map(lambda box: shapely.box(min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3])))
)
hulls = (
    st.lists(corners, min_size=3, max_size=6, unique=True)
    .map(lambda drawn: shapely.MultiPoint(drawn).convex_hull)
    .filter(lambda shape: shape.geom_type == "Polygon")
)
either = st.one_of(boxes, hulls)
shapes = (
    st.tuples(either, either, either)
    # On a fine grid, so that no sliver lies between what one engine and another call nothing.
    .map(lambda three: shapely.set_precision(three[0].union(three[1]).difference(three[2]), 2.0**-10))
    .filter(lambda shape: shape.geom_type in ("Polygon", "MultiPolygon") and shape.area > 1e-3)
)
cells = st.one_of(st.just(HOLE), st.integers(1, 99).map(float))


@settings(max_examples=100, deadline=None)
@given(shapes, st.lists(cells, min_size=16, max_size=16))
def test_any_shape_on_any_grid_is_covered_exactly(shape: Any, levels: list[float]) -> None:
    grid = Grid(np.array(levels).reshape(4, 4), 0.0, 4.0, 1.0, 1.0)
    mean, maximum, number = under(shape, grid)
    mean_told, number_told = of_intersections(shape, grid)
    assert (mean, number) == pytest.approx((mean_told, number_told), rel=1e-9, abs=1e-12, nan_ok=True)
    # Exactextract 0.3 crashes on a part that lies outside of the grid against its side, so it gets a border of no data.
    bordered = Grid(np.pad(grid.levels, 3, constant_values=np.nan), -3.0, 7.0, 1.0, 1.0)
    other = of_exactextract(np.array([shape]), bordered).iloc[0]
    loose = grid.levels.size * SINGLE
    assert number == pytest.approx(other["count"], abs=loose)
    assert mean == pytest.approx(other["mean"], rel=loose / max(number, loose), nan_ok=True)
    assert maximum == other["max"] or (np.isnan(maximum) and np.isnan(other["max"]))


@pytest.mark.parametrize(("threads", "chunk"), [(1, 7), (2, 64), (2, 8192), (3, 1)])
def test_threads_and_chunks_do_not_move_a_bit(threads: int, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = landscape()
    plots = plots_on(grid, 200, 3)
    whole = cover(plots, grid)
    monkeypatch.setattr(segments, "CHUNK_PLOTS", chunk)
    assert_same_bits(whole, cover(plots, grid, threads=threads))


def test_a_plot_says_the_same_alone_and_among_others() -> None:
    grid = landscape()
    plots = plots_on(grid, 50, 4)
    alone = [cover(plots[i : i + 1], grid).mean for i in range(50)]
    assert np.concatenate(alone).tobytes() == cover(plots, grid).mean.tobytes()


def test_a_grid_that_is_read_only_gives_the_same_and_stays_as_it_is() -> None:
    grid = landscape()
    plots = plots_on(grid, 50, 5)
    locked = Grid(grid.levels.copy(), grid.west, grid.north, grid.cell_x_m, grid.cell_y_m)
    locked.levels.flags.writeable = False
    assert_same_bits(cover(plots, grid), cover(plots, locked))
    assert grid.levels.flags.writeable


def test_a_window_larger_than_a_band_is_done_in_bands() -> None:
    grid = Grid(np.arange(400.0 * 700.0).reshape(400, 700), 0.0, 400.0, 1.0, 1.0)
    assert grid.levels.size > coverage.BAND_CELLS
    plot = shapely.Point(350.3, 199.8).buffer(450, quad_segs=3)
    mean, maximum, number = under(plot, grid)
    assert (mean, number) == pytest.approx(of_intersections(plot, grid), rel=1e-11)
    assert maximum == of_exactextract(np.array([plot]), grid)["max"][0]
