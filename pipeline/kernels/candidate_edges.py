"""What one shape has to do with: its own edges and those of cutters near it, in coordinates of its own corner.

Idea: everything about one shape is counted from a corner just outside its box, so that small numbers are subtracted,
and a cutter gets a slot: its place among the cutters near this shape. However many cutters a run has, a set of slots
stays small.
Invariant: edges stand in the order of their coordinates, lowest end first, whatever order they were read in; the box
and its corner depend on the shape alone. So nothing that follows depends on ranges, threads or the order of the input.
Cost: the edges of the chains that meet the box; those that meet it themselves are sorted once.
"""

import numpy as np

from pipeline.kernels.kd_tree import eastward, grown_rows, northward
from pipeline.kernels.numba_cache import ZERO, inner, kernel
from pipeline.kernels.ring_boxes import box_of
from pipeline.kernels.sorting import order_of
from pipeline.kernels.sweepline import DRAWN, SLOT, X0, X1, Y0, Y1, Side

GRID_STEP_M = 0.0625  # corners stand on a grid that binary numbers write exactly,
ASIDE_M = 0.03515625  # and aside of it, where drawn coordinates do not lie
MOST_SLOTS = 128
SURE = 1.0 + 1e-9  # more than rounding makes of a product


@kernel
def boxes_of(x, y, first, ring_first):
    """The box (RD New, m) of each shape, grown to a corner of its own by a margin in which nothing of the shape lies;
    ring_first: where the rings of each shape begin, and the end.
    """
    count = len(ring_first) - 1
    left, low, right, high = np.empty(count), np.empty(count), np.empty(count), np.empty(count)
    for shape in range(count):
        x0, y0, x1, y1 = box_of(x, y, first[ring_first[shape]], first[ring_first[shape + 1]])
        # Outwards to the grid, then aside of it: no drawn vertex lies on a side of the box.
        left[shape] = np.floor(x0 / GRID_STEP_M) * GRID_STEP_M - ASIDE_M
        low[shape] = np.floor(y0 / GRID_STEP_M) * GRID_STEP_M - ASIDE_M
        right[shape] = np.ceil(x1 / GRID_STEP_M) * GRID_STEP_M + ASIDE_M
        high[shape] = np.ceil(y1 / GRID_STEP_M) * GRID_STEP_M + ASIDE_M
    return left, low, right, high


@inner
def is_before(rows, row, other):
    """Whether one row of a table stands before another, column by column."""
    for column in range(rows.shape[1]):
        if rows[row, column] != rows[other, column]:
            return rows[row, column] < rows[other, column]
    return False


@inner
def in_order(rows, count, to):
    """Write the first rows of a table to another in order, column by column."""
    keys = rows[:count, 0].copy()
    order = order_of(keys, count)
    for i in range(1, count):  # rows of one first value go to their places one by one
        row = order[i]
        before = i
        while before > 0 and keys[order[before - 1]] == keys[row] and is_before(rows, row, order[before - 1]):
            order[before] = order[before - 1]
            before -= 1
        order[before] = row
    for i in range(count):
        for column in range(rows.shape[1]):
            to[i, column] = rows[order[i], column]


@inner
def slot_of(cutters, count, cutter):
    """The place of a cutter among the first of a rising list; where it would stand if it is not there."""
    low, high = ZERO, count
    while low < high:
        middle = (low + high) // 2
        if cutters[middle] < cutter:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def enlist(cutters, count, cutter):
    """Put a cutter in its place of a rising list, once; the length of the list, at most one more than MOST_SLOTS."""
    slot = slot_of(cutters, count, cutter)
    if count > MOST_SLOTS or (slot < count and cutters[slot] == cutter):
        return count
    # Those behind it make room; there are few, and most come in order.
    for later in range(count, slot, -1):
        cutters[later] = cutters[later - 1]
    cutters[slot] = cutter
    return count + 1


