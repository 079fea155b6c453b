"""Sets of slots (two words of bits) by number, in the order in which they were first met.

Idea: while they are few, the list is searched; beyond that a table of places, found by mixing the words.
Invariant: the table has at least twice as many places as there are sets, a power of two, so a search ends at an empty
one.
Cost: a few steps per search, however many sets there are.
"""

import numpy as np

from pipeline.kernels.kd_tree import grown_rows
from pipeline.kernels.numba_cache import inner

FEW = 12
EMPTY = -1


@inner
def mixed(word0, word1):
    """Bits of two words, mixed."""
    bits = word0 * np.uint64(0x9E3779B97F4A7C15) ^ (word1 + np.uint64(0x7F4A7C15)) * np.uint64(0xC2B2AE3D27D4EB4F)
    return bits ^ (bits >> np.uint64(29))


@inner
def number_of(words, known, table, word0, word1):
    """The number of a set among the first `known` rows, or its new number after them: the caller writes it there and
    counts it.

    table: as `roomy` returns it, of at least SOME places.
    """
    # A few rows are read sooner than mixed; the table is filled when there are more.
    if known <= FEW:
        for row in range(known):
            if words[row, 0] == word0 and words[row, 1] == word1:
                return row
        return known
    last = np.uint64(len(table) - 1)
    # From the place that the bits give on, to the set itself or the first empty place.
    place = mixed(word0, word1) & last
    while table[place] != EMPTY:
        row = table[place]
        if words[row, 0] == word0 and words[row, 1] == word1:
            return np.int64(row)
        place = (place + np.uint64(1)) & last
    table[place] = known
    return known


@inner
def roomy(words, known, table):
    """The rows with room for one more, and a table of all in them: to be called when a set was added.

    Not before each search: arrays that are returned are reference-counted, and that costs more than the search.
    """
    words = grown_rows(words, known, known + 1)
    if known > FEW and (known == FEW + 1 or 2 * known >= len(table)):
        # Fill the table anew, four times as long when more than half of its places would be taken.
        if 2 * known >= len(table):
            table = np.empty(4 * len(table), np.int32)
        table[:] = EMPTY
        last = np.uint64(len(table) - 1)
        for row in range(known):
            place = mixed(words[row, 0], words[row, 1]) & last
            while table[place] != EMPTY:
                place = (place + np.uint64(1)) & last
            table[place] = row
    return words, table
