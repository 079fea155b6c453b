"""Knopen: the edges of a shape and of the blades near it, split where they meet, and those that coincide made one.

Idea: every end of an edge that lies on another, and every crossing, becomes a node of both; what is nearer than SNAP_M to a
node is that node. Between nodes edges either coincide or stay apart; those that coincide become one line that remembers
how often each slot was drawn along it.
Invariant: lines meet in nodes only; the windings of the edges are kept, since an edge is replaced by lines between its ends.
Cost: pairs of edges that share a height. Nodes are found by the cell of a grid of CELL_M that they lie in.
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels.kd_tree import grown
from pipeline.kernels.numba_cache import ZERO, inner
from pipeline.kernels.sorting import order_of
from pipeline.kernels.sweepline import DRAWN, SLOT, X0, X1, Y0, Y1

SNAP_M = 2e-9
CELL_M = 2.0**-16
SURE = 1.0 + 1e-9  # more than rounding makes of a product


@inner
def noded(rows):
    """Nodes and the lines between them.

    Given are x and y of the nodes and how many, the two nodes of each line (the lower number first) in rows with where its
    drawn slots begin (and a last row for the end), and rows of slot and how often it was drawn along the line less how often
    against it (never 0).
    """
    count = len(rows)
    x, y, following = np.empty(3 * count + 16), np.empty(3 * count + 16), np.empty(3 * count + 16, np.int32)
    head = np.empty(table_size(count), np.int32)
    for place in range(len(head)):
        head[place] = -1
    nodes = ZERO
    ends = np.empty((count, 2), np.uint32)
    spans = np.empty((3, count))
    for row in range(count):
        for end in range(2):
            ends[row, end] = node_at(x, y, nodes, (head, following), rows[row, X0 + 2 * end], rows[row, Y0 + 2 * end])
            nodes = max(nodes, np.int64(ends[row, end]) + 1)
        spans[0, row] = rows[row, Y0]
        spans[1, row], spans[2, row] = min(rows[row, X0], rows[row, X1]), max(rows[row, X0], rows[row, X1])
    on, place = np.empty((4 * count + 16, 2), np.uint32), np.empty(4 * count + 16)  # row and node; how far along
    cuts = ZERO
    for one in range(count):
        left, right, top = spans[1, one] - SNAP_M, spans[2, one] + SNAP_M, rows[one, Y1] + SNAP_M
        for two in range(one + 1, count):
            if spans[0, two] > top:
                break
            if (spans[2, two] < left) | (spans[1, two] > right):
                continue
            if cuts + 4 > len(place):
                on, place = twice(on, cuts), grown(place, cuts + 4)
            before = cuts
            met = False
            for turn in range(4):
                host, guest = (one, two) if turn < 2 else (two, one)
                node = ends[guest, turn % 2]
                if node == ends[host, 0] or node == ends[host, 1]:
                    met = True
                    continue
                along = share_along(rows, host, x[node], y[node])
                if along > 0.0:
                    on[cuts, 0], on[cuts, 1], place[cuts] = host, node, along
                    cuts += 1
            if cuts > before or met:
                continue
            along, across = crossed(rows, one, two)
            if along >= 0.0:
                if nodes == len(x):
                    x, y, following = grown(x, nodes + 1), grown(y, nodes + 1), grown(following, nodes + 1)
                at_x = rows[one, X0] + along * (rows[one, X1] - rows[one, X0])
                at_y = rows[one, Y0] + along * (rows[one, Y1] - rows[one, Y0])
                crossing = node_at(x, y, nodes, (head, following), at_x, at_y)
                nodes = max(nodes, crossing + 1)
                on[cuts, 0], on[cuts, 1], place[cuts] = one, crossing, along
                on[cuts + 1, 0], on[cuts + 1, 1], place[cuts + 1] = two, crossing, across
                cuts += 2
    stretches, made = lines_of(rows, ends, on, place, cuts)
    lines, drawn, many = merged(stretches, made, nodes)
    return x, y, nodes, lines, drawn, many


@inner
def twice(table, kept):
    """A table of two columns with room for twice as many rows, the first of them the same."""
    longer = np.empty((2 * len(table), 2), np.uint32)
    for at in range(kept):
        longer[at, 0], longer[at, 1] = table[at, 0], table[at, 1]
    return longer


@inner
def table_size(count):
    """A power of two, at least four times a number."""
    size = 64
    while size < 4 * count:
        size *= 2
    return size


@inner
def cell_of(x, y, last):
    """The place in a table of the cell of the grid that a point lies in."""
    bits = np.uint64(np.int64(np.floor(x / CELL_M))) * np.uint64(0x9E3779B97F4A7C15)
    bits ^= np.uint64(np.int64(np.floor(y / CELL_M))) * np.uint64(0xC2B2AE3D27D4EB4F)
    return (bits ^ (bits >> np.uint64(31))) & last


@inner
def node_at(x, y, nodes, table, at_x, at_y):
    """The node at a place: the last that is near, or a new one, which has the number of those before it.

    table: the last node of each cell, and for each node the one before it in its cell.
    """
    head, following = table
    last = np.uint64(len(head) - 1)
    found, seen = ZERO - 1, last + np.uint64(1)
    for corner in range(4):  # most often all four lie in one cell
        place = cell_of(
            at_x + (SNAP_M if corner & 1 else -SNAP_M) * SURE, at_y + (SNAP_M if corner & 2 else -SNAP_M) * SURE, last
        )
        if place == seen:
            continue
        seen = place
        node = head[place]
        while node > found:
            if abs(x[node] - at_x) <= SNAP_M and abs(y[node] - at_y) <= SNAP_M:
                found = np.int64(node)
            node = following[node]
    if found >= 0:
        return found
    x[nodes], y[nodes] = at_x, at_y
    place = cell_of(at_x, at_y, last)
    following[nodes] = head[place]
    head[place] = nodes
    return nodes


@inner
def share_along(rows, row, x, y):
    """How far along a row a point on it lies, between 0 and 1; -1 where it lies on an end, beyond, or aside."""
    dx, dy = rows[row, X1] - rows[row, X0], rows[row, Y1] - rows[row, Y0]
    px, py = x - rows[row, X0], y - rows[row, Y0]
    square, along, aside = dx * dx + dy * dy, px * dx + py * dy, abs(dx * py - dy * px)
    if along <= 0.0 or along > square * SURE or aside * aside > square * (SNAP_M * SNAP_M * SURE):
        return -1.0  # most do not need the root
    length = np.sqrt(square)
    along /= length
    if along <= 0.0 or along >= length or aside > SNAP_M * length:
        return -1.0
    return along / length


@inner
def crossed(rows, one, two):
    """How far along each of two rows they cross inside both; -1 where they do not."""
    dx, dy = rows[one, X1] - rows[one, X0], rows[one, Y1] - rows[one, Y0]
    ex, ey = rows[two, X1] - rows[two, X0], rows[two, Y1] - rows[two, Y0]
    px, py = rows[two, X0] - rows[one, X0], rows[two, Y0] - rows[one, Y0]
    turn = dx * ey - dy * ex
    if turn == 0.0:
        return -1.0, -1.0
    along, across = (px * ey - py * ex) / turn, (px * dy - py * dx) / turn
    if along <= 0.0 or along >= 1.0 or across <= 0.0 or across >= 1.0:
        return -1.0, -1.0
    return along, across


@inner
def lines_of(rows, ends, on, place, cuts):
    """Every stretch of every row between two nodes on it: from, to (the lower number first), slot, and 1 if drawn so, else -1; how many."""
    count = len(rows)
    first, filled = np.zeros(count + 1, np.int64), np.empty(count, np.int64)
    for cut in range(cuts):
        first[on[cut, 0] + 1] += 1
    for row in range(count):
        filled[row] = first[row]
        first[row + 1] += first[row]
    nodes, places = np.empty(cuts, np.uint32), np.empty(cuts)
    for cut in range(cuts):  # each row's cuts in order along it
        row = on[cut, 0]
        at = filled[row]
        while at > first[row] and places[at - 1] > place[cut]:
            nodes[at], places[at] = nodes[at - 1], places[at - 1]
            at -= 1
        nodes[at], places[at] = on[cut, 1], place[cut]
        filled[row] += 1
    stretches = np.empty((count + cuts, 4), np.int64)
    made = ZERO
    for row in range(count):
        here = np.int64(ends[row, 0])
        slot, drawn = np.int64(rows[row, SLOT]), np.int64(rows[row, DRAWN])
        for at in range(first[row], first[row + 1] + 1):
            there = np.int64(nodes[at]) if at < first[row + 1] else np.int64(ends[row, 1])
            if there == here:
                continue
            stretches[made, 0], stretches[made, 1], stretches[made, 2] = min(here, there), max(here, there), slot
            stretches[made, 3] = drawn if here < there else -drawn
            made += 1
            here = there
    return stretches, made


@inner
def merged(stretches, count, nodes):
    """Stretches between the same two nodes as one line, with the slots that are drawn along it more one way than the other."""
    key = np.empty(count)
    for row in range(count):
        key[row] = float(stretches[row, 0] * nodes + stretches[row, 1])  # far below 2**53, so exact
    order = order_of(key, count)
    for at in range(1, count):
        row, before = order[at], at
        while before > 0 and key[order[before - 1]] == key[row] and stretches[order[before - 1], 2] > stretches[row, 2]:
            order[before] = order[before - 1]
            before -= 1
        order[before] = row
    lines, drawn = np.empty((count + 1, 3), np.uint32), np.empty((count, 2), np.int64)
    many, kept, at = ZERO, ZERO, ZERO
    while at < count:
        here, held = key[order[at]], kept
        while at < count and key[order[at]] == here:
            row = order[at]
            if kept > held and drawn[kept - 1, 0] == stretches[row, 2]:
                drawn[kept - 1, 1] += stretches[row, 3]
            else:
                drawn[kept, 0], drawn[kept, 1] = stretches[row, 2], stretches[row, 3]
                kept += 1
            at += 1
            if drawn[kept - 1, 1] == 0 and (
                at == count or key[order[at]] != here or stretches[order[at], 2] != drawn[kept - 1, 0]
            ):
                kept -= 1
        if kept > held:
            row = order[at - 1]
            lines[many, 0], lines[many, 1], lines[many, 2] = stretches[row, 0], stretches[row, 1], held
            many += 1
    lines[many, 0], lines[many, 1], lines[many, 2] = 0, 0, kept
    return lines, drawn, many
