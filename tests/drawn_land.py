"""Land and zones drawn at random, the awkward kinds on purpose; and how far the two engines of the overlay
disagree on them.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from pipeline.spatial.geometry import keep_dimension
from pipeline.stages.overlay.engines import Pieces, fast_engine, reference

ORIGIN = (121_000.0, 487_000.0)
TO_NORTH = (132_000.0, 120_000.0)
AGREED = 1e-9  # share of a shape
APART_M2 = 1e-6  # of a set, by which two outlines may enclose different ground
# Three effects remain beside these. Which parts go as noise, until its share is spent, hangs on their last digits:
# what one
# cut left out the other may have. Along the length of what is cut a new vertex lies where a double can hold it. And
# where
# edges all but coincide GEOS snaps by 1e-12 of the coordinates; if it does so in both halves alike, their sum hides it.
ROUNDING_M = 1.2e-10
SNAPPED_M = 5e-7


def _box(chance: Any, step: float) -> Any:
    x, y = chance.integers(-4, 20, 2) * step
    wide, high = chance.integers(1, 14, 2) * step
    return shapely.box(x, y, x + wide, y + high)


def _star(chance: Any, step: float) -> Any:
    count = int(chance.integers(3, 40))
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    reach = chance.uniform(0.3, 1.0, count) * chance.uniform(2, 10) * step
    x, y = chance.uniform(0, 14, 2) * step
    return shapely.Polygon(np.column_stack([x + reach * np.cos(angle), y + reach * np.sin(angle)]))


def _ring(chance: Any, step: float) -> Any:
    outer = _star(chance, step)
    inner = shapely.affinity.scale(outer, 0.5, 0.5) if chance.random() < 0.5 else _box(chance, step)
    return keep_dimension(np.array([shapely.difference(outer, inner)]), "polygon")[0] or outer


def _parts(chance: Any, step: float) -> Any:
    return shapely.union_all([_box(chance, step) for _ in range(int(chance.integers(2, 5)))])


def _sliver(chance: Any, step: float) -> Any:
    x, y = chance.uniform(0, 14, 2) * step
    length, turn = chance.uniform(2, 14) * step, chance.uniform(0, 2 * np.pi)
    thin = 10.0 ** chance.uniform(-4, 0)
    return shapely.affinity.rotate(shapely.box(x, y, x + length, y + thin), turn, origin="center", use_radians=True)


def _disc(chance: Any, step: float) -> Any:
    return shapely.Point(*chance.uniform(0, 14, 2) * step).buffer(
        chance.uniform(1, 8) * step, quad_segs=int(chance.integers(2, 20))
    )


def _corners(chance: Any, step: float) -> Any:
    """Squares that touch in a corner, so that rings meet in one vertex."""
    x, y = chance.integers(0, 10, 2) * step
    return shapely.MultiPolygon(
        [shapely.box(x, y, x + step, y + step), shapely.box(x + step, y + step, x + 2 * step, y + 2 * step)]
    )


def _checkers(chance: Any, step: float) -> Any:
    """A board of squares that touch in their corners, some left out."""
    x, y = chance.integers(0, 10, 2) * step
    fields = [(i, j) for i in range(4) for j in range(4) if (i + j) % 2 == 0 and chance.random() < 0.8]
    squares = [shapely.box(x + i * step, y + j * step, x + (i + 1) * step, y + (j + 1) * step) for i, j in fields]
    return shapely.multipolygons(squares) if squares else _box(chance, step)


def _comb(chance: Any, step: float) -> Any:
    """Teeth of one breadth on a back, every gap as wide as a tooth or a hair."""
    x, y = chance.integers(0, 10, 2) * step
    count, tooth, gap = int(chance.integers(2, 25)), step / 4, float(chance.choice([step / 4, 0.05, 0.002]))
    teeth = [shapely.box(x + n * (tooth + gap), y, x + n * (tooth + gap) + tooth, y + 5 * step) for n in range(count)]
    back = shapely.box(x, y - step, x + count * (tooth + gap), y)
    return shapely.affinity.rotate(shapely.union_all([*teeth, back]), float(chance.choice([0, 90, 37])), origin=(0, 0))


def _frame(chance: Any, step: float) -> Any:
    """A frame on one of four corners: frames share edges, and the hole of one is another."""
    x, y = chance.integers(0, 2, 2) * 6 * step
    size = int(chance.integers(3, 12))
    hole = int(chance.integers(1, size - 1))
    outer = shapely.box(x, y, x + size * step, y + size * step)
    return shapely.difference(outer, shapely.box(x + step, y + step, x + (1 + hole) * step, y + (1 + hole) * step))


def _wedge(chance: Any, step: float) -> Any:
    """A triangle of a hair's breadth at its end, from one of a few points: many begin in the same."""
    x, y = chance.integers(0, 3, 2) * 5 * step
    reach, turn = chance.uniform(3, 14) * step, chance.uniform(0, 2 * np.pi)
    wide = 10.0 ** chance.uniform(-3, 0)
    tip = shapely.Polygon([(x, y), (x + reach, y), (x + reach, y + wide)])
    return shapely.affinity.rotate(tip, turn, origin=(x, y), use_radians=True)


