"""Inscribed rectangles: the largest rectangle along the main axis that lies
wholly inside a plot; a lower bound, never a box around it.

Idea: lines through the corners and evenly between cut the turned shape into cells; of the
cells wholly inside, the largest block is taken. Exact where all corners lie on few lines
(blocks of plots); else short by at most about a cell on each side.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely import affinity

LINES = 64
SLACK_M = 0.001


@dataclass(frozen=True)
class Rectangle:
    """Sides in m, the longer along the main axis or not; zero where there is none."""

    along_m: float
    across_m: float
    shape: Any


NO_RECTANGLE = Rectangle(0.0, 0.0, None)


def inscribed_rectangle(shapes: Any) -> Rectangle:
    """The largest rectangle inside a polygon, or inside any of several (RD New, m), with its sides along
    the long side of the narrowest turned box around that polygon."""
    parts = shapely.get_parts(shapes)
    rectangles = [_in_one(part) for part in parts[~shapely.is_empty(parts)]]
    return max(rectangles, key=lambda rectangle: rectangle.along_m * rectangle.across_m, default=NO_RECTANGLE)


def _in_one(polygon: Any) -> Rectangle:
    angle, centre = _axis(polygon)
    level = affinity.rotate(polygon, -angle, origin=centre)
    xs, ys = _lines(level, 0), _lines(level, 1)
    if len(xs) < 2 or len(ys) < 2:
        return NO_RECTANGLE
    # With slack, so that the rounding of a turn does not push cells along the edge outside.
    roomy = shapely.buffer(level, SLACK_M, join_style="mitre")
    shapely.prepare(roomy)
    cells = shapely.box(xs[:-1][:, None], ys[:-1][None, :], xs[1:][:, None], ys[1:][None, :])
    left, right, low, high = _largest(shapely.covers(roomy, cells), np.diff(xs), np.diff(ys))
    if right <= left:
        return NO_RECTANGLE
    box = affinity.rotate(shapely.box(xs[left], ys[low], xs[right], ys[high]), angle, origin=centre)
    return Rectangle(float(xs[right] - xs[left]), float(ys[high] - ys[low]), box)


def _axis(polygon: Any) -> tuple[float, Any]:
    """Angle in degrees of the long side of the narrowest turned box, and the point to turn about."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(polygon))
    sides = corners[1:3] - corners[:2] if len(corners) >= 3 else np.array([[1.0, 0.0], [0.0, 1.0]])
    along = sides[int(np.argmax(np.hypot(*sides.T)))]
    return float(np.degrees(np.arctan2(along[1], along[0]))), shapely.centroid(polygon)


def _lines(polygon: Any, axis: int) -> Any:
    """Where to cut: at corners (at most as many as there are lines, evenly taken) and evenly between."""
    positions = np.unique(np.round(shapely.get_coordinates(polygon)[:, axis], 3))
    few = positions[np.linspace(0, len(positions) - 1, min(len(positions), LINES)).round().astype(int)]
    return np.unique(np.concatenate([few, np.linspace(positions[0], positions[-1], LINES + 1)]))


def _largest(inside: Any, wide: Any, high: Any) -> tuple[int, int, int, int]:
    """Left, right, low and high line of the largest block of cells that are
    all inside (columns x rows); cost: columns x cells."""
    best, block = 0.0, (0, 0, 0, 0)
    up = np.concatenate([[0.0], np.cumsum(high)])
    rows = np.arange(inside.shape[1])
    for left in range(inside.shape[0]):  # lines, not shapes: at most some hundred
        open_rows = np.logical_and.accumulate(inside[left:], axis=0)
        # The run of open rows that ends at each row begins after the last closed one.
        begins = np.maximum.accumulate(np.where(open_rows, 0, rows + 1), axis=1)
        area = np.cumsum(wide[left:])[:, None] * (up[rows + 1] - up[begins])
        area = np.where(open_rows, area, 0.0)
        cell = int(np.argmax(area))
        column, row = divmod(cell, len(rows))
        if area[column, row] > best:
            best = float(area[column, row])
            block = (left, left + column + 1, int(begins[column, row]), row + 1)
    return block
