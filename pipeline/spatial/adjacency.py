"""Which shapes touch, which lie near, and which are connected; distances in metres."""

from typing import Any

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from pipeline.project.rules import ShapeConfig

Pairs = Any


def touching(shapes: Any, card: ShapeConfig) -> Pairs:
    """Pairs of positions (n x 2) of shapes that share more than a corner: an edge of at least the card's metres."""
    left, right = _within(shapes, card.touch_m)
    # Each shape is drawn once, and not once for each that it touches.
    edge, reach = shapely.boundary(shapes), shapely.buffer(shapes, card.touch_m + 1e-9)
    along = shapely.intersection(edge[left], reach[right])
    enough = shapely.length(along) >= card.shared_edge_m
    return np.column_stack([left[enough], right[enough]])


def near(shapes: Any, gap_m: float) -> tuple[Pairs, Any]:
    """Pairs of positions of shapes at most so many metres apart, and how far apart they are."""
    left, right = _within(shapes, gap_m)
    return np.column_stack([left, right]), shapely.distance(shapes[left], shapes[right])


def _within(shapes: Any, metres: float) -> tuple[Any, Any]:
    """Positions of two shapes at most so many metres apart, each pair once."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=metres)
    once = left < right
    return left[once], right[once]


def groups(count: int, edges: Pairs) -> Any:
    """The number of the connected group of each of `count` shapes, by pairs of positions that are connected."""
    graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def positions(number: Any) -> list[Any]:
    """The positions of each group, in order of its number; cost: one sort."""
    if not len(number):
        return []
    order = np.argsort(number, kind="stable")
    return list(np.split(order, np.flatnonzero(np.diff(number[order])) + 1))


def among(edges: Pairs, members: Any, count: int) -> Pairs:
    """The edges between members only, as positions within `members`."""
    place = np.full(count, -1)
    place[members] = np.arange(len(members))
    moved = place[edges]
    return moved[(moved >= 0).all(axis=1)]


def joined(pairs: Pairs, patches: list[Any], count: int) -> list[Any]:
    """The members (positions) of each set of patches that pairs of members join; `count`: of all that could be one."""
    patch_of: Any = np.full(count, -1)
    for number, patch in enumerate(patches):  # contiguous areas, not rows
        patch_of[patch] = number
    ends = patch_of[pairs]
    ends = ends[(ends >= 0).all(axis=1) & (ends[:, 0] != ends[:, 1])]
    if not len(ends):
        return patches
    together = groups(len(patches), ends)
    return [np.concatenate([patches[number] for number in inside]) for inside in positions(together)]


def bridges(group: Any, pairs: Pairs, gaps_m: Any) -> Any:
    """Positions in `pairs` of the shortest gaps (metres) that join groups to each other, as few as will do."""
    apart = np.flatnonzero(group[pairs[:, 0]] != group[pairs[:, 1]])
    if not len(apart):
        return apart
    ends = np.sort(group[pairs[apart]], axis=1)
    order = np.lexsort((apart, gaps_m[apart], ends[:, 1], ends[:, 0]))
    # Of several gaps between two groups the shortest counts; a spanning tree picks among those.
    ends, apart = ends[order], apart[order]
    first = np.unique(ends, axis=0, return_index=True)[1]
    size = int(group.max()) + 1
    cost = coo_matrix((gaps_m[apart[first]] + 1.0, (ends[first, 0], ends[first, 1])), shape=(size, size))
    tree = minimum_spanning_tree(cost.tocsr()).tocoo()
    number = np.array([size, 1])  # one whole number per pair of groups
    return apart[first][np.isin(ends[first] @ number, np.column_stack([tree.row, tree.col]) @ number)]
