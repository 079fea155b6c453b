"""Wat grond tegenhoudt: the set of reasons over every piece for one activity, year and case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.land.blocking_factors import BlockingFactors
from pipeline.land.land import HELD, AssessedLand

Question = tuple[str, int, str]


@dataclass(frozen=True)
class BlockingByPiece:
    """The land of a cluster by its reasons for one activity, year and case, and which set each piece stands under."""

    factors: BlockingFactors
    place: Any

    def open_after(self, lifted: tuple[str, ...]) -> Any:
        """Positions of the pieces that are free and open once these reasons are lifted."""
        return np.flatnonzero(self.factors.within(lifted)[self.place])


def blocking_by_piece(ground: AssessedLand, question: Question) -> BlockingByPiece:
    """Pieces by what holds them back: who has them unless free, and every constraint that by itself leaves them not open."""
    profile, year, case = question
    told, texts = pd.factorize(ground.told[profile, year]["limiting"].fillna(""), sort=True)
    held, states = pd.factorize(ground.tenure_status(year, case), sort=True)
    key, place = np.unique(told[ground.pair] * len(states) + held, return_inverse=True)
    sets = [
        {*str(texts[at // len(states)]).split(), *_held(str(states[at % len(states)]))} for at in key.tolist()
    ]  # sets of reasons, not pieces
    names = tuple(sorted({name for one in sets for name in one}))
    covers: Any = np.array([[name in one for name in names] for one in sets], dtype=bool).reshape(len(sets), len(names))
    return BlockingByPiece(BlockingFactors(names, covers, np.bincount(place, ground.area_m2, len(sets))), place)


def _held(state: str) -> set[str]:
    return set() if state == "free" else {f"{HELD}{state}"}
