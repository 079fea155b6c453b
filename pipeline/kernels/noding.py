"""The edges of a shape and of the cutters near it, split where they meet, and those that coincide made one.

Idea: every end of an edge that lies on another, and every crossing, becomes a node of both; what is nearer than SNAP_M
to a node is that node. Between nodes edges either coincide or stay apart; those that coincide become one line that
remembers how often each slot was drawn along it.
Invariant: lines meet in nodes only; the windings of the edges stay, since an edge is replaced by lines between its
ends.
Cost: pairs of edges that share a height. Nodes are looked up by the cell of a grid of CELL_M that they lie in.
"""

from typing import Any, NamedTuple

import numpy as np

from pipeline.kernels.candidate_edges import SURE
from pipeline.kernels.kd_tree import grown, grown_rows
from pipeline.kernels.numba_cache import ZERO, inner
from pipeline.kernels.sorting import order_of
from pipeline.kernels.sweepline import DRAWN, SLOT, X0, X1, Y0, Y1

SNAP_M = 2e-9
CELL_M = 2.0**-16


class LineGraph(NamedTuple):
    """Nodes (m from the corner of the shape) and how many; and the lines between them, and how many.

    lines: rows of two nodes, the lower number first, and where its drawn slots begin (a last row for the end); drawn:
    rows of a slot and how often it was drawn along the line less how often against it (never 0).
    """

    x: Any
    y: Any
    node_count: Any
    lines: Any
    drawn: Any
    line_count: Any


@inner
def line_graph(rows):
    """Nodes (metres from the corner) and the lines between them, of rows of edges.

    Longer than a page: the search over pairs shares its growing lists with all that it adds to them.
    """
    count = len(rows)
    room = 3 * count + 16
    x, y, previous, nodes = np.empty(room), np.empty(room), np.empty(room, np.int32), ZERO
    head = empty_cells(count)  # the last node of each cell; previous: the one before it in its cell
    ends = np.empty((count, 2), np.uint32)
    spans = np.empty((3, count))
    # Every end of an edge is a node.
    for row in range(count):
        for end in range(2):
            ends[row, end] = node_at(x, y, nodes, (head, previous), rows[row, X0 + 2 * end], rows[row, Y0 + 2 * end])
            nodes = max(nodes, np.int64(ends[row, end]) + 1)
        spans[0, row] = rows[row, Y0]
        spans[1, row], spans[2, row] = min(rows[row, X0], rows[row, X1]), max(rows[row, X0], rows[row, X1])
    cut, share = np.empty((4 * count + 16, 2), np.uint32), np.empty(4 * count + 16)  # row and node; how far along
    cuts = ZERO
    # Pairs of edges whose boxes meet: an end that lies on the other edge cuts it; else a crossing cuts both.
    for row in range(count):
        left, right, top = spans[1, row] - SNAP_M, spans[2, row] + SNAP_M, rows[row, Y1] + SNAP_M
        for other in range(row + 1, count):
            if spans[0, other] > top:
                break
            if (spans[2, other] < left) | (spans[1, other] > right):
                continue
            if cuts + 4 > len(share):
                cut, share = grown_rows(cut, cuts, cuts + 4), grown(share, cuts + 4)
            before = cuts
            is_joined = False
            for turn in range(4):
                host, guest = (row, other) if turn < 2 else (other, row)
                node = ends[guest, turn % 2]
                if node == ends[host, 0] or node == ends[host, 1]:
                    is_joined = True
                    continue
                along = share_along(rows, host, x[node], y[node])
                if along > 0.0:
                    cut[cuts, 0], cut[cuts, 1], share[cuts] = host, node, along
                    cuts += 1
            if cuts > before or is_joined:
                continue
            along, across = crossed(rows, row, other)
            if along >= 0.0:
                if nodes == len(x):
                    x, y, previous = grown(x, nodes + 1), grown(y, nodes + 1), grown(previous, nodes + 1)
                at_x = rows[row, X0] + along * (rows[row, X1] - rows[row, X0])
                at_y = rows[row, Y0] + along * (rows[row, Y1] - rows[row, Y0])
                node = node_at(x, y, nodes, (head, previous), at_x, at_y)
                nodes = max(nodes, node + 1)
                cut[cuts, 0], cut[cuts, 1], share[cuts] = row, node, along
                cut[cuts + 1, 0], cut[cuts + 1, 1], share[cuts + 1] = other, node, across
                cuts += 2
    stretches, stretch_count = stretches_of(rows, ends, cut, share, cuts)
    lines, drawn, line_count = merged(stretches, stretch_count, nodes)
    return LineGraph(x, y, nodes, lines, drawn, line_count)