@inner
def near_edges(edges, chains, box, near):
    """The edges of a list of chains that meet a box (RD New, m): rows of their number and cutter, and how many; a
    list with room.
    """
    x, y = 0.5 * (box[0] + box[2]), 0.5 * (box[1] + box[3])
    wide, tall = 0.5 * (box[2] - box[0]), 0.5 * (box[3] - box[1])
    count = ZERO
    for chain in chains:
        # A chain whose own box lies aside is passed over as a whole.
        if (
            edges.left[chain] > box[2]
            or edges.right[chain] < box[0]
            or edges.low[chain] > box[3]
            or edges.high[chain] < box[1]
        ):
            continue
        need = count + edges.end[chain] - edges.begin[chain]
        if need > len(near):
            near = grown_rows(near, count, need)
        for edge in range(edges.begin[chain], edges.end[chain]):
            ax, ay, bx, by = edges.x[edge], edges.y[edge], edges.x[edge + 1], edges.y[edge + 1]
            if max(ax, bx) < box[0] or min(ax, bx) > box[2] or max(ay, by) < box[1] or min(ay, by) > box[3]:
                continue
            dx, dy = bx - ax, by - ay
            # further aside from the middle of the box than any corner: one that passes a corner has no say in the box
            if abs(dx * (y - ay) - dy * (x - ax)) <= (abs(dx) * tall + abs(dy) * wide) * SURE:
                near[count, 0], near[count, 1] = edge, edges.cutter[chain]
                count += 1
    return near, count


@inner
def slots_near(near, count, wound, cutters):
    """List the cutters with an edge near, or that wind around the corner, rising; how many."""
    slots = ZERO
    # A cutter may cover the shape without an edge near it: then only its winding number tells.
    for cutter in wound:
        slots = enlist(cutters, slots, np.int64(cutter))
    # Edges of one cutter follow each other: most need no look-up.
    last = -1
    for row in range(count):
        if near[row, 1] != last:
            last = near[row, 1]
            slots = enlist(cutters, slots, last)
    return slots


@inner
def shape_rows(loops, rings, corner, rows):
    """Write the edges of a shape as rows (see `sweepline`), in metres from a corner; how many."""
    count = ZERO
    for ring in range(rings[0], rings[1]):
        for i in range(loops.first[ring], loops.first[ring + 1] - 1):
            count = put(rows, count, (loops.x[i], loops.y[i], loops.x[i + 1], loops.y[i + 1]), corner, ZERO)
    return count


@inner
def cutter_rows(edges, near, cutters, box, rows, count):
    """Add the edges near, in metres from the corner, to so many rows; their slots are places in the list of cutters,
    plus one; how many rows there are."""
    cutter, slot = ZERO - 1, ZERO
    for row in range(len(near)):
        edge = near[row, 0]
        if near[row, 1] != cutter:
            cutter = near[row, 1]
            slot = slot_of(cutters, len(cutters), cutter) + 1
        ends = (edges.x[edge], edges.y[edge], edges.x[edge + 1], edges.y[edge + 1])
        count = put(rows, count, ends, box, slot)
    return count


@inner
def put(rows, count, ends, corner, slot):
    """Add an edge, lower end first, in metres from the corner; the number of rows after it. An edge of no length is
    none."""
    ax, ay, bx, by = ends[0] - corner[0], ends[1] - corner[1], ends[2] - corner[0], ends[3] - corner[1]
    if ax == bx and ay == by:
        return count
    up = ay < by or (ay == by and ax < bx)
    # y first: rows stand in order of height
    rows[count, Y0], rows[count, X0], rows[count, Y1], rows[count, X1] = (ay, ax, by, bx) if up else (by, bx, ay, ax)
    rows[count, SLOT], rows[count, DRAWN] = float(slot), 1.0 if up else -1.0
    return count + 1


@inner
def crossings(rows, is_south, room):
    """Where a side of the box is crossed by rows, in metres and in order from the corner on.

    is_south: 1 for the southern side, 0 for the western; room: two tables as long as the rows.
    """
    unsorted, crossed = room
    count = ZERO
    for row in range(len(rows)):
        y0, x0, y1, x1 = rows[row, Y0], rows[row, X0], rows[row, Y1], rows[row, X1]
        # As on a walk from the corner without end; where the crossing falls before it by rounding, it is put there.
        if is_south:
            turns = eastward(x0, y0, x1, y1, 0.0, 0.0, np.inf)
            if turns != 0:
                unsorted[count, 0] = max(x0 + (0.0 - y0) * (x1 - x0) / (y1 - y0), 0.0)
        else:
            turns = northward(x0, y0, x1, y1, 0.0, 0.0, np.inf)
            if turns != 0:
                unsorted[count, 0] = max(y0 + (0.0 - x0) * (y1 - y0) / (x1 - x0), 0.0)
        if turns != 0:
            unsorted[count, 1], unsorted[count, 2] = rows[row, SLOT], turns * rows[row, DRAWN]
            count += 1
    in_order(unsorted, count, crossed)
    return Side(crossed, count)
