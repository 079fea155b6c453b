"""Sets of slots (two words of bits) by number, in the order in which they were first met.

Idea: while they are few, the list is searched; beyond that a table of places, found by mixing the words.
Invariant: the table has at least twice as many places as there are sets, a power of two, so a search ends at an empty
one.
Cost: a few steps per search, however many sets there are.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pipeline.kernels.numba_cache import SOME, inner

FEW = 12
EMPTY = -1


class SetIndex(NamedTuple):
    """Sets in rows of two words, and the hash table of their numbers, which is used once there are more than FEW."""

    words: Any
    table: Any


@inner
def set_index(size):
    """An index without sets, with room for so many rows."""
    return SetIndex(np.empty((size, 2), np.uint64), np.empty(SOME, np.int32))


@inner
def mixed(word0, word1):
    """Bits of two words, mixed."""
    bits = word0 * np.uint64(0x9E3779B97F4A7C15) ^ (word1 + np.uint64(0x7F4A7C15)) * np.uint64(0xC2B2AE3D27D4EB4F)
    return bits ^ (bits >> np.uint64(29))


@inner
def number_of(index, known, word0, word1):
    """The number of a set among the first `known`, or its new number after them: the caller writes it there
    and counts it.
    """
    words, table = index.words, index.table
    if known <= FEW:
        for row in range(known):
            if words[row, 0] == word0 and words[row, 1] == word1:
                return row
        return known
    last = np.uint64(len(table) - 1)
    place = mixed(word0, word1) & last
    while table[place] != EMPTY:
        row = table[place]
        if words[row, 0] == word0 and words[row, 1] == word1:
            return np.int64(row)
        place = (place + np.uint64(1)) & last
    table[place] = known
    return known


@inner
def roomy(index, known):
    """The index with room for one more, and a table of all in it: to be called when a set was added.

    Not before each search: arrays that are returned are reference-counted, and that costs more than the search.
    """
    words, table = index.words, index.table
    if known >= len(words):
        words = np.empty((2 * len(index.words) + 16, 2), np.uint64)
        for row in range(known):
            words[row, 0], words[row, 1] = index.words[row, 0], index.words[row, 1]
    if known > FEW and (known == FEW + 1 or 2 * known >= len(table)):
        # Fill the table anew, four times as long when more than half of its places would be taken.
        if 2 * known >= len(table):
            table = np.empty(4 * len(table), np.int32)
        for place in range(len(table)):
            table[place] = EMPTY
        last = np.uint64(len(table) - 1)
        for row in range(known):
            place = mixed(words[row, 0], words[row, 1]) & last
            while table[place] != EMPTY:
                place = (place + np.uint64(1)) & last
            table[place] = row
    return SetIndex(words, table)
