"""Ringen: polygons as flat arrays of coordinates, the form in which kernels read them; shells one way, holes the other."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely

from pipeline.geometry import Shapes

CHAIN_EDGES = 16  # edges that share a box on the way down


class Rings(NamedTuple):
    """Closed rings (RD New, m), land on the left of every edge; first: where each ring begins, and the end; owner: position of its shape."""

    x: Any
    y: Any
    first: Any
    owner: Any


class Edges(NamedTuple):
    """Edges from a to b with the number of their blade, land on their left, in chains that share a box; chain: where each begins, and the end."""

    ax: Any
    ay: Any
    bx: Any
    by: Any
    blade: Any
    chain: Any
    left: Any
    low: Any
    right: Any
    high: Any


def rings(shapes: Shapes) -> Rings:
    """The rings of polygons and multipolygons, in order of their shapes; a missing or empty shape has none."""
    parts, owner = shapely.get_parts(np.asarray(shapes, dtype=object), return_index=True)
    loops, part = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    xy, ring = shapely.get_coordinates(loops, return_index=True)
    first = np.searchsorted(ring, np.arange(len(loops) + 1))
    return Rings(np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1]), first, owner[part])


def edges(loops: Rings) -> Edges:
    """The edges of rings, each ring in chains of at most CHAIN_EDGES; the owner of a ring is the blade of its edges."""
    size = np.diff(loops.first)
    is_edge: Any = np.ones(len(loops.x), dtype=bool)
    is_edge[loops.first[1:][size > 0] - 1] = False  # the last vertex of a ring is its first
    at = np.flatnonzero(is_edge)
    count = np.maximum(size - 1, 0)
    within = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    begins = np.flatnonzero(within % CHAIN_EDGES == 0)
    ax, ay, bx, by = loops.x[at], loops.y[at], loops.x[at + 1], loops.y[at + 1]
    lows = (np.minimum(ax, bx), np.minimum(ay, by))
    highs = (np.maximum(ax, bx), np.maximum(ay, by))
    left, low = (np.minimum.reduceat(part, begins) if len(begins) else part for part in lows)
    right, high = (np.maximum.reduceat(part, begins) if len(begins) else part for part in highs)
    blade: Any = np.repeat(loops.owner, count).astype(np.int32)
    return Edges(ax, ay, bx, by, blade, np.append(begins, len(at)), left, low, right, high)
