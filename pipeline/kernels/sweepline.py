"""The area of a shape under every set of cutters, by one sweep from its lowest to its highest point.

Idea: between two heights at which no edge begins, ends or crosses another, the shape is a row of trapezoids. From west
to east every edge changes the counter of its cutter by one; a trapezoid belongs to the cutters whose counter is above
zero.
Invariant: edges that coincide enclose a trapezoid of no breadth, whatever their order, and overlap within a cutter is
a counter of two; no topology is formed, so nothing can fail. The counters at the western side are those at the corner,
and what crosses that side below.
Cost: k edges give at most 2k + crossings heights; each costs the edges that span it, nearly sorted already. Edges
stand in columns, so that those of one kind lie together, and all lists are used again by the next shape.
"""

from typing import Any, NamedTuple

import numpy as np

from pipeline.kernels.hash_index import number_of, roomy
from pipeline.kernels.kd_tree import grown
from pipeline.kernels.numba_cache import ZERO, inner
from pipeline.kernels.sorting import rise

# Columns of rows of edges: lower end, upper end, slot, and 1 where drawn upwards, else -1;
Y0, X0, Y1, X1, SLOT, DRAWN = 0, 1, 2, 3, 4, 5
# and of what `within` makes of them, turned: breadth per height, and the span in x.
LEAN, WEST, EAST, COLUMNS = 6, 7, 8, 9
WORD = 64  # a set is two words of bits; slot 1 is the lowest bit


class SetRoom(NamedTuple):
    """Room for sets of slots: rows of two words, the hash table of their numbers, and m2 of each."""

    words: Any
    table: Any
    area: Any


class Side(NamedTuple):
    """Where one side of a box is crossed, from the corner on: rows of place (m), slot and change of winding
    number; how many.
    """

    rows: Any
    count: Any


@inner
def sweep(rows, count, west, base, room):
    """Sets of slots, and m2 of the shape (slot 0) under each, in the order in which they are met: how many, and their
    room.

    rows: edges of the shape and of cutters, lowest first, and how many; west: what crosses the western side; base:
    counters at the corner by slot, which are changed; room: to be filled, and returned as it is or larger.
    """
    set_words, table, area = room
    slots = len(base)
    low, high = span(rows, count)
    edges, many = within(rows, count, low, high)
    heights, height_count = levels(edges, many, west, low, high)
    counter, known, last = np.empty(slots, np.int64), ZERO, ZERO
    base0, base1 = words(base, slots)
    active, at_x = np.empty(many, np.uint32), np.empty(many)
    standing, coming, crossed, of_shape = ZERO, ZERO, ZERO, ZERO
    west_rows, west_count = west.rows, west.count
    for slab in range(height_count - 1):
        tall = heights[slab + 1] - heights[slab]
        middle = heights[slab] + 0.5 * tall
        # Counters at the western side change by what crossed it below this slab.
        if crossed < west_count and west_rows[crossed, 0] < middle:
            while crossed < west_count and west_rows[crossed, 0] < middle:
                base[np.uint32(west_rows[crossed, 1])] += np.int64(west_rows[crossed, 2])
                crossed += 1
            base0, base1 = words(base, slots)
        standing, coming, of_shape = arrange_at(edges, many, active, at_x, standing, coming, middle)
        for slot in range(slots):
            counter[slot] = base[slot]
        word0, word1 = base0, base1
        # From edge to edge eastwards: each trapezoid within the shape is added to the set of its counters.
        for i in range(standing - 1):
            row = active[i]
            slot = np.uint32(edges[SLOT, row])
            before = counter[slot]
            # land lies left of an edge: eastwards over a rising edge one leaves it
            after = before - np.int64(edges[DRAWN, row])
            counter[slot] = after
            if slot == 0:
                of_shape -= 1
                if of_shape == 0:  # east of the shape
                    break
            elif (before > 0) != (after > 0):
                word0, word1 = flip(word0, word1, np.int64(slot))
            wide = at_x[i + 1] - at_x[i]
            if counter[0] <= 0 or wide <= 0.0:
                continue
            # As a rule it is the set of the trapezoid before.
            if known == 0 or set_words[last, 0] != word0 or set_words[last, 1] != word1:
                last = number_of(set_words, known, table, word0, word1)
                if last == known:
                    set_words[known, 0], set_words[known, 1], area[known] = word0, word1, 0.0
                    known += 1
                    set_words, table = roomy(set_words, known, table)
                    area = grown(area, known + 1)
            area[last] += wide * tall
    return known, SetRoom(set_words, table, area)


@inner
def flip(word0, word1, slot):
    """The two words of a set with one slot the other way."""
    bit = np.uint64(1) << (np.uint64(slot - 1) & np.uint64(WORD - 1))
    if slot <= WORD:
        return word0 ^ bit, word1
    return word0, word1 ^ bit


@inner
def words(counter, slots):
    """The two words of the slots whose counter is above zero."""
    word0, word1 = np.uint64(0), np.uint64(0)
    for slot in range(1, slots):
        if counter[slot] > 0:
            word0, word1 = flip(word0, word1, slot)
    return word0, word1


@inner
def span(rows, count):
    """The lowest and highest point of the shape itself, in metres from the corner."""
    low, high = np.inf, -np.inf
    for row in range(count):
        if rows[row, SLOT] == 0:
            low, high = min(low, rows[row, Y0]), max(high, rows[row, Y1])
    return low, high


