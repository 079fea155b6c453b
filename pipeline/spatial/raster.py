"""Levels on a grid, as a raster file holds them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


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
