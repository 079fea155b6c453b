"""Afdaling: which edges concern each shape, and how often each blade covers its corner, without asking shape by shape.

Idea: the boxes of the shapes form a kd-tree. A node holds the chains of edges whose box meets its own, and the winding
number of every blade at its lower left corner. A child takes the chains that meet it; walking from the corner of the node
to that of the child, along its lower and then up, every edge that is crossed changes a winding number by one.
Invariant: the walk stays inside the node's box, so every edge that it can cross is in the node's list; whether an edge is
crossed is asked of the edge as it was drawn and of the corner alone, so no order of work changes an answer.
Cost: each chain is asked once per node that it meets, and once by its parents; land without edges below it costs nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pipeline.kernels.numba_cache import SOME, ZERO, inner, kernel
from pipeline.kernels.rings import Edges


class Boxes(NamedTuple):
    """Boxes in the order of work, each grown by a margin."""

    left: Any
    low: Any
    right: Any
    high: Any


class Nodes(NamedTuple):
    """Ranges of boxes in the order of work; per range the corner, the chains that meet it, and the blades that wind around the corner.

    chain_first, wind_first: where those of each range begin, and the end.
    """

    begin: Any
    end: Any
    x: Any
    y: Any
    chain: Any
    chain_first: Any
    blade: Any
    wind: Any
    wind_first: Any


@inner
def side(ax, ay, bx, by, x, y):
    """Positive where the point lies left of the edge taken upwards (level: eastwards); one formula, whichever way it was drawn."""
    if ay < by or (ay == by and ax < bx):
        return (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    return (ax - bx) * (y - by) - (ay - by) * (x - bx)


@inner
def is_west(ax, ay, bx, by, x, y):
    """Whether an edge that spans the height of a point lies west of it; on the edge counts as east of it."""
    return side(ax, ay, bx, by, x, y) <= 0.0


@inner
def is_south(ax, ay, bx, by, x, y):
    """Whether an edge that spans the breadth of a point lies south of it; ties as if the point lay a hair to the east, then north."""
    if ay == by:
        return y >= ay
    rises = (bx > ax) == (by > ay)
    return side(ax, ay, bx, by, x, y) > 0.0 if rises else side(ax, ay, bx, by, x, y) <= 0.0


@inner
def eastward(ax, ay, bx, by, y, x0, x1):
    """Change of winding number on a walk at one height from x0 to x1."""
    if (ay <= y) == (by <= y):
        return 0
    before, after = is_west(ax, ay, bx, by, x0, y), is_west(ax, ay, bx, by, x1, y)
    if before == after:
        return 0
    return -1 if (by > ay) == after else 1


@inner
def northward(ax, ay, bx, by, x, y0, y1):
    """Change of winding number on a walk at one breadth from y0 to y1."""
    if (ax <= x) == (bx <= x):
        return 0
    before, after = is_south(ax, ay, bx, by, x, y0), is_south(ax, ay, bx, by, x, y1)
    if before == after:
        return 0
    return 1 if (bx > ax) == after else -1


@kernel
def kd_order(x, y):
    """Positions of points so that every half, quarter and so on lies together: split at the middle of the longer side."""
    order = np.arange(len(x))
    stack = np.empty((128, 2), dtype=np.int64)
    stack[0, 0], stack[0, 1] = 0, len(x)
    depth = 1
    while depth > 0:
        depth -= 1
        begin, end = stack[depth, 0], stack[depth, 1]
        if end - begin < 2:
            continue
        left, low, right, high = np.inf, np.inf, -np.inf, -np.inf
        for at in range(begin, end):
            left, right = min(left, x[order[at]]), max(right, x[order[at]])
            low, high = min(low, y[order[at]]), max(high, y[order[at]])
        middle = (begin + end) // 2
        if right - left >= high - low:
            select(order, x, (begin, end), middle)
        else:
            select(order, y, (begin, end), middle)
        stack[depth, 0], stack[depth, 1] = middle, end
        stack[depth + 1, 0], stack[depth + 1, 1] = begin, middle
        depth += 2
    return order


@inner
def select(order, value, bounds, middle):
    """Reorder a range so that what stands before `middle` is no larger than what stands from there on (Hoare's quickselect)."""
    low, high = bounds[0], bounds[1] - 1
    while low < high:
        pivot = value[order[(low + high) // 2]]
        i, j = low, high
        while i <= j:
            while value[order[i]] < pivot:
                i += 1
            while value[order[j]] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


@inner
def grown(array, need):
    """The array, or a longer one with the same beginning."""
    if need <= len(array):
        return array
    longer = np.empty(max(need, 2 * len(array)), dtype=array.dtype)
    for at in range(len(array)):
        longer[at] = array[at]
    return longer


@inner
def change(blades, winds, bounds, blade, by):
    """Add to the winding number of a blade in a range of a list; the end of the range, one further where the blade is new."""
    for at in range(bounds[0], bounds[1]):
        if blades[at] == blade:
            winds[at] += by
            return bounds[1]
    blades[bounds[1]] = blade
    winds[bounds[1]] = by
    return bounds[1] + 1


@inner
def walk(edges, chains, of, blades, winds, begin, end, start, goal):
    """Bring winding numbers (a range of lists) from one corner to another by the edges crossed of a range of chains; their lists and end."""
    x0, y0, x1, y1 = start[0], start[1], goal[0], goal[1]
    left, right = min(x0, x1), max(x0, x1)
    low, high = min(y0, y1), max(y0, y1)
    for which in range(of[0], of[1]):
        chain = chains[which]
        level = (
            edges.low[chain] <= y0 <= edges.high[chain] and edges.left[chain] <= right and edges.right[chain] >= left
        )
        upright = (
            edges.left[chain] <= x1 <= edges.right[chain] and edges.low[chain] <= high and edges.high[chain] >= low
        )
        if not level and not upright:
            continue
        for at in range(edges.begin[chain], edges.end[chain]):
            ax, ay, bx, by = edges.x[at], edges.y[at], edges.x[at + 1], edges.y[at + 1]
            by_how_much = eastward(ax, ay, bx, by, y0, x0, x1) + northward(ax, ay, bx, by, x1, y0, y1)
            if by_how_much != 0:
                blades, winds = grown(blades, end + 1), grown(winds, end + 1)
                end = change(blades, winds, (begin, end), edges.blade[chain], by_how_much)
    return blades, winds, end


@kernel
def descend(boxes, edges, start, stop):
    """From the nodes of `start` down to ranges of at most `stop` boxes, in the order of work.

    A node of `start` need not stand at the corner of its own boxes: the first step goes there.
    """
    out_begin, out_end = np.empty(SOME, np.int64), np.empty(SOME, np.int64)
    out_x, out_y = np.empty(SOME), np.empty(SOME)
    chain_first, wind_first = np.zeros(SOME, np.int64), np.zeros(SOME, np.int64)
    out_chain, out_blade, out_wind = np.empty(SOME, np.int32), np.empty(SOME, np.int32), np.empty(SOME, np.int32)
    made = ZERO
    chains = np.empty(SOME, np.int32)
    blades, winds = np.empty(SOME, np.int32), np.empty(SOME, np.int32)
    ranges = np.empty((256, 6), np.int64)  # begin, end of boxes; of chains; of windings
    corners = np.empty((256, 2))
    for root in range(len(start.begin)):
        first, last = start.chain_first[root], start.chain_first[root + 1]
        chains = grown(chains, last - first)
        for at in range(last - first):
            chains[at] = start.chain[first + at]
        wound, unwound = start.wind_first[root], start.wind_first[root + 1]
        blades, winds = grown(blades, unwound - wound), grown(winds, unwound - wound)
        for at in range(unwound - wound):
            blades[at], winds[at] = start.blade[wound + at], start.wind[wound + at]
        ranges[0, 0], ranges[0, 1], ranges[0, 2], ranges[0, 3] = start.begin[root], start.end[root], 0, last - first
        ranges[0, 4], ranges[0, 5] = 0, unwound - wound
        corners[0, 0], corners[0, 1] = start.x[root], start.y[root]
        depth = 1
        while depth > 0:
            depth -= 1
            begin, end, c0, c1 = ranges[depth, 0], ranges[depth, 1], ranges[depth, 2], ranges[depth, 3]
            w0, w1 = ranges[depth, 4], ranges[depth, 5]
            here = (corners[depth, 0], corners[depth, 1])
            left, low, right, high = np.inf, np.inf, -np.inf, -np.inf
            for at in range(begin, end):
                left, low = min(left, boxes.left[at]), min(low, boxes.low[at])
                right, high = max(right, boxes.right[at]), max(high, boxes.high[at])
            # lists of the node itself lie from its own beginning; those of the parent below it are read before they are passed
            kept = c1
            chains = grown(chains, c1 + (c1 - c0))
            for at in range(c0, c1):
                chain = chains[at]
                if (
                    edges.left[chain] <= right
                    and edges.right[chain] >= left
                    and edges.low[chain] <= high
                    and edges.high[chain] >= low
                ):
                    chains[kept] = chain
                    kept += 1
            blades, winds = grown(blades, w1 + (w1 - w0) + 1), grown(winds, w1 + (w1 - w0) + 1)
            for at in range(w1 - w0):
                blades[w1 + at], winds[w1 + at] = blades[w0 + at], winds[w0 + at]
            wound = w1 + (w1 - w0)
            if here[0] != left or here[1] != low:
                blades, winds, wound = walk(edges, chains, (c0, c1), blades, winds, w1, wound, here, (left, low))
            live = w1
            for at in range(w1, wound):
                if winds[at] != 0:
                    blades[live], winds[live] = blades[at], winds[at]
                    live += 1
            if end - begin <= stop:
                out_begin, out_end = grown(out_begin, made + 1), grown(out_end, made + 1)
                out_x, out_y = grown(out_x, made + 1), grown(out_y, made + 1)
                chain_first, wind_first = grown(chain_first, made + 2), grown(wind_first, made + 2)
                out_begin[made], out_end[made], out_x[made], out_y[made] = begin, end, left, low
                to_chain, to_wind = chain_first[made] + kept - c1, wind_first[made] + live - w1
                out_chain = grown(out_chain, to_chain)
                out_blade, out_wind = grown(out_blade, to_wind), grown(out_wind, to_wind)
                for at in range(kept - c1):
                    out_chain[chain_first[made] + at] = chains[c1 + at]
                for at in range(live - w1):
                    out_blade[wind_first[made] + at], out_wind[wind_first[made] + at] = blades[w1 + at], winds[w1 + at]
                chain_first[made + 1], wind_first[made + 1] = to_chain, to_wind
                made += 1
                continue
            middle = (begin + end) // 2
            for half in range(2):
                ranges[depth, 0] = middle if half == 0 else begin
                ranges[depth, 1] = end if half == 0 else middle
                ranges[depth, 2], ranges[depth, 3], ranges[depth, 4], ranges[depth, 5] = c1, kept, w1, live
                corners[depth, 0], corners[depth, 1] = left, low
                depth += 1
    return Nodes(
        out_begin[:made],
        out_end[:made],
        out_x[:made],
        out_y[:made],
        out_chain[: chain_first[made]],
        chain_first[: made + 1],
        out_blade[: wind_first[made]],
        out_wind[: wind_first[made]],
        wind_first[: made + 1],
    )


def whole(boxes: Boxes, edges: Edges) -> Nodes:
    """One node over all boxes, at a corner that lies outside every edge, where no blade winds."""
    count, chains = len(boxes.left), len(edges.left)
    x = min(boxes.left.min(initial=0.0), edges.left.min(initial=0.0)) - 1.0
    y = min(boxes.low.min(initial=0.0), edges.low.min(initial=0.0)) - 1.0
    return Nodes(
        np.zeros(1, np.int64),
        np.full(1, count),
        np.full(1, x),
        np.full(1, y),
        np.arange(chains, dtype=np.int32),
        np.array([0, chains]),
        np.zeros(0, np.int32),
        np.zeros(0, np.int32),
        np.zeros(2, np.int64),
    )
