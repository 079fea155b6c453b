"""Dekking: mean, maximum and number of the cells of a grid under each plot, by the exact share of each cell covered.

Idea: as a scanline font rasteriser. An edge adds, in each row that it passes, its signed height to every cell to the east
of it, and in the cell that it passes its height times the part of the cell to the east of it; summing a row from the west
then gives the covered share of each cell. Nothing is clipped or sorted, and holes and parts need no care.
Invariant: columns and rows are counted from the grid's own origin, and cut points are computed from the edge as it was
drawn; so a plot has the same bits whichever plots are done with it. The parts that one edge is cut into add up exactly.
Cost: one step per cell that an edge passes, and one per cell of the plot's window, in bands that fit in the cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pipeline.kernels.nearest_segment import in_chunks, per_plot
from pipeline.kernels.numba_cache import inner, kernel
from pipeline.kernels.rings import Rings, rings
from pipeline.spatial.raster import Grid

if TYPE_CHECKING:
    from pipeline.spatial.geometry import Shapes

TOUCHED = 1e-12  # share of a cell; less is rounding
BAND_CELLS = 1 << 16


@dataclass(frozen=True)
class Coverage:
    """Per plot, over the cells that have a value: mean by covered share, maximum of what is touched, and sum of shares.

    Without such a cell mean and maximum are not-a-number. Outside of the grid there is no value.
    """

    mean: Any
    maximum: Any
    cells: Any


class Part(NamedTuple):
    """Levels of a window of a grid, in memory: the row and column of the whole that it begins at, and rows and columns of the whole."""

    levels: Any
    top: int
    left: int
    rows: int
    columns: int


def cover(shapes: Shapes, grid: Grid, threads: int = 1) -> Coverage:
    """What a grid says under each polygon; a missing or empty polygon covers nothing."""
    return cover_rings(rings(shapes), len(shapes), grid, threads)


def cover_rings(plots: Rings, count: int, grid: Grid, threads: int = 1) -> Coverage:
    """As `cover`, for `count` plots as rings; shells may run either way, as long as holes run the other."""
    origin = (float(grid.west), float(grid.north), float(grid.cell_x_m), float(grid.cell_y_m))
    return cover_part(plots, count, origin, Part(grid.levels, 0, 0, *grid.levels.shape), threads)


def cover_part(
    plots: Rings, count: int, origin: tuple[float, float, float, float], part: Part, threads: int = 1
) -> Coverage:
    """As `cover_rings`, where a window of the grid is at hand that holds every plot; the same bits as with the whole.

    origin: west, north, width and height of a cell (m, RD New) of the whole grid.
    """
    plain = per_plot(plots, count)
    levels = np.asarray(part.levels).view()
    levels.flags.writeable = False  # so that a grid on disk and one in memory are one type to the compiler
    place = int(part.top), int(part.left), int(part.rows), int(part.columns)
    found = (np.full(count, np.nan), np.full(count, np.nan), np.zeros(count))
    in_chunks(lambda start, stop: _cover(plain, levels, (origin, place), (start, stop), found), count, threads)
    return Coverage(*found)


def part_under(
    bounds: tuple[float, float, float, float], origin: tuple[float, float, float, float], shape: tuple[int, int]
) -> tuple[int, int, int, int]:
    """First and past the last row and column of a grid that hold a box (west, south, east, north; m), with a cell to spare."""
    west, north, cell_x_m, cell_y_m = origin
    top, bottom = (north - bounds[3]) / cell_y_m - 1, (north - bounds[1]) / cell_y_m + 2
    left, right = (bounds[0] - west) / cell_x_m - 1, (bounds[2] - west) / cell_x_m + 2
    first, last = (int(min(max(row, 0), shape[0])) for row in (np.floor(top), np.ceil(bottom)))
    begin, end = (int(min(max(column, 0), shape[1])) for column in (np.floor(left), np.ceil(right)))
    return first, last, begin, end


@kernel
def _cover(plots, levels, places, bounds, found):
    x, y, first, begin = plots
    mean, maximum, cells = found
    origin, place = places
    whole = place[2], place[3]
    band = np.zeros(max(BAND_CELLS, whole[1] + 1))
    for plot in range(bounds[0], bounds[1]):
        loops = begin[plot], begin[plot + 1]
        if loops[0] == loops[1]:
            continue
        left, top, right, bottom = _window(x, y, (first[loops[0]], first[loops[1]]), origin, whole)
        corner = origin[0] + left * origin[2], origin[1] - top * origin[3], origin[2], origin[3]
        side = _side(loops, x, y, first)
        total, weight, peak = 0.0, 0.0, -np.inf
        high = max(len(band) // (right - left + 1), 1)
        for start in range(0, bottom - top if left < right else 0, high):
            rows = start, min(start + high, bottom - top)
            _draw(loops, x, y, first, corner, rows, right - left, side, band)
            window = left - place[1], top + rows[0] - place[0], right - place[1], top + rows[1] - place[0]
            total, weight, peak = _sum(window, levels, band, (total, weight, peak))
        if weight > 0.0:
            mean[plot], maximum[plot], cells[plot] = total / weight, peak, weight


@inner
def _window(x, y, vertices, origin, shape):
    """First and past the last column and row of the grid that vertices lie in: left, top, right, bottom."""
    low, high = vertices
    west, south, east, north = x[low], y[low], x[low], y[low]
    for i in range(low + 1, high):
        west, east = min(west, x[i]), max(east, x[i])
        south, north = min(south, y[i]), max(north, y[i])
    left, right = (west - origin[0]) / origin[2], (east - origin[0]) / origin[2]
    top, bottom = (origin[1] - north) / origin[3], (origin[1] - south) / origin[3]
    return (
        int(min(max(np.floor(left), 0.0), shape[1])),
        int(min(max(np.floor(top), 0.0), shape[0])),
        int(min(max(np.floor(right) + 1.0, 0.0), shape[1])),
        int(min(max(np.floor(bottom) + 1.0, 0.0), shape[0])),
    )


@inner
def _side(loops, x, y, first):
    """1.0 where land lies on the left of the edges of a plot, -1.0 where it lies on their right."""
    double = 0.0
    west, south = x[first[loops[0]]], y[first[loops[0]]]
    for ring in range(loops[0], loops[1]):
        for i in range(first[ring], first[ring + 1] - 1):
            double += (x[i] - west) * (y[i + 1] - south) - (x[i + 1] - west) * (y[i] - south)
    return 1.0 if double > 0.0 else -1.0


@inner
def _draw(loops, x, y, first, corner, rows, wide, side, band):
    """Add the edges of a plot to a band of rows of its window: per cell what it changes in the share covered."""
    west, north, cell_x_m, cell_y_m = corner
    for ring in range(loops[0], loops[1]):
        u0, v0 = (x[first[ring]] - west) / cell_x_m, (north - y[first[ring]]) / cell_y_m
        for i in range(first[ring] + 1, first[ring + 1]):
            u1, v1 = (x[i] - west) / cell_x_m, (north - y[i]) / cell_y_m
            if v0 < v1:
                _down(u0, v0, u1, v1, rows, wide, side, band)
            elif v1 < v0:
                _down(u1, v1, u0, v0, rows, wide, -side, band)
            u0, v0 = u1, v1


@inner
def _down(u0, v0, u1, v1, rows, wide, side, band):
    """Add an edge, taken downwards in cells, to a band; cut at each row."""
    if v1 <= rows[0] or v0 >= rows[1]:
        return
    slope = (u1 - u0) / (v1 - v0)
    va, ua = v0, u0
    if v0 < rows[0]:
        va, ua = float(rows[0]), u0 + (rows[0] - v0) * slope
    last = min(v1, float(rows[1]))
    row = int(va)
    while va < last:
        vb, ub = float(row + 1), u0 + (row + 1 - v0) * slope
        if vb >= v1:
            vb, ub = v1, u1
        _across(min(ua, ub), max(ua, ub), side * (vb - va), (row - rows[0]) * (wide + 1), wide, band)
        va, ua = vb, ub
        row += 1


@inner
def _across(ua, ub, height, start, wide, band):
    """Add a part of an edge within one row, from west to east in cells; west of the window it covers the whole row."""
    if ub <= 0.0:
        band[start] += height
        return
    if ua >= wide:
        return
    column = int(max(ua, 0.0))
    rest, density = height, 0.0
    if ub > column + 1 or ua < 0.0:
        density = height / (ub - ua)
    if ua < 0.0:
        band[start] -= ua * density
        rest += ua * density
        ua = 0.0
    while ub > column + 1 and column < wide:
        part = (column + 1 - ua) * density
        west = part * (0.5 * (ua - column) + 0.5)
        band[start + column] += part - west
        band[start + column + 1] += west
        rest -= part
        column += 1
        ua = float(column)
    if column < wide:
        west = rest * (0.5 * (ua + ub) - column)
        band[start + column] += rest - west
        band[start + column + 1] += west


@inner
def _sum(window, levels, band, so_far):
    """Sum of level times share, sum of shares and greatest level, with a band of cells added; leaves the band empty."""
    left, top, right, bottom = window
    total, weight, peak = so_far
    at = 0
    for row in range(top, bottom):
        share = 0.0
        for column in range(left, right):
            share += band[at]
            band[at] = 0.0
            at += 1
            if share > TOUCHED:
                level = float(levels[row, column])
                if level == level:  # not-a-number is no data
                    total += share * level
                    weight += share
                    peak = max(peak, level)
        band[at] = 0.0
        at += 1
    return total, weight, peak
