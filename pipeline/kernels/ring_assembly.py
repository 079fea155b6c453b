"""The outlines of the parts of a shape that lie under one set of cutters each.

Idea: a line between nodes bounds a part where the sets on its two sides differ. The set beside a line is that at the
corner of the box, changed by every line between. Following the boundary with the part on the left, and at each node
the first turn clockwise from where one arrived, goes round one connected part; what touches itself at a node is cut
off there.
Invariant: every boundary line is walked once for each part beside it, so parts share their vertices: no gap, no
overlap. Their area is held against that of the sweep; anything else is marked FALLBACK and left to the other engine.
Cost: for each line that does not follow from its neighbour, the lines in its strip: those that share its height, or
breadth.
"""

from typing import Any, NamedTuple

import numpy as np

from pipeline.kernels.hash_index import number_of, roomy
from pipeline.kernels.numba_cache import SOME, ZERO, inner
from pipeline.kernels.sweepline import words

NONE = -1  # outside the shape
UNSEEN = -2
PER_STRIP = 8  # lines


class Border(NamedTuple):
    """Where the western and southern side of the box are crossed (`Side`), and the counters at their corner by slot."""

    west: Any
    south: Any
    wound: Any


class SideSets(NamedTuple):
    """The sets left and right of each line, as rows of a list (NONE outside the shape); that list, and its length."""

    left: Any
    right: Any
    words: Any
    count: Any


class Strips(NamedTuple):
    """Lines by strips of equal breadth: where those of each strip begin; their numbers and ends; the lowest place,
    strips per m."""

    first: Any
    number: Any
    ends: Any
    low: Any
    scale: Any
    count: Any


class RingNodes(NamedTuple):
    """Rings of nodes with one part on the left: the nodes, where each ring begins, the part of each; how many rings."""

    nodes: Any
    first: Any
    part: Any
    count: Any


@inner
def sets_at_lines(graph, border):
    """The sets left and right of each line of a graph."""
    x, y, lines, drawn, many = graph.x, graph.y, graph.lines, graph.drawn, graph.line_count
    wound, slots = border.wound, len(border.wound)
    left, right = np.full(many, UNSEEN, np.int64), np.full(many, UNSEEN, np.int64)
    set_words, table, known = np.empty((SOME, 2), np.uint64), np.empty(SOME, np.int32), ZERO
    counter = np.empty(slots, np.int64)
    met = lines_at(graph.node_count, lines, many)
    of_y = strips(x, y, lines, many)
    of_x = strips(y, x, lines, many)
    for line in range(many):
        if left[line] != UNSEEN:
            continue
        u, v = lines[line, 0], lines[line, 1]
        is_steep = abs(y[v] - y[u]) >= abs(x[v] - x[u])
        at_x, at_y = 0.5 * (x[u] + x[v]), 0.5 * (y[u] + y[v])
        # Walk from the corner to the middle of the line: along a side of the box, then square to it.
        for slot in range(slots):
            counter[slot] = wound[slot]
        if is_steep:
            cross_side(counter, border.west, at_y)
            cross_strip(counter, of_y, (lines, drawn), (at_x, at_y, line, is_steep))
        else:
            cross_side(counter, border.south, at_x)
            cross_strip(counter, of_x, (lines, drawn), (at_y, at_x, line, is_steep))
        before = state(counter, set_words, known, table)
        if before == known:
            known += 1
            set_words, table = roomy(set_words, known, table)
        # Over the line itself lies the set on its other side.
        rises = y[v] > y[u] if is_steep else x[v] > x[u]
        cross(counter, lines, drawn, line, rises == is_steep)
        after = state(counter, set_words, known, table)
        if after == known:
            known += 1
            set_words, table = roomy(set_words, known, table)
        left[line], right[line] = (before, after) if rises == is_steep else (after, before)
        # Lines that merely go on after it have the same sets.
        follow(lines, drawn, met, left, right, line, u)
        follow(lines, drawn, met, left, right, line, v)
    return SideSets(left, right, set_words, known)


@inner
def lines_at(nodes, lines, many):
    """The number of lines that meet at each node, and of these the last two: with two, one goes on as the other."""
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
        # The same slots, drawn the same way along both: so nothing else begins or ends at the node.
        first, on_first = lines[line, 2], lines[on, 2]
        count = lines[line + 1, 2] - first
        if left[on] != UNSEEN or lines[on + 1, 2] - on_first != count:
            return
        same = (lines[line, 1] == node) == (lines[on, 0] == node)
        for i in range(count):
            times = drawn[first + i, 1]
            if drawn[on_first + i, 0] != drawn[first + i, 0] or drawn[on_first + i, 1] != (times if same else -times):
                return
        left[on], right[on] = (left[line], right[line]) if same else (right[line], left[line])
        node = lines[on, 1] if lines[on, 0] == node else lines[on, 0]
        line = on


