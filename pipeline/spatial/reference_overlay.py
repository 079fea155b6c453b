"""Verdeling: shapes cut by blades into parts that each lie wholly inside or wholly outside every blade.

Every shape meets its own blades one after the other, all shapes in the same turn: the parts that a blade's edge crosses are
split, those that it covers are only marked. A cut leaves no area behind: what is smaller than EPS_M2 stays with the larger
side. Cost: one tree query, then as many turns as one shape has blades, each one exact cut per crossing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from pipeline.spatial.geometry import Shapes, area, split

EPS_M2 = 1e-6
NOISE = 0.5e-9


@dataclass(frozen=True)
class Sets:
    """Sets of blades, each written as another set and one blade more; set 0 is empty."""

    before: Any
    blade: Any

    def members(self) -> list[tuple[int, ...]]:
        """The positions of the blades in each set, rising."""
        found: list[tuple[int, ...]] = [()]
        for before, blade in zip(self.before[1:].tolist(), self.blade[1:].tolist(), strict=True):  # sets, not shapes
            found.append((*found[before], blade))
        return found


@dataclass(frozen=True)
class Parts:
    """Parts with the position of the shape they were cut from, and the set of the blades that cover them."""

    owner: Any
    shapes: Shapes
    number: Any
    sets: Sets

    @property
    def cover(self) -> list[tuple[int, ...]]:
        """The positions of the blades over each part."""
        members = self.sets.members()
        return [members[number] for number in self.number]

    def pairs(self) -> tuple[Any, Any]:
        """The positions of a part and of a blade over it, for every such pair; in order of part, then blade."""
        part, number = np.arange(len(self.number)), self.number
        every = [(part[:0], part[:0])]
        while len(part):
            inside = number > 0
            part, number = part[inside], number[inside]
            every.append((part, self.sets.blade[number]))
            number = self.sets.before[number]
        parts, blades = (np.concatenate(column) for column in zip(*every, strict=True))
        order = np.lexsort((blades, parts))
        return parts[order], blades[order]


def arrange(shapes: Shapes, blades: Sequence[Any]) -> Parts:
    """The parts of polygons (RD New, m) on which no blade changes; per shape the areas add up to its own."""
    knives = np.array([*blades, None], dtype=object)[:-1]
    parts = Parts(
        np.arange(len(shapes)),
        np.array(shapes, dtype=object),
        np.zeros(len(shapes), dtype=int),
        Sets(np.zeros(1, dtype=int), np.full(1, -1)),
    )
    if not len(knives) or not len(shapes):
        return parts
    shapely.prepare(knives)
    owner, blade = shapely.STRtree(knives).query(parts.shapes, predicate="intersects")
    order = np.lexsort((blade, owner))
    owner, blade = owner[order], blade[order]
    first = np.searchsorted(owner, owner)
    turn = np.arange(len(owner)) - first
    for one in range(int(turn.max(initial=-1)) + 1):
        mine = np.full(len(shapes), -1)
        mine[owner[turn == one]] = blade[turn == one]
        parts = _meet(parts, knives, mine)
    return parts


def single(parts: Parts) -> Parts:
    """The same parts with every polygon of a multipolygon apart.

    What rounding leaves (less than NOISE of its owner) is no part, unless there is so much of it that area would be lost.
    """
    pieces, source = shapely.get_parts(parts.shapes, return_index=True)
    owner = parts.owner[source]
    whole = np.bincount(parts.owner, weights=area(parts.shapes))
    real = is_real(area(pieces), owner, whole)
    return Parts(owner[real], pieces[real], parts.number[source[real]], parts.sets)


def is_real(size: Any, owner: Any, whole: Any) -> Any:
    """Which parts are more than what rounding left of their owner.

    That goes from the smallest up, equals together, so long as no more than NOISE of the owner is lost in all.
    """
    real: Any = size > 0.0
    small = np.flatnonzero(size <= NOISE * whole[owner])
    equals, number, count = np.unique(
        np.column_stack([owner[small], size[small]]), axis=0, return_inverse=True, return_counts=True
    )
    of = equals[:, 0].astype(int)
    lost = pd.Series(equals[:, 1] * count).groupby(of).cumsum().to_numpy()  # of each owner by itself
    real[small[(lost <= NOISE * whole[of])[number.reshape(-1)]]] = False
    return real


def _meet(parts: Parts, knives: Shapes, mine: Any) -> Parts:
    """Parts after each met the blade of its shape (`mine`, -1 for none); outer halves come at the end."""
    at = np.flatnonzero(mine[parts.owner] >= 0)
    blade = mine[parts.owner[at]]
    covered = shapely.covers(knives[blade], parts.shapes[at])
    crossing = ~covered
    crossing[~covered] = shapely.intersects(knives[blade[~covered]], parts.shapes[at[~covered]])
    within, without = split(parts.shapes[at[crossing]], knives[blade[crossing]])
    area_in, area_out = area(within), area(without)
    whole = area_out <= EPS_M2
    halved = (area_in > EPS_M2) & ~whole
    cut = at[crossing][halved]
    shapes = parts.shapes.copy()
    shapes[cut] = within[halved]
    inside: Any = np.zeros(len(parts.shapes), dtype=bool)
    inside[at[covered]] = True
    inside[at[crossing][halved | whole]] = True
    number, sets = _with(parts, inside, mine)
    return Parts(
        np.concatenate([parts.owner, parts.owner[cut]]),
        np.concatenate([shapes, without[halved]]),
        np.concatenate([number, parts.number[cut]]),
        sets,
    )


def _with(parts: Parts, inside: Any, mine: Any) -> tuple[Any, Sets]:
    """The set of each part once the blade of its shape is added to those inside."""
    known = len(parts.sets.blade)
    grown = np.column_stack([parts.number[inside], mine[parts.owner[inside]]])
    pairs, which = np.unique(grown, axis=0, return_inverse=True)
    number = parts.number.copy()
    number[inside] = known + which.reshape(-1)
    return number, Sets(np.r_[parts.sets.before, pairs[:, 0]], np.r_[parts.sets.blade, pairs[:, 1]])
