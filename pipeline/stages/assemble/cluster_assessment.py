"""Land of a cluster with its verdicts, and the contiguous patches of
it: what sites, key plots and near misses are found in."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pipeline.land.dates import FAR_DAY, dates, day_number
from pipeline.land.land import TENURE_PREFIX, AssessedLand, assessed_land
from pipeline.land.suitability import ContiguousAreas
from pipeline.land.supplied import known_quays
from pipeline.land.tenure_timeline import Timeline
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

    @cached_property
    def is_free_and_open(self) -> Any:
        """Which pieces are both."""
        return self.is_free & self.is_open

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
    late: Timeline | None = None  # tenure if all extensions and options are called; None where it is not asked for

    @cached_property
    def holding(self) -> Any:
        """The position of each piece's holding, in order of their keys."""
        return pd.factorize(self.land.pieces["holding_id"], sort=True)[0]

    @cached_property
    def ids(self) -> pd.Index:
        """Keys of the pieces in their order."""
        return pd.Index(self.land.pieces["piece_id"])

    @cached_property
    def parcels(self) -> tuple[Any, Any]:
        """The number of the plot of each piece, and the plots in rising order."""
        number, names = pd.factorize(self.land.pieces["parcel_id"], sort=True)
        return number, names

    @property
    def years(self) -> list[int]:
        """The years that were judged, no extension called."""
        return [year for year, case in self.land.cases if case == "earliest"]

    @cached_property
    def questions(self) -> list[ActivityCase]:
        """Every activity, year and case that was judged."""
        rows = self.assessments.groupby(["profile", "year", "case"]).indices
        place = self.ids.get_indexer(self.assessments["piece_id"])
        usable = (self.assessments["verdict"] == "usable").to_numpy()
        free = {when: self.land.free(*when) for when in self.land.cases}
        questions = []
        for profile, year, case in sorted(rows):
            positions = rows[profile, year, case]
            is_usable: Any = np.zeros(len(self.ids), dtype=bool)
            is_usable[place[positions[usable[positions]]]] = True
            is_open = self.land.room(profile, year) == "open"
            asks = self.config.profiles[profile]
            questions.append(ActivityCase(str(profile), int(year), case, asks, free[year, case], is_open, is_usable))
        return questions

    def free_patches(self, question: ActivityCase) -> list[Any]:
        """Positions of the pieces of each patch of free and open land."""
        return self.areas.patches(np.flatnonzero(question.is_free_and_open))


def first_day(assessment: ClusterAssessment, question: tuple[str, int, str], pieces: Any) -> Any:
    """The first day (a date), today at the earliest, since which pieces are free and have room for an activity, without
    a break until a year (profile, year, case); where there is none then, the first of that year."""
    (profile, year, case), land = question, assessment.land
    day = max(land.free_since(year, case)[pieces].max(), land.open_since(profile, year)[pieces].max())
    return dates([max(day, day_number(assessment.config.card.reference_date))]).iloc[0]


def last_day(
    assessment: ClusterAssessment,
    question: tuple[str, int, str],
    pieces: Any,
    lifted: Collection[str] = (),
    whoever: Any = (),
) -> Any:
    """The first day (a date) from the first day on that pieces are free and have room for an activity if all extensions
    and options are called, but for rules that are lifted; NaT where that is never, or room there is not known.
    `whoever`: pieces of these that count whoever has them.

    Room is that of the asked year which the day comes before, or of the last.
    """
    (profile, year, _), land, years = question, assessment.land, assessment.years
    day = day_number(first_day(assessment, question, pieces))
    places = np.unique(assessment.holding[np.setdiff1d(pieces, whoever)])
    while assessment.late is not None:
        day = assessment.late.free_together(places, day) if len(places) else day
        later = [each for each in years if each >= year and day_number(assessment.config.day(each)) >= day]
        judged = later[0] if later else years[-1]
        limits = land.limiting(profile, judged)[pieces]
        if day == FAR_DAY or not all(set(text.split()) <= set(lifted) for text in np.unique(limits.astype(str))):
            break
        since = int(land.open_since(profile, judged)[pieces][limits == ""].max(initial=day))
        if since == day:
            return dates([day]).iloc[0]
        day = since
    return pd.NaT


def cluster_assessment(config: Project, cluster: str, tables: Mapping[str, Any]) -> ClusterAssessment:
    """The pieces of a cluster (RD New, m2) with their verdicts and owners, which touch, and what activities need."""
    land = assessed_land(cluster, tables)
    owners = land.pieces["parcel_id"].map(tables["parcels"].set_index("parcel_id")["owner"])
    land = replace(land, pieces=land.pieces.assign(owner=owners))
    areas = ContiguousAreas(land.shapes, land.area_m2, config.assess.shape, known_quays(config, tables))
    late = None
    if "holding_periods" in tables:
        keys = np.unique(land.pieces["holding_id"].to_numpy(dtype=object))
        periods = tables["holding_periods"]
        # In a scenario land whose tenure is lifted is free.
        is_lifted = (TENURE_PREFIX + periods["tenure_status"]).isin(list(config.lifted))
        periods = periods.assign(chance_free=periods["chance_free"].mask(is_lifted, 1.0))
        late = Timeline.from_periods(periods[periods["holding_id"].isin(keys)], "latest", keys)
    return ClusterAssessment(land, tables["assessments"], areas, config, late)
