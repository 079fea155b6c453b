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
BLOCKS = (16, 4, 1)  # cells on a side that are asked for together
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
    parts = parts[~shapely.is_empty(parts)]
    most_m2 = shapely.area(shapely.buffer(parts, SLACK_M, join_style="mitre"))
    best, best_m2, of_part = NO_RECTANGLE, 0.0, 0
    for part in np.argsort(-most_m2, kind="stable").tolist():
        if most_m2[part] < best_m2:
            break  # no larger rectangle fits into what is smaller
        rectangle = _in_one(parts[part])
        m2 = rectangle.along_m * rectangle.across_m
        if m2 > best_m2 or (m2 == best_m2 > 0.0 and part < of_part):  # of equal ones that of the first part
            best, best_m2, of_part = rectangle, m2, part
    return best


def _in_one(polygon: Any) -> Rectangle:
    angle, centre = _axis(polygon)
    level = affinity.rotate(polygon, -angle, origin=centre)
    xs, ys = _lines(level, 0), _lines(level, 1)
    if len(xs) < 2 or len(ys) < 2:
        return NO_RECTANGLE
    # With slack, so that the rounding of a turn does not push cells along the edge outside.
    roomy = shapely.buffer(level, SLACK_M, join_style="mitre")
    shapely.prepare(roomy)
    left, right, low, high = _largest(_inside(roomy, xs, ys), np.diff(xs), np.diff(ys))
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


def _inside(polygon: Any, xs: Any, ys: Any) -> Any:
    """Which cells between the lines lie wholly inside (columns x rows); those of a block that does, or that lies
    outside, are not asked for one by one."""
    shape = len(xs) - 1, len(ys) - 1
    inside: Any = np.zeros(shape, dtype=bool)
    is_partly = ~inside
    for size in BLOCKS:
        block = np.nonzero(is_partly[::size, ::size])
        left, low = np.array(block) * size
        right, high = np.minimum(left + size, shape[0]), np.minimum(low + size, shape[1])
        boxes = shapely.box(xs[left], ys[low], xs[right], ys[high])
        covered = shapely.covers(polygon, boxes)
        inside |= _by_cell(block, covered, size, shape)
        is_partly = _by_cell(block, shapely.intersects(polygon, boxes) & ~covered, size, shape)
    return inside


def _by_cell(block: Any, flags: Any, size: int, shape: tuple[int, int]) -> Any:
    """The flags of blocks of so many cells on a side, for every cell."""
    by_block: Any = np.zeros([-(-count // size) for count in shape], dtype=bool)
    by_block[block] = flags
    return by_block.repeat(size, axis=0).repeat(size, axis=1)[: shape[0], : shape[1]]


def _largest(inside: Any, wide: Any, high: Any) -> tuple[int, int, int, int]:
    """Left, right, low and high line of the largest block of cells that are
    all inside (columns x rows); cost: columns x cells."""
    best, block = 0.0, (0, 0, 0, 0)
    up = np.concatenate([[0.0], np.cumsum(high)])
    rows = np.arange(inside.shape[1])
    # A block that could begin further left is larger there.
    begins_here = inside & ~np.vstack([np.zeros_like(inside[:1]), inside[:-1]])
    for left in np.flatnonzero(begins_here.any(axis=1)).tolist():  # lines, not shapes: at most some hundred
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
