"""WKB: polygons straight from the bytes of a file into rings, and pieces back into bytes, with no geometry object in between.

Idea: shapes come as one run of bytes with where each begins (as Arrow holds them). A first walk counts rings and vertices, a
second copies them, turning each ring so that its land lies on the left.
Invariant: coordinates are copied, never computed. What is no polygon in two dimensions, little endian, is refused by position.
Cost: two walks over the bytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.kernels import kernel
from pipeline.rings import Rings

POLYGON, MULTIPOLYGON = 3, 6


def polygons(data: Any, first: Any) -> Rings:
    """The rings of shapes whose WKB begins at `first` (with the end) in an array of bytes; an empty one has no rings.

    Raises ValueError with the position of the first shape that is no polygon in two dimensions, little endian.
    """
    rings, vertices, strange = counted(data, first)
    if strange >= 0:
        raise ValueError(f"shape {strange} is no polygon in two dimensions, little endian")
    return Rings(*copied(data, first, rings, vertices))


@kernel
def number(data, at):
    """A whole number of four bytes."""
    return (
        np.int64(data[at]) | np.int64(data[at + 1]) << 8 | np.int64(data[at + 2]) << 16 | np.int64(data[at + 3]) << 24
    )


@kernel
def parts_at(data, at):
    """How many polygons a shape has and where the first begins; -1 where it is something else."""
    kind = number(data, at + 1) if data[at] == 1 else 0
    if kind == POLYGON:
        return 1, at
    if kind == MULTIPOLYGON:
        return number(data, at + 5), at + 9
    return -1, at


@kernel
def counted(data, first):
    """Rings and vertices of all shapes, and the first shape that is no polygon (-1: none)."""
    rings, vertices = 0, 0
    for shape in range(len(first) - 1):
        parts, at = (0, 0) if first[shape + 1] == first[shape] else parts_at(data, first[shape])
        if parts < 0:
            return rings, vertices, shape
        for _ in range(parts):
            if data[at] != 1 or number(data, at + 1) != POLYGON:
                return rings, vertices, shape
            loops = number(data, at + 5)
            at += 9
            for _ring in range(loops):
                count = number(data, at)
                vertices += count
                at += 4 + 16 * count
            rings += loops
    return rings, vertices, -1


@kernel
def copied(data, first, rings, vertices):
    """Coordinates, where each ring begins, and the shape of each."""
    x, y = np.empty(vertices), np.empty(vertices)
    begins, owner = np.zeros(rings + 1, np.int64), np.empty(rings, np.int64)
    ring, filled = 0, 0
    for shape in range(len(first) - 1):
        parts, at = (0, 0) if first[shape + 1] == first[shape] else parts_at(data, first[shape])
        for _ in range(parts):
            loops = number(data, at + 5)
            at += 9
            for loop in range(loops):
                count = number(data, at)
                at += 4
                pairs = data[at : at + 16 * count].view(np.float64)
                turn(pairs, x[filled : filled + count], y[filled : filled + count], loop == 0)
                at += 16 * count
                filled += count
                owner[ring] = shape
                ring += 1
                begins[ring] = filled
    return x, y, begins, owner


@kernel
def turn(pairs, x, y, is_shell):
    """Copy a ring of pairs, a shell anticlockwise and a hole clockwise."""
    count = len(x)
    twice = 0.0
    for at in range(1, count - 1):
        ax, ay = pairs[2 * at] - pairs[0], pairs[2 * at + 1] - pairs[1]
        bx, by = pairs[2 * at + 2] - pairs[0], pairs[2 * at + 3] - pairs[1]
        twice += ax * by - ay * bx
    forward = (twice > 0.0) == is_shell
    for at in range(count):
        source = at if forward else count - 1 - at
        x[at], y[at] = pairs[2 * source], pairs[2 * source + 1]


@kernel
def written(order, part_first, ring_first, x, y):
    """WKB of one multipolygon per range of parts, in order; where each begins, and the end. An empty range has no bytes.

    order: where the parts of each shape begin, and the end.
    """
    shapes = len(order) - 1
    first = np.zeros(shapes + 1, np.int64)
    for shape in range(shapes):
        size = 0
        if order[shape + 1] > order[shape]:
            size = 9
            for part in range(order[shape], order[shape + 1]):
                size += 9 + 4 * (part_first[part + 1] - part_first[part])
                size += 16 * (ring_first[part_first[part + 1]] - ring_first[part_first[part]])
        first[shape + 1] = first[shape] + size
    data = np.empty(first[-1], np.uint8)
    for shape in range(shapes):
        if order[shape + 1] == order[shape]:
            continue
        at = put_head(data, first[shape], MULTIPOLYGON, order[shape + 1] - order[shape])
        for part in range(order[shape], order[shape + 1]):
            at = put_head(data, at, POLYGON, part_first[part + 1] - part_first[part])
            for ring in range(part_first[part], part_first[part + 1]):
                begin, end = ring_first[ring], ring_first[ring + 1]
                put_number(data, at, end - begin)
                pairs = data[at + 4 : at + 4 + 16 * (end - begin)].view(np.float64)
                for vertex in range(end - begin):
                    pairs[2 * vertex], pairs[2 * vertex + 1] = x[begin + vertex], y[begin + vertex]
                at += 4 + 16 * (end - begin)
    return data, first


@kernel
def put_head(data, at, kind, count):
    """Write byte order, kind and count; where what follows begins."""
    data[at] = 1
    put_number(data, at + 1, kind)
    put_number(data, at + 5, count)
    return at + 9


@kernel
def put_number(data, at, value):
    """Write a whole number of four bytes."""
    for byte in range(4):
        data[at + byte] = (value >> (8 * byte)) & 255
