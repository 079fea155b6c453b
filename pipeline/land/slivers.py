"""Reasons that have too little of a plot to count there: their land without them."""

from itertools import compress
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from pipeline.land.blocking_by_piece import BlockingByPiece
from pipeline.land.land import SLIVER, AssessedLand
from pipeline.project.models import SliverConfig


def least_m2(plot_m2: Any, config: SliverConfig) -> Any:
    """From how many m2 on a reason counts on plots of so many m2."""
    return np.minimum(np.maximum(config.least_area_m2, config.least_share * plot_m2), 0.5 * plot_m2)


def sets_without_slivers(
    land: AssessedLand, blocking: BlockingByPiece, config: SliverConfig
) -> tuple[list[tuple[str, ...]], Any, Any]:
    """Sets of factors with their m2 and number of pieces, without factors that hold too little of a plot; the same set
    may stand there twice. What a sliver alone held has the set `slivers`; land that is free and open stays so.
    """
    factors, place, plot = blocking.factors, blocking.place, land.plot_number
    sets, area_m2, count = factors.sets(), factors.area_m2, np.bincount(place, minlength=len(factors.area_m2))
    moved = _pieces_with_slivers(land, blocking, config)
    if not len(moved[0]):
        return sets, area_m2, count
    pieces, is_sliver = moved
    m2 = land.area_m2[pieces]
    # What moves leaves its set: of a set that moves as a whole nothing is left but rounding.
    left = count - np.bincount(place[pieces], minlength=len(count))
    left_m2 = np.where(left > 0, area_m2 - np.bincount(place[pieces], m2, len(count)), 0.0)
    covers, of_row = np.unique(factors.covers[place[pieces]] & ~is_sliver[plot[pieces]], axis=0, return_inverse=True)
    of_row = of_row.reshape(-1)
    others = [tuple(compress(factors.names, cover)) or (SLIVER,) for cover in covers.tolist()]
    stays = left > 0
    return (
        [*compress(sets, stays.tolist()), *others],
        np.concatenate([left_m2[stays], np.bincount(of_row, m2, len(others))]),
        np.concatenate([left[stays], np.bincount(of_row, minlength=len(others))]),
    )


def _pieces_with_slivers(land: AssessedLand, blocking: BlockingByPiece, config: SliverConfig) -> tuple[Any, Any]:
    """The pieces (positions) under a factor that is a sliver on their plot, and which factors are on which plot."""
    covers, plot = blocking.factors.covers, land.plot_number
    shape = (len(land.plot_m2), len(covers))
    under_m2 = csr_array((land.area_m2, (plot, blocking.place)), shape=shape) @ covers.astype(float)
    is_sliver = (under_m2 > 0) & (under_m2 < least_m2(land.plot_m2, config)[:, None])
    near = np.flatnonzero(is_sliver.any(axis=1)[plot])
    touched = (covers[blocking.place[near]] & is_sliver[plot[near]]).any(axis=1)
    return near[touched], is_sliver
