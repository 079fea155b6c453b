"""Land of a cluster with its verdicts, and the contiguous patches of
it: what sites, key plots and near misses are found in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pipeline.land.land import AssessedLand, assessed_land
from pipeline.land.suitability import ContiguousAreas
from pipeline.land.supplied import known_quays
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig


@dataclass(frozen=True)
class ActivityCase:
    """An activity in a year and case, with which pieces are free, open to it, and usable."""

    profile: str
    year: int
    case: str
    asks: ProfileConfig
    is_free: Any
    is_open: Any
    is_usable: Any

    @property
    def key(self) -> dict[str, Any]:
        """The key of a row about it."""
        return {"profile": self.profile, "year": self.year, "case": self.case}


@dataclass(frozen=True)
class ClusterAssessment:
    """The pieces of a cluster, their verdicts, how they fit activities, and how they are joined."""

    land: AssessedLand
    assessments: pd.DataFrame
    areas: ContiguousAreas
    config: Project

    @cached_property
    def ids(self) -> pd.Index:
        """Keys of the pieces in their order."""
        return pd.Index(self.land.pieces["piece_id"])

    @property
    def years(self) -> list[int]:
        """The years that were judged, no extension called."""
        return [year for year, case in self.land.cases if case == "earliest"]

    def questions(self) -> Iterator[ActivityCase]:
        """Every activity, year and case that was judged."""
        for key, rows in self.assessments.groupby(["profile", "year", "case"]):
            profile, year, case = str(key[0]), int(key[1]), str(key[2])
            verdict = rows.set_index("piece_id")["verdict"].reindex(self.ids).to_numpy(dtype=object)
            is_free, is_open = self.land.free(year, case), self.land.room(profile, year) == "open"
            asks = self.config.profiles[profile]
            yield ActivityCase(profile, year, case, asks, is_free, is_open, verdict == "usable")

    def free_patches(self, question: ActivityCase) -> list[Any]:
        """Positions of the pieces of each patch of free and open land."""
        return self.areas.patches(np.flatnonzero(question.is_free & question.is_open))


def cluster_assessment(config: Project, cluster: str, tables: Mapping[str, Any]) -> ClusterAssessment:
    """The pieces of a cluster (RD New, m2) with their verdicts and owners, which touch, and what activities need."""
    land = assessed_land(cluster, tables)
    owners = land.pieces["parcel_id"].map(tables["parcels"].set_index("parcel_id")["owner"])
    land = replace(land, pieces=land.pieces.assign(owner=owners))
    areas = ContiguousAreas(land.shapes, land.area_m2, config.assess.shape, known_quays(config, tables))
    return ClusterAssessment(land, tables["assessments"], areas, config)
