"""Land and blades drawn at random, the awkward kinds on purpose; and how far the two engines of the overlay disagree on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from pipeline.geometry import keep_dimension
from pipeline.stages.overlay.engines import Pieces, fast_engine, reference

ORIGIN = (121_000.0, 487_000.0)
AGREED = 1e-9  # share of a shape
APART_M2 = 3e-6  # of a set: a hair of less than 1e-6 m2 may lie on either side of each blade that makes it
ROUNDING_M = 1.2e-10  # what a coordinate of half a million metres can hold


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


KINDS: tuple[Callable[[Any, float], Any], ...] = (_box, _star, _ring, _parts, _sliver, _disc, _corners)


def _settled(shape: Any, chance: Any, manner: str) -> Any:
    """A shape on a grid of 1 mm, of 1 m, as it was drawn, or a hair beside the grid."""
    grid = {"mm": 0.001, "m": 1.0}.get(manner)
    moved = shapely.affinity.translate(shape, *ORIGIN)
    if grid:
        moved = shapely.set_precision(moved, grid)
    if manner == "hair":
        moved = shapely.affinity.translate(shapely.set_precision(moved, 1.0), *(10.0 ** chance.uniform(-11, -3, 2)))
    plain = shapely.from_wkb(
        shapely.to_wkb(moved)
    )  # a shape that remembers its grid has all that it is cut into snapped to it
    kept = keep_dimension(np.array([shapely.make_valid(plain)]), "polygon")[0]
    return None if kept is None or not shapely.is_valid(kept) else kept


def configuration(seed: int) -> tuple[list[Any], list[Any]]:
    """Shapes and blades of one number: the same number draws the same."""
    chance = np.random.default_rng(seed)
    manner = str(chance.choice(["mm", "mm", "m", "free", "hair"]))
    step = float(chance.choice([10.0, 7.0, 3.3]))
    draw = [
        _settled(KINDS[chance.integers(len(KINDS))](chance, step), chance, manner)
        for _ in range(int(chance.integers(2, 14)))
    ]
    shapes = [shape for shape in draw if shape is not None]
    cut = int(chance.integers(1, 4))
    land, blades = shapes[:cut], shapes[cut:]
    for kind in chance.choice(["same", "twice", "union", "edge", "none"], 2):
        if kind == "same" and land:
            blades.append(land[0])
        if kind == "twice" and blades:
            blades.append(blades[0])
        if kind == "union" and len(blades) > 1:
            blades.append(shapely.union_all(blades[:2]))
        if kind == "edge" and land and blades:
            rest = keep_dimension(np.array([shapely.difference(land[0], blades[0])]), "polygon")[0]
            blades += [rest] if rest is not None and shapely.is_valid(rest) else []
    return [shape for shape in land if shape.area > 1.0], blades


def by_set(cut: Pieces) -> dict[tuple[int, tuple[int, ...]], list[Any]]:
    """The pieces of each shape and set."""
    found: dict[tuple[int, tuple[int, ...]], list[Any]] = {}
    for owner, shape, number in zip(cut.owner.tolist(), cut.shapes, cut.number.tolist(), strict=True):
        found.setdefault((owner, cut.sets[number]), []).append(shape)
    return found


def disagreement(land: list[Any], blades: list[Any]) -> str:
    """In words where the fast engine is not what the reference is, or its pieces are no partition; empty where all is well."""
    shapes = np.array([*land, None], dtype=object)[:-1]
    one, two = reference(shapes, blades), fast_engine(shapes, blades)
    if any(len(cut.sets) != len(set(cut.sets)) for cut in (one, two)):
        return "a set is told twice"
    if not shapely.is_valid(two.shapes).all():
        return "a piece is not valid"
    if not shapely.is_ccw(shapely.get_exterior_ring(two.shapes)).all():
        return "a shell runs clockwise"
    whole = shapely.area(shapes)
    cut = np.bincount(two.owner, weights=two.area_m2, minlength=len(shapes))
    rounded = ROUNDING_M * np.bincount(two.owner, weights=shapely.length(two.shapes), minlength=len(shapes))
    if (np.abs(cut - whole) > AGREED * whole + rounded).any():
        return f"pieces add up to {cut.tolist()} of {whole.tolist()}"
    first, second = by_set(one), by_set(two)
    for key in sorted({*first, *second}):
        ours, theirs = (shapely.union_all(found.get(key, [])) for found in (second, first))
        slack = AGREED * whole[key[0]] + APART_M2
        if abs(ours.area - theirs.area) > slack:
            return f"shape {key[0]} under {key[1]}: {ours.area} m2, the reference has {theirs.area}"
        apart = shapely.symmetric_difference(ours, theirs).area
        if apart > slack:
            return f"shape {key[0]} under {key[1]}: {apart} m2 lie elsewhere"
    return ""
