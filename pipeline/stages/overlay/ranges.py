"""The ranges of neighbouring shapes that are cut one by one, each with the edges that concern it."""

import numpy as np

from pipeline.kernels.candidate_edges import boxes_of
from pipeline.kernels.cut import Cuts, WorkShapes, cut
from pipeline.kernels.kd_tree import Boxes, Nodes, descend, kd_order, whole
from pipeline.kernels.rings import Edges, Rings
from pipeline.kernels.warm_up import begun

RANGE_SHAPES = 4096


def in_work_order(loops: Rings, count: int) -> WorkShapes:
    """So many shapes in an order in which neighbours follow each other; loops in order of their shapes (RD New, m)."""
    begun()
    ring_first = np.searchsorted(loops.owner, np.arange(count + 1))
    boxes = Boxes(*boxes_of(loops.x, loops.y, loops.first, ring_first))
    # Twice the middles: they have the same order.
    order = kd_order(boxes.left + boxes.right, boxes.low + boxes.high)
    return WorkShapes(loops, ring_first, order, Boxes(*(side[order] for side in boxes)))


def ranges(shapes: WorkShapes, edges: Edges, size: int | None = None) -> list[Nodes]:
    """The ranges of work, of at most `size` shapes (RD New; default RANGE_SHAPES): neighbours, with the edges that
    concern them.
    """
    if not len(shapes.order):
        return []
    top = descend(shapes.boxes, edges, whole(shapes.boxes, edges), size or RANGE_SHAPES)
    return [_node(top, position) for position in range(len(top.begin))]


def _node(nodes: Nodes, position: int) -> Nodes:
    """One of several nodes by itself."""
    chain = slice(nodes.chain_first[position], nodes.chain_first[position + 1])
    wind = slice(nodes.wind_first[position], nodes.wind_first[position + 1])
    node = slice(position, position + 1)
    return Nodes(
        nodes.begin[node],
        nodes.end[node],
        nodes.x[node],
        nodes.y[node],
        nodes.chain[chain],
        np.array([0, chain.stop - chain.start]),
        nodes.cutter[wind],
        nodes.wind[wind],
        np.array([0, wind.stop - wind.start]),
    )


def cut_range(shapes: WorkShapes, edges: Edges, work_range: Nodes) -> Cuts:
    """One range of shapes cut by the edges of zones; m2, RD New."""
    return cut(descend(shapes.boxes, edges, work_range, 1), shapes, edges)
