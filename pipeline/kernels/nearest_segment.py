"""Lijnstukken: the feature nearest to each plot and the metres between them, over single segments in a kd-tree.

Idea: features fall apart in segments (a point is one of no length), and segments in a tree of boxes. The edges of a plot
go down it in runs that share a box, nearer child first, and leave what lies further than the best so far; the search
begins with the segment that the run before ended at. Two cases meet no edge: a feature inside a plot, told by one vertex
of each chain of segments, and a plot inside a polygon, told by one vertex of each ring and the slabs of that polygon.
Invariant: the answer is the least (squared metres, position) over all pairs of plot edge and segment. What is left out is
further by more than rounding, so neither the shape of the tree, nor the order of plots, nor threads change a bit.
Cost: logarithmic in the segments per run of edges, plus the pairs whose boxes lie as near as the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from pipeline.kernels.numba_cache import ZERO, inner, kernel
from pipeline.kernels.rings import Rings, rings, sides

if TYPE_CHECKING:
    from pipeline.spatial.geometry import Shapes

CHUNK_PLOTS = 8192
RUN_EDGES = 16  # edges of a plot that go down the tree together
LEAF_ROWS = 4  # at most, at the bottom of a tree
TOUCH_M2 = (5e-10) ** 2  # nearer is rounding of coordinates of RD New, so it touches
SLACK = 1e-6  # of the best so far, and SLACK**2 in m2: more than rounding makes of a distance
STACK_NODES = 128
POLYGON = 3


class Segments(NamedTuple):
    """Segments from a to b (RD New, m), the position of their feature; those of one line or ring follow each other."""

    ax: Any
    ay: Any
    bx: Any
    by: Any
    feature: Any


class Index(NamedTuple):
    """Features made ready, in three trees whose leaves hold equal numbers of rows; rows of no feature (-1) fill them up.

    boxes (west, south, east, north): of the nodes of a tree, the children of node i at 2i+1 and 2i+2.
    ends: of segments, from west to east. starts: a vertex of each chain of segments. polygons: box and height of a slab.
    slabs: position of the polygon, its first slab and its last; first_edge: where the sides through a slab begin.
    """

    boxes: Any
    ends: Any
    feature: Any
    start_boxes: Any
    starts: Any
    start_feature: Any
    polygon_boxes: Any
    polygons: Any
    slabs: Any
    first_edge: Any
    sides: Any


def nearest_segment(shapes: Shapes, features: Shapes, threads: int = 1) -> tuple[Any, Any]:
    """Position of the feature nearest to each polygon (-1: none) and the metres between (0 where they touch or overlap).

    Of equally near features the first counts. A missing or empty polygon has none near it.
    """
    segments, polygons = segments_and_rings(features)
    return nearest_to_rings(rings(shapes), len(shapes), index_of(segments, polygons), threads)


def nearest_to_rings(plots: Rings, count: int, index: Index, threads: int = 1) -> tuple[Any, Any]:
    """As `nearest_segment`, for `count` plots as rings and features made ready; which way the rings run is not asked."""
    feature, metres = np.full(count, -1, dtype=np.int64), np.full(count, np.nan)
    plain = per_plot(plots, count)
    in_chunks(lambda start, stop: _nearest(plain, index, (start, stop), feature, metres), count, threads)
    return feature, metres


def per_plot(plots: Rings, count: int) -> tuple[Any, Any, Any, Any]:
    """Vertices x and y in metres, the first vertex of each ring, the first ring of each of `count` plots and the end."""
    x, y = (np.ascontiguousarray(axis, dtype=float) for axis in plots[:2])
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("plots have coordinates that are not finite; expected metres of RD New, judged at harmonise")
    return x, y, np.asarray(plots.first, dtype=np.int64), np.searchsorted(plots.owner, np.arange(count + 1))


def in_chunks(work: Callable[[int, int], None], count: int, threads: int) -> None:
    """Do the work over ranges of plots, so many at a time; it lets go of the interpreter and writes its own range."""
    starts = range(0, count, CHUNK_PLOTS)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, starts, (min(start + CHUNK_PLOTS, count) for start in starts)))


def segments_and_rings(features: Shapes) -> tuple[Segments, Rings]:
    """Points and lines as segments, polygons as rings, each with the position of its feature."""
    parts, owner = shapely.get_parts(np.asarray(features, dtype=object), return_index=True)
    while (shapely.get_type_id(parts) > POLYGON).any():  # a collection may hold collections: as deep as they go
        parts, at = shapely.get_parts(parts, return_index=True)
        owner = owner[at]
    is_polygon = shapely.get_type_id(parts) == POLYGON
    loops = rings(parts[is_polygon])
    xy, part = shapely.get_coordinates(parts[~is_polygon], return_index=True)
    last = np.append(part[1:] != part[:-1], True)[: len(part)]
    is_alone = last & np.append(True, last[:-1])[: len(part)]
    at = np.flatnonzero(~last | is_alone)
    (ax, ay), (bx, by) = xy[at].T, xy[np.where(is_alone[at], at, at + 1)].T
    return Segments(ax, ay, bx, by, owner[~is_polygon][part[at]]), loops._replace(owner=owner[is_polygon][loops.owner])


def index_of(lines: Segments, polygons: Rings) -> Index:
    """Points and lines as segments, and polygons as rings, made ready for search; positions count over both together."""
    around = Segments(*sides(polygons))
    ax, ay, bx, by = (np.append(line, side).astype(float) for line, side in zip(lines[:4], around[:4], strict=True))
    feature = np.append(lines.feature, around.feature).astype(np.int64)
    breaks = (ax[1:] != bx[:-1]) | (ay[1:] != by[:-1]) | (feature[1:] != feature[:-1])
    begins = np.flatnonzero(np.append(True, breaks)[: len(ax)])
    starts = np.column_stack([ax, ay])[begins]
    # One direction for each segment, so that two features that share a stretch lie equally near to the bit.
    turned = (ax > bx) | ((ax == bx) & (ay > by))
    a, b = np.where(turned, [bx, by], [ax, ay]), np.where(turned, [ax, ay], [bx, by])
    boxes, order = _tree(np.vstack([np.minimum(a, b), np.maximum(a, b)]).T)
    start_boxes, start_order = _tree(np.hstack([starts, starts]))
    of_segments = boxes, _filled(np.vstack([a, b]).T, np.inf)[order], _filled(feature, -1)[order]
    of_starts = start_boxes, _filled(starts, np.inf)[start_order], _filled(feature[begins], -1)[start_order]
    return Index(*of_segments, *of_starts, *_slabs(around))


def _filled(rows: Any, filling: float) -> Any:
    """The rows and one more, all filling."""
    return np.append(rows, np.full_like(rows, filling, shape=(1, *rows.shape[1:])), axis=0)


def _tree(boxes: Any) -> tuple[Any, Any]:
    """Boxes of the nodes of a kd-tree over boxes, halved at the median along the longer side, and the rows of its leaves.

    The row after the last stands for no box. Rows of equal middles may lie either way: no answer depends on it.
    """
    count = len(boxes)
    depth = int(np.ceil(np.log2(count / LEAF_ROWS))) if count > LEAF_ROWS else 0
    padded = np.append(boxes, [[np.inf, np.inf, -np.inf, -np.inf]], axis=0)
    middle = _filled((boxes[:, :2] + boxes[:, 2:]) / 2.0, np.inf)
    order = np.minimum(np.arange(max(-(-count >> depth), 1) << depth), count)
    for level in range(depth):  # levels, not boxes
        order = order.reshape(1 << level, -1)
        wide, high = (padded[order, 2 + axis].max(axis=1) - padded[order, axis].min(axis=1) for axis in (0, 1))
        key = middle[order, np.where(wide >= high, 0, 1)[:, None]]
        order = np.take_along_axis(order, np.argpartition(key, order.shape[1] // 2, axis=1), axis=1)
    levels = [_enclosing(padded[order.reshape(1 << depth, -1)])]
    while len(levels[-1]) > 1:
        levels.append(_enclosing(levels[-1].reshape(-1, 2, 4)))
    return np.vstack(levels[::-1]), order.ravel()


def _enclosing(boxes: Any) -> Any:
    """The box around each group of boxes."""
    return np.hstack([boxes[..., :2].min(axis=1), boxes[..., 2:].max(axis=1)])


def _slabs(sides: Segments) -> tuple[Any, Any, Any, Any, Any]:
    """The last five of an index: so many level slabs per polygon that an edge stands in three on average at most."""
    ax, ay, bx, by = sides[:4]
    feature, at = np.unique(np.asarray(sides.feature, dtype=np.int64), return_inverse=True)
    low, high = np.minimum(ay, by), np.maximum(ay, by)
    box = np.tile([np.inf, np.inf, -np.inf, -np.inf], (len(feature), 1))
    np.minimum.at(box[:, :2], at, np.column_stack([np.minimum(ax, bx), low]))
    np.maximum.at(box[:, 2:], at, np.column_stack([np.maximum(ax, bx), high]))
    tall, climbed = box[:, 3] - box[:, 1], np.bincount(at, weights=high - low, minlength=len(feature))
    count = np.bincount(at, minlength=len(feature))
    slabs = np.maximum(np.minimum(count / 4.0, 2.0 * count * tall / np.maximum(climbed, 1e-300)), 1.0).astype(np.int64)
    height_m = np.maximum(tall / slabs, 1e-300)
    first = np.cumsum(slabs) - slabs
    bottom, top = (
        np.minimum(((side - box[at, 1]) / height_m[at]).astype(np.int64), slabs[at] - 1) for side in (low, high)
    )
    times = top - bottom + 1
    edge = np.repeat(np.arange(len(ax)), times)
    slab = np.arange(len(edge)) + np.repeat(first[at] + bottom - np.cumsum(times) + times, times)
    by_slab = np.argsort(slab, kind="stable")
    first_edge = np.searchsorted(slab[by_slab], np.arange(slabs.sum() + 1))
    boxes, order = _tree(box)
    polygons = _filled(np.column_stack([box, height_m]), np.inf)[order]
    numbers = _filled(np.column_stack([feature, first, first + slabs - 1]), -1)[order]
    return boxes, polygons, numbers, first_edge, np.column_stack([ax, ay, bx, by])[edge[by_slab]]


@kernel
def _nearest(plots, index, bounds, nearest, metres):
    x, y, first, begin = plots
    boxes, ends, feature, start_boxes, starts, start_feature, polygon_boxes, polygons, slabs, first_edge, sides = index
    at, stack, reach = ZERO - 1, np.empty(STACK_NODES, np.int64), np.empty(STACK_NODES)
    for plot in range(bounds[0], bounds[1]):
        best, which = np.inf, ZERO - 1
        loops = begin[plot], begin[plot + 1]
        for ring in range(loops[0], loops[1]):
            for low in range(first[ring], first[ring + 1] - 1, RUN_EDGES):
                run = low, min(low + RUN_EDGES, first[ring + 1] - 1)
                best, which, at = _search(run, (best, which, at), x, y, boxes, ends, feature, stack, reach)
        if which >= 0:
            so_far = _holds(loops, (best, which), x, y, first, start_boxes, starts, start_feature)
            so_far = _lies_in(loops, so_far, x, y, first, polygon_boxes, polygons, slabs, first_edge, sides)
            nearest[plot], metres[plot] = so_far[1], np.sqrt(so_far[0])


@inner
def _search(run, so_far, x, y, boxes, ends, feature, stack, reach):
    """The least (squared metres, position) of so far and a run of edges, and the row of the segment that it is of."""
    best, which, at = so_far
    inner = len(boxes) // 2
    leaf = len(feature) // (inner + 1)
    box = _box(x, y, run)
    if at >= 0:
        gap = _edges_apart(run, x, y, _four(ends, at), np.inf)
        if gap < best or (gap == best and feature[at] < which):
            best, which = gap, feature[at]
    stack[0], reach[0], size = 0, 0.0, 1
    while size:
        size -= 1
        node = stack[size]
        if reach[size] > _with_slack(best):
            continue
        if node < inner:
            near, far = 2 * node + 1, 2 * node + 2
            to_near, to_far = _apart(box, _four(boxes, near)), _apart(box, _four(boxes, far))
            if to_far < to_near:
                near, far, to_near, to_far = far, near, to_far, to_near
            stack[size], reach[size] = far, to_far
            stack[size + 1], reach[size + 1] = near, to_near
            size += 2
            continue
        for row in range((node - inner) * leaf, (node - inner + 1) * leaf):
            if feature[row] < 0 or (best == 0.0 and feature[row] >= which):
                continue
            segment, limit = _four(ends, row), _with_slack(best)
            gap = _edges_apart(run, x, y, segment, limit) if _apart(box, _upright(segment)) <= limit else np.inf
            if gap < best or (gap == best and feature[row] < which):
                best, which, at = gap, feature[row], row
    return best, which, at


@inner
def _with_slack(best):
    return best + SLACK * best + SLACK * SLACK


@inner
def _edges_apart(run, x, y, ends, limit):
    """Squared metres between edges and a segment from west to east; infinite if more than the limit."""
    west, south, east, north = _upright(ends)
    least = np.inf
    for i in range(run[0], run[1]):
        ax, ay, bx, by = x[i], y[i], x[i + 1], y[i + 1]
        wide = max(west - max(ax, bx), min(ax, bx) - east, 0.0)
        tall = max(south - max(ay, by), min(ay, by) - north, 0.0)
        if wide * wide + tall * tall <= limit:
            least = min(least, _pair_apart(ax, ay, bx, by, ends))
            limit = min(limit, _with_slack(least))
    return 0.0 if least < TOUCH_M2 else least


@inner
def _pair_apart(ax, ay, bx, by, ends):
    """Squared metres between two segments; 0 where they cross."""
    cx, cy, dx, dy = ends
    ux, uy, vx, vy = bx - ax, by - ay, dx - cx, dy - cy
    side_c, side_d = ux * (cy - ay) - uy * (cx - ax), ux * (dy - ay) - uy * (dx - ax)
    side_a, side_b = vx * (ay - cy) - vy * (ax - cx), vx * (by - cy) - vy * (bx - cx)
    if ((side_c < 0.0 < side_d) or (side_d < 0.0 < side_c)) and ((side_a < 0.0 < side_b) or (side_b < 0.0 < side_a)):
        return 0.0
    u2, v2 = ux * ux + uy * uy, vx * vx + vy * vy
    of_cd = min(_point_apart(cx - ax, cy - ay, ux, uy, u2, side_c), _point_apart(dx - ax, dy - ay, ux, uy, u2, side_d))
    of_ab = min(_point_apart(ax - cx, ay - cy, vx, vy, v2, side_a), _point_apart(bx - cx, by - cy, vx, vy, v2, side_b))
    return min(of_cd, of_ab)


@inner
def _point_apart(px, py, ux, uy, u2, side):
    """Squared metres of a point from a segment, both from the segment's first end; side: their cross product."""
    along = px * ux + py * uy
    if along <= 0.0:
        return px * px + py * py
    if along >= u2:
        return (px - ux) * (px - ux) + (py - uy) * (py - uy)
    return side * side / u2