@inner
def within(rows, count, low, high):
    """Rows that rise and have a part between two heights (metres) east of the western side, clipped at that side; still
    in order of height.

    Given are columns of them, and how many.
    """
    clipped = np.empty((COLUMNS, count))
    many = ZERO
    for row in range(count):
        y0, x0, y1, x1 = rows[row, Y0], rows[row, X0], rows[row, Y1], rows[row, X1]
        if y0 == y1 or y1 <= low or y0 >= high or (x0 <= 0.0 and x1 <= 0.0):
            continue
        # Only the part east of the side; what lies west of it is told by the counters there.
        if x0 <= 0.0:
            x0, y0 = 0.0, y0 + (0.0 - x0) * (y1 - y0) / (x1 - x0)
        elif x1 <= 0.0:
            x1, y1 = 0.0, y0 + (0.0 - x0) * (y1 - y0) / (x1 - x0)
        if y0 >= y1:
            continue
        place = many
        while place > 0 and clipped[Y0, place - 1] > y0:  # clipping moves a few
            for column in range(COLUMNS):
                clipped[column, place] = clipped[column, place - 1]
            place -= 1
        clipped[Y0, place], clipped[X0, place], clipped[Y1, place], clipped[X1, place] = y0, x0, y1, x1
        clipped[SLOT, place], clipped[DRAWN, place] = rows[row, SLOT], rows[row, DRAWN]
        clipped[LEAN, place] = (x1 - x0) / (y1 - y0)
        clipped[WEST, place], clipped[EAST, place] = min(x0, x1), max(x0, x1)
        many += 1
    return clipped, many


@inner
def levels(edges, many, west, low, high):
    """The heights (metres) between two bounds at which an edge begins, ends, or crosses another or the western side;
    rising, each once; how many."""
    raw = np.empty(2 * many + west.count + 16)
    count = ZERO
    for row in range(west.count):  # a level edge may cross that side and have no end in the box
        if low < west.rows[row, 0] < high:
            raw[count] = west.rows[row, 0]
            count += 1
    # Upper ends, and crossings of edges that share a height and a breadth.
    for row in range(many):
        top, left, right = edges[Y1, row], edges[WEST, row], edges[EAST, row]
        is_of_shape = edges[SLOT, row] == 0.0
        if low < top < high:
            if count == len(raw):
                raw = grown(raw, count + 1)
            raw[count] = top
            count += 1
        for other in range(row + 1, many):
            if edges[Y0, other] >= top:
                break
            # a valid shape does not cross itself; one branch for all, since none of them can be foreseen
            if (
                (edges[EAST, other] <= left)
                | (edges[WEST, other] >= right)
                | (is_of_shape & (edges[SLOT, other] == 0.0))
            ):
                continue
            y = crossing(edges, row, other)
            if low < y < high:
                if count == len(raw):
                    raw = grown(raw, count + 1)
                raw[count] = y
                count += 1
    heights = np.empty(count + many + 2)
    rise(raw, count, heights)
    # Merge with the lower ends, which are in order already; each height once.
    heights[0] = low
    height_count, i, row = ZERO + 1, ZERO, ZERO
    while i < count or row < many:
        if row < many and (i == count or edges[Y0, row] <= raw[i]):
            y = edges[Y0, row]
            row += 1
        else:
            y = raw[i]
            i += 1
        if heights[height_count - 1] < y < high:
            heights[height_count] = y
            height_count += 1
    heights[height_count] = high
    return heights, height_count + 1


@inner
def crossing(edges, row, other):
    """The height (metres) at which two rows cross inside both; not a number where they do not."""
    dy, dx = edges[Y1, row] - edges[Y0, row], edges[X1, row] - edges[X0, row]
    ey, ex = edges[Y1, other] - edges[Y0, other], edges[X1, other] - edges[X0, other]
    y, x = edges[Y0, other] - edges[Y0, row], edges[X0, other] - edges[X0, row]
    # The ends of each must lie on different sides of the other; touching is no crossing.
    begins, ends = dx * y - dy * x, dx * (y + ey) - dy * (x + ex)
    if begins * ends >= 0.0:
        return np.nan
    if (ex * y - ey * x) * (ex * (y - dy) - ey * (x - dx)) >= 0.0:
        return np.nan
    return edges[Y0, other] + ey * (begins / (begins - ends))


@inner
def arrange_at(edges, many, active, at_x, standing, coming, middle):
    """The rows that span a height (metres), and where they are at it, in order from west to east.

    As the rows stood at the height below, without those that have ended, and with those that begin. Given are how many
    there are, how many have begun, and how many of them are of the shape.
    """
    count, of_shape = ZERO, ZERO
    # Nearly in order already: between two heights only edges that cross change places.
    for i in range(standing):
        row = active[i]
        if edges[Y1, row] > middle:
            of_shape += edges[SLOT, row] == 0.0
            settle(edges, active, at_x, count, row, middle)
            count += 1
    while coming < many and edges[Y0, coming] < middle:
        if edges[Y1, coming] > middle:
            of_shape += edges[SLOT, coming] == 0.0
            settle(edges, active, at_x, count, np.uint32(coming), middle)
            count += 1
        coming += 1
    return count, coming, of_shape


@inner
def settle(edges, active, at_x, place, row, middle):
    """Bring a row to its place among so many at a height (metres), from west to east."""
    x = edges[X0, row] + (middle - edges[Y0, row]) * edges[LEAN, row]
    while place > 0 and at_x[place - 1] > x:
        active[place], at_x[place] = active[place - 1], at_x[place - 1]
        place -= 1
    active[place], at_x[place] = row, x
