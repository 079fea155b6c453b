"""Spelling: sets of slots, which every shape counts for itself, told as sets of blades that all shapes share."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.kernels.bitsets import has
from pipeline.kernels.cut import Cuts
from pipeline.kernels.numba_cache import kernel


@kernel
def blades_of(slot_first, blade, at, one, two):
    """The blades of every set, rising, and where those of each begin, and the end."""
    first = np.zeros(len(at) + 1, np.int64)
    for turn in range(2):  # count, then fill
        if turn == 1:
            first[1:] = np.cumsum(first[1:])
            found = np.empty(first[-1], np.int64)
        for row in range(len(at)):
            begin, count = slot_first[at[row]], 0
            for slot in range(1, slot_first[at[row] + 1] - begin + 1):
                if has(one[row], two[row], slot):
                    if turn == 1:
                        found[first[row] + count] = blade[begin + slot - 1]
                    count += 1
            if turn == 0:
                first[row + 1] = count
    return first, found


def spelled(cuts: Cuts, at: Any, one: Any, two: Any) -> tuple[Any, list[tuple[int, ...]]]:
    """For pieces of shapes (positions in a range) with their two words: the number of their set, and the sets of blades."""
    first, found = blades_of(cuts.slot_first, cuts.blade, at, one, two)
    size = np.diff(first)
    number: Any = np.zeros(len(at), dtype=int)
    sets: list[tuple[int, ...]] = []
    for length in np.unique(size):  # sizes, not pieces: a handful
        mine = np.flatnonzero(size == length)
        members, which = np.unique(found[first[mine][:, None] + np.arange(length)], axis=0, return_inverse=True)
        number[mine] = len(sets) + which.reshape(-1)
        sets += [tuple(row) for row in members.tolist()]
    return number, sets
