"""Motoren: two ways to cut shapes by blades, with one answer: the pieces of every shape with the set of blades over each.

The reference engine is short and plainly right; the fast one is held against it, and leaves to it what it finds odd.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from pipeline.kernels.bitset_decoding import spelled
from pipeline.kernels.candidate_zones import NO_TEXTS, Texts, rings_near
from pipeline.kernels.cut import ODD, TRACED, WHOLE, Cuts
from pipeline.kernels.kd_tree import Nodes
from pipeline.kernels.rings import edges, rings
from pipeline.spatial.geometry import Shapes, area
from pipeline.spatial.reference_overlay import arrange, is_real, single
from pipeline.stages.overlay import fast
from pipeline.stages.overlay.execution import ALONE, Course
from pipeline.stages.overlay.map_ordered import flow

DEFAULT = "fast"


@dataclass(frozen=True)
class Pieces:
    """Pieces (polygons, shells anticlockwise) with the position of their shape and of their set of blades; m2, RD New.

    sets: positions of blades, rising; odd: how many shapes the fast engine left to the reference.
    """

    owner: Any
    shapes: Shapes
    area_m2: Any
    number: Any
    sets: list[tuple[int, ...]]
    odd: int = 0


def reference(shapes: Shapes, blades: Sequence[Any], _course: Course = ALONE, _texts: Texts = NO_TEXTS) -> Pieces:
    """One exact cut after the other, all shapes in one range."""
    parts = single(arrange(shapes, blades))
    used, number = np.unique(parts.number, return_inverse=True)
    members = parts.sets.members()
    pieces = shapely.orient_polygons(parts.shapes)
    cut = Pieces(parts.owner, pieces, area(parts.shapes), number.reshape(-1), [members[at] for at in used])
    return _together([cut], 0)  # turn by turn the same set is written more than once


def fast_engine(shapes: Shapes, blades: Sequence[Any], course: Course = ALONE, texts: Texts = NO_TEXTS) -> Pieces:
    """By kernels, range after range as the course has it; a shape without area has no pieces.

    texts: of blades whose bytes are at hand.
    """
    shapes, knives = np.asarray(shapes, dtype=object), np.array([*blades, None], dtype=object)[:-1]
    ground, edged = fast.land(rings(shapes), len(shapes)), edges(rings_near(knives, shapes, texts))
    made = list(_ranges(shapes, fast.chunks(ground, edged), lambda one: fast.cut_chunk(ground, edged, one), course))
    odd = np.concatenate([np.zeros(0, dtype=int), *(one.left for one in made)])
    whole = [one.pieces for one in made]
    if len(odd):
        again = reference(shapes[odd], blades)
        whole.append(Pieces(odd[again.owner], again.shapes, again.area_m2, again.number, again.sets))
    return _together(whole, len(odd))


@dataclass(frozen=True)
class _Made:
    """Pieces of a range, and the positions of the shapes that were left."""

    pieces: Pieces
    left: Any


def _ranges(shapes: Shapes, waiting: Sequence[Nodes], cut: Callable[[Nodes], Cuts], course: Course) -> Iterator[_Made]:
    """What is made of each range: cut wherever the course says, made polygons of here, and told."""
    work = course.elsewhere or (lambda number: cut(waiting[number]))
    with (
        closing(flow(range(len(waiting)), work, course.keeping(), course.ahead)) as cuts,
        closing(flow(cuts, lambda one: _pieces(one, shapes), course.here, course.ahead)) as made,
    ):
        for done, one in enumerate(made, 1):
            course.told(done, len(waiting))
            yield one


def _pieces(cuts: Cuts, shapes: Shapes) -> _Made:
    """The pieces of a range of shapes as polygons; a shape with a piece that is not sound is left with the odd ones."""
    outlines = _polygons(cuts)
    fate = cuts.fate.copy()
    is_sound = shapely.is_valid(outlines) & shapely.is_ccw(shapely.get_exterior_ring(outlines)) & (area(outlines) > 0.0)
    fate[cuts.part_shape[~is_sound]] = ODD
    traced = fate[cuts.part_shape] == TRACED
    whole = np.flatnonzero(fate == WHOLE)
    kept, of = shapely.get_parts(shapely.normalize(shapes[cuts.shape[whole]]), return_index=True)
    real = is_real(area(kept), of, area(shapes[cuts.shape[whole]]))
    kept, of = kept[real], of[real]
    first = cuts.set_first[whole]
    at = np.concatenate([whole[of], cuts.part_shape[traced]])
    one = np.concatenate([cuts.to_one[first][of], cuts.part_one[traced]])
    two = np.concatenate([cuts.to_two[first][of], cuts.part_two[traced]])
    pieces = np.concatenate([shapely.reverse(kept), outlines[traced]])  # normal form runs clockwise
    number, sets = spelled(cuts, at, one, two)
    return _Made(Pieces(cuts.shape[at], pieces, area(pieces), number, sets), cuts.shape[fate == ODD])


def _polygons(cuts: Cuts) -> Shapes:
    if not len(cuts.part_shape):
        return np.zeros(0, dtype=object)
    offsets = (cuts.ring_first, cuts.part_first)
    return shapely.from_ragged_array(shapely.GeometryType.POLYGON, np.column_stack([cuts.x, cuts.y]), offsets)


def _together(made: Sequence[Pieces], odd: int) -> Pieces:
    """Pieces of several ranges as one, each set once."""
    known: dict[tuple[int, ...], int] = {}
    numbers = [
        np.array([known.setdefault(one, len(known)) for one in part.sets], dtype=int)[part.number] for part in made
    ]
    empty: Any = np.zeros(0)
    return Pieces(
        np.concatenate([empty.astype(int), *(part.owner for part in made)]),
        np.concatenate([empty.astype(object), *(part.shapes for part in made)]),
        np.concatenate([empty, *(part.area_m2 for part in made)]),
        np.concatenate([empty.astype(int), *numbers]),
        list(known),
        odd,
    )


ENGINES: dict[str, Callable[[Shapes, Sequence[Any], Course, Texts], Pieces]] = {
    "reference": reference,
    "fast": fast_engine,
}
