"""Omlijning: the outlines of a shape under its sets of blades, held against the areas that the sweep found.

Idea: nodes and trace, with the sets that are too small given to those that they are settled in.
Invariant: outlines of all sets together differ from the sweep by no more than AGREED of the shape, or the shape is told as odd.
Cost: that of its parts.
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels.bitsets import settled
from pipeline.kernels.hash_index import number_of, roomy
from pipeline.kernels.noding import noded
from pipeline.kernels.numba_cache import SOME, ZERO, inner
from pipeline.kernels.ring_assembly import NONE, beside, placed, walked

AGREED = 0.5e-9  # share of a shape by which its outlines may differ from its sweep, all together
LEAST_M2 = 1e-9
NOISE = 0.5e-9  # share of a shape that may go as what rounding left; with AGREED no more than 1e-9 of it


@inner
def outlined(rows, sides, wound, slots, one, two, area, is_every):
    """Nodes, rings of nodes with their part and area and shell, the sets of the parts, and whether they agree with the sweep.

    sides: as `beside` takes them; wound: counters at the corner by slot, and how many; one, two, area: the sets of the sweep;
    is_every: outlines of every set are asked, else of land under none.
    """
    x, y, nodes, lines, drawn, many = noded(rows)
    left, right, seen_sets, seen = beside(x, y, nodes, lines, drawn, many, sides, wound, slots)
    place, parts, part_one, part_two, part_area = parts_of(one, two, area, seen_sets, seen, slots)
    for line in range(many):
        for turn in range(2):
            side = left if turn == 0 else right
            if side[line] != NONE:
                part = place[side[line]]
                is_asked = is_every or (part_one[part] == 0 and part_two[part] == 0)
                side[line] = part if is_asked else NONE
    around, ring_first, part_of_ring, rings, agreed = walked(x, y, nodes, lines, many, left, right)
    ring_m2, shell = placed(x, y, around, ring_first, part_of_ring, rings)
    whole, traced = 0.0, np.zeros(parts)
    for at in range(len(area)):
        whole += area[at]
    for ring in range(rings):
        traced[part_of_ring[ring]] += ring_m2[ring]
        agreed = agreed and (shell[ring] >= 0 or abs(ring_m2[ring]) <= NOISE * whole)
    apart = 0.0
    for part in range(parts):
        if is_every or (part_one[part] == 0 and part_two[part] == 0):
            apart += abs(traced[part] - part_area[part])
    agreed = agreed and apart <= max(AGREED * whole, LEAST_M2)
    return x, y, around, ring_first, part_of_ring, rings, ring_m2, shell, part_one, part_two, agreed


@inner
def parts_of(one, two, area, seen_sets, seen, slots):
    """For each set beside a line the part that it belongs to; and of so many parts their set and m2."""
    most = len(one) + seen
    sets, table, known = np.empty((most + 1, 2), np.uint64), np.empty(SOME, np.int32), ZERO
    all_one, all_two, all_area = np.empty(most, np.uint64), np.empty(most, np.uint64), np.zeros(most)
    place = np.empty(seen, np.int64)
    for at in range(most):  # a set that the sweep did not meet has no area
        from_sweep = at < len(one)
        first = one[at] if from_sweep else seen_sets[at - len(one), 0]
        second = two[at] if from_sweep else seen_sets[at - len(one), 1]
        found = number_of(sets, known, table, first, second)
        if found == known:
            sets[known, 0], sets[known, 1], all_one[known], all_two[known] = first, second, first, second
            known += 1
            sets, table = roomy(sets, known, table)
        if from_sweep:
            all_area[found] = area[at]
        else:
            place[at - len(one)] = found
    to_one, to_two = settled(all_one[:known], all_two[:known], all_area[:known], slots)
    part_one, part_two, part_area = np.empty(known, np.uint64), np.empty(known, np.uint64), np.zeros(known)
    part_of, parts = np.empty(known, np.int64), ZERO
    for at in range(known):
        part = number_of(sets, parts, table, to_one[at], to_two[at])
        if part == parts:
            sets[parts, 0], sets[parts, 1], part_one[parts], part_two[parts] = (
                to_one[at],
                to_two[at],
                to_one[at],
                to_two[at],
            )
            parts += 1
            sets, table = roomy(sets, parts, table)
        part_of[at] = part
        part_area[part] += all_area[at]
    for at in range(seen):
        place[at] = part_of[place[at]]
    return place, parts, part_one, part_two, part_area
