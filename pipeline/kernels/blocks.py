"""Blokken: the chains of edges that concern a range of boxes, when ranges come one by one and nobody knows the next.

Idea: chains follow each other along rings, so a run of BLOCK_CHAINS of them has a small box. A range asks the boxes of
blocks, and the chains of those that meet it, or that the walk from outside to its corner crosses: straight up from below.
Invariant: every chain that meets the box of the range, or that a walk at its western side from below to its corner can
cross, is given, in order; so descending from here is descending from a node over everything.
Cost: one test per block and range, and one per chain of a block that passes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pipeline.kernels.kd_tree import Boxes, Nodes
from pipeline.kernels.numba_cache import kernel
from pipeline.kernels.rings import Edges

BLOCK_CHAINS = 64


class Blocks(NamedTuple):
    """Boxes (west, south, east, north; m, RD New) of runs of BLOCK_CHAINS chains, and a corner outside of all."""

    boxes: Any
    x: float
    y: float


def blocks_of(knives: Edges) -> Blocks:
    """The blocks of chains, in order."""
    starts = np.arange(0, len(knives.begin), BLOCK_CHAINS)
    if not len(starts):
        return Blocks(np.empty((0, 4)), np.inf, np.inf)
    low = [np.minimum.reduceat(side, starts) for side in (knives.left, knives.low)]
    high = [np.maximum.reduceat(side, starts) for side in (knives.right, knives.high)]
    return Blocks(np.column_stack(low + high), float(low[0].min()) - 1.0, float(low[1].min()) - 1.0)


def over(boxes: Boxes, knives: Edges, blocks: Blocks) -> Nodes:
    """One node over all boxes (at least one), with the chains that concern them, at a corner where no blade winds."""
    around = float(boxes.left.min()), float(boxes.low.min()), float(boxes.right.max()), float(boxes.high.max())
    chains = concerning(knives, blocks.boxes, around)
    corner = min(blocks.x, around[0] - 1.0), min(blocks.y, around[1] - 1.0)
    whole, none = np.array([0, len(boxes.left)]), np.zeros(0, np.int32)
    return Nodes(
        whole[:1], whole[1:], np.array(corner[:1]), np.array(corner[1:]),
        chains, np.array([0, len(chains)]), none, none, np.zeros(2, np.int64),
    )  # fmt: skip


@kernel
def concerning(edges, boxes, around):
    """The chains that meet a box, or lie across its western side below it."""
    west, south, east, north = around
    found, count = np.empty(1024, np.int32), 0
    for block in range(len(boxes)):
        if boxes[block, 1] > north or boxes[block, 0] > east or boxes[block, 2] < west:
            continue
        if boxes[block, 3] < south and not boxes[block, 0] <= west <= boxes[block, 2]:
            continue
        for chain in range(block * BLOCK_CHAINS, min((block + 1) * BLOCK_CHAINS, len(edges.begin))):
            if edges.low[chain] > north or edges.left[chain] > east or edges.right[chain] < west:
                continue
            if edges.high[chain] < south and not edges.left[chain] <= west <= edges.right[chain]:
                continue
            if count == len(found):
                longer = np.empty(2 * count, np.int32)
                longer[:count] = found
                found = longer
            found[count] = chain
            count += 1
    return found[:count].copy()