@inner
def _holds(loops, so_far, x, y, first, boxes, starts, feature):
    """So far, or 0 and a feature that has a vertex inside the plot."""
    best, which = so_far
    inner = len(boxes) // 2
    leaf = len(feature) // (inner + 1)
    box = _box(x, y, (first[loops[0]], first[loops[1]] - 1))
    node = _leaf_at(box, boxes, ZERO)
    while node >= 0:
        for row in range((node - inner) * leaf, (node - inner + 1) * leaf):
            px, py = starts[row, 0], starts[row, 1]
            if feature[row] < 0 or (best == 0.0 and feature[row] >= which) or _apart(box, (px, py, px, py)) > 0.0:
                continue
            crossings = 0
            for ring in range(loops[0], loops[1]):
                for i in range(first[ring], first[ring + 1] - 1):
                    crossings += _crossing((x[i], y[i], x[i + 1], y[i + 1]), px, py)
            if crossings % 2:
                best, which = 0.0, feature[row]
        node = _leaf_at(box, boxes, _after(node))
    return best, which


@inner
def _lies_in(loops, so_far, x, y, first, boxes, polygons, slabs, first_edge, sides):
    """So far, or 0 and a polygon that a ring of the plot has its first vertex in."""
    best, which = so_far
    inner = len(boxes) // 2
    leaf = len(slabs) // (inner + 1)
    for ring in range(loops[0], loops[1]):
        px, py = x[first[ring]], y[first[ring]]
        point = px, py, px, py
        node = _leaf_at(point, boxes, ZERO)
        while node >= 0:
            for row in range((node - inner) * leaf, (node - inner + 1) * leaf):
                if (best == 0.0 and slabs[row, 0] >= which) or _apart(point, _four(polygons, row)) > 0.0:
                    continue
                slab = min(slabs[row, 1] + int((py - polygons[row, 1]) / polygons[row, 4]), slabs[row, 2])
                turns = 0
                for edge in range(first_edge[slab], first_edge[slab + 1]):
                    turns += _crossing(_four(sides, edge), px, py)
                if turns != 0:
                    best, which = 0.0, slabs[row, 0]
            node = _leaf_at(point, boxes, _after(node))
    return best, which


