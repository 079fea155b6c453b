"""Two ways to cut shapes by zones, with one answer: the pieces of every shape with the set of zones over each.

The reference engine is short and plainly right; the fast one is held against it, and leaves to it what
its kernels mark.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from pipeline.kernels.bitsets import cutters_of
from pipeline.kernels.cut import FALLBACK, TRACED, UNSPLIT, Cuts
from pipeline.kernels.rings import Edges, edges, rings
from pipeline.spatial.geometry import Shapes, area
from pipeline.spatial.reference_overlay import is_real, reference_overlay, single
from pipeline.stages.overlay import ranges
from pipeline.stages.overlay.candidate_zones import NO_WKB, WkbByPosition, rings_near
from pipeline.stages.overlay.execution import IN_THIS_THREAD, ExecutionContext, map_ordered


@dataclass(frozen=True)
class Pieces:
    """Pieces (polygons, shells anticlockwise) with the position of their shape and of their set of zones; m2, RD New.

    sets: positions of zones, rising; fallbacks: positions of the shapes that kernels leave to the reference.
    """

    owner: Any
    shapes: Shapes
    area_m2: Any
    number: Any
    sets: list[tuple[int, ...]]
    fallbacks: Any


NO_POSITIONS: Any = np.zeros(0, dtype=int)
NOTHING = Pieces(NO_POSITIONS, NO_POSITIONS.astype(object), NO_POSITIONS.astype(float), NO_POSITIONS, [], NO_POSITIONS)


def reference(
    shapes: Shapes,
    zones: Sequence[Any],
    _context: ExecutionContext = IN_THIS_THREAD,
    _known_wkb: WkbByPosition = NO_WKB,
) -> Pieces:
    """One exact cut after the other, all shapes in one range; m2, RD New."""
    parts = single(reference_overlay(shapes, zones))
    used, number = np.unique(parts.number, return_inverse=True)
    members = parts.sets.members()
    pieces = shapely.orient_polygons(parts.shapes)
    cut = Pieces(
        parts.owner, pieces, area(parts.shapes), number.reshape(-1), [members[row] for row in used], NO_POSITIONS
    )
    return _together([cut])  # turn by turn the same set is written more than once


def fast_engine(
    shapes: Shapes,
    zones: Sequence[Any],
    context: ExecutionContext = IN_THIS_THREAD,
    known_wkb: WkbByPosition = NO_WKB,
) -> Pieces:
    """By kernels, range after range as the context has it; a shape without area has no pieces; m2, RD New.

    known_wkb: of zones whose bytes are at hand.
    """
    shapes, cutters = np.asarray(shapes, dtype=object), np.array([*zones, None], dtype=object)[:-1]
    cut = _together(list(cut_by_edges(shapes, edges(rings_near(cutters, shapes, known_wkb)), context)))
    if not len(cut.fallbacks):
        return cut
    again = reference(shapes[cut.fallbacks], zones)
    return _together([cut, replace(again, owner=cut.fallbacks[again.owner])])


def cut_by_edges(shapes: Shapes, zone_edges: Edges, context: ExecutionContext) -> Iterator[Pieces]:
    """The pieces of each range of shapes: cut wherever the context says, turned into polygons here (m2, RD New)."""
    land = ranges.in_work_order(rings(shapes), len(shapes))
    waiting = ranges.ranges(land, zone_edges)
    work = context.cut_remotely or (lambda number: ranges.cut_range(land, zone_edges, waiting[number]))
    with (
        closing(map_ordered(range(len(waiting)), work, context.storing_executor(), context.ahead)) as cuts,
        closing(map_ordered(cuts, lambda cut: _pieces(cut, shapes), context.local, context.ahead)) as results,
    ):
        for done, result in enumerate(results, 1):
            context.on_progress(done, len(waiting))
            yield result


def _pieces(cuts: Cuts, shapes: Shapes) -> Pieces:
    """The pieces of a range of shapes as polygons; a shape with a piece that is not sound is left to the reference."""
    xy, offsets = np.column_stack([cuts.x, cuts.y]), (cuts.ring_first, cuts.part_first)
    outlines = shapely.from_ragged_array(shapely.GeometryType.POLYGON, xy, offsets)
    status = cuts.status.copy()
    is_sound = shapely.is_valid(outlines) & shapely.is_ccw(shapely.get_exterior_ring(outlines)) & (area(outlines) > 0.0)
    status[cuts.part_shape[~is_sound]] = FALLBACK
    traced = status[cuts.part_shape] == TRACED
    # A shape that is one piece stays as it was drawn, but for parts that rounding left.
    unsplit = np.flatnonzero(status == UNSPLIT)
    whole, owner = shapely.get_parts(shapely.normalize(shapes[cuts.shape[unsplit]]), return_index=True)
    real = is_real(area(whole), owner, area(shapes[cuts.shape[unsplit]]))
    whole, owner = whole[real], owner[real]
    first = cuts.set_first[unsplit]
    row = np.concatenate([unsplit[owner], cuts.part_shape[traced]])
    word0 = np.concatenate([cuts.to_word0[first][owner], cuts.part_word0[traced]])
    word1 = np.concatenate([cuts.to_word1[first][owner], cuts.part_word1[traced]])
    pieces = np.concatenate([shapely.reverse(whole), outlines[traced]])  # normal form runs clockwise
    number, sets = _zone_sets(cuts, row, word0, word1)
    return Pieces(cuts.shape[row], pieces, area(pieces), number, sets, cuts.shape[status == FALLBACK])


def _zone_sets(cuts: Cuts, row: Any, word0: Any, word1: Any) -> tuple[Any, list[tuple[int, ...]]]:
    """For pieces of shapes (positions in a range) with their two words: the number of their set, and the
    sets of zones.
    """
    first, members = cutters_of(cuts.slot_first, cuts.cutter, row, word0, word1)
    size = np.diff(first)
    number: Any = np.zeros(len(row), dtype=int)
    sets: list[tuple[int, ...]] = []
    for length in np.unique(size):  # sizes, not pieces: a handful
        of_size = np.flatnonzero(size == length)
        of_length, which = np.unique(members[first[of_size][:, None] + np.arange(length)], axis=0, return_inverse=True)
        number[of_size] = len(sets) + which.reshape(-1)
        sets += [tuple(members_of) for members_of in of_length.tolist()]
    return number, sets


def _together(cuts: Sequence[Pieces]) -> Pieces:
    """Pieces of several ranges as one, each set once."""
    parts = [NOTHING, *cuts]  # so that there is a first, which gives the types
    known: dict[tuple[int, ...], int] = {}
    numbers = [
        np.array([known.setdefault(zones, len(known)) for zones in part.sets], dtype=int)[part.number] for part in parts
    ]
    owner, shapes, area_m2, fallbacks = (
        np.concatenate([getattr(part, column) for part in parts])
        for column in ("owner", "shapes", "area_m2", "fallbacks")
    )
    return Pieces(owner, shapes, area_m2, np.concatenate(numbers), list(known), fallbacks)


ENGINES: dict[str, Callable[[Shapes, Sequence[Any], ExecutionContext, WkbByPosition], Pieces]] = {
    "reference": reference,
    "fast": fast_engine,
}
