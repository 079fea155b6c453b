"""The rings of zones that come near a few shapes, where a zone has very many parts: what lies elsewhere is left out.

Invariant: a ring that is left out has its box apart from every shape, so it winds around no point of any: no answer
changes. Cost: one pass over the bytes of the zones, and the squares of a board under the box of each ring.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely

from pipeline.kernels import wkb
from pipeline.kernels.ring_boxes import near_boxes
from pipeline.kernels.rings import Rings, rings
from pipeline.spatial.geometry import Shapes

NEAR_M = 1.0  # more than kernels look beyond a shape
MANY_PARTS = 256  # parts of a zone of which most lie far from few shapes: its bytes are worth holding
RINGS_PER_SHAPE = 8  # with fewer rings per shape, looking for near ones costs more than it saves
WkbByPosition = Mapping[int, bytes]  # of some zones, by position, their bytes as `wkb_of` gives them
NO_WKB: WkbByPosition = MappingProxyType({})


def wkb_of(zones: Shapes) -> list[bytes]:
    """The bytes of zones (RD New as WKB, two dimensions, little endian); of a missing one none."""
    return [data or b"" for data in shapely.to_wkb(zones, output_dimension=2, byte_order=1)]


def rings_near(zones: Shapes, shapes: Shapes, known_wkb: WkbByPosition = NO_WKB) -> Rings:
    """The rings of zones (polygons, multipolygons; RD New, m); where shapes are few, those that may come within NEAR_M
    of one.

    known_wkb: of zones whose bytes are at hand, so that they need not be written again.
    """
    others = [position for position in range(len(zones)) if position not in known_wkb]
    by_position = {**known_wkb, **dict(zip(others, wkb_of(zones[others]), strict=True))}
    texts = [by_position[position] for position in range(len(zones))]
    first: Any = np.append(0, np.cumsum([len(text) for text in texts]))
    try:
        loops = wkb.polygons(np.frombuffer(b"".join(texts), dtype=np.uint8), first)
    except ValueError:  # a hole without vertices, a collection: no layer holds them, and yet they can be cut with
        loops = rings(zones)
    if RINGS_PER_SHAPE * len(shapes) >= shapely.get_num_geometries(zones).sum():
        return loops
    if not len(shapes):
        return Rings(loops.x[:0], loops.y[:0], loops.first[:1], loops.owner[:0])
    near = np.flatnonzero(near_boxes(loops.x, loops.y, loops.first, shapely.bounds(shapes), NEAR_M))
    size = np.diff(loops.first)[near]
    starts: Any = np.append(0, np.cumsum(size))
    vertex = np.repeat(loops.first[near] - starts[:-1], size) + np.arange(starts[-1])
    return Rings(loops.x[vertex], loops.y[vertex], starts, loops.owner[near])
