"""WKB: polygons straight from bytes into rings, with no geometry object in between.

Idea: shapes come as one run of bytes with where each begins (as Arrow holds them). A first walk counts rings and
vertices, a second copies them, turning each ring so that its land lies on the left.
Invariant: coordinates are copied, never computed. No byte is read beyond those of its shape. What is no polygon in two
dimensions, little endian, or has a ring that is none, is refused by position, with its value.
Cost: two walks over the bytes.
"""

from typing import Any

import numpy as np

from pipeline.kernels.numba_cache import ZERO, inner, kernel
from pipeline.kernels.rings import Rings

POLYGON, MULTIPOLYGON = 3, 6
HEAD = 9  # bytes of order, kind and count
LEAST_VERTICES = 4

SOUND, KIND, ORDER, SHORT, LONG, FEW_VERTICES, OPEN, INFINITE = range(8)  # the state of the bytes of a shape
FAULTS = {
    KIND: "is no polygon in two dimensions, little endian: kind {} where 3 or 6 was expected",
    ORDER: "is no polygon in two dimensions, little endian: byte order {} where 1 was expected",
    SHORT: "ends too soon: its bytes are {} fewer than it says",
    LONG: "has {} bytes after its last ring",
    FEW_VERTICES: "has a ring of {} vertices, expected at least 4",
    OPEN: "has a ring that does not end where it began: its ring {}",
    INFINITE: "has a coordinate that is not finite: in its ring {}",
}


def polygons(data: Any, first: Any) -> Rings:
    """The rings (RD New, m) of shapes whose WKB begins at `first` (with the end) in an array of bytes; an empty one
    has no rings.

    Raises ValueError with the position of the first shape that is none, and the value that is wrong.
    """
    first = np.array(first, dtype=np.int64)
    data = np.ascontiguousarray(data, dtype=np.uint8).view()
    data.flags.writeable = False  # so that bytes of a file and of memory are one type to the compiler
    if len(first) and (first[0] < 0 or first[-1] > len(data) or (np.diff(first) < 0).any()):
        raise ValueError(
            f"shapes begin where they cannot: from {first[0]} to {first[-1]} of {len(data)} bytes, expected to rise"
        )
    rings, vertices, shape, fault, value = counted(data, first)
    if fault == SOUND:
        *loops, shape, fault, value = copied(data, first, rings, vertices)
    if fault != SOUND:
        raise ValueError(f"shape {shape} {FAULTS[fault].format(value)}")
    return Rings(*loops)


@inner
def number(data, offset):
    """A whole number of four bytes."""
    return (
        np.int64(data[offset])
        | np.int64(data[offset + 1]) << 8
        | np.int64(data[offset + 2]) << 16
        | np.int64(data[offset + 3]) << 24
    )


@inner
def head(data, offset, end):
    """What is wrong with a head, and the value that is; else SOUND, and its kind."""
    if end - offset < HEAD:
        return SHORT, HEAD - (end - offset)
    if data[offset] != 1:
        return ORDER, np.int64(data[offset])
    return SOUND, number(data, offset + 1)


@inner
def measure(data, offset, end):
    """Rings and vertices of one shape, what is wrong with it, and the value that is."""
    rings, vertices, parts = ZERO, ZERO, ZERO + 1
    fault, kind = head(data, offset, end)
    if fault != SOUND:
        return rings, vertices, fault, kind
    if kind == MULTIPOLYGON:
        parts, offset = number(data, offset + 5), offset + HEAD
    elif kind != POLYGON:
        return rings, vertices, KIND, kind
    # A multipolygon holds polygons with heads of their own.
    for _part in range(parts):
        fault, kind = head(data, offset, end)
        if fault != SOUND or kind != POLYGON:
            return rings, vertices, (fault if fault != SOUND else KIND), kind
        loops = number(data, offset + 5)
        offset += HEAD
        for _ring in range(loops):
            if end - offset < 4:
                return rings, vertices, SHORT, offset + 4 - end
            count = number(data, offset)
            if count < LEAST_VERTICES:
                return rings, vertices, FEW_VERTICES, count
            offset += 4 + 16 * count
            if offset > end:
                return rings, vertices, SHORT, offset - end
            vertices += count
            rings += 1
    return rings, vertices, (LONG if offset < end else SOUND), end - offset


@kernel
def counted(data, first):
    """Rings and vertices of all shapes; the first shape that is none, what is wrong with it (SOUND: nothing), and the
    value that is.
    """
    rings, vertices = ZERO, ZERO
    for shape in range(len(first) - 1):
        if first[shape + 1] > first[shape]:
            loops, count, fault, value = measure(data, first[shape], first[shape + 1])
            if fault != SOUND:
                return rings, vertices, shape, fault, value
            rings, vertices = rings + loops, vertices + count
    return rings, vertices, ZERO, SOUND, ZERO


@kernel
def copied(data, first, rings, vertices):
    """Coordinates (RD New, m), where each ring begins, and the shape of each; and as `counted`, the first with a ring
    that is none.
    """
    x, y = np.empty(vertices), np.empty(vertices)
    begins, owner = np.zeros(rings + 1, np.int64), np.empty(rings, np.int64)
    ring, filled = ZERO, ZERO
    for shape in range(len(first) - 1):
        if first[shape + 1] == first[shape]:
            continue
        offset, parts, before = first[shape], ZERO + 1, ring
        if number(data, offset + 1) == MULTIPOLYGON:
            parts, offset = number(data, offset + 5), offset + HEAD
        for _part in range(parts):
            loops = number(data, offset + 5)
            offset += HEAD
            for loop in range(loops):
                count = number(data, offset)
                offset += 4
                pairs = data[offset : offset + 16 * count].view(np.float64)
                fault = turn(pairs, x, y, filled, count, loop == 0)
                if fault != SOUND:
                    return x, y, begins, owner, shape, fault, ring - before
                offset += 16 * count
                filled += count
                owner[ring] = shape
                ring += 1
                begins[ring] = filled
    return x, y, begins, owner, ZERO, SOUND, ZERO


@inner
def turn(pairs, x, y, filled, count, is_shell):
    """Copy a ring of pairs (RD New, m) to a range of lists, a shell anticlockwise and a hole clockwise; what is wrong
    with it."""
    if pairs[0] != pairs[2 * count - 2] or pairs[1] != pairs[2 * count - 1]:
        return OPEN if np.isfinite(pairs[0] + pairs[1] + pairs[2 * count - 2] + pairs[2 * count - 1]) else INFINITE
    # Twice the signed area, counted from the first vertex so that small numbers are multiplied.
    twice, is_finite = 0.0, np.isfinite(pairs[0]) and np.isfinite(pairs[1])
    for i in range(1, count - 1):
        ax, ay = pairs[2 * i] - pairs[0], pairs[2 * i + 1] - pairs[1]
        bx, by = pairs[2 * i + 2] - pairs[0], pairs[2 * i + 3] - pairs[1]
        is_finite = is_finite and np.isfinite(ax) and np.isfinite(ay)
        twice += ax * by - ay * bx
    if not is_finite:
        return INFINITE
    forward = (twice > 0.0) == is_shell
    for i in range(count):
        source = i if forward else count - 1 - i
        x[filled + i], y[filled + i] = pairs[2 * source], pairs[2 * source + 1]
    return SOUND
