"""Streek: the area of a shape under every set of blades, by one sweep from its lowest to its highest point.

Idea: between two heights at which no edge begins, ends or crosses another, the shape is a row of trapezoids. From west to
east every edge changes the counter of its blade by one; a trapezoid belongs to the blades whose counter is above zero.
Invariant: edges that coincide enclose a trapezoid of no breadth, whatever their order, and overlap within a blade is a
counter of two; no topology is formed, so nothing can fail. The counters at the western side are those at the corner, and
what crosses that side below.
Cost: k edges give at most 2k + crossings heights; each costs the edges that span it, nearly sorted already.
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels import kernel
from pipeline.stages.overlay.descent import grown

Y0, X0, Y1, X1, SLOT, DRAWN, LEAN = 0, 1, 2, 3, 4, 5, 6  # columns of rows of edges; LEAN: breadth per height
WORD = 64  # a set is two words of bits; slot 1 is the lowest bit


@kernel
def sweep(rows, border, wound):
    """Sets of slots as two words of bits, and m2 of the shape (slot 0) under each; in the order in which they are met.

    rows: edges of the shape and of blades, lowest first; border: what crosses the western side; wound: counters at the corner by slot.
    """
    low, high = span(rows)
    kept = within(rows, low, high)
    heights = levels(kept, border, (low, high))
    first, second, area = np.empty(16, np.uint64), np.empty(16, np.uint64), np.empty(16)
    known, last = 0, 0
    counter, base = np.empty(len(wound), np.int64), wound.copy()
    base_one, base_two = words(base)
    active, at_x = np.empty(len(kept), np.int64), np.empty(len(kept))
    count, coming, risen = 0, 0, 0
    for slab in range(len(heights) - 1):
        y0, y1 = heights[slab], heights[slab + 1]
        middle = y0 + 0.5 * (y1 - y0)
        while risen < len(border) and border[risen, 0] < middle:
            base[int(border[risen, 1])] += int(border[risen, 2])
            base_one, base_two = words(base)
            risen += 1
        count, coming = turn(kept, active, (count, coming), middle)
        arrange_at(kept, active, at_x, (count, middle))
        for slot in range(len(base)):
            counter[slot] = base[slot]
        one, two = base_one, base_two
        for at in range(count - 1):
            row = active[at]
            slot = int(kept[row, SLOT])
            before = counter[slot] > 0
            counter[slot] -= int(
                kept[row, DRAWN]
            )  # land lies left of an edge: eastwards over a rising edge one leaves it
            if slot > 0 and before != (counter[slot] > 0):
                one, two = flip(one, two, slot)
            if counter[0] <= 0 or at_x[at + 1] <= at_x[at]:
                continue
            if known == 0 or first[last] != one or second[last] != two:
                last = find(first, second, known, (one, two))
                if last == known:
                    first, second, area = grown(first, known + 1), grown(second, known + 1), grown(area, known + 1)
                    first[known], second[known], area[known] = one, two, 0.0
                    known += 1
            area[last] += (at_x[at + 1] - at_x[at]) * (y1 - y0)
    return first[:known], second[:known], area[:known]


@kernel
def find(first, second, known, words_of):
    """The place of a set among the first of a list, or their number."""
    for at in range(known):
        if first[at] == words_of[0] and second[at] == words_of[1]:
            return at
    return known


@kernel
def flip(one, two, slot):
    """The two words of a set with one slot the other way."""
    bit = np.uint64(1) << np.uint64((slot - 1) % WORD)
    if slot <= WORD:
        return one ^ bit, two
    return one, two ^ bit


@kernel
def words(counter):
    """The two words of the slots whose counter is above zero."""
    one, two = np.uint64(0), np.uint64(0)
    for slot in range(1, len(counter)):
        if counter[slot] > 0:
            one, two = flip(one, two, slot)
    return one, two


@kernel
def span(rows):
    """The lowest and highest point of the shape itself."""
    low, high = np.inf, -np.inf
    for at in range(len(rows)):
        if rows[at, SLOT] == 0:
            low, high = min(low, rows[at, Y0]), max(high, rows[at, Y1])
    return low, high


@kernel
def within(rows, low, high):
    """Rows that rise and have a part between two heights east of the western side, clipped at that side; still in order of height."""
    kept = np.empty((len(rows), 7))
    count = 0
    for at in range(len(rows)):
        y0, x0, y1, x1 = rows[at, Y0], rows[at, X0], rows[at, Y1], rows[at, X1]
        if y0 == y1 or y1 <= low or y0 >= high or (x0 <= 0.0 and x1 <= 0.0):
            continue
        if x0 <= 0.0:
            x0, y0 = 0.0, y0 + (0.0 - x0) * (y1 - y0) / (x1 - x0)
        elif x1 <= 0.0:
            x1, y1 = 0.0, y0 + (0.0 - x0) * (y1 - y0) / (x1 - x0)
        if y0 >= y1:
            continue
        place = count
        while place > 0 and kept[place - 1, Y0] > y0:  # clipping moves a few
            kept[place] = kept[place - 1]
            place -= 1
        kept[place, Y0], kept[place, X0], kept[place, Y1], kept[place, X1] = y0, x0, y1, x1
        kept[place, SLOT], kept[place, DRAWN], kept[place, LEAN] = (
            rows[at, SLOT],
            rows[at, DRAWN],
            (x1 - x0) / (y1 - y0),
        )
        count += 1
    return kept[:count]


@kernel
def levels(rows, border, bounds):
    """The heights between two bounds at which an edge begins, ends, or crosses another or the western side; rising, each once."""
    found = np.empty(2 * len(rows) + len(border) + 16)
    found[0], found[1] = bounds
    count = 2
    for at in range(len(border)):  # a level edge may cross that side and have no end in the box
        if bounds[0] < border[at, 0] < bounds[1]:
            found[count] = border[at, 0]
            count += 1
    for one in range(len(rows)):
        found = grown(found, count + 2)
        for y in (rows[one, Y0], rows[one, Y1]):
            if bounds[0] < y < bounds[1]:
                found[count] = y
                count += 1
        left, right = min(rows[one, X0], rows[one, X1]), max(rows[one, X0], rows[one, X1])
        for two in range(one + 1, len(rows)):
            if rows[two, Y0] >= rows[one, Y1]:
                break
            if rows[one, SLOT] == 0 and rows[two, SLOT] == 0:  # a valid shape does not cross itself
                continue
            if max(rows[two, X0], rows[two, X1]) <= left or min(rows[two, X0], rows[two, X1]) >= right:
                continue
            y = crossing(rows, one, two)
            if bounds[0] < y < bounds[1]:
                found = grown(found, count + 1)
                found[count] = y
                count += 1
    found[:count].sort()
    kept = 1
    for at in range(1, count):
        if found[at] > found[kept - 1]:
            found[kept] = found[at]
            kept += 1
    return found[:kept]


@kernel
def crossing(rows, one, two):
    """The height at which two rows cross inside both; not a number where they do not."""
    dy, dx = rows[one, Y1] - rows[one, Y0], rows[one, X1] - rows[one, X0]
    ey, ex = rows[two, Y1] - rows[two, Y0], rows[two, X1] - rows[two, X0]
    y, x = rows[two, Y0] - rows[one, Y0], rows[two, X0] - rows[one, X0]
    begins, ends = dx * y - dy * x, dx * (y + ey) - dy * (x + ex)
    if begins * ends >= 0.0:
        return np.nan
    if (ex * y - ey * x) * (ex * (y - dy) - ey * (x - dx)) >= 0.0:
        return np.nan
    return rows[two, Y0] + ey * (begins / (begins - ends))


@kernel
def turn(rows, active, state, middle):
    """Take out of the active rows those that end below a height and bring in those that begin; their number, and that of all begun."""
    count, coming = state
    kept = 0
    for at in range(count):
        if rows[active[at], Y1] > middle:
            active[kept] = active[at]
            kept += 1
    while coming < len(rows) and rows[coming, Y0] < middle:
        if rows[coming, Y1] > middle:
            active[kept] = coming
            kept += 1
        coming += 1
    return kept, coming


@kernel
def arrange_at(rows, active, at_x, of):
    """Where the active rows are at a height, in order from west to east."""
    count, middle = of
    for at in range(count):
        row = active[at]
        y0, x0 = rows[row, Y0], rows[row, X0]
        x = x0 + (middle - y0) * rows[row, LEAN]
        place = at
        while place > 0 and at_x[place - 1] > x:
            active[place], at_x[place] = active[place - 1], at_x[place - 1]
            place -= 1
        active[place], at_x[place] = row, x
