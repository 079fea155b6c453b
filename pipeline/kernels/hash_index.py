"""Register: sets of slots (two words of bits) by number, in the order in which they were first met.

Idea: while they are few, the list is searched; beyond that a table of places, found by mixing the words.
Invariant: the table has at least twice as many places as there are sets, a power of two, so a search ends at an empty one.
Cost: a few steps per search, however many sets there are.
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels.numba_cache import inner

FEW = 12
EMPTY = -1


@inner
def mixed(one, two):
    """Bits of two words, mixed."""
    bits = one * np.uint64(0x9E3779B97F4A7C15) ^ (two + np.uint64(0x7F4A7C15)) * np.uint64(0xC2B2AE3D27D4EB4F)
    return bits ^ (bits >> np.uint64(29))


@inner
def number_of(sets, known, table, one, two):
    """The number of a set among the first of a list, or of its new place after them: the caller writes it there and counts it.

    sets: rows of two words; table: as `roomy` gives it.
    """
    if known <= FEW:
        for at in range(known):
            if sets[at, 0] == one and sets[at, 1] == two:
                return at
        return known
    last = np.uint64(len(table) - 1)
    place = mixed(one, two) & last
    while table[place] != EMPTY:
        at = table[place]
        if sets[at, 0] == one and sets[at, 1] == two:
            return np.int64(at)
        place = (place + np.uint64(1)) & last
    table[place] = known
    return known


@inner
def roomy(sets, known, table):
    """The list with room for one more, and a table with all of it: to be called when a set was added.

    Not before each search: arrays that are handed back are counted, and that costs more than the search.
    """
    if known >= len(sets):
        longer = np.empty((2 * len(sets) + 16, 2), np.uint64)
        for at in range(known):
            longer[at, 0], longer[at, 1] = sets[at, 0], sets[at, 1]
        sets = longer
    if known > FEW and (known == FEW + 1 or 2 * known >= len(table)):
        if 2 * known >= len(table):
            table = np.empty(4 * len(table), np.int32)
        for place in range(len(table)):
            table[place] = EMPTY
        last = np.uint64(len(table) - 1)
        for at in range(known):
            place = mixed(sets[at, 0], sets[at, 1]) & last
            while table[place] != EMPTY:
                place = (place + np.uint64(1)) & last
            table[place] = at
    return sets, table
