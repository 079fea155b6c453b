"""Levels on a grid, as a raster file holds them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.spatial.coordinate_systems import PathToRd

BLOCK_ROWS = 256  # of a grid that are worked on together
EDGE_POINTS = 50  # along each edge of a grid, by which its place in RD New is seen


@dataclass(frozen=True)
class Grid:
    """Levels on a grid in RD New: not-a-number is no data; origin top left, size of cells in metres."""

    levels: Any
    west: float
    north: float
    cell_x_m: float
    cell_y_m: float

    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in metres."""
        rows, columns = self.levels.shape
        return self.west, self.north - rows * self.cell_y_m, self.west + columns * self.cell_x_m, self.north

    def window(self, bounds: tuple[float, float, float, float]) -> Grid:
        """The cells that a box (west, south, east, north; metres) touches, read into memory; at least one cell."""
        import numpy as np

        rows, columns = self.levels.shape
        west, south, east, north = bounds
        first, last = (self.north - north) / self.cell_y_m, (self.north - south) / self.cell_y_m
        left, right = (west - self.west) / self.cell_x_m, (east - self.west) / self.cell_x_m
        top, bottom = (min(max(math.floor(first), 0), rows - 1), min(max(math.ceil(last), 1), rows))
        begin, end = (min(max(math.floor(left), 0), columns - 1), min(max(math.ceil(right), 1), columns))
        cells = np.array(self.levels[top : max(bottom, top + 1), begin : max(end, begin + 1)])
        corner = self.west + begin * self.cell_x_m, self.north - top * self.cell_y_m
        return Grid(cells, *corner, self.cell_x_m, self.cell_y_m)

    def bounds_of_data(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north in metres of the cells that hold a level; None where none does."""
        import numpy as np

        has_level = ~np.isnan(self.levels)
        rows, columns = np.flatnonzero(has_level.any(axis=1)), np.flatnonzero(has_level.any(axis=0))
        if not rows.size:
            return None
        west, north = self.west + columns[0] * self.cell_x_m, self.north - rows[0] * self.cell_y_m
        east, south = self.west + (columns[-1] + 1) * self.cell_x_m, self.north - (rows[-1] + 1) * self.cell_y_m
        return west, south, east, north


@dataclass(frozen=True)
class GridInRd:
    """A grid brought to RD New, with the name of the system that it came in, the operation by which it came, the
    accuracy (m) that PROJ states for it, and what else was done; empty where nothing was.
    """

    grid: Grid
    crs: str
    operation: str
    accuracy_m: float | None
    changes: str = ""


def upright(levels: Any, transform: Any) -> tuple[Grid, str]:
    """A grid whose sides run along the axes of RD New (affine transform, metres), north up and west left; and whether
    it was turned for that."""
    columns, rows = levels.shape[1], levels.shape[0]
    is_south_up, is_east_left = transform.e > 0, transform.a < 0
    levels = levels[::-1] if is_south_up else levels
    levels = levels[:, ::-1] if is_east_left else levels
    north = transform.f + (rows * transform.e if is_south_up else 0.0)
    west = transform.c + (columns * transform.a if is_east_left else 0.0)
    turned = [words for words, is_so in (("south", is_south_up), ("east", is_east_left)) if is_so]
    changes = f"turned: {' and '.join(turned)} stood first" if turned else ""
    return Grid(levels, west, north, abs(transform.a), abs(transform.e)), changes


def warp(levels: Any, transform: Any, path: PathToRd, box: tuple[float, float, float, float]) -> Grid | None:
    """A grid (affine transform, in a system with a path to RD New) on cells of the same size in RD New, within a box
    (west, south, east, north; metres); None where it has no land there.

    Each cell has the level of the cell that lies over its middle: no level is made that was not there.
    """
    import numpy as np

    west, south, east, north = _within(levels.shape, transform, path, box)
    if west >= east or south >= north:
        return None
    size_x, size_y = _cell_sizes(transform, path, ((west + east) / 2, (south + north) / 2))
    columns, rows = math.ceil((east - west) / size_x), math.ceil((north - south) / size_y)
    warped: Any = np.full((rows, columns), np.nan, dtype=np.float32)
    x = west + (np.arange(columns) + 0.5) * size_x
    for top in range(0, rows, BLOCK_ROWS):  # in blocks: places take five times the memory of levels
        y = north - (np.arange(top, min(top + BLOCK_ROWS, rows)) + 0.5) * size_y
        places = path.back(np.column_stack([np.tile(x, len(y)), np.repeat(y, columns)]))
        cell = ~transform @ (places[:, 0], places[:, 1])
        column, row = (np.floor(np.where(np.isfinite(part), part, -1.0)).astype(np.int64) for part in cell)
        inside = (column >= 0) & (row >= 0) & (column < levels.shape[1]) & (row < levels.shape[0])
        block: Any = np.full(len(inside), np.nan, dtype=np.float32)
        block[inside] = levels[row[inside], column[inside]]
        warped[top : top + len(y)] = block.reshape(len(y), columns)
    return Grid(warped, west, north, size_x, size_y)


def _within(shape: tuple[int, int], transform: Any, path: PathToRd, box: Any) -> tuple[float, float, float, float]:
    """West, south, east, north (RD New, m) of what a grid and a box share; west beyond east where that is nothing."""
    import numpy as np

    (rows, columns), step = shape, np.linspace(0.0, 1.0, EDGE_POINTS)
    zeros, ones = np.zeros_like(step), np.ones_like(step)
    across = np.concatenate([step, step, zeros, ones]) * columns
    down = np.concatenate([zeros, ones, step, step]) * rows
    edge = path.forward(np.column_stack(transform @ (across, down)))
    if not np.isfinite(edge).all():  # so far away that the projection ends: what lies in the box decides
        return tuple(box)
    low, high = edge.min(axis=0), edge.max(axis=0)
    west, south, east, north = box
    return max(west, float(low[0])), max(south, float(low[1])), min(east, float(high[0])), min(north, float(high[1]))


def _cell_sizes(transform: Any, path: PathToRd, middle: tuple[float, float]) -> tuple[float, float]:
    """Metres in RD New along the two sides of a cell of a grid around a place (RD New)."""
    import numpy as np

    column, row = ~transform @ tuple(path.back(np.array([middle]))[0])
    ends = np.array([(column, row), (column + 1, row), (column, row + 1)])
    corner, right, below = path.forward(np.column_stack(transform @ (ends[:, 0], ends[:, 1])))
    return float(math.dist(corner, right)), float(math.dist(corner, below))
