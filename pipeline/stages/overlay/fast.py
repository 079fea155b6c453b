"""Snel: shapes cut by blades with kernels over flat rings; what these find odd goes to the reference engine."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.kernels.blocks import Blocks, over
from pipeline.kernels.candidate_edges import grown_boxes
from pipeline.kernels.cut import PIECES, Cuts, cut
from pipeline.kernels.kd_tree import Boxes, Nodes, descend, kd_order, whole
from pipeline.kernels.rings import Edges, Rings
from pipeline.kernels.warm_up import begun
from pipeline.stages.overlay.map_ordered import flow

CHUNK_SHAPES = 4096


@dataclass(frozen=True)
class Land:
    """Shapes as rings in the order of work, with their boxes: what is cut."""

    loops: Rings
    shape_first: Any
    order: Any
    boxes: Boxes


def land(loops: Rings, count: int) -> Land:
    """So many shapes in an order in which neighbours follow each other; loops in order of their shapes, none without a ring."""
    begun()
    shape_first = np.searchsorted(loops.owner, np.arange(count + 1))
    boxes = grown_boxes(loops, shape_first)
    order = kd_order(boxes.left + boxes.right, boxes.low + boxes.high)
    return Land(loops, shape_first, order, Boxes(*(side[order] for side in boxes)))


def chunks(ground: Land, knives: Edges, size: int | None = None) -> list[Nodes]:
    """The ranges of work, of at most `size` shapes (default CHUNK_SHAPES): neighbours, with the edges that concern them."""
    if not len(ground.order):
        return []
    top = descend(ground.boxes, knives, whole(ground.boxes, knives), size or CHUNK_SHAPES)
    return [_node(top, at) for at in range(len(top.begin))]


def _node(nodes: Nodes, at: int) -> Nodes:
    chain = slice(nodes.chain_first[at], nodes.chain_first[at + 1])
    wind = slice(nodes.wind_first[at], nodes.wind_first[at + 1])
    one = slice(at, at + 1)
    return Nodes(
        nodes.begin[one],
        nodes.end[one],
        nodes.x[one],
        nodes.y[one],
        nodes.chain[chain],
        np.array([0, chain.stop - chain.start]),
        nodes.blade[wind],
        nodes.wind[wind],
        np.array([0, wind.stop - wind.start]),
    )


def cut_chunk(ground: Land, knives: Edges, chunk: Nodes, asked: int = PIECES) -> Cuts:
    """One range of shapes cut."""
    leaves = descend(ground.boxes, knives, chunk, 1)
    made: Cuts = cut(leaves, ground.order, ground.loops, ground.shape_first, knives, ground.boxes, asked)
    return made


def cut_range(ground: Land, knives: Edges, blocks: Blocks, asked: int = PIECES) -> Cuts:
    """A range of shapes of which nobody knows the others, all at once; the same as among them."""
    leaves = descend(ground.boxes, knives, over(ground.boxes, knives, blocks), 1)
    made: Cuts = cut(leaves, ground.order, ground.loops, ground.shape_first, knives, ground.boxes, asked)
    return made


def cut_all(ground: Land, knives: Edges, asked: int = PIECES, threads: int = 1) -> Iterator[Cuts]:
    """All ranges in the order of work, each as soon as it and those before it are done."""
    waiting = chunks(ground, knives)
    with ThreadPoolExecutor(threads) as pool:
        yield from flow(waiting, lambda chunk: cut_chunk(ground, knives, chunk, asked), pool, threads + 1)
