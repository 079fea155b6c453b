"""Sets of slots, which every shape counts for itself, as the positions of cutters that all shapes share."""

from __future__ import annotations

import numpy as np

from pipeline.kernels.bitsets import has
from pipeline.kernels.numba_cache import kernel


@kernel
def cutters_of(slot_first, cutter, rows, word0, word1):
    """The cutters of every set (two words of slots of a row), rising, and where those of each begin, with the end."""
    first = np.zeros(len(rows) + 1, np.int64)
    for turn in range(2):  # count, then fill
        if turn == 1:
            first[1:] = np.cumsum(first[1:])
            members = np.empty(first[-1], np.int64)
        for row in range(len(rows)):
            begin, count = slot_first[rows[row]], 0
            for slot in range(1, slot_first[rows[row] + 1] - begin + 1):
                if has(word0[row], word1[row], slot):
                    if turn == 1:
                        members[first[row] + count] = cutter[begin + slot - 1]
                    count += 1
            if turn == 0:
                first[row + 1] = count
    return first, members
