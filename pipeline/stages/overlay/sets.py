"""Verzamelingen: which sets of blades are real, and which are what rounding or a hair of overlap left.

Idea: as in a cut by one blade after the other: where a blade would leave less than EPS_M2 on one of its sides, all of that
part of the shape goes to the other side. So no piece is smaller than can be drawn, and no area is lost.
Invariant: every set goes to one that is kept; the areas of those add up to the shape.
Cost: nothing where every set is large; else blades times sets times sets, of one shape.
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels import inner, kernel
from pipeline.stages.overlay.sweep import WORD, flip

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
    to_first, to_second = first.copy(), second.copy()
    small = False
    for at in range(count):
        small = small or area[at] <= EPS_M2
    if not small:
        return to_first, to_second
    to_first[:], to_second[:] = 0, 0
    done = np.empty(count, np.bool_)
    for slot in range(1, slots):
        done[:] = False
        for at in range(count):
            if done[at]:
                continue
            one, two = to_first[at], to_second[at]
            inside, outside = 0.0, 0.0
            for other in range(at, count):
                if not done[other] and to_first[other] == one and to_second[other] == two:
                    if has(first[other], second[other], slot):
                        inside += area[other]
                    else:
                        outside += area[other]
            for other in range(at, count):
                if done[other] or to_first[other] != one or to_second[other] != two:
                    continue
                is_in = has(first[other], second[other], slot)
                done[other] = True
                if (outside <= EPS_M2 and inside > 0.0) or (is_in and inside > EPS_M2):
                    to_first[other], to_second[other] = flip(one, two, slot)
    return to_first, to_second
