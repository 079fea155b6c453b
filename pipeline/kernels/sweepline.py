"""Streek: the area of a shape under every set of blades, by one sweep from its lowest to its highest point.

Idea: between two heights at which no edge begins, ends or crosses another, the shape is a row of trapezoids. From west to
east every edge changes the counter of its blade by one; a trapezoid belongs to the blades whose counter is above zero.
Invariant: edges that coincide enclose a trapezoid of no breadth, whatever their order, and overlap within a blade is a
counter of two; no topology is formed, so nothing can fail. The counters at the western side are those at the corner, and
what crosses that side below.
Cost: k edges give at most 2k + crossings heights; each costs the edges that span it, nearly sorted already. Edges stand in columns,
so that those of one kind lie together, and all lists are used again by the next shape.
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels.hash_index import number_of, roomy
from pipeline.kernels.kd_tree import grown
from pipeline.kernels.numba_cache import ZERO, inner
from pipeline.kernels.sorting import rise

Y0, X0, Y1, X1, SLOT, DRAWN = 0, 1, 2, 3, 4, 5  # columns of rows of edges,
LEAN, WEST, EAST, COLUMNS = (
    6,
    7,
    8,
    9,
)  # and of what `within` keeps of them, turned: breadth per height, and the span in x
WORD = 64  # a set is two words of bits; slot 1 is the lowest bit


@inner
def sweep(rows, count, border, risen, base, slots, lists):
    """Sets of slots, and m2 of the shape (slot 0) under each, in the order in which they are met; how many; and the lists.

    rows: edges of the shape and of blades, lowest first, and how many; border: what crosses the western side, and how many;
    base: counters at the corner by slot, which are changed, and how many slots; lists: sets, m2 and a register, to be filled.
    """
    sets, area, table = lists
    low, high = span(rows, count)
    kept, many = within(rows, count, low, high)
    heights, levels_found = levels(kept, many, border, risen, low, high)
    counter, known, last = np.empty(slots, np.int64), ZERO, ZERO
    base_one, base_two = words(base, slots)
    active, at_x = np.empty(many, np.uint32), np.empty(many)
    standing, coming, met, own = ZERO, ZERO, ZERO, ZERO
    for slab in range(levels_found - 1):
        tall = heights[slab + 1] - heights[slab]
        middle = heights[slab] + 0.5 * tall
        if met < risen and border[met, 0] < middle:
            while met < risen and border[met, 0] < middle:
                base[np.uint32(border[met, 1])] += np.int64(border[met, 2])
                met += 1
            base_one, base_two = words(base, slots)
        standing, coming, own = arrange_at(kept, many, active, at_x, standing, coming, middle)
        for slot in range(slots):
            counter[slot] = base[slot]
        one, two = base_one, base_two
        for at in range(standing - 1):
            row = active[at]
            slot = np.uint32(kept[SLOT, row])
            before = counter[slot]
            # land lies left of an edge: eastwards over a rising edge one leaves it
            after = before - np.int64(kept[DRAWN, row])
            counter[slot] = after
            if slot == 0:
                own -= 1
                if own == 0:  # east of the shape
                    break
            elif (before > 0) != (after > 0):
                one, two = flip(one, two, np.int64(slot))
            wide = at_x[at + 1] - at_x[at]
            if counter[0] <= 0 or wide <= 0.0:
                continue
            if known == 0 or sets[last, 0] != one or sets[last, 1] != two:
                last = number_of(sets, known, table, one, two)
                if last == known:
                    sets[known, 0], sets[known, 1], area[known] = one, two, 0.0
                    known += 1
                    sets, table = roomy(sets, known, table)
                    area = grown(area, known + 1)
            area[last] += wide * tall
    return known, sets, area, table


@inner
def flip(one, two, slot):
    """The two words of a set with one slot the other way."""
    bit = np.uint64(1) << (np.uint64(slot - 1) & np.uint64(WORD - 1))
    if slot <= WORD:
        return one ^ bit, two
    return one, two ^ bit


@inner
def words(counter, slots):
    """The two words of the slots whose counter is above zero."""
    one, two = np.uint64(0), np.uint64(0)
    for slot in range(1, slots):
        if counter[slot] > 0:
            one, two = flip(one, two, slot)
    return one, two


@inner
def span(rows, count):
    """The lowest and highest point of the shape itself."""
    low, high = np.inf, -np.inf
    for at in range(count):
        if rows[at, SLOT] == 0:
            low, high = min(low, rows[at, Y0]), max(high, rows[at, Y1])
    return low, high


@inner
def within(rows, count, low, high):
    """Rows that rise and have a part between two heights east of the western side, clipped at that side; still in order of height.

    Given are columns of them, and how many.
    """
    kept = np.empty((COLUMNS, count))
    many = ZERO
    for at in range(count):
        y0, x0, y1, x1 = rows[at, Y0], rows[at, X0], rows[at, Y1], rows[at, X1]
        if y0 == y1 or y1 <= low or y0 >= high or (x0 <= 0.0 and x1 <= 0.0):
            continue
        if x0 <= 0.0:
            x0, y0 = 0.0, y0 + (0.0 - x0) * (y1 - y0) / (x1 - x0)
        elif x1 <= 0.0:
            x1, y1 = 0.0, y0 + (0.0 - x0) * (y1 - y0) / (x1 - x0)
        if y0 >= y1:
            continue
        place = many
        while place > 0 and kept[Y0, place - 1] > y0:  # clipping moves a few
            for column in range(COLUMNS):
                kept[column, place] = kept[column, place - 1]
            place -= 1
        kept[Y0, place], kept[X0, place], kept[Y1, place], kept[X1, place] = y0, x0, y1, x1
        kept[SLOT, place], kept[DRAWN, place], kept[LEAN, place] = (
            rows[at, SLOT],
            rows[at, DRAWN],
            (x1 - x0) / (y1 - y0),
        )
        kept[WEST, place], kept[EAST, place] = min(x0, x1), max(x0, x1)
        many += 1
    return kept, many


@inner
def levels(rows, many, border, risen, low, high):
    """The heights between two bounds at which an edge begins, ends, or crosses another or the western side; rising, each once; how many."""
    found = np.empty(2 * many + risen + 16)
    count = ZERO
    for at in range(risen):  # a level edge may cross that side and have no end in the box
        if low < border[at, 0] < high:
            found[count] = border[at, 0]
            count += 1
    for one in range(many):
        top, left, right, is_own = rows[Y1, one], rows[WEST, one], rows[EAST, one], rows[SLOT, one] == 0.0
        if low < top < high:
            if count == len(found):
                found = grown(found, count + 1)
            found[count] = top
            count += 1
        for two in range(one + 1, many):
            if rows[Y0, two] >= top:
                break
            # a valid shape does not cross itself; one branch for all, since none of them can be foreseen
            if (rows[EAST, two] <= left) | (rows[WEST, two] >= right) | (is_own & (rows[SLOT, two] == 0.0)):
                continue
            y = crossing(rows, one, two)
            if low < y < high:
                if count == len(found):
                    found = grown(found, count + 1)
                found[count] = y
                count += 1
    heights = np.empty(count + many + 2)
    rise(found, count, heights)
    heights[0] = low
    kept, at, row = ZERO + 1, ZERO, ZERO
    while at < count or row < many:  # the lower ends are in order already
        if row < many and (at == count or rows[Y0, row] <= found[at]):
            y = rows[Y0, row]
            row += 1
        else:
            y = found[at]
            at += 1
        if heights[kept - 1] < y < high:
            heights[kept] = y
            kept += 1
    heights[kept] = high
    return heights, kept + 1


@inner
def crossing(rows, one, two):
    """The height at which two rows cross inside both; not a number where they do not."""
    dy, dx = rows[Y1, one] - rows[Y0, one], rows[X1, one] - rows[X0, one]
    ey, ex = rows[Y1, two] - rows[Y0, two], rows[X1, two] - rows[X0, two]
    y, x = rows[Y0, two] - rows[Y0, one], rows[X0, two] - rows[X0, one]
    begins, ends = dx * y - dy * x, dx * (y + ey) - dy * (x + ex)
    if begins * ends >= 0.0:
        return np.nan
    if (ex * y - ey * x) * (ex * (y - dy) - ey * (x - dx)) >= 0.0:
        return np.nan
    return rows[Y0, two] + ey * (begins / (begins - ends))


@inner
def arrange_at(rows, many, active, at_x, standing, coming, middle):
    """The rows that span a height, and where they are at it, in order from west to east; how many, how many have begun, and how many are of the shape.

    As the rows stood at the height below, without those that have ended, and with those that begin.
    """
    kept, own = ZERO, ZERO
    for at in range(standing):
        row = active[at]
        if rows[Y1, row] > middle:
            own += rows[SLOT, row] == 0.0
            settle(rows, active, at_x, kept, row, middle)
            kept += 1
    while coming < many and rows[Y0, coming] < middle:
        if rows[Y1, coming] > middle:
            own += rows[SLOT, coming] == 0.0
            settle(rows, active, at_x, kept, np.uint32(coming), middle)
            kept += 1
        coming += 1
    return kept, coming, own


@inner
def settle(rows, active, at_x, place, row, middle):
    """Bring a row to its place among so many."""
    x = rows[X0, row] + (middle - rows[Y0, row]) * rows[LEAN, row]
    while place > 0 and at_x[place - 1] > x:
        active[place], at_x[place] = active[place - 1], at_x[place - 1]
        place -= 1
    active[place], at_x[place] = row, x