@inner
def _crossing(edge, x, y):
    """1 or -1 where an edge crosses the ray from a point to the east, up or down; an edge holds its lower end only."""
    ax, ay, bx, by = edge
    if (ay > y) == (by > y):
        return 0
    side = (bx - ax) * (y - ay) - (x - ax) * (by - ay)
    return int(side > 0.0) if by > ay else -int(side < 0.0)


@inner
def _leaf_at(box, boxes, node):
    """The first leaf that meets a box, at a node or after it; -1 when there is none."""
    inner = len(boxes) // 2
    while node >= 0:
        if _apart(box, _four(boxes, node)) > 0.0:
            node = _after(node)
        elif node < inner:
            node = 2 * node + 1
        else:
            break
    return node


@inner
def _after(node):
    """The node after a node and all below it; -1 after the last."""
    while node and node % 2 == 0:
        node = (node - 1) // 2
    return node + 1 if node else -1


@inner
def _four(table, row):
    return table[row, 0], table[row, 1], table[row, 2], table[row, 3]


@inner
def _upright(segment):
    """The box of a segment from west to east."""
    return segment[0], min(segment[1], segment[3]), segment[2], max(segment[1], segment[3])


@inner
def _apart(box, other):
    """Squared metres between two boxes; infinite to a box of nothing."""
    dx = max(other[0] - box[2], box[0] - other[2], 0.0)
    dy = max(other[1] - box[3], box[1] - other[3], 0.0)
    return dx * dx + dy * dy


@inner
def _box(x, y, run):
    """West, south, east and north of a run of edges, its last vertex included."""
    west, south, east, north = x[run[0]], y[run[0]], x[run[0]], y[run[0]]
    for i in range(run[0] + 1, run[1] + 1):
        west, east = min(west, x[i]), max(east, x[i])
        south, north = min(south, y[i]), max(north, y[i])
    return west, south, east, north
