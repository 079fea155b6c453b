"""The set of blocking factors over every piece of a cluster for one activity, year and case."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.land.blocking_factors import BlockingFactors
from pipeline.land.land import TENURE_PREFIX, AssessedLand

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
    limiting, limiting_texts = pd.factorize(ground.rooms_by_profile[profile, year]["limiting"].fillna(""), sort=True)
    status, status_names = pd.factorize(ground.tenure_status(year, case), sort=True)
    # One number per pair of a text and a status: there are few such pairs, and millions of pieces.
    key, place = np.unique(limiting[ground.pair] * len(status_names) + status, return_inverse=True)
    sets = [
        {*limiting_texts[text].split(), f"{TENURE_PREFIX}{status_names[state]}"} - {f"{TENURE_PREFIX}free"}
        for text, state in zip(*divmod(key, len(status_names)), strict=True)
    ]
    names = tuple(sorted(set().union(*sets)))
    covers: Any = np.array([[name in factors for name in names] for factors in sets], dtype=bool)
    area_m2 = np.bincount(place, ground.area_m2, len(sets))
    return BlockingByPiece(BlockingFactors(names, covers.reshape(len(sets), len(names)), area_m2), place)
