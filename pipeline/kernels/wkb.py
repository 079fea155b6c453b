"""WKB: polygons straight from the bytes of a file into rings, and pieces back into bytes, with no geometry object in between.

Idea: shapes come as one run of bytes with where each begins (as Arrow holds them). A first walk counts rings and vertices, a
second copies them, turning each ring so that its land lies on the left.
Invariant: coordinates are copied, never computed. No byte is read beyond those of its shape. What is no polygon in two dimensions,
little endian, or has a ring that is none, is refused by position, with what was found.
Cost: two walks over the bytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.kernels.numba_cache import ZERO, inner, kernel
from pipeline.kernels.rings import Rings

POLYGON, MULTIPOLYGON = 3, 6
HEAD = 9  # bytes of order, kind and count
LEAST_VERTICES = 4

SOUND, KIND, ORDER, SHORT, LONG, FEW, OPEN, INFINITE = range(8)  # what a shape is found to be
FAULTS = {
    KIND: "is no polygon in two dimensions, little endian: found kind {} where 3 or 6 was expected",
    ORDER: "is no polygon in two dimensions, little endian: found byte order {} where 1 was expected",
    SHORT: "ends too soon: its bytes are {} fewer than it says",
    LONG: "has {} bytes after its last ring",
    FEW: "has a ring of {} vertices, expected at least 4",
    OPEN: "has a ring that does not end where it began: its ring {}",
    INFINITE: "has a coordinate that is not finite: in its ring {}",
}


def polygons(data: Any, first: Any) -> Rings:
    """The rings of shapes whose WKB begins at `first` (with the end) in an array of bytes; an empty one has no rings.

    Raises ValueError with the position of the first shape that is none, and what was found.
    """
    first = np.array(first, dtype=np.int64)
    data = np.ascontiguousarray(data, dtype=np.uint8).view()
    data.flags.writeable = False  # so that bytes of a file and of memory are one type to the compiler
    if len(first) and (first[0] < 0 or first[-1] > len(data) or (np.diff(first) < 0).any()):
        raise ValueError(
            f"shapes begin where they cannot: from {first[0]} to {first[-1]} of {len(data)} bytes, expected to rise"
        )
    rings, vertices, shape, fault, found = counted(data, first)
    if fault == SOUND:
        *loops, shape, fault, found = copied(data, first, rings, vertices)
    if fault != SOUND:
        raise ValueError(f"shape {shape} {FAULTS[fault].format(found)}")
    return Rings(*loops)


@inner
def number(data, at):
    """A whole number of four bytes."""
    return (
        np.int64(data[at]) | np.int64(data[at + 1]) << 8 | np.int64(data[at + 2]) << 16 | np.int64(data[at + 3]) << 24
    )


@inner
def head(data, at, end):
    """What is wrong with a head, and what was found; else SOUND, and its kind."""
    if end - at < HEAD:
        return SHORT, HEAD - (end - at)
    if data[at] != 1:
        return ORDER, np.int64(data[at])
    return SOUND, number(data, at + 1)


@inner
def measure(data, at, end):
    """Rings and vertices of one shape, what is wrong with it, and what was found."""
    rings, vertices, parts = ZERO, ZERO, ZERO + 1
    fault, kind = head(data, at, end)
    if fault != SOUND:
        return rings, vertices, fault, kind
    if kind == MULTIPOLYGON:
        parts, at = number(data, at + 5), at + HEAD
    elif kind != POLYGON:
        return rings, vertices, KIND, kind
    for _part in range(parts):
        fault, kind = head(data, at, end)
        if fault != SOUND or kind != POLYGON:
            return rings, vertices, (fault if fault != SOUND else KIND), kind
        loops = number(data, at + 5)
        at += HEAD
        for _ring in range(loops):
            if end - at < 4:
                return rings, vertices, SHORT, at + 4 - end
            count = number(data, at)
            if count < LEAST_VERTICES:
                return rings, vertices, FEW, count
            at += 4 + 16 * count
            if at > end:
                return rings, vertices, SHORT, at - end
            vertices += count
            rings += 1
    return rings, vertices, (LONG if at < end else SOUND), end - at


@kernel
def counted(data, first):
    """Rings and vertices of all shapes; the first shape that is none, what is wrong with it (SOUND: nothing), and what was found."""
    rings, vertices = ZERO, ZERO
    for shape in range(len(first) - 1):
        if first[shape + 1] > first[shape]:
            loops, count, fault, found = measure(data, first[shape], first[shape + 1])
            if fault != SOUND:
                return rings, vertices, shape, fault, found
            rings, vertices = rings + loops, vertices + count
    return rings, vertices, ZERO, SOUND, ZERO


@kernel
def copied(data, first, rings, vertices):
    """Coordinates, where each ring begins, and the shape of each; and as `counted`, the first with a ring that is none."""
    x, y = np.empty(vertices), np.empty(vertices)
    begins, owner = np.zeros(rings + 1, np.int64), np.empty(rings, np.int64)
    ring, filled = ZERO, ZERO
    for shape in range(len(first) - 1):
        if first[shape + 1] == first[shape]:
            continue
        at, parts, before = first[shape], ZERO + 1, ring
        if number(data, at + 1) == MULTIPOLYGON:
            parts, at = number(data, at + 5), at + HEAD
        for _part in range(parts):
            loops = number(data, at + 5)
            at += HEAD
            for loop in range(loops):
                count = number(data, at)
                at += 4
                pairs = data[at : at + 16 * count].view(np.float64)
                fault = turn(pairs, x, y, filled, count, loop == 0)
                if fault != SOUND:
                    return x, y, begins, owner, shape, fault, ring - before
                at += 16 * count
                filled += count
                owner[ring] = shape
                ring += 1
                begins[ring] = filled
    return x, y, begins, owner, ZERO, SOUND, ZERO


@inner
def turn(pairs, x, y, filled, count, is_shell):
    """Copy a ring of pairs to a range of lists, a shell anticlockwise and a hole clockwise; what is wrong with it."""
    if pairs[0] != pairs[2 * count - 2] or pairs[1] != pairs[2 * count - 1]:
        return OPEN if np.isfinite(pairs[0] + pairs[1] + pairs[2 * count - 2] + pairs[2 * count - 1]) else INFINITE
    twice, is_finite = 0.0, np.isfinite(pairs[0]) and np.isfinite(pairs[1])
    for at in range(1, count - 1):
        ax, ay = pairs[2 * at] - pairs[0], pairs[2 * at + 1] - pairs[1]
        bx, by = pairs[2 * at + 2] - pairs[0], pairs[2 * at + 3] - pairs[1]
        is_finite = is_finite and np.isfinite(ax) and np.isfinite(ay)
        twice += ax * by - ay * bx
    if not is_finite:
        return INFINITE
    forward = (twice > 0.0) == is_shell
    for at in range(count):
        source = at if forward else count - 1 - at
        x[filled + at], y[filled + at] = pairs[2 * source], pairs[2 * source + 1]
    return SOUND


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
        at = put_head(data, first[shape], ZERO + MULTIPOLYGON, order[shape + 1] - order[shape])
        for part in range(order[shape], order[shape + 1]):
            at = put_head(data, at, ZERO + POLYGON, part_first[part + 1] - part_first[part])
            for ring in range(part_first[part], part_first[part + 1]):
                begin, end = ring_first[ring], ring_first[ring + 1]
                put_number(data, at, end - begin)
                pairs = data[at + 4 : at + 4 + 16 * (end - begin)].view(np.float64)
                for vertex in range(end - begin):
                    pairs[2 * vertex], pairs[2 * vertex + 1] = x[begin + vertex], y[begin + vertex]
                at += 4 + 16 * (end - begin)
    return data, first


@inner
def put_head(data, at, kind, count):
    """Write byte order, kind and count; where what follows begins."""
    data[at] = 1
    put_number(data, at + 1, kind)
    put_number(data, at + 5, count)
    return at + 9


@inner
def put_number(data, at, value):
    """Write a whole number of four bytes."""
    for byte in range(4):
        data[at + byte] = (value >> (8 * byte)) & 255
