"""Which sets of slots are real, and which are what rounding or a hair of overlap left.

Idea: as in a cut by one cutter after the other: where a cutter would leave less than EPS_M2 on one of its sides, all
of that part of the shape goes to the other side. So no piece is smaller than can be drawn, and no area is lost.
Invariant: every set goes to one that stays; the areas of those add up to the shape.
Cost: nothing where every set is large, which the caller has seen; else cutters times sets, of one shape.
"""

import numpy as np

from pipeline.kernels.kd_tree import grown
from pipeline.kernels.numba_cache import SOME, ZERO, inner, kernel
from pipeline.kernels.sweepline import WORD, flip

EPS_M2 = 1e-6


@inner
def has(word0, word1, slot):
    """Whether a slot is in the set of two words."""
    bit = np.uint64(1) << np.uint64((slot - 1) % WORD)
    return ((word0 if slot <= WORD else word1) & bit) != 0


@kernel
def settled(word0, word1, area, slots):
    """For each set (m2) the set that its land goes to: itself, unless a cutter of rising slot leaves too little
    on one side.
    """
    count = len(word0)
    to_word0, to_word1 = np.zeros(count, np.uint64), np.zeros(count, np.uint64)
    group, groups = np.zeros(count, np.int64), 1  # sets that the slots so far do not tell apart
    inside, outside, side_group = np.empty(count), np.empty(count), np.empty((count, 2), np.int64)
    for slot in range(1, slots):
        # m2 of each group on both sides of this cutter.
        for i in range(groups):
            inside[i], outside[i], side_group[i, 0], side_group[i, 1] = 0.0, 0.0, -1, -1
        for i in range(count):
            if has(word0[i], word1[i], slot):
                inside[group[i]] += area[i]
            else:
                outside[group[i]] += area[i]
        # A group with too little on one side goes to the other as a whole; else it falls apart in two.
        groups = 0
        for i in range(count):
            before = group[i]
            # What lies outside by less than can be drawn is inside too, where there is any inside.
            takes_all = outside[before] <= EPS_M2 and inside[before] > 0.0
            is_in = takes_all or (inside[before] > EPS_M2 and has(word0[i], word1[i], slot))
            if is_in:
                to_word0[i], to_word1[i] = flip(to_word0[i], to_word1[i], slot)
            side = 1 if is_in else 0
            if side_group[before, side] < 0:
                side_group[before, side] = groups
                groups += 1
            group[i] = side_group[before, side]
    return to_word0, to_word1


@kernel
def cutters_of(slot_first, cutter, rows, word0, word1):
    """The cutters of every set (two words of slots of a row), rising, and where those of each begin, with the end."""
    first, members, count = np.zeros(len(rows) + 1, np.int64), np.empty(SOME, np.int64), ZERO
    for row in range(len(rows)):
        # Slot 1 is the first of the cutters near this shape, so the slots rise as the cutters do.
        begin, end = slot_first[rows[row]], slot_first[rows[row] + 1]
        for place in range(begin, end):
            if has(word0[row], word1[row], place - begin + 1):
                members = grown(members, count + 1)
                members[count] = cutter[place]
                count += 1
        first[row + 1] = count
    return first, members[:count]
