"""Snede: every shape of a range cut by the blades near it: areas of its sets, and the outlines of its pieces where they are asked.

Idea: descent, leaf, sweep, sets, nodes and trace, one shape after the other. A shape without an edge near it is one piece.
Invariant: what is told of a shape depends on that shape and the blades alone; m2 of its sets add up to it. A shape whose
outlines do not agree with its sweep is told as odd, and has no outlines.
Cost: that of its parts; memory for one range at a time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pipeline.kernels import kernel
from pipeline.stages.overlay.descent import grown
from pipeline.stages.overlay.leaf import (
    MOST_SLOTS,
    along_south,
    blade_rows,
    in_order,
    near_edges,
    own_rows,
    rising,
    slots_near,
)
from pipeline.stages.overlay.nodes import noded
from pipeline.stages.overlay.sets import settled
from pipeline.stages.overlay.sweep import find, sweep, words
from pipeline.stages.overlay.trace import NONE, beside, placed, walked

WHOLE, TRACED, ODD = 0, 1, 2  # what became of a shape
AREAS, PIECES, FREE = 0, 1, 2  # what is asked: areas alone, every piece, or only what no blade covers
AGREED = 0.5e-9  # share of a shape by which its outlines may differ from its sweep, all together
LEAST_M2 = 1e-9
NOISE = 1e-9  # share of a shape below which a part is what rounding left
MOST_EDGES = 20_000


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


@kernel
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
    each.sort()
    return each.sum()


@kernel
def outlines(rows, border, wound, of, asked):
    """Nodes, rings of nodes with their part and area and shell, the sets of the parts, and whether they agree with the sweep.

    of: sets with their m2 and the set each goes to, as two pairs of words.
    """
    one, two, area = of
    x, y, begin, end, first, slots, times = noded(rows)
    lines = (begin, end, first, slots, times)
    left, right, left_one, left_two = beside(x, y, lines, (border, along_south(rows)), wound)
    seen = len(left_one)
    all_one, all_two, all_area = (
        np.empty(len(one) + seen, np.uint64),
        np.empty(len(one) + seen, np.uint64),
        np.zeros(len(one) + seen),
    )
    known = len(one)
    all_one[:known], all_two[:known], all_area[:known] = one, two, area
    place = np.empty(seen, np.int64)
    for at in range(seen):  # a set that the sweep did not meet has no area
        place[at] = find(all_one, all_two, known, (left_one[at], left_two[at]))
        if place[at] == known:
            all_one[known], all_two[known] = left_one[at], left_two[at]
            known += 1
    to_one, to_two = settled(all_one[:known], all_two[:known], all_area[:known], len(wound))
    part_one, part_two, part_area = np.empty(known, np.uint64), np.empty(known, np.uint64), np.zeros(known)
    part_of, parts = np.empty(known, np.int64), 0
    for at in range(known):
        part = find(part_one, part_two, parts, (to_one[at], to_two[at]))
        if part == parts:
            part_one[parts], part_two[parts] = to_one[at], to_two[at]
            parts += 1
        part_of[at] = part
        part_area[part] += all_area[at]
    for side in (left, right):
        for line in range(len(side)):
            if side[line] != NONE:
                part = part_of[place[side[line]]]
                is_asked = asked == PIECES or (part_one[part] == 0 and part_two[part] == 0)
                side[line] = part if is_asked else NONE
    nodes, ring_first, part_of_ring, agreed = walked(x, y, (begin, end), left, right)
    ring_m2, shell = placed(x, y, (nodes, ring_first, part_of_ring))
    whole, traced = area.sum(), np.zeros(parts)
    for ring in range(len(part_of_ring)):
        traced[part_of_ring[ring]] += ring_m2[ring]
        agreed = agreed and (shell[ring] >= 0 or abs(ring_m2[ring]) <= NOISE * whole)
    apart = 0.0
    for part in range(parts):
        if asked == PIECES or (part_one[part] == 0 and part_two[part] == 0):
            apart += abs(traced[part] - part_area[part])
    agreed = agreed and apart <= max(AGREED * whole, LEAST_M2)
    return x, y, nodes, ring_first, part_of_ring, ring_m2, shell, part_one, part_two, agreed


@kernel
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
    small[:count].sort()
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
def cut(leaves, order, loops, shape_first, edges, boxes, asked):
    """Cut the shape of every leaf (a node of one box); shape_first: where the rings of each shape begin, and the end."""
    count = len(leaves.begin)
    shape, fate = np.empty(count, np.int64), np.zeros(count, np.int8)
    slot_first, set_first = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int64)
    blade = np.empty(4 * count + 16, np.int32)
    one, two, area = np.empty(2 * count, np.uint64), np.empty(2 * count, np.uint64), np.empty(2 * count)
    to_one, to_two = np.empty(2 * count, np.uint64), np.empty(2 * count, np.uint64)
    part_shape, part_one, part_two = np.empty(16, np.int64), np.empty(16, np.uint64), np.empty(16, np.uint64)
    part_area, part_first, ring_first = np.empty(16), np.zeros(17, np.int64), np.zeros(17, np.int64)
    out_x, out_y = np.empty(256), np.empty(256)
    parts, rings, filled = 0, 0, 0
    for leaf in range(count):
        at = leaves.begin[leaf]
        shape[leaf] = order[at]
        own = (shape_first[order[at]], shape_first[order[at] + 1])
        chains = leaves.chain[leaves.chain_first[leaf] : leaves.chain_first[leaf + 1]]
        w0, w1 = leaves.wind_first[leaf], leaves.wind_first[leaf + 1]
        near = near_edges(edges, chains, (boxes.left[at], boxes.low[at], boxes.right[at], boxes.high[at]))
        blades = slots_near(near, leaves.blade[w0:w1])
        slots = slot_first[leaf] + len(blades)
        blade = grown(blade, slots)
        blade[slot_first[leaf] : slots] = blades
        slot_first[leaf + 1], set_first[leaf + 1] = slots, set_first[leaf]
        if len(blades) > MOST_SLOTS or len(near) > MOST_EDGES:
            fate[leaf] = ODD
            continue
        wound = np.zeros(len(blades) + 1, np.int64)
        for which in range(w0, w1):
            wound[1 + np.searchsorted(blades, leaves.blade[which])] = leaves.wind[which]
        corner = (boxes.left[at], boxes.low[at])
        if len(near) == 0:
            set_one, set_two = words(wound)
            found = (np.full(1, set_one), np.full(1, set_two), np.full(1, own_area(loops, own)))
            rows, border = np.empty((0, 6)), np.empty((0, 3))
        else:
            mine, theirs = own_rows(loops, own, corner), blade_rows(edges, near, blades, corner)
            both = np.concatenate((mine, theirs))
            rows, border = in_order(both, len(both)), rising(theirs)
            found = sweep(rows, border, wound)
        sets = set_first[leaf] + len(found[0])
        one, two, area = grown(one, sets), grown(two, sets), grown(area, sets)
        to_one, to_two = grown(to_one, sets), grown(to_two, sets)
        s0 = set_first[leaf]
        one[s0:sets], two[s0:sets], area[s0:sets] = found
        to_one[s0:sets], to_two[s0:sets] = settled(found[0], found[1], found[2], len(wound))
        set_first[leaf + 1] = sets
        is_one = True
        for which in range(s0 + 1, sets):
            is_one = is_one and to_one[which] == to_one[s0] and to_two[which] == to_two[s0]
        if asked == AREAS or is_one or sets == s0:
            fate[leaf] = ODD if sets == s0 else WHOLE
            continue
        if asked == FREE:
            is_free = False
            for which in range(s0, sets):
                is_free = is_free or (to_one[which] == 0 and to_two[which] == 0)
            if not is_free:
                fate[leaf] = TRACED  # nothing is left of it
                continue
        x, y, nodes, first, part_of_ring, ring_m2, shell, set_of_one, set_of_two, agreed = outlines(
            rows, border, wound, found, asked
        )
        if not agreed:
            fate[leaf] = ODD
            continue
        fate[leaf] = TRACED
        net, least = net_areas(ring_m2, shell, NOISE * found[2].sum())
        for ring in range(len(part_of_ring)):
            if shell[ring] != ring or net[ring] <= least:
                continue
            m2 = net[ring]
            part_shape, part_one, part_two = (
                grown(part_shape, parts + 1),
                grown(part_one, parts + 1),
                grown(part_two, parts + 1),
            )
            part_area, part_first = grown(part_area, parts + 1), grown(part_first, parts + 2)
            part_shape[parts], part_area[parts] = leaf, m2
            part_one[parts], part_two[parts] = set_of_one[part_of_ring[ring]], set_of_two[part_of_ring[ring]]
            for turn in range(2):  # the shell, then its holes
                for inner in range(len(part_of_ring)):
                    if shell[inner] != ring or (inner == ring) != (turn == 0):
                        continue
                    length = first[inner + 1] - first[inner]
                    out_x, out_y = grown(out_x, filled + length + 1), grown(out_y, filled + length + 1)
                    ring_first = grown(ring_first, rings + 2)
                    filled = put_ring(out_x, out_y, filled, (x, y, nodes[first[inner] : first[inner + 1]], corner))
                    rings += 1
                    ring_first[rings] = filled
            parts += 1
            part_first[parts] = rings
    return Cuts(
        shape, fate, slot_first, blade[: slot_first[count]], set_first,
        one[: set_first[count]], two[: set_first[count]], area[: set_first[count]], to_one[: set_first[count]], to_two[: set_first[count]],
        part_shape[:parts], part_one[:parts], part_two[:parts], part_area[:parts], part_first[: parts + 1],
        ring_first[: rings + 1], out_x[:filled], out_y[:filled],
    )  # fmt: skip


@kernel
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
