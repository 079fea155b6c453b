"""Shapes cut by zones into parts that each lie wholly inside or wholly outside every zone.

Every shape meets the zones near it one after the other, all shapes in the same turn: the parts that a zone's edge
crosses are split, those that it covers are only marked. A cut leaves no area behind: what is smaller than EPS_M2 stays
with the larger side. Cost: one tree query, then as many turns as one shape has zones, each one exact cut per crossing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from pipeline.spatial.geometry import Shapes, area, split

LEAST_PART_M2 = 1e-6
LEAST_PART_SHARE = 0.5e-9


@dataclass(frozen=True)
class ZoneSets:
    """Sets of zones, each written as another set and one zone more; set 0 is empty."""

    before: Any
    zone: Any

    def members(self) -> list[tuple[int, ...]]:
        """The positions of the zones in each set, rising."""
        sets: list[tuple[int, ...]] = [()]
        for before, zone in zip(self.before[1:].tolist(), self.zone[1:].tolist(), strict=True):  # sets, not shapes
            sets.append((*sets[before], zone))
        return sets


@dataclass(frozen=True)
class OverlaidParts:
    """Parts with the position of the shape they were cut from, and the set of the zones that cover them."""

    owner: Any
    shapes: Shapes
    number: Any
    sets: ZoneSets

    def pairs(self) -> tuple[Any, Any]:
        """The positions of a part and of a zone over it, for every such pair; in order of part, then zone."""
        part, number = np.arange(len(self.number)), self.number
        every = [(part[:0], part[:0])]
        while len(part):
            inside = number > 0
            part, number = part[inside], number[inside]
            every.append((part, self.sets.zone[number]))
            number = self.sets.before[number]
        parts, zones = (np.concatenate(column) for column in zip(*every, strict=True))
        order = np.lexsort((zones, parts))
        return parts[order], zones[order]


def reference_overlay(shapes: Shapes, zones: Sequence[Any]) -> OverlaidParts:
    """The parts of polygons (RD New, m) on which no zone changes; per shape the areas add up to its own."""
    cutters = np.array([*zones, None], dtype=object)[:-1]
    parts = OverlaidParts(
        np.arange(len(shapes)),
        np.array(shapes, dtype=object),
        np.zeros(len(shapes), dtype=int),
        ZoneSets(np.zeros(1, dtype=int), np.full(1, -1)),
    )
    shapely.prepare(cutters)
    owner, zone = shapely.STRtree(cutters).query(parts.shapes, predicate="intersects")
    order = np.lexsort((zone, owner))
    owner, zone = owner[order], zone[order]
    first = np.searchsorted(owner, owner)
    turn = np.arange(len(owner)) - first
    for number in range(int(turn.max(initial=-1)) + 1):
        cutter = np.full(len(shapes), -1)
        cutter[owner[turn == number]] = zone[turn == number]
        parts = _meet(parts, cutters, cutter)
    return parts


def single(parts: OverlaidParts) -> OverlaidParts:
    """The same parts (RD New, m) with every polygon of a multipolygon apart.

    What rounding leaves (less than NOISE of its owner) is no part, unless there is so much of it that area
    would be lost.
    """
    pieces, source = shapely.get_parts(parts.shapes, return_index=True)
    owner = parts.owner[source]
    whole = np.bincount(parts.owner, weights=area(parts.shapes))
    real = is_real(area(pieces), owner, whole)
    return OverlaidParts(owner[real], pieces[real], parts.number[source[real]], parts.sets)


def is_real(size: Any, owner: Any, whole: Any) -> Any:
    """Which parts (m2) are more than what rounding left of their owner.

    That goes from the smallest up, equals together, so long as no more than NOISE of the owner is lost in all.
    """
    real: Any = size > 0.0
    small = np.flatnonzero(size <= LEAST_PART_SHARE * whole[owner])
    equals, number, count = np.unique(
        np.column_stack([owner[small], size[small]]), axis=0, return_inverse=True, return_counts=True
    )
    of_owner = equals[:, 0].astype(int)
    lost = pd.Series(equals[:, 1] * count).groupby(of_owner).cumsum().to_numpy()
    real[small[(lost <= LEAST_PART_SHARE * whole[of_owner])[number.reshape(-1)]]] = False
    return real


def _meet(parts: OverlaidParts, cutters: Shapes, cutter: Any) -> OverlaidParts:
    """Parts after each met the cutter of its shape (-1 for none); outer halves come at the end."""
    met = np.flatnonzero(cutter[parts.owner] >= 0)
    zone = cutter[parts.owner[met]]
    covered = shapely.covers(cutters[zone], parts.shapes[met])
    crossing = ~covered
    crossing[~covered] = shapely.intersects(cutters[zone[~covered]], parts.shapes[met[~covered]])
    within, without = split(parts.shapes[met[crossing]], cutters[zone[crossing]])
    area_in, area_out = area(within), area(without)
    whole = area_out <= LEAST_PART_M2
    halved = (area_in > LEAST_PART_M2) & ~whole
    cut = met[crossing][halved]
    shapes = parts.shapes.copy()
    shapes[cut] = within[halved]
    inside: Any = np.zeros(len(parts.shapes), dtype=bool)
    inside[met[covered]] = True
    inside[met[crossing][halved | whole]] = True
    number, sets = _with(parts, inside, cutter)
    return OverlaidParts(
        np.concatenate([parts.owner, parts.owner[cut]]),
        np.concatenate([shapes, without[halved]]),
        np.concatenate([number, parts.number[cut]]),
        sets,
    )


def _with(parts: OverlaidParts, inside: Any, cutter: Any) -> tuple[Any, ZoneSets]:
    """The set of each part once the cutter of its shape is added to those inside."""
    known = len(parts.sets.zone)
    grown = np.column_stack([parts.number[inside], cutter[parts.owner[inside]]])
    pairs, which = np.unique(grown, axis=0, return_inverse=True)
    number = parts.number.copy()
    number[inside] = known + which.reshape(-1)
    return number, ZoneSets(np.r_[parts.sets.before, pairs[:, 0]], np.r_[parts.sets.zone, pairs[:, 1]])
