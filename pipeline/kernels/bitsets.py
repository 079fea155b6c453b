"""Verzamelingen: which sets of blades are real, and which are what rounding or a hair of overlap left.

Idea: as in a cut by one blade after the other: where a blade would leave less than EPS_M2 on one of its sides, all of that
part of the shape goes to the other side. So no piece is smaller than can be drawn, and no area is lost.
Invariant: every set goes to one that is kept; the areas of those add up to the shape.
Cost: nothing where every set is large, which who asks has seen; else blades times sets, of one shape.
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels.numba_cache import inner, kernel
from pipeline.kernels.sweepline import WORD, flip

EPS_M2 = 1e-6


@inner
def has(one, two, slot):
    """Whether a slot is in the set of two words."""
    bit = np.uint64(1) << np.uint64((slot - 1) % WORD)
    return ((one if slot <= WORD else two) & bit) != 0


@kernel
def settled(first, second, area, slots):
    """For each set the set that its land goes to: itself, unless a blade of rising slot leaves too little on one side."""
    count = len(first)
    to_first, to_second = np.zeros(count, np.uint64), np.zeros(count, np.uint64)
    group, groups = np.zeros(count, np.int64), 1  # sets that the slots so far tell not apart
    inside, outside, goes = np.empty(count), np.empty(count), np.empty((count, 2), np.int64)
    for slot in range(1, slots):
        for at in range(groups):
            inside[at], outside[at], goes[at, 0], goes[at, 1] = 0.0, 0.0, -1, -1
        for at in range(count):
            if has(first[at], second[at], slot):
                inside[group[at]] += area[at]
            else:
                outside[group[at]] += area[at]
        groups = 0
        for at in range(count):
            of = group[at]
            takes_all = outside[of] <= EPS_M2 and inside[of] > 0.0
            is_in = takes_all or (inside[of] > EPS_M2 and has(first[at], second[at], slot))
            if is_in:
                to_first[at], to_second[at] = flip(to_first[at], to_second[at], slot)
            side = 1 if is_in else 0
            if goes[of, side] < 0:
                goes[of, side] = groups
                groups += 1
            group[at] = goes[of, side]
    return to_first, to_second