@inner
def strips(x, y, lines, many):
    """The lines by strips of equal breadth (metres) across the second axis; ends of a line: x0, y0, x1, y1."""
    low, high, climbed = np.inf, -np.inf, 0.0
    for line in range(many):
        u, v = lines[line, 0], lines[line, 1]
        low, high = min(low, y[u], y[v]), max(high, y[u], y[v])
        climbed += abs(y[v] - y[u])
    count = 1
    if many > 4 * PER_STRIP:  # as many as leave a line in some three of them
        count = max(1, np.int64(min(many / PER_STRIP, 2.0 * many * (high - low) / max(climbed, 1e-300))))
    scale = count / max(high - low, 1e-300)
    # Count the lines of each strip, then fill.
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
                i = first[strip + 1]
                number[i], ends[i, 0], ends[i, 1], ends[i, 2], ends[i, 3] = line, x0, y0, x1, y1
                first[strip + 1] += 1
    return Strips(first, number, ends, low, scale, count)


@inner
def strip_of(y, low, scale, count):
    """The strip that a place (metres along its axis) lies in."""
    return min(np.int64((y - low) * scale), count - 1)


@inner
def cross_side(counter, side, end):
    """Change the counters as on a walk along a side of the box to an end (metres); as in `cross_strip`, the point lies
    a hair beyond."""
    rows = side.rows
    for row in range(side.count):
        if rows[row, 0] > end:
            break
        counter[np.uint32(rows[row, 1])] += np.int64(rows[row, 2])


@inner
def cross_strip(counter, index, graph_lines, goal):
    """Change the counters as on a walk from the side of the box to a point on a line (metres): along the first axis, at
    one place of the second.

    index: lines by strip; graph_lines: lines and drawn of the graph; goal: that point, its line, whether the walk goes
    eastwards.
    """
    first, number, ends, low, scale, count = index
    lines, drawn = graph_lines
    at_x, at_y, goal_line, eastwards = goal
    strip = strip_of(at_y, low, scale, count)
    for i in range(first[strip], first[strip + 1]):
        x0, y0, x1, y1 = ends[i, 0], ends[i, 1], ends[i, 2], ends[i, 3]
        # Not over its height, or wholly beyond the point; one branch for all.
        if ((y0 <= at_y) == (y1 <= at_y)) | ((x0 >= at_x) & (x1 >= at_x)) | (number[i] == goal_line):
            continue
        crossing = x0 + (at_y - y0) * (x1 - x0) / (y1 - y0)
        if 0.0 < crossing < at_x:
            cross(counter, lines, drawn, np.int64(number[i]), (y1 > y0) == eastwards)


@inner
def cross(counter, lines, drawn, line, leaves):
    """Change the counters as by a walk over a line, from its left to its right or back."""
    line = np.uint32(line)
    for i in range(lines[line, 2], lines[line + 1, 2]):
        counter[np.uint32(drawn[i, 0])] += -drawn[i, 1] if leaves else drawn[i, 1]


@inner
def state(counter, set_words, known, table):
    """The number of the set of the counters among rows of sets, new or not; NONE outside the shape."""
    if counter[0] <= 0:
        return NONE
    word0, word1 = words(counter, len(counter))
    number = number_of(set_words, known, table, word0, word1)
    set_words[number, 0], set_words[number, 1] = word0, word1
    return number


@inner
def halves_of(graph, left, right):
    """Boundary lines as seen from each part beside them: from node, to node, and the part on the left; and those of
    each node.

    Of the halves that leave a node the last is given, and for each half the one before it.
    """
    lines, many, half = graph.lines, graph.line_count, ZERO
    start, stop, part = np.empty(2 * many, np.uint32), np.empty(2 * many, np.uint32), np.empty(2 * many, np.int64)
    for line in range(many):
        if left[line] == right[line]:
            continue
        if left[line] != NONE:
            start[half], stop[half], part[half] = lines[line, 0], lines[line, 1], left[line]
            half += 1
        if right[line] != NONE:
            start[half], stop[half], part[half] = lines[line, 1], lines[line, 0], right[line]
            half += 1
    count = half
    head, following = np.full(graph.node_count, -1, np.int64), np.empty(count, np.int64)
    for half in range(count):
        following[half] = head[start[half]]
        head[start[half]] = half
    return start[:count], stop[:count], part[:count], head, following