@inner
def empty_cells(count):
    """A table of cells without nodes, for those of so many edges: a power of two, at least four times as many."""
    size = 64
    while size < 4 * count:
        size *= 2
    head = np.empty(size, np.int32)
    for place in range(size):
        head[place] = -1
    return head


@inner
def cell_of(x, y, last):
    """The place in a table of the cell of the grid that a point (metres from the corner) lies in."""
    bits = np.uint64(np.int64(np.floor(x / CELL_M))) * np.uint64(0x9E3779B97F4A7C15)
    bits ^= np.uint64(np.int64(np.floor(y / CELL_M))) * np.uint64(0xC2B2AE3D27D4EB4F)
    return (bits ^ (bits >> np.uint64(31))) & last


@inner
def node_at(x, y, nodes, cells, at_x, at_y):
    """The node at a place (metres from the corner): the last that is near, or a new one, which has the number of those
    before it.

    cells: the last node of each cell, and for each node the one before it in its cell.
    """
    # What is near may lie in the next cell: the cells of all four corners of its surroundings are searched.
    head, previous = cells
    last = np.uint64(len(head) - 1)
    near, seen = ZERO - 1, last + np.uint64(1)
    for corner in range(4):  # most often all four lie in one cell
        place = cell_of(
            at_x + (SNAP_M if corner & 1 else -SNAP_M) * SURE, at_y + (SNAP_M if corner & 2 else -SNAP_M) * SURE, last
        )
        if place == seen:
            continue
        seen = place
        node = head[place]
        while node > near:
            if abs(x[node] - at_x) <= SNAP_M and abs(y[node] - at_y) <= SNAP_M:
                near = np.int64(node)
            node = previous[node]
    if near >= 0:
        return near
    x[nodes], y[nodes] = at_x, at_y
    place = cell_of(at_x, at_y, last)
    previous[nodes] = head[place]
    head[place] = nodes
    return nodes


@inner
def share_along(rows, row, x, y):
    """How far along a row a point (metres) on it lies, from 0 to 1; -1 where it lies on an end, beyond, or aside."""
    dx, dy = rows[row, X1] - rows[row, X0], rows[row, Y1] - rows[row, Y0]
    px, py = x - rows[row, X0], y - rows[row, Y0]
    # Squares and products first, with room for rounding: they leave out all but a few.
    square, along, aside = dx * dx + dy * dy, px * dx + py * dy, abs(dx * py - dy * px)
    if along <= 0.0 or along > square * SURE or aside * aside > square * (SNAP_M * SNAP_M * SURE):
        return -1.0  # most do not need the root
    length = np.sqrt(square)
    along /= length
    if along <= 0.0 or along >= length or aside > SNAP_M * length:
        return -1.0
    return along / length


