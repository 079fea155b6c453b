"""Fingerprints: 128 bits of every shape, from its vertices, and of every shape with all that lies near it.

Idea: two lanes of 64 bits, each changed by every coordinate in a way that can be undone, so that two shapes that
differ in one place never leave equal lanes; what lies near is added up, whatever the order.
Invariant: the same vertices give the same fingerprint on every machine. A valid shape is known by its vertices: a ring
ends where it began, and a ring within another is its hole. It tells change apart, it does not keep out who wants to
forge.
Cost: one pass over the coordinates.
"""

import numpy as np

from pipeline.kernels.numba_cache import kernel

FACTOR0, FACTOR1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
START = np.uint64(0x165667B19E3779F9)


@kernel
def spread(lane):
    """A lane of which every bit depends on every bit (the finish of MurmurHash3)."""
    lane = (lane ^ (lane >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    lane = (lane ^ (lane >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return lane ^ (lane >> np.uint64(33))


@kernel
def fingerprints_of(words, first):
    """Two lanes for each run of words of eight bytes (from `first`, with the end): its length counts, and
    every word.
    """
    lanes = np.empty((len(first) - 1, 2), np.uint64)
    for run in range(len(first) - 1):
        length = np.uint64(first[run + 1] - first[run])
        lane0, lane1 = START ^ length, FACTOR0 + length
        # Each step can be undone, so two runs that differ in one word end in other lanes.
        for i in range(first[run], first[run + 1]):
            lane0 = (lane0 ^ words[i]) * FACTOR0
            lane0 ^= lane0 >> np.uint64(29)
            lane1 = ((lane1 << np.uint64(31)) | (lane1 >> np.uint64(33))) * FACTOR1 + words[i]
        lanes[run, 0], lanes[run, 1] = spread(lane0), spread(lane1)
    return lanes


@kernel
def with_near(shapes, near, shape, zone, engine):
    """The fingerprint of each shape with those of the zones near it, for pairs of positions, and of the
    engine that cuts.
    """
    lanes = shapes.copy()
    # A sum does not depend on the order in which zones are met.
    for pair in range(len(shape)):
        for lane in range(2):
            lanes[shape[pair], lane] += spread(near[zone[pair], lane] + FACTOR1)
    for row in range(len(lanes)):
        for lane in range(2):
            lanes[row, lane] = spread(lanes[row, lane] ^ engine[lane])
    return lanes
