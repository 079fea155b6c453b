"""Omtrek: the outlines of the parts of a shape that lie under one set of blades each.

Idea: a line between nodes bounds a part where the sets on its two sides differ. The set beside a line is that at the corner of
the box, changed by every line between. Following the boundary with the part on the left, and at each node the first turn
clockwise from where one came, goes round one connected part; what touches itself at a node is cut off there.
Invariant: every boundary line is walked once for each part beside it, so parts share their vertices: no gap, no overlap.
Their area is held against that of the sweep; anything else is told as odd and left to the other engine.
Cost: lines times lines of one shape.
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels import kernel
from pipeline.stages.overlay.sweep import find, words

NONE = -1  # outside the shape
UNSEEN = -2


@kernel
def beside(x, y, lines, sides, wound):
    """The sets left and right of each line, as places in a growing list of sets; NONE outside the shape.

    lines: as `noded` gives them; sides: what crosses the western and the southern side of the box; wound: counters at the corner.
    """
    begin, end = lines[0], lines[1]
    count = len(begin)
    left, right = np.full(count, UNSEEN, np.int64), np.full(count, UNSEEN, np.int64)
    one, two = np.empty(2 * count, np.uint64), np.empty(2 * count, np.uint64)
    known = 0
    counter = np.empty(len(wound), np.int64)
    met = lines_at(len(x), begin, end)
    for line in range(count):
        if left[line] != UNSEEN:
            continue
        u, v = begin[line], end[line]
        is_steep = abs(y[v] - y[u]) >= abs(x[v] - x[u])
        at = (0.5 * (x[u] + x[v]), 0.5 * (y[u] + y[v]))
        counter[:] = wound
        border = sides[0] if is_steep else sides[1]
        for row in range(len(border)):
            if border[row, 0] > (at[1] if is_steep else at[0]):  # as `passed` has it: the point lies a hair beyond
                break
            counter[int(border[row, 1])] += int(border[row, 2])
        if is_steep:
            passed(counter, (x, y), lines, at, line, True)
        else:
            passed(counter, (y, x), lines, (at[1], at[0]), line, False)
        before, known = state(counter, one, two, known)
        cross(counter, (x, y) if is_steep else (y, x), lines, line, is_steep)
        after, known = state(counter, one, two, known)
        rises = y[v] > y[u] if is_steep else x[v] < x[u]
        left[line], right[line] = (before, after) if rises else (after, before)
        for node in (u, v):
            follow(lines, met, (left, right), (line, node))
    return left, right, one[:known], two[:known]


@kernel
def lines_at(nodes, begin, end):
    """The number of lines that meet at each node, and of these the last two."""
    met = np.zeros((nodes, 3), np.int64)
    for line in range(len(begin)):
        for node in (begin[line], end[line]):
            met[node, 2] = met[node, 1]
            met[node, 1] = line
            met[node, 0] += 1
    return met


@kernel
def follow(lines, met, sets, where):
    """Give the lines that go on after a line, with no other between, the sets of that line."""
    begin, end, first, slots, times = lines
    left, right = sets
    line, node = where
    while met[node, 0] == 2:
        on = met[node, 1] if met[node, 1] != line else met[node, 2]
        if left[on] != UNSEEN or first[on + 1] - first[on] != first[line + 1] - first[line]:
            return
        sign = 1 if (end[line] == node) == (begin[on] == node) else -1
        for at in range(first[on + 1] - first[on]):
            if (
                slots[first[on] + at] != slots[first[line] + at]
                or times[first[on] + at] != sign * times[first[line] + at]
            ):
                return
        left[on], right[on] = (left[line], right[line]) if sign > 0 else (right[line], left[line])
        node = end[on] if begin[on] == node else begin[on]
        line = on


@kernel
def passed(counter, axes, lines, at, own, eastwards):
    """Change the counters as on a walk from the side of the box to a point on a line: along the first axis, at one place of the second."""
    x, y = axes
    begin, end = lines[0], lines[1]
    at_x, at_y = at
    for line in range(len(begin)):
        u, v = begin[line], end[line]
        if (y[u] <= at_y) == (y[v] <= at_y) or line == own or (x[u] >= at_x and x[v] >= at_x):
            continue
        where = x[u] + (at_y - y[u]) * (x[v] - x[u]) / (y[v] - y[u])
        if 0.0 < where < at_x:
            cross(counter, axes, lines, line, eastwards)


@kernel
def cross(counter, axes, lines, line, eastwards):
    """Change the counters as by a walk over a line along the first axis, which is eastwards or northwards."""
    first, slots, times = lines[2], lines[3], lines[4]
    rises = axes[1][lines[1][line]] > axes[1][lines[0][line]]
    sign = -1 if rises == eastwards else 1
    for at in range(first[line], first[line + 1]):
        counter[slots[at]] += sign * times[at]


@kernel
def state(counter, one, two, known):
    """The place of the set of the counters in a list, and its length; NONE outside the shape."""
    if counter[0] <= 0:
        return NONE, known
    here = words(counter)
    at = find(one, two, known, here)
    if at == known:
        one[known], two[known] = here
        return at, known + 1
    return at, known


@kernel
def walked(x, y, lines, left, right):
    """Rings of nodes with one part on the left, the part of each, and whether every walk came back; left and right by line."""
    begin, end = lines
    count = len(begin)
    start, stop, part = np.empty(2 * count, np.int64), np.empty(2 * count, np.int64), np.empty(2 * count, np.int64)
    halves = 0
    for line in range(count):
        if left[line] == right[line]:
            continue
        for u, v, of in ((begin[line], end[line], left[line]), (end[line], begin[line], right[line])):
            if of != NONE:
                start[halves], stop[halves], part[halves] = u, v, of
                halves += 1
    head, following = np.full(len(x), -1, np.int64), np.empty(halves, np.int64)
    for half in range(halves):
        following[half] = head[start[half]]
        head[start[half]] = half
    used = np.zeros(halves, np.bool_)
    nodes, first, of_ring = np.empty(halves, np.int64), np.zeros(halves + 1, np.int64), np.empty(halves, np.int64)
    path, seen = np.empty(halves + 1, np.int64), np.full(len(x), -1, np.int64)
    rings, filled = 0, 0
    for begins in range(halves):
        if used[begins]:
            continue
        half, depth = begins, 0
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
                return nodes[:0], first[:1], of_ring[:0], False
            if half == begins:
                break
        for at in range(depth):
            nodes[filled] = path[at]
            seen[path[at]] = -1
            filled += 1
        of_ring[rings] = part[begins]
        rings += 1
        first[rings] = filled
    return nodes[:filled], first[: rings + 1], of_ring[:rings], True


@kernel
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


@kernel
def following_alone(candidate, following, part):
    """Whether no later half of the same node goes round the same part."""
    later = following[candidate]
    while later >= 0:
        if part[later] == part[candidate]:
            return False
        later = following[later]
    return True


@kernel
def ring_area(x, y, nodes):
    """Twice the signed area of a ring of nodes, counted from its first."""
    twice = 0.0
    for at in range(1, len(nodes) - 1):
        ax, ay = x[nodes[at]] - x[nodes[0]], y[nodes[at]] - y[nodes[0]]
        bx, by = x[nodes[at + 1]] - x[nodes[0]], y[nodes[at + 1]] - y[nodes[0]]
        twice += ax * by - ay * bx
    return twice


@kernel
def holds(x, y, nodes, at_x, at_y):
    """Whether a ring of nodes goes round a point."""
    inside = False
    before = nodes[-1]
    for node in nodes:
        if (y[node] <= at_y) != (y[before] <= at_y):
            where = x[node] + (at_y - y[node]) * (x[before] - x[node]) / (y[before] - y[node])
            if where < at_x:
                inside = not inside
        before = node
    return inside


@kernel
def placed(x, y, rings):
    """For each ring its area (a hole's is below 0) and the shell that it lies in: itself for a shell, -1 where there is none."""
    nodes, first, of_ring = rings
    count = len(of_ring)
    area, shell = np.empty(count), np.full(count, -1, np.int64)
    for ring in range(count):
        area[ring] = 0.5 * ring_area(x, y, nodes[first[ring] : first[ring + 1]])
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
            if holds(x, y, nodes[first[ring] : first[ring + 1]], at_x, at_y):
                shell[hole] = ring
    return area, shell
