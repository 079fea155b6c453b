"""Geheel: all land of a cluster with its verdicts, and the patches that free and open land makes; what more than sites is asked of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pipeline.land.land import AssessedLand
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.assemble import AssembleParams
from pipeline.project.rules import ProfileConfig


@dataclass(frozen=True)
class Question:
    """An activity in a year and case, with which pieces are free, open to it, and usable."""

    profile: str
    asks: ProfileConfig
    year: int
    case: str
    is_free: Any
    is_open: Any
    is_usable: Any

    def about(self, cluster_id: str) -> dict[str, Any]:
        """The key of a row about it."""
        return {"cluster_id": cluster_id, "profile": self.profile, "year": self.year, "case": self.case}


@dataclass(frozen=True)
class Whole:
    """The pieces of a cluster, their verdicts, how they fit activities, and what is wished."""

    ground: AssessedLand
    assessments: pd.DataFrame
    fit: ContiguousAreas
    wishes: AssembleParams

    @cached_property
    def ids(self) -> pd.Index:
        """Keys of the pieces in their order."""
        return pd.Index(self.ground.pieces["piece_id"])

    def questions(self) -> Iterator[Question]:
        """Every activity, year and case that was judged."""
        for (profile, year, case), own in self.assessments.groupby(["profile", "year", "case"]):
            verdict = own.set_index("piece_id")["verdict"].reindex(self.ids).to_numpy(dtype=object)
            yield Question(
                str(profile),
                self.wishes.profiles[str(profile)],
                int(year),
                str(case),
                self.ground.tenure_status(int(year), str(case)) == "free",
                self.ground.room(str(profile), int(year)) == "open",
                verdict == "usable",
            )

    def area_m2(self, members: Any) -> float:
        """m2 of pieces."""
        return float(self.ground.area_m2[members].sum())

    def free_patches(self, question: Question) -> list[Any]:
        """Positions of the pieces of each patch of free and open land."""
        return self.fit.patches(np.flatnonzero(question.is_free & question.is_open))
