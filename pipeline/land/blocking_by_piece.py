"""The set of blocking factors over every piece of a cluster for one activity, year and case."""

from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np

from pipeline.land.blocking_factors import BlockingFactors
from pipeline.land.land import AssessedLand

Question = tuple[str, int, str]


@dataclass(frozen=True)
class BlockingByPiece:
    """The land of a cluster by its blocking factors for one activity, year and case; `place` is the row of each
    piece's set."""

    factors: BlockingFactors
    place: Any

    def open_after(self, lifted: tuple[str, ...]) -> Any:
        """Positions of the pieces that are free and open once these factors are lifted."""
        return np.flatnonzero(self.is_open_after(lifted))

    def is_open_after(self, lifted: tuple[str, ...]) -> Any:
        """Which pieces are free and open once these factors are lifted."""
        return self.factors.within(lifted)[self.place]


def blocking_by_piece(ground: AssessedLand, question: Question) -> BlockingByPiece:
    """Pieces (m2) by what blocks them: their tenure unless free, and every constraint that by itself leaves
    them not open."""
    profile, year, case = question
    # One number per pair of a text and a status: there are few such pairs, and millions of pieces.
    limiting, (names, of_text, of_status) = ground.rooms_by_pair.limiting[profile, year], ground.factors
    key = limiting[ground.pair] * len(of_status) + ground.status_code(year, case)
    pairs, place = np.unique(key, return_inverse=True)
    text, status = divmod(pairs, len(of_status))
    covers = of_text[text] | of_status[status]
    is_used = covers.any(axis=0)
    area_m2 = np.bincount(place, ground.area_m2, len(pairs))
    return BlockingByPiece(
        BlockingFactors(tuple(compress(names, is_used)), np.compress(is_used, covers, axis=1), area_m2), place
    )
