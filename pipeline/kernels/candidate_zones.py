"""Nabij: of blades of very many parts, the rings that come near a few shapes; what lies elsewhere is not even looked at.

Idea: the boxes of the shapes are marked on a board of squares; a ring whose box covers no marked square is left out.
Invariant: a ring that is left out has its box apart from every shape, so it winds around no point of any: no answer changes.
Cost: one pass over the bytes of the blades, and the squares under the box of each ring.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely

from pipeline.kernels import wkb
from pipeline.kernels.numba_cache import kernel
from pipeline.kernels.rings import Rings, rings
from pipeline.spatial.geometry import Shapes

NEAR_M = 1.0  # more than kernels look beyond a shape
Texts = Mapping[int, bytes]  # of some blades, by position, their bytes as `texts_of` gives them
NO_TEXTS: Texts = MappingProxyType({})
MANY = 256  # parts of a blade of which most lie far from few shapes
FEW = 8  # shapes for which it is worth it: not one to so many parts
SQUARES = 256  # along each side of the board


def has_many(blades: Shapes) -> Any:
    """Which blades have so many parts (MANY) that their bytes are worth keeping: few shapes are near few of them."""
    return shapely.get_num_geometries(blades) >= MANY


def texts_of(blades: Shapes) -> list[bytes]:
    """The bytes of blades (WKB, two dimensions, little endian); of a missing one none."""
    return [text or b"" for text in shapely.to_wkb(blades, output_dimension=2, byte_order=1)]


def rings_near(blades: Shapes, shapes: Shapes, texts: Texts = NO_TEXTS) -> Rings:
    """The rings of blades (polygons, multipolygons; RD New, m); where shapes are few, those that may come within NEAR_M of one.

    texts: of blades whose bytes are at hand, so that they need not be made again.
    """
    others = [at for at in range(len(blades)) if at not in texts]
    every = {**texts, **dict(zip(others, texts_of(blades[others]), strict=True))}
    told = [every[at] for at in range(len(blades))]
    first = np.append(0, np.cumsum([len(text) for text in told]))
    try:
        loops = wkb.polygons(np.frombuffer(b"".join(told), dtype=np.uint8), first)
    except ValueError:  # a hole without vertices, a collection: what is no layer's, and yet can be cut with
        loops = rings(blades)
    if FEW * len(shapes) >= shapely.get_num_geometries(blades).sum():
        return loops
    if not len(shapes):
        return Rings(loops.x[:0], loops.y[:0], loops.first[:1], loops.owner[:0])
    kept = np.flatnonzero(near_boxes(loops.x, loops.y, loops.first, shapely.bounds(shapes), NEAR_M))
    size = np.diff(loops.first)[kept]
    starts = np.append(0, np.cumsum(size))
    at = np.repeat(loops.first[kept] - starts[:-1], size) + np.arange(starts[-1])
    return Rings(loops.x[at], loops.y[at], starts, loops.owner[kept])


@kernel
def near_boxes(x, y, first, boxes, margin):
    """Which rings have a box that covers a square of the board that one of the boxes (west, south, east, north), grown, covers."""
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    found = np.zeros(len(first) - 1, np.bool_)
    for row in range(len(boxes)):
        if not boxes[row, 0] <= boxes[row, 2]:  # an empty shape has no box
            continue
        west, south = min(west, boxes[row, 0] - margin), min(south, boxes[row, 1] - margin)
        east, north = max(east, boxes[row, 2] + margin), max(north, boxes[row, 3] + margin)
    if west > east:
        return found
    wide, high = max(east - west, 1.0) / SQUARES, max(north - south, 1.0) / SQUARES
    board = np.zeros((SQUARES, SQUARES), np.bool_)
    for row in range(len(boxes)):
        if not boxes[row, 0] <= boxes[row, 2]:
            continue
        left, right = square_of(boxes[row, 0] - margin - west, wide), square_of(boxes[row, 2] + margin - west, wide)
        low, top = square_of(boxes[row, 1] - margin - south, high), square_of(boxes[row, 3] + margin - south, high)
        for column in range(left, right + 1):
            for line in range(low, top + 1):
                board[column, line] = True
    for ring in range(len(first) - 1):
        x0, y0, x1, y1 = np.inf, np.inf, -np.inf, -np.inf
        for at in range(first[ring], first[ring + 1]):
            x0, x1 = min(x0, x[at]), max(x1, x[at])
            y0, y1 = min(y0, y[at]), max(y1, y[at])
        if x1 < west or x0 > east or y1 < south or y0 > north:
            continue
        for column in range(square_of(x0 - west, wide), square_of(x1 - west, wide) + 1):
            for line in range(square_of(y0 - south, high), square_of(y1 - south, high) + 1):
                found[ring] = found[ring] or board[column, line]
    return found


@kernel
def square_of(along, step):
    """The square of the board at a distance from its edge; the nearest where it lies beside the board."""
    return int(min(max(along / step, 0.0), SQUARES - 1.0))
