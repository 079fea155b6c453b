"""Which edges concern each shape, and how often each cutter covers its corner, without asking shape by shape.

Idea: the boxes of the shapes form a kd-tree. A node holds the chains of edges whose box meets its own, and the winding
number of every cutter at its lower left corner. A child takes the chains that meet it; walking from the corner of the
node to that of the child, along its lower and then up, every edge that is crossed changes a winding number by one.
Invariant: the walk stays inside the node's box, so every edge that it can cross is in the node's list; whether an edge
is crossed is asked of the edge as it was drawn and of the corner alone, so no order of work changes an answer.
Cost: each chain is asked once per node that it meets, and once by its parents; land without edges below it costs
nothing.
"""

from typing import Any, NamedTuple

import numpy as np

from pipeline.kernels.numba_cache import SOME, ZERO, inner, kernel
from pipeline.kernels.rings import Edges


class Boxes(NamedTuple):
    """Boxes (RD New, m) in the order of work, each grown by a margin."""

    left: Any
    low: Any
    right: Any
    high: Any


class Nodes(NamedTuple):
    """Ranges of boxes in the order of work; per range the corner, the chains that meet it, and the cutters that wind
    around the corner.

    chain_first, wind_first: where those of each range begin, and the end.
    """

    begin: Any
    end: Any
    x: Any
    y: Any
    chain: Any
    chain_first: Any
    cutter: Any
    wind: Any
    wind_first: Any


