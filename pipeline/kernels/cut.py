"""Snede: every shape of a range cut by the blades near it: areas of its sets, and the outlines of its pieces where they are asked.

Idea: descent, leaf, sweep and sets for one shape after the other; then nodes and trace for those that fall apart. A shape without
an edge near it is one piece. Two kernels, one after the other: what is called within a kernel is compiled again with it.
Invariant: what is told of a shape depends on that shape and the blades alone; m2 of its sets add up to it. A shape whose
outlines do not agree with its sweep is told as odd, and has no outlines.
Cost: that of its parts; memory for one range at a time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pipeline.kernels.bitsets import EPS_M2, settled
from pipeline.kernels.candidate_edges import (
    MOST_SLOTS,
    blade_rows,
    crossings,
    in_order,
    near_edges,
    own_rows,
    slot_of,
    slots_near,
)
from pipeline.kernels.kd_tree import Boxes, Nodes, grown
from pipeline.kernels.numba_cache import SOME, ZERO, inner, kernel
from pipeline.kernels.polygonize import NOISE, outlined
from pipeline.kernels.sorting import rise
from pipeline.kernels.sweepline import sweep, words
from pipeline.kernels.warm_up import begun, ended

WHOLE, TRACED, ODD = 0, 1, 2  # what became of a shape
AREAS, PIECES, FREE = 0, 1, 2  # what is asked: areas alone, every piece, or only what no blade covers
MOST_EDGES = 20_000
_NO_BITS, _NO_M2, _FIRST = np.zeros(0, np.uint64), np.zeros(0), np.zeros(1, np.int64)
NOTHING = (_FIRST[:0], _NO_BITS, _NO_BITS, _NO_M2, _FIRST, _FIRST, _NO_M2, _NO_M2)  # outlines, as `traced` gives them


class Cuts(NamedTuple):
    """What a range of shapes was cut into; CSR: `..._first` tells where the rows of each begin, and the end.

    By shape: its position, what became of it, the blades of its slots, and its sets (two words of slots) with m2 and the set
    that their land goes to. By outline: its shape (position in this range), its set, m2, its rings, and their coordinates (m, RD New).
    """

    shape: Any
    fate: Any
    slot_first: Any
    blade: Any
    set_first: Any
    one: Any
    two: Any
    area: Any
    to_one: Any
    to_two: Any
    part_shape: Any
    part_one: Any
    part_two: Any
    part_area: Any
    part_first: Any
    ring_first: Any
    x: Any
    y: Any


@inner
def own_area(loops, rings):
    """m2 of a shape by its rings, to the bit the same wherever these begin and in whatever order they stand."""
    each = np.zeros(rings[1] - rings[0])
    for ring in range(rings[0], rings[1]):
        first, size = loops.first[ring], loops.first[ring + 1] - loops.first[ring] - 1  # the last vertex is the first
        begins = first
        for at in range(first + 1, first + size):
            is_level = loops.x[at] == loops.x[begins]
            if loops.x[at] < loops.x[begins] or (is_level and loops.y[at] < loops.y[begins]):
                begins = at
        last_x, last_y = 0.0, 0.0
        for step in range(1, size):
            at = first + (begins - first + step) % size
            x, y = loops.x[at] - loops.x[begins], loops.y[at] - loops.y[begins]
            each[ring - rings[0]] += 0.5 * (last_x * y - last_y * x)
            last_x, last_y = x, y
    rise(each, len(each), np.empty(len(each)))
    whole = 0.0
    for m2 in each:
        whole += m2
    return whole


@inner
def net_areas(ring_m2, shell, noise):
    """m2 of each shell less its holes, and the most that is too little to be a part.

    What rounding left is no part: from the smallest up, equals together, so long as no more than the noise is lost in all.
    """
    net = np.zeros(len(ring_m2))
    for ring in range(len(ring_m2)):
        if shell[ring] >= 0:
            net[shell[ring]] += ring_m2[ring]
    small = np.empty(len(ring_m2))
    count = 0
    for ring in range(len(ring_m2)):
        if shell[ring] == ring and net[ring] <= noise:
            small[count] = net[ring]
            count += 1
    rise(small, count, np.empty(count))
    least, lost, at = 0.0, 0.0, 0
    while at < count:
        first = at
        while at < count and small[at] == small[first]:
            lost += abs(small[at])
            at += 1
        if lost > noise:
            break
        least = max(0.0, float(small[first]))
    return net, least


@kernel
def measured(leaves, order, loops, shape_first, edges, boxes, asked):
    """The areas of the shape of every leaf (a node of one box), and the edges of those that are to be traced.

    shape_first: where the rings of each shape begin, and the end.
    """
    count = len(leaves.begin)
    shape, fate = np.empty(count, np.int64), np.zeros(count, np.int8)
    slot_first, set_first = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int64)
    blade = np.empty(4 * count + 16, np.int32)
    one, two, area = np.empty(2 * count, np.uint64), np.empty(2 * count, np.uint64), np.empty(2 * count)
    to_one, to_two = np.empty(2 * count, np.uint64), np.empty(2 * count, np.uint64)
    most_slots = ZERO + (MOST_SLOTS + 1)
    near, drawn, rows = np.empty((SOME, 2), np.int64), np.empty((SOME, 6)), np.empty((SOME, 6))
    blades, wound, base = (
        np.empty(most_slots, np.int32),
        np.empty(most_slots, np.int64),
        np.empty(most_slots, np.int64),
    )
    border, spare = np.empty((SOME, 3)), np.empty((SOME, 3))
    found, m2, table = np.empty((SOME, 2), np.uint64), np.empty(SOME), np.empty(SOME, np.int32)
    kept, kept_first = np.empty((SOME, 6)), np.zeros(count + 1, np.int64)
    for leaf in range(count):
        at = leaves.begin[leaf]
        shape[leaf] = order[at]
        kept_first[leaf + 1] = kept_first[leaf]
        slot_first[leaf + 1], set_first[leaf + 1] = slot_first[leaf], set_first[leaf]
        own = (shape_first[order[at]], shape_first[order[at] + 1])
        chains = (leaves.chain_first[leaf], leaves.chain_first[leaf + 1])
        winding = (leaves.wind_first[leaf], leaves.wind_first[leaf + 1])
        box = (boxes.left[at], boxes.low[at], boxes.right[at], boxes.high[at])
        near, edges_near = near_edges(edges, leaves.chain, chains, box, near)
        slots = slots_near(near, edges_near, leaves.blade, winding, blades)
        if slots > MOST_SLOTS or edges_near + loops.first[own[1]] - loops.first[own[0]] > MOST_EDGES:
            fate[leaf] = ODD
            continue
        if slot_first[leaf] + slots > len(blade):
            blade = grown(blade, slot_first[leaf] + slots)
        for slot in range(slots):
            blade[slot_first[leaf] + slot] = blades[slot]
        slot_first[leaf + 1] += slots
        for slot in range(slots + 1):
            wound[slot] = 0
        for which in range(winding[0], winding[1]):
            wound[1 + slot_of(blades, slots, np.int64(leaves.blade[which]))] = leaves.wind[which]
        if edges_near == 0:
            many, sets = ZERO, ZERO + 1
            found[0, 0], found[0, 1] = words(wound, slots + 1)
            m2[0] = own_area(loops, own)
        else:
            most = edges_near + loops.first[own[1]] - loops.first[own[0]]
            if most > len(rows):
                drawn, rows = np.empty((2 * most, 6)), np.empty((2 * most, 6))
                border, spare = np.empty((2 * most, 3)), np.empty((2 * most, 3))
            mine = own_rows(loops, own, box, drawn)
            many = blade_rows(edges, near, (edges_near, slots, mine), blades, box, drawn)
            in_order(drawn, many, rows)
            risen = crossings(drawn, (mine, many), ZERO, spare, border)
            for slot in range(slots + 1):
                base[slot] = wound[slot]
            sets, found, m2, table = sweep(rows, many, border, risen, base, slots + 1, (found, m2, table))
        begin, end = set_first[leaf], set_first[leaf] + sets
        set_first[leaf + 1] = end
        if end > len(one):
            one, two, area = grown(one, end), grown(two, end), grown(area, end)
            to_one, to_two = grown(to_one, end), grown(to_two, end)
        is_small = False
        for which in range(sets):
            one[begin + which], two[begin + which], area[begin + which] = found[which, 0], found[which, 1], m2[which]
            to_one[begin + which], to_two[begin + which] = found[which, 0], found[which, 1]
            is_small = is_small or m2[which] <= EPS_M2
        if is_small:
            goes_one, goes_two = settled(one[begin:end], two[begin:end], area[begin:end], slots + 1)
            for which in range(sets):
                to_one[begin + which], to_two[begin + which] = goes_one[which], goes_two[which]
        is_one, is_free = True, False
        for which in range(begin, end):
            is_one = is_one and to_one[which] == to_one[begin] and to_two[which] == to_two[begin]
            is_free = is_free or (to_one[which] == 0 and to_two[which] == 0)
        if asked == AREAS or is_one or sets == 0:
            fate[leaf] = ODD if sets == 0 else WHOLE
            continue
        fate[leaf] = TRACED
        if asked == FREE and not is_free:  # nothing is left of it
            continue
        need = kept_first[leaf] + many
        if need > len(kept):
            longer = np.empty((2 * need, 6))
            for row in range(kept_first[leaf]):
                for column in range(6):
                    longer[row, column] = kept[row, column]
            kept = longer
        for row in range(many):
            for column in range(6):
                kept[kept_first[leaf] + row, column] = rows[row, column]
        kept_first[leaf + 1] = need
    return shape, fate, slot_first, blade, set_first, one, two, area, to_one, to_two, kept, kept_first


@kernel
def traced(leaves, boxes, fate, slot_first, blade, set_first, one, two, area, kept, kept_first, asked):
    """The outlines of the shapes whose edges were kept; what does not agree with its sweep becomes odd."""
    part_shape, part_one, part_two = np.empty(SOME, np.int64), np.empty(SOME, np.uint64), np.empty(SOME, np.uint64)
    part_area, part_first, ring_first = np.empty(SOME), np.zeros(SOME, np.int64), np.zeros(SOME, np.int64)
    out_x, out_y = np.empty(SOME), np.empty(SOME)
    wound = np.empty(ZERO + (MOST_SLOTS + 1), np.int64)
    parts, rings, filled = ZERO, ZERO, ZERO
    for leaf in range(len(fate)):
        begin, end = kept_first[leaf], kept_first[leaf + 1]
        if begin == end:
            continue
        at = leaves.begin[leaf]
        corner = (boxes.left[at], boxes.low[at])
        slots = slot_first[leaf + 1] - slot_first[leaf]
        for slot in range(slots + 1):
            wound[slot] = 0
        for slot in range(slots):
            for which in range(leaves.wind_first[leaf], leaves.wind_first[leaf + 1]):
                if leaves.blade[which] == blade[slot_first[leaf] + slot]:
                    wound[slot + 1] = leaves.wind[which]
        rows = kept[begin:end]
        spare, border, south = np.empty((end - begin, 3)), np.empty((end - begin, 3)), np.empty((end - begin, 3))
        risen = crossings(rows, (ZERO, end - begin), ZERO, spare, border)
        along = crossings(rows, (ZERO, end - begin), ZERO + 1, spare, south)
        sets = (set_first[leaf], set_first[leaf + 1])
        x, y, nodes, first, part_of_ring, many, ring_m2, shell, set_of_one, set_of_two, agreed = outlined(
            rows, (border, risen, south, along), wound, slots + 1,
            one[sets[0] : sets[1]], two[sets[0] : sets[1]], area[sets[0] : sets[1]], asked == PIECES,
        )  # fmt: skip
        if not agreed:
            fate[leaf] = ODD
            continue
        whole = 0.0
        for which in range(sets[0], sets[1]):
            whole += area[which]
        net, least = net_areas(ring_m2, shell, NOISE * whole)
        hole, following = np.full(many, -1, np.int64), np.full(many, -1, np.int64)
        for ring in range(many - 1, -1, -1):  # the holes of each shell, in order
            if shell[ring] >= 0 and shell[ring] != ring:
                following[ring] = hole[shell[ring]]
                hole[shell[ring]] = ring
        for ring in range(many):
            if shell[ring] != ring or net[ring] <= least:
                continue
            part_shape, part_one, part_two = (
                grown(part_shape, parts + 1),
                grown(part_one, parts + 1),
                grown(part_two, parts + 1),
            )
            part_area, part_first = grown(part_area, parts + 1), grown(part_first, parts + 2)
            part_shape[parts], part_area[parts] = leaf, net[ring]
            part_one[parts], part_two[parts] = set_of_one[part_of_ring[ring]], set_of_two[part_of_ring[ring]]
            loop = ring
            while loop >= 0:
                length = first[loop + 1] - first[loop]
                out_x, out_y = grown(out_x, filled + length + 1), grown(out_y, filled + length + 1)
                ring_first = grown(ring_first, rings + 2)
                filled = put_ring(out_x, out_y, filled, (x, y, nodes[first[loop] : first[loop + 1]], corner))
                rings += 1
                ring_first[rings] = filled
                loop = hole[ring] if loop == ring else following[loop]
            parts += 1
            part_first[parts] = rings
    return (
        part_shape[:parts],
        part_one[:parts],
        part_two[:parts],
        part_area[:parts],
        part_first[: parts + 1],
        ring_first[: rings + 1],
        out_x[:filled],
        out_y[:filled],
    )


def cut(leaves: Any, order: Any, loops: Any, shape_first: Any, edges: Any, boxes: Any, asked: int) -> Cuts:
    """Cut the shape of every leaf (a node of one box); shape_first: where the rings of each shape begin, and the end."""
    begun()
    shape, fate, slot_first, blade, set_first, *sets, kept, kept_first = measured(
        leaves, order, loops, shape_first, edges, boxes, asked
    )
    one, two, area, to_one, to_two = (column[: set_first[-1]] for column in sets)
    parts = NOTHING
    if kept_first[-1] > 0:
        ended()
        parts = traced(leaves, boxes, fate, slot_first, blade, set_first, one, two, area, kept, kept_first, asked)
    return Cuts(shape, fate, slot_first, blade[: slot_first[-1]], set_first, one, two, area, to_one, to_two, *parts)


def traced_nothing() -> None:
    """Compile the kernel of outlines, by a call for no shape."""
    int32, int64 = np.zeros(0, np.int32), np.zeros(1, np.int64)
    real, bits = np.zeros(0), np.zeros(0, np.uint64)
    leaves = Nodes(int64, int64, real, real, int32, int64, int32, int32, int64)
    rows = (np.zeros((0, 6)), int64)
    traced(
        leaves,
        Boxes(real, real, real, real),
        np.zeros(0, np.int8),
        int64,
        int32,
        int64,
        bits,
        bits,
        real,
        *rows,
        PIECES,
    )


@inner
def put_ring(out_x, out_y, filled, ring):
    """Write a ring from its lowest leftmost node on, closed, in the coordinates that the shape came in; where it ends."""
    x, y, nodes, corner = ring
    begins = 0
    for at in range(1, len(nodes)):
        if x[nodes[at]] < x[nodes[begins]] or (x[nodes[at]] == x[nodes[begins]] and y[nodes[at]] < y[nodes[begins]]):
            begins = at
    for at in range(len(nodes) + 1):
        node = nodes[(begins + at) % len(nodes)]
        out_x[filled + at], out_y[filled + at] = x[node] + corner[0], y[node] + corner[1]
    return filled + len(nodes) + 1
