"""Knopen: the edges of a shape and of the blades near it, split where they meet, and those that coincide made one.

Idea: every end of an edge that lies on another, and every crossing, becomes a node of both; what is nearer than SNAP_M to a
node is that node. Between nodes edges either coincide or stay apart; those that coincide become one line that remembers
how often each slot was drawn along it.
Invariant: lines meet in nodes only; the windings of the edges are kept, since an edge is replaced by lines between its ends.
Cost: pairs of edges that share a height, and a search among the nodes of one shape.
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels import kernel
from pipeline.stages.overlay.descent import grown
from pipeline.stages.overlay.sweep import DRAWN, SLOT, X0, X1, Y0, Y1

SNAP_M = 2e-9


@kernel
def noded(rows):
    """Nodes and the lines between them.

    Given are x and y of the nodes, the two nodes of each line (the lower number first), where the drawn slots of each line
    begin, and the end, the slots, and how often each was drawn along the line less how often against it (never 0).
    """
    count = len(rows)
    x, y = np.empty(2 * count + 16), np.empty(2 * count + 16)
    nodes = 0
    ends = np.empty((count, 2), np.int64)
    for row in range(count):
        x, y = grown(x, nodes + 2), grown(y, nodes + 2)
        ends[row, 0], nodes = node_at(x, y, nodes, (rows[row, X0], rows[row, Y0]))
        ends[row, 1], nodes = node_at(x, y, nodes, (rows[row, X1], rows[row, Y1]))
    row_of, node_of, place = (
        np.empty(4 * count + 16, np.int64),
        np.empty(4 * count + 16, np.int64),
        np.empty(4 * count + 16),
    )
    cuts = 0
    for one in range(count):
        left, right = min(rows[one, X0], rows[one, X1]) - SNAP_M, max(rows[one, X0], rows[one, X1]) + SNAP_M
        top = rows[one, Y1] + SNAP_M
        for two in range(one + 1, count):
            if rows[two, Y0] > top:
                break
            if max(rows[two, X0], rows[two, X1]) < left or min(rows[two, X0], rows[two, X1]) > right:
                continue
            row_of, node_of, place = grown(row_of, cuts + 4), grown(node_of, cuts + 4), grown(place, cuts + 4)
            before = cuts
            met = False
            for host, guest in ((one, two), (two, one)):
                for end in range(2):
                    node = ends[guest, end]
                    if node == ends[host, 0] or node == ends[host, 1]:
                        met = True
                        continue
                    along = share_along(rows, host, x[node], y[node])
                    if along > 0.0:
                        row_of[cuts], node_of[cuts], place[cuts] = host, node, along
                        cuts += 1
            if cuts > before or met:
                continue
            along, across = crossed(rows, one, two)
            if along >= 0.0:
                x, y = grown(x, nodes + 1), grown(y, nodes + 1)
                at = (
                    rows[one, X0] + along * (rows[one, X1] - rows[one, X0]),
                    rows[one, Y0] + along * (rows[one, Y1] - rows[one, Y0]),
                )
                node, nodes = node_at(x, y, nodes, at)
                row_of[cuts], node_of[cuts], place[cuts] = one, node, along
                row_of[cuts + 1], node_of[cuts + 1], place[cuts + 1] = two, node, across
                cuts += 2
    begin, end, slot, drawn = lines_of(rows, ends, (row_of[:cuts], node_of[:cuts], place[:cuts]))
    return (x[:nodes], y[:nodes], *merged(begin, end, slot, drawn))


@kernel
def node_at(x, y, nodes, at):
    """The node at a place, new if there is none near, and the number of nodes."""
    for node in range(nodes - 1, -1, -1):
        if abs(x[node] - at[0]) <= SNAP_M and abs(y[node] - at[1]) <= SNAP_M:
            return node, nodes
    x[nodes], y[nodes] = at
    return nodes, nodes + 1


@kernel
def share_along(rows, row, x, y):
    """How far along a row a point on it lies, between 0 and 1; -1 where it lies on an end, beyond, or aside."""
    dx, dy = rows[row, X1] - rows[row, X0], rows[row, Y1] - rows[row, Y0]
    px, py = x - rows[row, X0], y - rows[row, Y0]
    length = np.sqrt(dx * dx + dy * dy)
    along = (px * dx + py * dy) / length
    if along <= 0.0 or along >= length or abs(dx * py - dy * px) > SNAP_M * length:
        return -1.0
    return along / length


@kernel
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


@kernel
def lines_of(rows, ends, cuts):
    """Every stretch of every row between two nodes on it: from, to (the lower number first), slot, and 1 if drawn so, else -1."""
    row_of, node_of, place = cuts
    count = len(rows)
    first = np.zeros(count + 1, np.int64)
    for row in row_of:
        first[row + 1] += 1
    first = np.cumsum(first)
    filled = first[:-1].copy()
    nodes, places = np.empty(len(row_of), np.int64), np.empty(len(row_of))
    for cut in range(len(row_of)):  # each row's cuts in order along it
        row = row_of[cut]
        at = filled[row]
        while at > first[row] and places[at - 1] > place[cut]:
            nodes[at], places[at] = nodes[at - 1], places[at - 1]
            at -= 1
        nodes[at], places[at] = node_of[cut], place[cut]
        filled[row] += 1
    most = count + len(row_of)
    begin, end, slot, drawn = (
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
    )
    made = 0
    for row in range(count):
        here = ends[row, 0]
        for at in range(first[row], first[row + 1] + 1):
            there = nodes[at] if at < first[row + 1] else ends[row, 1]
            if there == here:
                continue
            begin[made], end[made] = min(here, there), max(here, there)
            slot[made], drawn[made] = (
                int(rows[row, SLOT]),
                int(rows[row, DRAWN]) if here < there else -int(rows[row, DRAWN]),
            )
            made += 1
            here = there
    return begin[:made], end[:made], slot[:made], drawn[:made]


@kernel
def merged(begin, end, slot, drawn):
    """Stretches between the same two nodes as one line, with the slots that are drawn along it more one way than the other."""
    count = len(begin)
    order = np.arange(count)
    key = begin * (end.max() + 1 if count else 1) + end
    if count > 40:
        order = np.argsort(key, kind="mergesort")
    for at in range(1, count):
        row, before = order[at], at - 1
        while before >= 0 and (
            key[order[before]] > key[row] or (key[order[before]] == key[row] and slot[order[before]] > slot[row])
        ):
            order[before + 1] = order[before]
            before -= 1
        order[before + 1] = row
    line_begin, line_end, first = np.empty(count, np.int64), np.empty(count, np.int64), np.zeros(count + 1, np.int64)
    slots, times = np.empty(count, np.int64), np.empty(count, np.int64)
    lines, kept, at = 0, 0, 0
    while at < count:
        here, held = key[order[at]], kept
        while at < count and key[order[at]] == here:
            row = order[at]
            if kept > held and slots[kept - 1] == slot[row]:
                times[kept - 1] += drawn[row]
            else:
                slots[kept], times[kept] = slot[row], drawn[row]
                kept += 1
            at += 1
            if times[kept - 1] == 0 and (at == count or key[order[at]] != here or slot[order[at]] != slots[kept - 1]):
                kept -= 1
        if kept > held:
            line_begin[lines], line_end[lines] = begin[order[at - 1]], end[order[at - 1]]
            first[lines + 1] = kept
            lines += 1
    return line_begin[:lines], line_end[:lines], first[: lines + 1], slots[:kept], times[:kept]
