"""Vingerafdruk: 128 bits of every shape, from its vertices, and of every shape with all that lies near it.

Idea: two lanes of 64 bits, each changed by every coordinate in a way that can be undone, so that two shapes that differ in
one place never leave equal lanes; what lies near is added up, whatever the order.
Invariant: the same vertices give the same print on every machine. A valid shape is known by its vertices: a ring ends where it
began, and a ring within another is its hole. It tells change apart, it does not keep out who wants to forge.
Cost: one pass over the coordinates.
"""

from __future__ import annotations

import numpy as np

from pipeline.kernels.numba_cache import kernel

ONE, TWO = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
START = np.uint64(0x165667B19E3779F9)


@kernel
def spread(lane):
    """A lane of which every bit depends on every bit (the finish of MurmurHash3)."""
    lane = (lane ^ (lane >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    lane = (lane ^ (lane >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return lane ^ (lane >> np.uint64(33))


@kernel
def prints_of(words, first):
    """Two lanes for each run of words of eight bytes (from `first`, with the end): its length counts, and every word."""
    made = np.empty((len(first) - 1, 2), np.uint64)
    for run in range(len(first) - 1):
        length = np.uint64(first[run + 1] - first[run])
        one, two = START ^ length, ONE + length
        for at in range(first[run], first[run + 1]):
            one = (one ^ words[at]) * ONE
            one ^= one >> np.uint64(29)
            two = ((two << np.uint64(31)) | (two >> np.uint64(33))) * TWO + words[at]
        made[run, 0], made[run, 1] = spread(one), spread(two)
    return made


@kernel
def with_near(own, near, at, which, maker):
    """The print of each shape (own) with those of what is near it (near), for pairs of positions, and of what cuts (maker)."""
    made = own.copy()
    for pair in range(len(at)):
        for lane in range(2):
            made[at[pair], lane] += spread(near[which[pair], lane] + TWO)
    for row in range(len(made)):
        for lane in range(2):
            made[row, lane] = spread(made[row, lane] ^ maker[lane])
    return made
