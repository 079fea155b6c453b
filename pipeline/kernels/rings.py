"""Polygons as flat arrays of coordinates, the form in which kernels read them; shells one way, holes the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from pipeline.kernels.ring_boxes import chain_boxes

if TYPE_CHECKING:
    from pipeline.spatial.geometry import Shapes

CHAIN_EDGES = 16  # edges that share a box on the way down


class Rings(NamedTuple):
    """Closed rings (RD New, m), land on the left of every edge; first: where each ring begins, and the end; owner:
    position of its shape.
    """

    x: Any
    y: Any
    first: Any
    owner: Any


class Edges(NamedTuple):
    """Edges between the vertices of rings (x, y), in chains that share a box: vertices begin to end, their cutter
    (position of the shape that they cut by), and the box.

    An edge goes by the number of the vertex that it leaves from; land lies on its left.
    """

    x: Any
    y: Any
    begin: Any
    end: Any
    cutter: Any
    left: Any
    low: Any
    right: Any
    high: Any


def rings(shapes: Shapes) -> Rings:
    """The rings of polygons and multipolygons (RD New, m), in order of their shapes; a missing or empty
    shape has none.
    """
    parts, owner = shapely.get_parts(np.asarray(shapes, dtype=object), return_index=True)
    loops, part = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    xy, ring = shapely.get_coordinates(loops, return_index=True)
    first = np.searchsorted(ring, np.arange(len(loops) + 1))
    return Rings(np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1]), first, owner[part])


def edges(loops: Rings) -> Edges:
    """The edges of rings (RD New, m), each ring in chains of at most CHAIN_EDGES; the owner of a ring is the cutter
    of its edges.
    """
    # The last vertex of a ring is its first: it leaves no edge.
    size = np.maximum(np.diff(loops.first) - 1, 0)
    count = -(-size // CHAIN_EDGES)
    starts = np.cumsum(count) - count
    begin = np.repeat(loops.first[:-1], count) + CHAIN_EDGES * (np.arange(count.sum()) - np.repeat(starts, count))
    end = np.minimum(begin + CHAIN_EDGES, np.repeat(loops.first[1:] - 1, count))
    cutter: Any = np.repeat(np.asarray(loops.owner), count).astype(np.int32)
    return Edges(loops.x, loops.y, begin, end, cutter, *chain_boxes(loops.x, loops.y, begin, end))
