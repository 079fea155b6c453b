"""Verdeling: shapes cut by blades into parts that each lie wholly inside or wholly outside every blade.

Each blade in turn splits the parts that cross its edge; a part that it covers is only marked. A cut leaves no area
behind: what is smaller than EPS_M2 stays with the larger side. Cost: blades x parts box tests, and one exact cut per crossing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from pipeline.geometry import Shapes, area, split

EPS_M2 = 1e-6
NOISE = 1e-9


@dataclass(frozen=True)
class Parts:
    """Parts with the position of the shape they were cut from, and the positions of the blades that cover them."""

    owner: Any
    shapes: Shapes
    cover: list[tuple[int, ...]]


def arrange(shapes: Shapes, blades: Sequence[Any]) -> Parts:
    """The parts of polygons (RD New, m) on which no blade changes; per shape the areas add up to its own."""
    parts = Parts(np.arange(len(shapes)), np.array(shapes, dtype=object), [()] * len(shapes))
    bounds = shapely.bounds(parts.shapes).reshape(-1, 4)
    for position, blade in enumerate(blades):
        near = _meeting(bounds, shapely.bounds(blade))
        if not len(near):
            continue
        shapely.prepare(blade)
        covered = shapely.covers(blade, parts.shapes[near])
        crossing = near[~covered]
        crossing = crossing[shapely.intersects(blade, parts.shapes[crossing])]
        inside = near[covered]
        if len(crossing):
            parts, more = _cut(parts, crossing, blade)
            bounds = shapely.bounds(parts.shapes).reshape(-1, 4)
            inside = np.concatenate([inside, more])
        for at in inside:  # tuples, so that parts cut later share what they have in common
            parts.cover[at] = (*parts.cover[at], position)
    return parts


def single(parts: Parts) -> Parts:
    """The same parts with every polygon of a multipolygon apart.

    What rounding leaves (less than NOISE of its owner) is no part: with it go far less than the area that must be kept.
    """
    pieces, source = shapely.get_parts(parts.shapes, return_index=True)
    owner = parts.owner[source]
    whole = np.bincount(parts.owner, weights=area(parts.shapes))
    real = area(pieces) > NOISE * whole[owner]
    return Parts(owner[real], pieces[real], [parts.cover[at] for at in source[real]])


def _cut(parts: Parts, crossing: Any, blade: Any) -> tuple[Parts, Any]:
    """Parts after the cut, with the positions of those that lie inside; the outer halves come at the end."""
    within, without = split(parts.shapes[crossing], blade)
    area_in, area_out = area(within), area(without)
    whole = area_out <= EPS_M2
    halved = (area_in > EPS_M2) & ~whole
    shapes = parts.shapes.copy()
    shapes[crossing[halved]] = within[halved]
    cover = [*parts.cover, *(parts.cover[at] for at in crossing[halved])]
    made = Parts(
        np.concatenate([parts.owner, parts.owner[crossing[halved]]]), np.concatenate([shapes, without[halved]]), cover
    )
    return made, crossing[halved | whole]


def _meeting(bounds: Any, box: Any) -> Any:
    x0, y0, x1, y1 = box
    return np.flatnonzero((bounds[:, 0] <= x1) & (bounds[:, 2] >= x0) & (bounds[:, 1] <= y1) & (bounds[:, 3] >= y0))
