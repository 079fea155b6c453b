"""Blad: what one shape has to do with: its own edges and those of blades near it, in coordinates of its own corner.

Idea: everything about one shape is counted from a corner just outside its box, so that small numbers are subtracted, and a
blade gets a slot: its place among the blades near this shape. However many blades a run has, a set of slots stays small.
Invariant: edges stand in the order of their coordinates, lowest end first, whatever order they were read in; the box and
its corner depend on the shape alone. So nothing that follows depends on chunks, threads or the order of the input.
Cost: the edges of the chains that meet the box; those that meet it themselves are sorted once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.kernels.kd_tree import Boxes, eastward, northward
from pipeline.kernels.numba_cache import ZERO, inner, kernel
from pipeline.kernels.rings import Rings
from pipeline.kernels.sorting import order_of

STEP_M = 0.0625  # corners stand on a grid that binary numbers write exactly,
ASIDE_M = 0.03515625  # and aside of it, where drawn coordinates do not lie
MOST_SLOTS = 128
SURE = 1.0 + 1e-9  # more than rounding makes of a product


@kernel
def boxes_of(x, y, first, ring_first):
    """The box of each shape, grown to a corner of its own; ring_first: where the rings of each shape begin, and the end."""
    count = len(ring_first) - 1
    left, low, right, high = np.empty(count), np.empty(count), np.empty(count), np.empty(count)
    for shape in range(count):
        begin, end = first[ring_first[shape]], first[ring_first[shape + 1]]
        x0, y0, x1, y1 = np.inf, np.inf, -np.inf, -np.inf
        for at in range(begin, end):
            x0, x1 = min(x0, x[at]), max(x1, x[at])
            y0, y1 = min(y0, y[at]), max(y1, y[at])
        left[shape] = np.floor(x0 / STEP_M) * STEP_M - ASIDE_M
        low[shape] = np.floor(y0 / STEP_M) * STEP_M - ASIDE_M
        right[shape] = np.ceil(x1 / STEP_M) * STEP_M + ASIDE_M
        high[shape] = np.ceil(y1 / STEP_M) * STEP_M + ASIDE_M
    return left, low, right, high


def grown_boxes(loops: Rings, ring_first: Any) -> Boxes:
    """The boxes of shapes with a margin in which nothing of the shape lies."""
    return Boxes(*boxes_of(loops.x, loops.y, loops.first, ring_first))


@inner
def is_before(rows, one, two):
    """Whether one row of a table stands before another, column by column."""
    for column in range(rows.shape[1]):
        if rows[one, column] != rows[two, column]:
            return rows[one, column] < rows[two, column]
    return False


@inner
def in_order(rows, count, to):
    """Write the first rows of a table to another in order, column by column."""
    keys = np.empty(count)
    for at in range(count):
        keys[at] = rows[at, 0]
    order = order_of(keys, count)
    for at in range(1, count):  # what has one first value goes to its place one by one
        row = order[at]
        before = at
        while before > 0 and keys[order[before - 1]] == keys[row] and is_before(rows, row, order[before - 1]):
            order[before] = order[before - 1]
            before -= 1
        order[before] = row
    for at in range(count):
        for column in range(rows.shape[1]):
            to[at, column] = rows[order[at], column]


@inner
def slot_of(blades, count, blade):
    """The place of a blade among the first of a rising list; one before where it would stand if it is not there."""
    low, high = ZERO, count
    while low < high:
        middle = (low + high) // 2
        if blades[middle] < blade:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def enlist(blades, count, blade):
    """Put a blade in its place of a rising list, once; the length of the list, at most one more than MOST_SLOTS."""
    at = slot_of(blades, count, blade)
    if count > MOST_SLOTS or (at < count and blades[at] == blade):
        return count
    for later in range(count, at, -1):
        blades[later] = blades[later - 1]
    blades[at] = blade
    return count + 1


@inner
def near_edges(edges, chains, of, box, found):
    """The edges of a range of a list of chains that meet a box: rows of their number and blade, and how many; a list with room."""
    x, y, wide, tall = (
        0.5 * (box[0] + box[2]),
        0.5 * (box[1] + box[3]),
        0.5 * (box[2] - box[0]),
        0.5 * (box[3] - box[1]),
    )
    count = ZERO
    for which in range(of[0], of[1]):
        chain = chains[which]
        if (
            edges.left[chain] > box[2]
            or edges.right[chain] < box[0]
            or edges.low[chain] > box[3]
            or edges.high[chain] < box[1]
        ):
            continue
        need = count + edges.end[chain] - edges.begin[chain]
        if need > len(found):
            longer = np.empty((2 * need, 2), np.int64)
            for at in range(count):
                longer[at, 0], longer[at, 1] = found[at, 0], found[at, 1]
            found = longer
        for at in range(edges.begin[chain], edges.end[chain]):
            ax, ay, bx, by = edges.x[at], edges.y[at], edges.x[at + 1], edges.y[at + 1]
            if max(ax, bx) < box[0] or min(ax, bx) > box[2] or max(ay, by) < box[1] or min(ay, by) > box[3]:
                continue
            dx, dy = bx - ax, by - ay
            # further aside from the middle of the box than any corner: one that passes a corner has no say in the box
            if abs(dx * (y - ay) - dy * (x - ax)) <= (abs(dx) * tall + abs(dy) * wide) * SURE:
                found[count, 0], found[count, 1] = at, edges.blade[chain]
                count += 1
    return found, count


@inner
def slots_near(near, count, wound, of, blades):
    """List the blades with an edge near, or that wind around the corner (a range of a list), rising; how many."""
    slots = ZERO
    for at in range(of[0], of[1]):
        slots = enlist(blades, slots, np.int64(wound[at]))
    last = -1
    for at in range(count):
        if near[at, 1] != last:
            last = near[at, 1]
            slots = enlist(blades, slots, last)
    return slots


@inner
def own_rows(loops, rings, corner, rows):
    """The edges of a shape as rows: lower end, upper end, slot, and 1 where it was drawn upwards (level: eastwards), else -1; how many."""
    count = ZERO
    for ring in range(rings[0], rings[1]):
        for at in range(loops.first[ring], loops.first[ring + 1] - 1):
            count = put(rows, count, (loops.x[at], loops.y[at], loops.x[at + 1], loops.y[at + 1]), corner, ZERO)
    return count


@inner
def blade_rows(edges, near, of, blades, corner, rows):
    """Add the edges near (so many, their blades so many) to rows; their slots are places in the list of blades, plus one; how many."""
    number, slots, count = of
    blade, slot = ZERO - 1, ZERO
    for row in range(number):
        at = near[row, 0]
        if near[row, 1] != blade:
            blade = near[row, 1]
            slot = slot_of(blades, slots, blade) + 1
        count = put(rows, count, (edges.x[at], edges.y[at], edges.x[at + 1], edges.y[at + 1]), corner, slot)
    return count


@inner
def put(rows, count, ends, corner, slot):
    """Add an edge, lower end first; the number of rows after it. An edge of no length is none."""
    ax, ay, bx, by = ends[0] - corner[0], ends[1] - corner[1], ends[2] - corner[0], ends[3] - corner[1]
    if ax == bx and ay == by:
        return count
    up = ay < by or (ay == by and ax < bx)
    # y first: rows stand in order of height
    rows[count, 0], rows[count, 1], rows[count, 2], rows[count, 3] = (ay, ax, by, bx) if up else (by, bx, ay, ax)
    rows[count, 4], rows[count, 5] = float(slot), 1.0 if up else -1.0
    return count + 1


@inner
def crossings(rows, of, is_south, spare, found):
    """Where a side of the box is crossed, from the corner on: rows of place, slot and change of winding number, in order; how many.

    of: a range of rows; is_south: 1 for the southern side, 0 for the western; spare: as long as what is found.
    """
    count = ZERO
    for at in range(of[0], of[1]):
        y0, x0, y1, x1 = rows[at, 0], rows[at, 1], rows[at, 2], rows[at, 3]
        if is_south:
            by = eastward(x0, y0, x1, y1, 0.0, 0.0, np.inf)
            if by != 0:
                spare[count, 0] = max(x0 + (0.0 - y0) * (x1 - x0) / (y1 - y0), 0.0)
        else:
            by = northward(x0, y0, x1, y1, 0.0, 0.0, np.inf)
            if by != 0:
                spare[count, 0] = max(y0 + (0.0 - x0) * (y1 - y0) / (x1 - x0), 0.0)
        if by != 0:
            spare[count, 1], spare[count, 2] = rows[at, 4], by * rows[at, 5]
            count += 1
    in_order(spare, count, found)
    return count