@inner
def side(ax, ay, bx, by, x, y):
    """Positive where the point lies left of the edge (metres) taken upwards (level: eastwards); one formula, whichever
    way it was drawn."""
    if ay < by or (ay == by and ax < bx):
        return (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    return (ax - bx) * (y - by) - (ay - by) * (x - bx)


@inner
def is_west(ax, ay, bx, by, x, y):
    """Whether an edge that spans the height of a point (metres) lies west of it; on the edge counts as east of it."""
    return side(ax, ay, bx, by, x, y) <= 0.0


@inner
def is_south(ax, ay, bx, by, x, y):
    """Whether an edge that spans the breadth of a point (metres) lies south of it; ties as if the point lay a hair to
    the east, then north."""
    if ay == by:
        return y >= ay
    rises = (bx > ax) == (by > ay)
    return side(ax, ay, bx, by, x, y) > 0.0 if rises else side(ax, ay, bx, by, x, y) <= 0.0


@inner
def eastward(ax, ay, bx, by, y, x0, x1):
    """Change of winding number on a walk at one height from x0 to x1, in metres."""
    # The lower end belongs to an edge, the upper does not: at a shared end one of the two edges counts.
    if (ay <= y) == (by <= y):
        return 0
    before, after = is_west(ax, ay, bx, by, x0, y), is_west(ax, ay, bx, by, x1, y)
    if before == after:
        return 0
    return -1 if (by > ay) == after else 1


@inner
def northward(ax, ay, bx, by, x, y0, y1):
    """Change of winding number on a walk at one breadth from y0 to y1, in metres."""
    # As eastward, with the western end for the lower.
    if (ax <= x) == (bx <= x):
        return 0
    before, after = is_south(ax, ay, bx, by, x, y0), is_south(ax, ay, bx, by, x, y1)
    if before == after:
        return 0
    return 1 if (bx > ax) == after else -1


@kernel
def kd_order(x, y):
    """Positions of points (RD New) so that every half, quarter and so on lies together: split at the middle of the
    longer side.
    """
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
        for i in range(begin, end):
            left, right = min(left, x[order[i]]), max(right, x[order[i]])
            low, high = min(low, y[order[i]]), max(high, y[order[i]])
        middle = (begin + end) // 2
        if right - left >= high - low:
            select(order, x, (begin, end), middle)
        else:
            select(order, y, (begin, end), middle)
        # The second half waits below the first, which comes next.
        stack[depth, 0], stack[depth, 1] = middle, end
        stack[depth + 1, 0], stack[depth + 1, 1] = begin, middle
        depth += 2
    return order


@inner
def select(order, value, bounds, middle):
    """Reorder a range so that what stands before `middle` is no larger than what stands from there on (Hoare's
    quickselect).
    """
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
        # Go on in the half that holds the middle; between the halves all are equal to the pivot.
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
    for i in range(len(array)):
        longer[i] = array[i]
    return longer


@inner
def grown_rows(table, count, need):
    """The table with room for so many rows, or a longer one with the same first rows."""
    if need <= len(table):
        return table
    longer = np.empty((max(need, 2 * len(table)), table.shape[1]), dtype=table.dtype)
    for row in range(count):
        for column in range(table.shape[1]):
            longer[row, column] = table[row, column]
    return longer


class Winding(NamedTuple):
    """Winding numbers, not 0, by cutter: a run of them for each node on the way down."""

    cutter: Any
    number: Any


@inner
def room_for(winding, need):
    """The lists with room for so many."""
    return Winding(grown(winding.cutter, need), grown(winding.number, need))


@inner
def change(winding, bounds, cutter, by):
    """Add to the winding number of a cutter in a range of the lists; the end of the range, one further where the
    cutter is new.
    """
    for i in range(bounds[0], bounds[1]):
        if winding.cutter[i] == cutter:
            winding.number[i] += by
            return bounds[1]
    winding.cutter[bounds[1]] = cutter
    winding.number[bounds[1]] = by
    return bounds[1] + 1


@inner
def walk(edges, chains, winding, bounds, path):
    """Bring winding numbers (a range of lists) from one corner to another (RD New, m) by the edges of chains that are
    crossed; lists and end."""
    x0, y0, x1, y1 = path
    begin, end = bounds
    left, right = min(x0, x1), max(x0, x1)
    low, high = min(y0, y1), max(y0, y1)
    # First level along y0 to x1, then upright along x1: only chains whose box meets one of the two are read.
    for chain in chains:
        level = (
            edges.low[chain] <= y0 <= edges.high[chain] and edges.left[chain] <= right and edges.right[chain] >= left
        )
        upright = (
            edges.left[chain] <= x1 <= edges.right[chain] and edges.low[chain] <= high and edges.high[chain] >= low
        )
        if not level and not upright:
            continue
        for i in range(edges.begin[chain], edges.end[chain]):
            ax, ay, bx, by = edges.x[i], edges.y[i], edges.x[i + 1], edges.y[i + 1]
            turns = eastward(ax, ay, bx, by, y0, x0, x1) + northward(ax, ay, bx, by, x1, y0, y1)
            if turns != 0:
                winding = room_for(winding, end + 1)
                end = change(winding, (begin, end), edges.cutter[chain], turns)
    return winding, end


@kernel
def descend(boxes, edges, start, stop):
    """From the nodes of `start` down to ranges of at most `stop` boxes (RD New, m), in the order of work.

    A node of `start` need not stand at the corner of its own boxes: the first step goes there. Longer than a page: the
    lists of a node lie behind those of its parent, and grow beside those that are returned.
    """
    out_begin, out_end = np.empty(SOME, np.int64), np.empty(SOME, np.int64)
    out_x, out_y = np.empty(SOME), np.empty(SOME)
    chain_first, wind_first = np.zeros(SOME, np.int64), np.zeros(SOME, np.int64)
    out_chain, out_wind = np.empty(SOME, np.int32), Winding(np.empty(SOME, np.int32), np.empty(SOME, np.int32))
    count = ZERO
    chains, winding = np.empty(SOME, np.int32), Winding(np.empty(SOME, np.int32), np.empty(SOME, np.int32))
    ranges = np.empty((256, 6), np.int64)  # begin, end of boxes; of chains; of winding numbers
    corners = np.empty((256, 2))
    for root in range(len(start.begin)):
        # The lists of a root come first.
        first, last = start.chain_first[root], start.chain_first[root + 1]
        chains = grown(chains, last - first)
        chains[: last - first] = start.chain[first:last]
        wound, unwound = start.wind_first[root], start.wind_first[root + 1]
        winding = room_for(winding, unwound - wound)
        winding.cutter[: unwound - wound] = start.cutter[wound:unwound]
        winding.number[: unwound - wound] = start.wind[wound:unwound]
        ranges[0, 0], ranges[0, 1], ranges[0, 2], ranges[0, 3] = start.begin[root], start.end[root], 0, last - first
        ranges[0, 4], ranges[0, 5] = 0, unwound - wound
        corners[0, 0], corners[0, 1] = start.x[root], start.y[root]
        depth = 1
        while depth > 0:
            depth -= 1
            begin, end, c0, c1 = ranges[depth, 0], ranges[depth, 1], ranges[depth, 2], ranges[depth, 3]
            w0, w1 = ranges[depth, 4], ranges[depth, 5]
            left, low, right, high = np.inf, np.inf, -np.inf, -np.inf
            for i in range(begin, end):
                left, low = min(left, boxes.left[i]), min(low, boxes.low[i])
                right, high = max(right, boxes.right[i]), max(high, boxes.high[i])
            # The chains of the parent that meet this node, behind those of the parent, which its other half still
            # reads.
            c2 = c1
            chains = grown(chains, c1 + (c1 - c0))
            for i in range(c0, c1):
                chain = chains[i]
                if (
                    edges.left[chain] <= right
                    and edges.right[chain] >= left
                    and edges.low[chain] <= high
                    and edges.high[chain] >= low
                ):
                    chains[c2] = chain
                    c2 += 1
            # The winding numbers at the corner of the parent, brought to the corner of this node; what is 0 again goes.
            winding = room_for(winding, w1 + (w1 - w0) + 1)
            for i in range(w1 - w0):
                winding.cutter[w1 + i], winding.number[w1 + i] = winding.cutter[w0 + i], winding.number[w0 + i]
            wound = w1 + (w1 - w0)
            if corners[depth, 0] != left or corners[depth, 1] != low:
                path = (corners[depth, 0], corners[depth, 1], left, low)
                winding, wound = walk(edges, chains[c0:c1], winding, (w1, wound), path)
            w2 = w1
            for i in range(w1, wound):
                if winding.number[i] != 0:
                    winding.cutter[w2], winding.number[w2] = winding.cutter[i], winding.number[i]
                    w2 += 1
            # Few boxes enough: this node is one of the answer.
            if end - begin <= stop:
                out_begin, out_end = grown(out_begin, count + 1), grown(out_end, count + 1)
                out_x, out_y = grown(out_x, count + 1), grown(out_y, count + 1)
                chain_first, wind_first = grown(chain_first, count + 2), grown(wind_first, count + 2)
                out_begin[count], out_end[count], out_x[count], out_y[count] = begin, end, left, low
                to_chain, to_wind = chain_first[count] + c2 - c1, wind_first[count] + w2 - w1
                out_chain, out_wind = grown(out_chain, to_chain), room_for(out_wind, to_wind)
                for i in range(c2 - c1):
                    out_chain[chain_first[count] + i] = chains[c1 + i]
                for i in range(w2 - w1):
                    out_wind.cutter[wind_first[count] + i] = winding.cutter[w1 + i]
                    out_wind.number[wind_first[count] + i] = winding.number[w1 + i]
                chain_first[count + 1], wind_first[count + 1] = to_chain, to_wind
                count += 1
                continue
            # Else its halves: the first on top, so that ranges come in the order of work.
            middle = (begin + end) // 2
            for half in range(2):
                ranges[depth, 0] = middle if half == 0 else begin
                ranges[depth, 1] = end if half == 0 else middle
                ranges[depth, 2], ranges[depth, 3], ranges[depth, 4], ranges[depth, 5] = c1, c2, w1, w2
                corners[depth, 0], corners[depth, 1] = left, low
                depth += 1
    return Nodes(
        out_begin[:count],
        out_end[:count],
        out_x[:count],
        out_y[:count],
        out_chain[: chain_first[count]],
        chain_first[: count + 1],
        out_wind.cutter[: wind_first[count]],
        out_wind.number[: wind_first[count]],
        wind_first[: count + 1],
    )


def whole(boxes: Boxes, edges: Edges) -> Nodes:
    """One node over all boxes, at a corner (RD New, m) that lies outside every edge, where no cutter winds."""
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
