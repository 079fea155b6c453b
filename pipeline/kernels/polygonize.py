"""The outlines of a shape under its sets of cutters, held against the areas that the sweep found.

Idea: nodes and rings, with the sets that are too small given to those that they are settled in.
Invariant: outlines of all sets together differ from the sweep by no more than AGREED of the shape, or they do not
agree.
Cost: that of its parts.
"""

from typing import Any, NamedTuple

import numpy as np

from pipeline.kernels.bitsets import settled
from pipeline.kernels.hash_index import number_of, roomy
from pipeline.kernels.noding import line_graph
from pipeline.kernels.numba_cache import SOME, ZERO, inner
from pipeline.kernels.ring_assembly import NONE, placed, sets_at_lines, walked

AGREED = 0.5e-9  # share of a shape by which its outlines may differ from its sweep, all together
LEAST_M2 = 1e-9
NOISE = 0.5e-9  # share of a shape that may go as what rounding left; with AGREED no more than 1e-9 of it


class SetAreas(NamedTuple):
    """Sets of slots in two words, and m2 of each."""

    word0: Any
    word1: Any
    area: Any


class Outlines(NamedTuple):
    """Nodes (m from the corner), rings of nodes with their m2 and shell, and the sets of the parts that the
    rings bound.
    """

    x: Any
    y: Any
    rings: Any
    area: Any
    shell: Any
    parts: Any


@inner
def outlined(rows, border, swept):
    """The outlines of every set (m2, metres from the corner), and whether they agree with the sweep.

    rows: edges of the shape and of cutters; border: the sides of the box; swept: the sets of the sweep.
    """
    graph = line_graph(rows)
    sides = sets_at_lines(graph, border)
    part_of_set, parts = parts_of(swept, sides, len(border.wound))
    left, right = sides.left, sides.right
    # From sets to parts: between two sets of one part no boundary is left.
    for line in range(graph.line_count):
        if left[line] != NONE:
            left[line] = part_of_set[left[line]]
        if right[line] != NONE:
            right[line] = part_of_set[right[line]]
    rings, agreed = walked(graph, left, right)
    ring_m2, shell = placed(graph, rings)
    # Each part as traced against the same as swept; a hole without a shell is no more than noise.
    whole, traced, ring_part, part_area = 0.0, np.zeros(len(parts.area)), rings.part, parts.area
    for m2 in swept.area:
        whole += m2
    for ring in range(rings.count):
        traced[ring_part[ring]] += ring_m2[ring]
        agreed = agreed and (shell[ring] >= 0 or abs(ring_m2[ring]) <= NOISE * whole)
    apart = 0.0
    for part in range(len(part_area)):
        apart += abs(traced[part] - part_area[part])
    agreed = agreed and apart <= max(AGREED * whole, LEAST_M2)
    return Outlines(graph.x, graph.y, rings, ring_m2, shell, parts), agreed


@inner
def parts_of(swept, sides, slots):
    """For each set beside a line the part that it belongs to; and the set and m2 of each part."""
    swept0, swept1, swept_m2 = swept
    from_sweep, seen, seen_words = len(swept_m2), sides.count, sides.words
    most = from_sweep + seen
    set_words, table, known = np.empty((most + 1, 2), np.uint64), np.empty(SOME, np.int32), ZERO
    word0, word1, area = np.empty(most, np.uint64), np.empty(most, np.uint64), np.zeros(most)
    part_of_set = np.empty(seen, np.int64)
    # Number the sets of the sweep, and those beside lines: one that the sweep did not meet has no area.
    for i in range(most):
        is_swept = i < from_sweep
        bits0 = swept0[i] if is_swept else seen_words[i - from_sweep, 0]
        bits1 = swept1[i] if is_swept else seen_words[i - from_sweep, 1]
        number = number_of(set_words, known, table, bits0, bits1)
        if number == known:
            set_words[known, 0], set_words[known, 1], word0[known], word1[known] = bits0, bits1, bits0, bits1
            known += 1
            set_words, table = roomy(set_words, known, table)
        if is_swept:
            area[number] = swept_m2[i]
        else:
            part_of_set[i - from_sweep] = number
    # Sets whose land goes to the same set are one part.
    to_word0, to_word1 = settled(word0[:known], word1[:known], area[:known], slots)
    part_word0, part_word1, part_area = np.empty(known, np.uint64), np.empty(known, np.uint64), np.zeros(known)
    part_of, parts = np.empty(known, np.int64), ZERO
    for i in range(known):
        bits0, bits1 = to_word0[i], to_word1[i]
        part = number_of(set_words, parts, table, bits0, bits1)
        if part == parts:
            set_words[parts, 0], set_words[parts, 1] = bits0, bits1
            part_word0[parts], part_word1[parts] = bits0, bits1
            parts += 1
            set_words, table = roomy(set_words, parts, table)
        part_of[i] = part
        part_area[part] += area[i]
    for i in range(seen):
        part_of_set[i] = part_of[part_of_set[i]]
    return part_of_set, SetAreas(part_word0[:parts], part_word1[:parts], part_area[:parts])
