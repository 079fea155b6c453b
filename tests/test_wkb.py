"""WKB: the bytes of a file and the arrays of rings say the same, and what is no polygon is refused by its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from drawn_land import configuration
from squared_paper import square

from pipeline.kernels import wkb
from pipeline.kernels.rings import rings

HOLED = shapely.difference(square(0, 0), square(0.3, 0.3, 0.4, 0.4))


def bytes_of(shapes: list[Any], **how: Any) -> tuple[Any, Any]:
    texts = [shapely.to_wkb(shape, **how) for shape in shapes]
    first = np.cumsum([0, *(len(text) for text in texts)])
    return np.frombuffer(b"".join(texts), dtype=np.uint8), first


def land(seed: int) -> list[Any]:
    shapes, zones = configuration(seed)
    return [*shapes, *zones]


@pytest.mark.parametrize("seed", range(40))
def test_rings_are_those_of_the_shapes(seed: int) -> None:
    """Whichever way they ran in the file."""
    shapes = land(seed)
    mixed = [shapely.reverse(shape) if number % 2 else shape for number, shape in enumerate(shapes)]
    actual, expected = wkb.polygons(*bytes_of(mixed)), rings(np.array([*mixed, None], dtype=object)[:-1])
    assert all(column.tolist() == other.tolist() for column, other in zip(actual, expected, strict=True))


def test_an_empty_shape_and_no_bytes_have_no_rings() -> None:
    data, first = bytes_of([square(0, 0), shapely.MultiPolygon(), HOLED])
    first = np.insert(first, 1, first[1])  # a missing shape has no bytes
    assert wkb.polygons(data, first).owner.tolist() == [0, 3, 3]


@pytest.mark.parametrize(
    ("shape", "how"),
    [
        pytest.param(shapely.Point(1, 2), {}, id="a point"),
        pytest.param(shapely.LineString([(1, 2), (3, 4)]), {}, id="a line"),
        pytest.param(shapely.force_3d(HOLED), {}, id="three dimensions"),
        pytest.param(HOLED, {"byte_order": 0}, id="big endian"),
        pytest.param(shapely.GeometryCollection([HOLED]), {}, id="a collection"),
    ],
)
def test_what_is_no_polygon_is_refused_by_its_place(shape: Any, how: dict[str, Any]) -> None:
    sound, other = bytes_of([square(0, 0)]), bytes_of([shape], **how)
    with pytest.raises(ValueError, match="shape 1 is no polygon"):
        wkb.polygons(np.concatenate([sound[0], other[0]]), np.append(sound[1], sound[1][-1] + other[1][-1]))


def fault_of(text: bytes) -> str:
    """What is said of bytes that stand between two sound shapes."""
    sound = shapely.to_wkb(square(0, 0))
    first = np.cumsum([0, len(sound), len(text), len(sound)])
    with pytest.raises(ValueError, match=r"^shape 1 ") as refused:
        wkb.polygons(np.frombuffer(sound + text + sound, dtype=np.uint8), first)
    return str(refused.value)


WHOLE = shapely.to_wkb(square(0, 0))
MANY = shapely.to_wkb(shapely.MultiPolygon([HOLED, square(3, 3)]))


def with_number(text: bytes, offset: int, value: int) -> bytes:
    return text[:offset] + value.to_bytes(4, "little") + text[offset + 4 :]


def with_coordinate(text: bytes, offset: int, value: float) -> bytes:
    return text[:offset] + np.array([value]).tobytes() + text[offset + 8 :]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            with_number(WHOLE, 9, 6), "ends too soon: its bytes are 16 fewer", id="a ring longer than its shape"
        ),
        pytest.param(with_number(WHOLE, 9, 2**32 - 1), "ends too soon", id="a ring as long as a number goes"),
        pytest.param(with_number(WHOLE, 5, 2), "ends too soon: its bytes are 4 fewer", id="a ring more than there is"),
        pytest.param(with_number(MANY, 5, 3), "ends too soon: its bytes are 9 fewer", id="a part more than there is"),
        pytest.param(WHOLE[:5], "ends too soon: its bytes are 4 fewer", id="half a head"),
        pytest.param(WHOLE + b"\0", "has 1 bytes after its last ring", id="a byte too many"),
        pytest.param(with_number(WHOLE, 9, 3), "has a ring of 3 vertices", id="three vertices"),
        pytest.param(with_coordinate(WHOLE, 13, 1.0), "does not end where it began: its ring 0", id="an open ring"),
        pytest.param(with_coordinate(WHOLE, 29, np.nan), "not finite: in its ring 0", id="not a number"),
        pytest.param(with_coordinate(WHOLE, 13, np.inf), "not finite: in its ring 0", id="infinite"),
        pytest.param(with_number(WHOLE, 1, 1003), "kind 1003", id="heights, as ISO writes them"),
        pytest.param(with_number(WHOLE, 1, 2**31 + 3), "kind 2147483651", id="heights, as EWKB writes them"),
        pytest.param(with_number(MANY, 10, 1003), "kind 1003", id="a part with heights"),
        pytest.param(b"\0" + WHOLE[1:], "byte order 0", id="big endian"),
    ],
)
def test_bytes_that_cannot_be_are_refused_with_the_value_that_is_wrong(text: bytes, said: str) -> None:
    assert said in fault_of(text)


@pytest.mark.parametrize("length", range(1, len(MANY)))
def test_no_byte_is_read_beyond_a_shape_that_was_cut_off(length: int) -> None:
    assert "ends too soon" in fault_of(MANY[:length])


def test_shapes_begin_within_their_bytes() -> None:
    with pytest.raises(ValueError, match="from 0 to 94 of 93 bytes"):
        wkb.polygons(np.frombuffer(WHOLE, dtype=np.uint8), [0, len(WHOLE) + 1])