def _stairs(chance: Any, step: float) -> Any:
    """A box whose upper side goes up and down by 1 mm."""
    x, y = chance.integers(-2, 10, 2) * step
    wide, high = chance.integers(2, 10, 2) * step
    count = int(chance.integers(4, 60))
    along = np.repeat(np.linspace(x + wide, x, count), 2)[1:-1]
    up = np.repeat(0.001 * np.cumsum(chance.integers(-1, 2, count - 1)), 2)
    return shapely.Polygon([(x, y), (x + wide, y), *np.column_stack([along, y + high + up]).tolist()])


KINDS: tuple[Callable[[Any, float], Any], ...] = (
    _box,
    _star,
    _ring,
    _parts,
    _sliver,
    _disc,
    _corners,
    _checkers,
    _comb,
    _frame,
    _wedge,
    _stairs,
)


def _settled(shape: Any, chance: Any, manner: str) -> Any:
    """A shape on a grid of 1 mm, of 1 m, as it was drawn, or a hair beside the grid."""
    grid = {"mm": 0.001, "m": 1.0}.get(manner)
    moved = shapely.affinity.translate(shape, *ORIGIN)
    if grid:
        moved = shapely.set_precision(moved, grid)
    if manner == "hair":
        moved = shapely.affinity.translate(shapely.set_precision(moved, 1.0), *(10.0 ** chance.uniform(-11, -3, 2)))
    return _plain(moved)


def redrawn(shape: Any, chance: Any) -> Any:
    """An outline digitised again: its vertices up to some millimetres off, others between them, all on the
    grid of 1 mm.
    """
    off_m, most = 10.0 ** chance.uniform(-4, -2.3), int(chance.integers(0, 5))

    def ring(drawn: Any) -> Any:
        xy = np.asarray(drawn.coords)
        legs = [
            a + np.sort(np.r_[0.0, chance.uniform(0, 1, chance.integers(0, most + 1))])[:, None] * (b - a)
            for a, b in pairwise(xy)
        ]
        along = np.concatenate(legs)
        return along + chance.uniform(-off_m, off_m, along.shape)

    parts = [
        shapely.make_valid(shapely.Polygon(ring(part.exterior), [ring(hole) for hole in part.interiors]))
        for part in shapely.get_parts(shape)
    ]
    return _plain(shapely.set_precision(shapely.union_all(parts), 0.001))


def _plain(shape: Any) -> Any:
    """A valid polygon, or None; a shape that remembers its grid would have all that it is cut into snapped to it."""
    plain = shapely.from_wkb(shapely.to_wkb(shape))
    polygons = keep_dimension(np.array([shapely.make_valid(plain)]), "polygon")[0]
    return None if polygons is None or not shapely.is_valid(polygons) else polygons


def _more(kind: str, land: list[Any], zones: list[Any], chance: Any) -> list[Any]:
    """Zones derived from what was drawn."""
    first = land[0]
    zones_of = {
        "same": lambda: [first],
        "twice": lambda: zones[:1],
        "many": lambda: [first, *zones[:2]] * int(chance.integers(2, 7)),
        "union": lambda: [shapely.union_all(zones[:2])],
        "edge": lambda: [shapely.difference(first, shapely.union_all(zones[:1]))],
        "redrawn": lambda: [redrawn(first, chance) for _ in range(int(chance.integers(1, 4)))],
        "buffered": lambda: [shapely.buffer(first, by) for by in (-0.001, 0.0, 0.001)],
        "none": lambda: [],
    }[kind]()
    plain = [_plain(zone) for zone in zones_of if zone is not None]
    return [zone for zone in plain if zone is not None]


def configuration(seed: int) -> tuple[list[Any], list[Any]]:
    """Shapes and zones of one number: the same number draws the same."""
    chance = np.random.default_rng(seed)
    manner = str(chance.choice(["mm", "mm", "m", "free", "hair"]))
    step = float(chance.choice([10.0, 7.0, 3.3]))
    draw = [
        _settled(KINDS[chance.integers(len(KINDS))](chance, step), chance, manner)
        for _ in range(int(chance.integers(2, 14)))
    ]
    shapes = [shape for shape in draw if shape is not None and shape.area > 1.0]
    cut = int(chance.integers(1, 4))
    land, zones = shapes[:cut], shapes[cut:]
    for kind in chance.choice(["same", "twice", "many", "union", "edge", "redrawn", "redrawn", "buffered", "none"], 2):
        zones += _more(str(kind), land, zones, chance) if land else []
    return (land, zones) if seed % 3 else (_north(land), _north(zones))