@inner
def walked(graph, left, right):
    """Rings of nodes with one part on the left, and whether every walk came back; left and right: the part beside each
    line."""
    start, stop, part, head, following = halves_of(graph, left, right)
    x, y, count = graph.x, graph.y, len(start)
    seen, used = np.full(graph.node_count, -1, np.int64), np.zeros(count, np.bool_)
    nodes, first, ring_part = np.empty(count, np.uint32), np.zeros(count + 1, np.int64), np.empty(count, np.int64)
    path = np.empty(count + 1, np.uint32)
    rings, filled = ZERO, ZERO
    for begins in range(count):
        if used[begins]:
            continue
        half, depth = begins, ZERO
        while True:
            used[half] = True
            node = start[half]
            if seen[node] >= 0:  # the walk touches itself: what it went round since is a ring of its own
                again = seen[node]
                filled = cut_off(path, (again, depth), seen, nodes, filled)
                depth = again
                ring_part[rings] = part[half]
                rings += 1
                first[rings] = filled
            seen[node] = depth
            path[depth] = node
            depth += 1
            half = turned(x, y, (start, stop, part), (head, following), half)
            if half < 0 or (used[half] and half != begins):
                return RingNodes(nodes, first, ring_part, ZERO), False
            if half == begins:
                break
        # Back where it began: what is left of the path is a ring.
        filled = cut_off(path, (ZERO, depth), seen, nodes, filled)
        ring_part[rings] = part[begins]
        rings += 1
        first[rings] = filled
    return RingNodes(nodes, first, ring_part, rings), True


@inner
def cut_off(path, bounds, seen, nodes, filled):
    """Write a range of a path behind so many nodes of rings, as no longer seen; how many nodes there are."""
    for i in range(bounds[0], bounds[1]):
        nodes[filled] = path[i]
        seen[path[i]] = -1
        filled += 1
    return filled


@inner
def turned(x, y, halves, lists, half):
    """The half that goes on after another round one part: the first clockwise from where one arrived; -1 for none."""
    start, stop, part = halves
    head, following = lists
    node = stop[half]
    best, goes_on = np.inf, -1
    arrived = np.nan
    candidate = head[node]
    while candidate >= 0:
        if part[candidate] == part[half]:
            # As a rule there is one way on, and no angle is worked out.
            if goes_on < 0 and following_alone(candidate, following, part):
                return candidate
            if np.isnan(arrived):
                arrived = np.arctan2(y[start[half]] - y[node], x[start[half]] - x[node])
            angle = arrived - np.arctan2(y[stop[candidate]] - y[node], x[stop[candidate]] - x[node])
            if angle <= 0.0:
                angle += 2.0 * np.pi
            if angle < best:
                best, goes_on = angle, candidate
        candidate = following[candidate]
    return goes_on


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
    """Twice the signed area (m2) of a ring of nodes (a range of a list), counted from its first."""
    twice = 0.0
    x0, y0 = x[nodes[begin]], y[nodes[begin]]
    for i in range(begin + 1, end - 1):
        ax, ay = x[nodes[i]] - x0, y[nodes[i]] - y0
        bx, by = x[nodes[i + 1]] - x0, y[nodes[i + 1]] - y0
        twice += ax * by - ay * bx
    return twice


@inner
def holds(x, y, nodes, begin, end, point):
    """Whether a ring of nodes (a range of a list) goes round a point (metres from the corner)."""
    inside = False
    before = nodes[end - 1]
    for i in range(begin, end):
        node = nodes[i]
        if (y[node] <= point[1]) != (y[before] <= point[1]):
            crossing = x[node] + (point[1] - y[node]) * (x[before] - x[node]) / (y[before] - y[node])
            if crossing < point[0]:
                inside = not inside
        before = node
    return inside


@inner
def placed(graph, rings):
    """The area of each ring (m2; a hole's is below 0) and the shell that it lies in: itself for a shell, -1 where there
    is none."""
    x, y = graph.x, graph.y
    nodes, first, ring_part, count = rings
    area, shell = np.empty(count), np.full(count, -1, np.int64)
    for ring in range(count):
        area[ring] = 0.5 * ring_area(x, y, nodes, first[ring], first[ring + 1])
        if area[ring] > 0.0:
            shell[ring] = ring
    # A hole lies in the smallest shell of its part that goes round the middle of its first line.
    for hole in range(count):
        if area[hole] > 0.0:
            continue
        a, b = nodes[first[hole]], nodes[first[hole] + 1]
        point = (0.5 * (x[a] + x[b]), 0.5 * (y[a] + y[b]))
        for ring in range(count):
            if area[ring] <= 0.0 or ring_part[ring] != ring_part[hole] or area[ring] < -area[hole]:
                continue
            if shell[hole] >= 0 and area[shell[hole]] <= area[ring]:
                continue
            if holds(x, y, nodes, first[ring], first[ring + 1], point):
                shell[hole] = ring
    return area, shell