@inner
def crossed(rows, row, other):
    """How far along each of two rows they cross inside both; -1 where they do not."""
    # By the cross products of both directions and of the way between their lower ends.
    dx, dy = rows[row, X1] - rows[row, X0], rows[row, Y1] - rows[row, Y0]
    ex, ey = rows[other, X1] - rows[other, X0], rows[other, Y1] - rows[other, Y0]
    px, py = rows[other, X0] - rows[row, X0], rows[other, Y0] - rows[row, Y0]
    turn = dx * ey - dy * ex
    if turn == 0.0:
        return -1.0, -1.0
    along, across = (px * ey - py * ex) / turn, (px * dy - py * dx) / turn
    if along <= 0.0 or along >= 1.0 or across <= 0.0 or across >= 1.0:
        return -1.0, -1.0
    return along, across


@inner
def stretches_of(rows, ends, cut, share, cuts):
    """Every stretch of every row between two nodes on it: from, to (the lower number first), slot, and 1 if drawn so,
    else -1; how many.
    """
    count = len(rows)
    # The cuts of each row, in order along it.
    first, filled = np.zeros(count + 1, np.int64), np.empty(count, np.int64)
    for i in range(cuts):
        first[cut[i, 0] + 1] += 1
    for row in range(count):
        filled[row] = first[row]
        first[row + 1] += first[row]
    nodes, shares = np.empty(cuts, np.uint32), np.empty(cuts)
    for i in range(cuts):
        row = cut[i, 0]
        place = filled[row]
        while place > first[row] and shares[place - 1] > share[i]:
            nodes[place], shares[place] = nodes[place - 1], shares[place - 1]
            place -= 1
        nodes[place], shares[place] = cut[i, 1], share[i]
        filled[row] += 1
    # From node to node along each row.
    stretches = np.empty((count + cuts, 4), np.int64)
    many = ZERO
    for row in range(count):
        here = np.int64(ends[row, 0])
        slot, drawn = np.int64(rows[row, SLOT]), np.int64(rows[row, DRAWN])
        for i in range(first[row], first[row + 1] + 1):
            there = np.int64(nodes[i]) if i < first[row + 1] else np.int64(ends[row, 1])
            if there == here:
                continue
            stretches[many, 0], stretches[many, 1], stretches[many, 2] = min(here, there), max(here, there), slot
            stretches[many, 3] = drawn if here < there else -drawn
            many += 1
            here = there
    return stretches, many


@inner
def merged(stretches, count, nodes):
    """Stretches between the same two nodes as one line, with the slots that are drawn along it more one way
    than the other.
    """
    # In order of their nodes, then of their slot.
    key = np.empty(count)
    for row in range(count):
        key[row] = float(stretches[row, 0] * nodes + stretches[row, 1])  # far below 2**53, so exact
    order = order_of(key, count)
    for i in range(1, count):
        row, before = order[i], i
        while before > 0 and key[order[before - 1]] == key[row] and stretches[order[before - 1], 2] > stretches[row, 2]:
            order[before] = order[before - 1]
            before -= 1
        order[before] = row
    lines, drawn = np.empty((count + 1, 3), np.uint32), np.empty((count, 2), np.int64)
    many, filled, i = ZERO, ZERO, ZERO
    while i < count:
        # Add up the slots of one line; a slot that was drawn as often both ways falls away.
        here, line_first = key[order[i]], filled
        while i < count and key[order[i]] == here:
            row = order[i]
            if filled > line_first and drawn[filled - 1, 0] == stretches[row, 2]:
                drawn[filled - 1, 1] += stretches[row, 3]
            else:
                drawn[filled, 0], drawn[filled, 1] = stretches[row, 2], stretches[row, 3]
                filled += 1
            i += 1
            is_last = i == count or key[order[i]] != here or stretches[order[i], 2] != drawn[filled - 1, 0]
            if drawn[filled - 1, 1] == 0 and is_last:
                filled -= 1
        if filled > line_first:
            row = order[i - 1]
            lines[many, 0], lines[many, 1], lines[many, 2] = stretches[row, 0], stretches[row, 1], line_first
            many += 1
    lines[many, 0], lines[many, 1], lines[many, 2] = 0, 0, filled
    return lines, drawn, many