def _north(shapes: list[Any]) -> list[Any]:
    """The same shapes in the ports of the north, where what a coordinate can hold is half as fine."""
    moved = [_plain(shapely.transform(shape, lambda xy: xy + TO_NORTH)) for shape in shapes]
    return [shape for shape in moved if shape is not None]


def by_set(cut: Pieces) -> dict[tuple[int, tuple[int, ...]], list[Any]]:
    """The pieces of each shape and set."""
    pieces: dict[tuple[int, tuple[int, ...]], list[Any]] = {}
    for owner, shape, number in zip(cut.owner.tolist(), cut.shapes, cut.number.tolist(), strict=True):
        pieces.setdefault((owner, cut.sets[number]), []).append(shape)
    return pieces


def disagreement(land: list[Any], zones: list[Any]) -> str:
    """In words where the engines differ, or where the pieces of one are no partition; empty where all is well.

    Both are held against the reference near the origin, where GEOS hardly snaps; the fast one to the contract, where
    it is not the reference that cut.
    """
    shapes = np.array([*land, None], dtype=object)[:-1]
    near = reference(_near(shapes), list(_near(zones)))
    first_cut, fast_cut = reference(shapes, zones), fast_engine(shapes, zones)
    for name, cut, slack_m in (
        ("reference", first_cut, SNAPPED_M),
        ("fast", fast_cut, SNAPPED_M if len(fast_cut.fallbacks) else ROUNDING_M),
    ):
        fault = flaw(cut, shapes) or apart(cut, near, shapes, slack_m)
        if fault:
            return f"{name}: {fault}"
    return ""


def flaw(cut: Pieces, shapes: Any) -> str:
    """In words why pieces are no partition of their shapes into sound polygons."""
    if len(cut.sets) != len(set(cut.sets)):
        return "a set is named twice"
    if not shapely.is_valid(cut.shapes).all():
        return "a piece is not valid"
    if not shapely.is_ccw(shapely.get_exterior_ring(cut.shapes)).all() or not (cut.area_m2 > 0.0).all():
        return "a shell runs clockwise, or has no area"
    left, hair = left_out(cut, shapes), along(cut, shapes, ROUNDING_M)
    if (left > AGREED * shapely.area(shapes) + hair).any():
        return f"pieces do not add up: {left.tolist()} m2 of {shapely.area(shapes).tolist()}"
    for position, shape in enumerate(shapes):
        slack = between(_near(cut.shapes[cut.owner == position]), _near([shape]))
        if slack > APART_M2 + left[position] + hair[position]:
            return f"{slack} m2 of shape {position} are in two pieces or in none"
    return ""


def apart(cut: Pieces, near: Pieces, shapes: Any, slack_m: float) -> str:
    """In words where a cut differs from one of the same shapes near the origin, by more than so many m along
    its pieces.
    """
    hair = along(cut, shapes, slack_m)
    agreed = AGREED * shapely.area(shapes) + hair
    slack = APART_M2 + hair + left_out(cut, shapes) + left_out(near, shapes)
    first, second = by_set(cut), by_set(near)
    for key in sorted({*first, *second}):
        first_cut, fast_cut = _near(first.get(key, [])), second.get(key, [])
        area, other = (float(shapely.area(pieces).sum()) for pieces in (first_cut, fast_cut))
        if abs(area - other) > agreed[key[0]]:
            return f"shape {key[0]} under {key[1]}: {area} m2, {other} near the origin"
        elsewhere = between(first_cut, fast_cut)
        if elsewhere > slack[key[0]]:
            return f"shape {key[0]} under {key[1]}: {elsewhere} m2 lie elsewhere"
    return ""


def left_out(cut: Pieces, shapes: Any) -> Any:
    """m2 of each shape that are in no piece."""
    return np.abs(shapely.area(shapes) - np.bincount(cut.owner, weights=cut.area_m2, minlength=len(shapes)))


def between(ones: Any, others: Any) -> float:
    """m2 that lie in one of two lots of polygons alone."""
    return float(shapely.symmetric_difference(shapely.union_all(ones), shapely.union_all(others)).area)


def along(cut: Pieces, shapes: Any, slack_m: float) -> Any:
    """m2 within so many metres of the pieces of each shape."""
    return slack_m * np.bincount(cut.owner, weights=shapely.length(cut.shapes), minlength=len(shapes))


def _near(shapes: Any) -> Any:
    """Shapes counted from ORIGIN, or from there in the north, which moves no vertex."""
    every = np.array([*shapes, None], dtype=object)[:-1]
    is_north = len(every) > 0 and shapely.total_bounds(every)[1] > ORIGIN[1] + TO_NORTH[1] / 2
    from_here = np.add(ORIGIN, TO_NORTH) if is_north else np.array(ORIGIN)
    return shapely.transform(every, lambda xy: xy - from_here)
