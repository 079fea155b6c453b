"""Omtrek: the outlines of the parts of a shape that lie under one set of blades each.

Idea: a line between nodes bounds a part where the sets on its two sides differ. The set beside a line is that at the corner of
the box, changed by every line between. Following the boundary with the part on the left, and at each node the first turn
clockwise from where one came, goes round one connected part; what touches itself at a node is cut off there.
Invariant: every boundary line is walked once for each part beside it, so parts share their vertices: no gap, no overlap.
Their area is held against that of the sweep; anything else is told as odd and left to the other engine.
Cost: for each line that does not follow from its neighbour, the lines in its strip: those that share its height, or breadth.
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels.hash_index import number_of, roomy
from pipeline.kernels.numba_cache import SOME, ZERO, inner
from pipeline.kernels.sweepline import words

NONE = -1  # outside the shape
UNSEEN = -2
PER_STRIP = 8  # lines


@inner
def beside(x, y, nodes, lines, drawn, many, sides, wound, slots):
    """The sets left and right of each line, as places in a list of sets; NONE outside the shape. And that list, and its length.

    lines, drawn: as `noded` gives them, and so many; sides: what crosses the western and the southern side of the box, and how
    many; wound: counters at the corner, and how many.
    """
    border, risen, south, along = sides
    left, right = np.full(many, UNSEEN, np.int64), np.full(many, UNSEEN, np.int64)
    sets, table, known = np.empty((SOME, 2), np.uint64), np.empty(SOME, np.int32), ZERO
    counter = np.empty(slots, np.int64)
    met = lines_at(nodes, lines, many)
    of_y = strips(x, y, lines, many)
    of_x = strips(y, x, lines, many)
    for line in range(many):
        if left[line] != UNSEEN:
            continue
        u, v = lines[line, 0], lines[line, 1]
        is_steep = abs(y[v] - y[u]) >= abs(x[v] - x[u])
        at_x, at_y = 0.5 * (x[u] + x[v]), 0.5 * (y[u] + y[v])
        for slot in range(slots):
            counter[slot] = wound[slot]
        if is_steep:
            bordered(counter, border, risen, at_y)
            passed(counter, of_y, lines, drawn, at_x, at_y, line, is_steep)
        else:
            bordered(counter, south, along, at_x)
            passed(counter, of_x, lines, drawn, at_y, at_x, line, is_steep)
        before = state(counter, sets, known, table, slots)
        if before == known:
            known += 1
            sets, table = roomy(sets, known, table)
        rises = y[v] > y[u] if is_steep else x[v] > x[u]
        cross(counter, lines, drawn, line, rises == is_steep)
        after = state(counter, sets, known, table, slots)
        if after == known:
            known += 1
            sets, table = roomy(sets, known, table)
        left[line], right[line] = (before, after) if rises == is_steep else (after, before)
        follow(lines, drawn, met, left, right, line, u)
        follow(lines, drawn, met, left, right, line, v)
    return left, right, sets, known


@inner
def lines_at(nodes, lines, many):
    """The number of lines that meet at each node, and of these the last two."""
    met = np.zeros((nodes, 3), np.uint32)
    for line in range(many):
        for end in range(2):
            node = lines[line, end]
            met[node, 2] = met[node, 1]
            met[node, 1] = line
            met[node, 0] += 1
    return met


@inner
def follow(lines, drawn, met, left, right, line, node):
    """Give the lines that go on after a line at a node, with no other between, the sets of that line."""
    line = np.uint32(line)
    while met[node, 0] == 2:
        on = met[node, 1] if met[node, 1] != line else met[node, 2]
        first, of_on = lines[line, 2], lines[on, 2]
        count = lines[line + 1, 2] - first
        if left[on] != UNSEEN or lines[on + 1, 2] - of_on != count:
            return
        same = (lines[line, 1] == node) == (lines[on, 0] == node)
        for at in range(count):
            times = drawn[first + at, 1]
            if drawn[of_on + at, 0] != drawn[first + at, 0] or drawn[of_on + at, 1] != (times if same else -times):
                return
        left[on], right[on] = (left[line], right[line]) if same else (right[line], left[line])
        node = lines[on, 1] if lines[on, 0] == node else lines[on, 0]
        line = on


@inner
def strips(x, y, lines, many):
    """The lines by strips of equal breadth across the second axis: where those of each strip begin, and the end; of each line its
    number and ends (lower first, and whether it was turned for that); and the lowest place and the strips per metre.
    """
    low, high, climbed = np.inf, -np.inf, 0.0
    for line in range(many):
        u, v = lines[line, 0], lines[line, 1]
        low, high = min(low, y[u], y[v]), max(high, y[u], y[v])
        climbed += abs(y[v] - y[u])
    count = 1
    if many > 4 * PER_STRIP:  # as many as leave a line in some three of them
        count = max(1, np.int64(min(many / PER_STRIP, 2.0 * many * (high - low) / max(climbed, 1e-300))))
    scale = count / max(high - low, 1e-300)
    first = np.zeros(count + 2, np.int64)
    for line in range(many):
        y0, y1 = y[lines[line, 0]], y[lines[line, 1]]
        if y0 != y1:
            begin, end = strip_of(min(y0, y1), low, scale, count), strip_of(max(y0, y1), low, scale, count)
            for strip in range(begin, end + 1):
                first[strip + 2] += 1
    for strip in range(count + 1):
        first[strip + 1] += first[strip]
    number, ends = np.empty(first[count + 1], np.uint32), np.empty((first[count + 1], 4))
    for line in range(many):
        x0, y0, x1, y1 = x[lines[line, 0]], y[lines[line, 0]], x[lines[line, 1]], y[lines[line, 1]]
        if y0 != y1:
            begin, end = strip_of(min(y0, y1), low, scale, count), strip_of(max(y0, y1), low, scale, count)
            for strip in range(begin, end + 1):
                at = first[strip + 1]
                number[at], ends[at, 0], ends[at, 1], ends[at, 2], ends[at, 3] = line, x0, y0, x1, y1
                first[strip + 1] += 1
    return first, number, ends, low, scale, count


@inner
def strip_of(y, low, scale, count):
    """The strip that a place lies in."""
    return min(np.int64((y - low) * scale), count - 1)


@inner
def bordered(counter, border, count, end):
    """Change the counters as on a walk along a side of the box; as `passed` has it, the point lies a hair beyond."""
    for row in range(count):
        if border[row, 0] > end:
            break
        counter[np.uint32(border[row, 1])] += np.int64(border[row, 2])


@inner
def passed(counter, index, lines, drawn, at_x, at_y, own, eastwards):
    """Change the counters as on a walk from the side of the box to a point on a line: along the first axis, at one place of the second."""
    first, number, ends, low, scale, count = index
    strip = strip_of(at_y, low, scale, count)
    for at in range(first[strip], first[strip + 1]):
        x0, y0, x1, y1 = ends[at, 0], ends[at, 1], ends[at, 2], ends[at, 3]
        if ((y0 <= at_y) == (y1 <= at_y)) | ((x0 >= at_x) & (x1 >= at_x)) | (number[at] == own):
            continue
        where = x0 + (at_y - y0) * (x1 - x0) / (y1 - y0)
        if 0.0 < where < at_x:
            cross(counter, lines, drawn, np.int64(number[at]), (y1 > y0) == eastwards)


@inner
def cross(counter, lines, drawn, line, leaves):
    """Change the counters as by a walk over a line, from its left to its right or back."""
    line = np.uint32(line)
    for at in range(lines[line, 2], lines[line + 1, 2]):
        counter[np.uint32(drawn[at, 0])] += -drawn[at, 1] if leaves else drawn[at, 1]


@inner
def state(counter, sets, known, table, slots):
    """The place of the set of the counters in a list, new or not; NONE outside the shape."""
    if counter[0] <= 0:
        return NONE
    one, two = words(counter, slots)
    at = number_of(sets, known, table, one, two)
    sets[at, 0], sets[at, 1] = one, two
    return at


@inner
def walked(x, y, nodes_many, lines, many, left, right):
    """Rings of nodes with one part on the left, the part of each, and whether every walk came back; left and right by line."""
    halves = 0
    for line in range(many):
        if left[line] != right[line]:
            halves += (left[line] != NONE) + (right[line] != NONE)
    start, stop, part = np.empty(halves, np.uint32), np.empty(halves, np.uint32), np.empty(halves, np.int64)
    half = ZERO
    for line in range(many):
        if left[line] == right[line]:
            continue
        if left[line] != NONE:
            start[half], stop[half], part[half] = lines[line, 0], lines[line, 1], left[line]
            half += 1
        if right[line] != NONE:
            start[half], stop[half], part[half] = lines[line, 1], lines[line, 0], right[line]
            half += 1
    head, seen = np.full(nodes_many, -1, np.int64), np.full(nodes_many, -1, np.int64)
    following, used = np.empty(halves, np.int64), np.zeros(halves, np.bool_)
    for half in range(halves):
        following[half] = head[start[half]]
        head[start[half]] = half
    nodes, first, of_ring = np.empty(halves, np.uint32), np.zeros(halves + 1, np.int64), np.empty(halves, np.int64)
    path = np.empty(halves + 1, np.uint32)
    rings, filled = ZERO, ZERO
    for begins in range(halves):
        if used[begins]:
            continue
        half, depth = begins, ZERO
        while True:
            used[half] = True
            node = start[half]
            if seen[node] >= 0:  # the walk touches itself: what it went round since is a ring of its own
                for at in range(seen[node], depth):
                    nodes[filled] = path[at]
                    filled += 1
                    if at > seen[node]:
                        seen[path[at]] = -1
                depth = seen[node]
                of_ring[rings] = part[half]
                rings += 1
                first[rings] = filled
            seen[node] = depth
            path[depth] = node
            depth += 1
            half = turned(x, y, (start, stop, part), (head, following), half)
            if half < 0 or (used[half] and half != begins):
                return nodes, first, of_ring, ZERO, False
            if half == begins:
                break
        for at in range(depth):
            nodes[filled] = path[at]
            seen[path[at]] = -1
            filled += 1
        of_ring[rings] = part[begins]
        rings += 1
        first[rings] = filled
    return nodes, first, of_ring, rings, True


@inner
def turned(x, y, halves, lists, half):
    """The half that goes on after another round the same part: the first clockwise from where one came; -1 for none."""
    start, stop, part = halves
    head, following = lists
    node = stop[half]
    best, found = np.inf, -1
    came = np.nan
    candidate = head[node]
    while candidate >= 0:
        if part[candidate] == part[half]:
            if found < 0 and following_alone(candidate, following, part):
                return candidate
            if np.isnan(came):
                came = np.arctan2(y[start[half]] - y[node], x[start[half]] - x[node])
            angle = came - np.arctan2(y[stop[candidate]] - y[node], x[stop[candidate]] - x[node])
            if angle <= 0.0:
                angle += 2.0 * np.pi
            if angle < best:
                best, found = angle, candidate
        candidate = following[candidate]
    return found


@inner
def following_alone(candidate, following, part):
    """Whether no later half of the same node goes round the same part."""
    later = following[candidate]
    while later >= 0:
        if part[later] == part[candidate]:
            return False
        later = following[later]
    return True


@inner
def ring_area(x, y, nodes, begin, end):
    """Twice the signed area of a ring of nodes (a range of a list), counted from its first."""
    twice = 0.0
    x0, y0 = x[nodes[begin]], y[nodes[begin]]
    for at in range(begin + 1, end - 1):
        ax, ay = x[nodes[at]] - x0, y[nodes[at]] - y0
        bx, by = x[nodes[at + 1]] - x0, y[nodes[at + 1]] - y0
        twice += ax * by - ay * bx
    return twice


@inner
def holds(x, y, nodes, begin, end, at_x, at_y):
    """Whether a ring of nodes (a range of a list) goes round a point."""
    inside = False
    before = nodes[end - 1]
    for at in range(begin, end):
        node = nodes[at]
        if (y[node] <= at_y) != (y[before] <= at_y):
            where = x[node] + (at_y - y[node]) * (x[before] - x[node]) / (y[before] - y[node])
            if where < at_x:
                inside = not inside
        before = node
    return inside


@inner
def placed(x, y, nodes, first, of_ring, count):
    """For each of so many rings its area (a hole's is below 0) and the shell that it lies in: itself for a shell, -1 where there is none."""
    area, shell = np.empty(count), np.full(count, -1, np.int64)
    for ring in range(count):
        area[ring] = 0.5 * ring_area(x, y, nodes, first[ring], first[ring + 1])
        if area[ring] > 0.0:
            shell[ring] = ring
    for hole in range(count):
        if area[hole] > 0.0:
            continue
        a, b = nodes[first[hole]], nodes[first[hole] + 1]
        at_x, at_y = 0.5 * (x[a] + x[b]), 0.5 * (y[a] + y[b])
        for ring in range(count):
            if area[ring] <= 0.0 or of_ring[ring] != of_ring[hole] or area[ring] < -area[hole]:
                continue
            if shell[hole] >= 0 and area[shell[hole]] <= area[ring]:
                continue
            if holds(x, y, nodes, first[ring], first[ring + 1], at_x, at_y):
                shell[hole] = ring
    return area, shell
