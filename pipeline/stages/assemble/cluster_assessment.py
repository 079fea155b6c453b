"""Land of a cluster with its verdicts, and the contiguous patches of
it: what sites, key plots and near misses are found in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pipeline.land.land import AssessedLand, assessed_land
from pipeline.land.suitability import ContiguousAreas
from pipeline.land.supplied import known_quays
from pipeline.project.assemble import AssembleParams
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig


@dataclass(frozen=True)
class ActivityCase:
    """An activity in a year and case, with which pieces are free, open to it, and usable."""

    profile: str
    asks: ProfileConfig
    year: int
    case: str
    is_free: Any
    is_open: Any
    is_usable: Any

    def key(self, cluster_id: str) -> dict[str, Any]:
        """The key of a row about it."""
        return {"cluster_id": cluster_id, "profile": self.profile, "year": self.year, "case": self.case}


@dataclass(frozen=True)
class ClusterAssessment:
    """The pieces of a cluster, their verdicts, how they fit activities, and how they are joined."""

    land: AssessedLand
    assessments: pd.DataFrame
    areas: ContiguousAreas
    params: AssembleParams

    @cached_property
    def ids(self) -> pd.Index:
        """Keys of the pieces in their order."""
        return pd.Index(self.land.pieces["piece_id"])

    def questions(self) -> Iterator[ActivityCase]:
        """Every activity, year and case that was judged."""
        for (profile, year, case), rows in self.assessments.groupby(["profile", "year", "case"]):
            verdict = rows.set_index("piece_id")["verdict"].reindex(self.ids).to_numpy(dtype=object)
            yield ActivityCase(
                str(profile),
                self.params.profiles[str(profile)],
                int(year),
                str(case),
                self.land.tenure_status(int(year), str(case)) == "free",
                self.land.room(str(profile), int(year)) == "open",
                verdict == "usable",
            )

    def area_m2(self, members: Any) -> float:
        """m2 of pieces."""
        return float(self.land.area_m2[members].sum())

    def free_patches(self, question: ActivityCase) -> list[Any]:
        """Positions of the pieces of each patch of free and open land."""
        return self.areas.patches(np.flatnonzero(question.is_free & question.is_open))


def cluster_assessment(config: Project, cluster: str, tables: Mapping[str, Any]) -> ClusterAssessment:
    """The pieces of a cluster with its verdicts and owners, which of them touch, and what activities need."""
    dates = ["available_earliest", "available_latest"]
    of_holding = tables["holdings"][["holding_id", "cluster_id", "parcel_id", *dates]]
    owners = tables["parcels"].set_index("parcel_id")["owner"]
    pieces = tables["pieces"].merge(pd.DataFrame(of_holding), on="holding_id")
    pieces = pieces.assign(owner=owners.reindex(pieces["parcel_id"]).to_numpy())
    land = assessed_land(cluster, {**tables, "pieces": pieces})
    areas = ContiguousAreas(land.shapes, land.area_m2, config.assess.shape, known_quays(config, tables))
    params = AssembleParams(config.assemble, config.assess.shape, config.profiles)
    return ClusterAssessment(land, tables["assessments"], areas, params)
