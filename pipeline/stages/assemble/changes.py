"""Smallest changes: the smallest sets of changes after which a plot serves an activity, every one of them minimal.

Idea: a change lifts a reason on the plot (who has it, or a rule), adds a neighbour, or waits
until an asked year. Sets are tried from small to large: first on the reasons over the plot's pieces,
for only sets that leave enough of it free and open are worth adding to; then the land is asked.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.smallest_changes import LAYER
from pipeline.land.blocking_by_piece import BlockingByPiece, blocking_by_piece
from pipeline.land.dates import FAR_DAY, day_number
from pipeline.land.suitability import BaseAreas
from pipeline.stages.assemble.cluster_assessment import ClusterAssessment, last_day

MOST_CHANGES = 3
JOIN, WAIT, BEYOND = "join:", "wait:", "beyond"


@dataclass(frozen=True)
class Scene:
    """A year as it stands for an activity: what blocks every piece, the areas of pieces that are free and open, and m2
    of every plot that are not."""

    year: int
    land: BlockingByPiece
    base: BaseAreas
    blocked_m2: Mapping[str, float]
    opened: dict[frozenset[str], Any] = field(default_factory=dict)

    @cached_property
    def sets(self) -> list[frozenset[str]]:
        """The sets of reasons that occur."""
        return list(map(frozenset, self.land.factors.sets()))

    def reasons(self, pieces: Any) -> list[frozenset[str]]:
        """The reasons over each of some pieces."""
        return [self.sets[place] for place in self.land.place[pieces].tolist()]

    def open(self, pieces: Any, lifted: frozenset[str]) -> Any:
        """Those of some pieces that are free and open once these factors are lifted."""
        if lifted not in self.opened:
            self.opened[lifted] = self.land.factors.within(lifted)
        return pieces[self.opened[lifted][self.land.place[pieces]]]


@dataclass(frozen=True)
class ChangeSet:
    """Changes that make a plot serve, the asked year in which they do (waited for, if not the first), the m2 of it that
    then become usable, and the day (number) from which; `latest`: that if all extensions and options are called, where
    it is known."""

    lifted: frozenset[str]
    year: int
    waits: bool
    usable_m2: float
    day: int
    latest: int | None = None

    def covers(self, lifted: frozenset[str], year: int) -> bool:
        """Whether another set, no earlier, changes all of this and more."""
        return self.lifted <= lifted and self.year <= year

    def order(self) -> tuple[int, bool, list[str]]:
        """Few changes before many, waiting counted as one; then waiting before the rest."""
        return len(self.lifted) + self.waits, not self.waits, sorted(self.lifted)

    def words(self) -> str:
        """The changes, space between; `none` for no change."""
        days = [self.day] if self.latest in (None, self.day) else [self.day, self.latest]
        wait = WAIT + "/".join(str(np.datetime64(day, "D")) for day in days)
        return " ".join([*sorted(self.lifted), *[wait] * self.waits]) or "none"


class Search:
    """The plots of a cluster for one activity, year by year; no extension called."""

    def __init__(self, assessment: ClusterAssessment, profile: str, fixed: Collection[str]) -> None:
        self.assessment, self.fixed, self.asks = assessment, frozenset(fixed), assessment.config.profiles[profile]
        land, areas = assessment.land, assessment.areas
        parcels = land.pieces["parcel_id"].to_numpy(dtype=object)
        self.profile, self.today = profile, day_number(assessment.config.card.reference_date)
        self.scenes = []
        for year in assessment.years:
            blocking = blocking_by_piece(land, (profile, year, "earliest"))
            is_open = blocking.is_open_after(())
            blocked_m2 = pd.Series(np.where(is_open, 0.0, land.area_m2)).groupby(parcels).sum()
            self.scenes.append(Scene(year, blocking, areas.base_areas(is_open), blocked_m2.to_dict()))
        self.pieces: dict[str, Any] = land.pieces.groupby("parcel_id").indices
        touching = parcels[areas.edges]
        self.neighbours: dict[str, set[str]] = defaultdict(set)
        for left, right in touching[touching[:, 0] != touching[:, 1]].tolist():
            self.neighbours[left].add(right)
            self.neighbours[right].add(left)

    def changes(self, parcel: str) -> list[ChangeSet]:
        """Every minimal set of at most three changes, with the m2 that then are usable; an empty set where the plot
        serves as it is."""
        sets: list[ChangeSet] = []
        for scene in self.scenes:
            waits = scene is not self.scenes[0]
            for lifted in self._sets(scene, parcel, MOST_CHANGES - waits):
                if any(change_set.covers(lifted, scene.year) for change_set in sets):
                    continue
                usable = self._usable_m2(scene, parcel, lifted)
                if usable is not None:
                    days = self._days(scene, parcel, lifted) if waits else (self.today, None)
                    sets.append(ChangeSet(lifted, scene.year, waits, usable, *days))
            if any(not change_set.lifted for change_set in sets):
                break  # nothing but waiting: later years add nothing
        # None covers one before it: each is of a later year, or of the same year and no smaller.
        return sorted(sets, key=ChangeSet.order)

    def _sets(self, scene: Scene, parcel: str, most: int) -> Iterator[frozenset[str]]:
        """Sets of reasons over the plot that leave enough of it free and open, each alone and with neighbours
        and the rules over these, from small to large."""
        plot = self.pieces[parcel]
        over = list(zip(scene.reasons(plot), self.assessment.land.area_m2[plot].tolist(), strict=True))
        names = sorted(frozenset().union(*scene.reasons(plot)) - self.fixed)
        least_m2 = self._least_m2(parcel) * (1.0 - 1e-9)  # what sums in another order may differ
        enough = [
            lifted
            for size in range(most + 1)
            for lifted in map(frozenset, combinations(names, size))
            if sum(m2 for reasons, m2 in over if reasons <= lifted) >= least_m2
        ]
        if not enough:
            return
        # A rule over a neighbour alone matters only in a set that also joins a neighbour.
        near = self._near(scene, parcel)
        over_near = frozenset().union(*(reasons for name in near for reasons in scene.reasons(self.pieces[name])))
        joins = [f"{JOIN}{name}" for name in near]
        others = [*joins, *sorted(over_near - self.fixed - scene.land.factors.tenure - {*names})]
        for size in range(most + 1):
            for lifted in (lifted for lifted in enough if len(lifted) <= size):
                for added in combinations(others, size - len(lifted)):
                    if not added or added[0] in joins:
                        yield lifted.union(added)

    def _days(self, scene: Scene, parcel: str, lifted: frozenset[str]) -> tuple[int, int | None]:
        """The first day (number) from which the plot serves after these changes, in the asked year at the latest; and
        that if all extensions and options are called, None where it is not known.

        Between asked years land comes free and rules begin and end. What is lifted or joined counts from the day since
        which it is as it is in the asked year: before that other reasons may hold.
        """
        land = self.assessment.land
        plot, joined = self._opened(scene, parcel, lifted)
        patches = self.assessment.areas.patches(np.concatenate([plot, *joined]), scene.base.is_base)
        pieces = np.concatenate([patch for patch in patches if np.isin(patch, plot).any()])
        as_it_is = land.free_since(scene.year, "earliest")[pieces]
        days = np.maximum(np.maximum(as_it_is, land.open_since(self.profile, scene.year)[pieces]), self.today)
        day = self._turn(parcel, plot, pieces, days)
        if day is None or day <= self.today:  # today it does not serve: something else turned in between
            return day_number(dt.date(scene.year, 1, 1)), None
        return day, self._latest(scene, parcel, lifted, (plot, pieces, np.maximum(days, day)))

    def _latest(self, scene: Scene, parcel: str, lifted: frozenset[str], land: tuple[Any, Any, Any]) -> int | None:
        """The first day (number) from which the plot serves if all extensions and options are called. `land`: the
        pieces of the plot, those that may serve with it, and the first day of each; others have what is lifted or
        joined until then."""
        late, (plot, pieces, days) = self.assessment.late, land
        if late is None:
            return None
        is_own = self.assessment.land.free(scene.year, "earliest")[pieces]
        day = self.assessment.config.card.reference_date + dt.timedelta(days=int(days.min()) - self.today)
        late_days = np.where(is_own, np.maximum(days, late.next_free(day)[self.assessment.holding[pieces]]), days)
        if (late_days == days).all():
            return int(days.min())
        days, turn = late_days, self._turn(parcel, plot, pieces, late_days)
        if turn is None:
            return None
        usable = self.assessment.areas.usable(pieces[days <= turn], self.asks)
        serving = np.concatenate([area for area in usable if np.isin(area, plot).any()])
        question = self.profile, scene.year, "earliest"
        latest = last_day(self.assessment, question, serving, lifted, np.setdiff1d(pieces, pieces[is_own]))
        return None if pd.isna(latest) else max(turn, day_number(latest))

    def _turn(self, parcel: str, plot: Any, pieces: Any, days: Any) -> int | None:
        """The first day (number) on which so much of a plot is usable with pieces that each count from their day; None
        where it never is."""
        land, least_m2 = self.assessment.land, self._least_m2(parcel)
        turns = np.unique(days[days < FAR_DAY])
        first, last = 0, len(turns)
        while first < last:
            middle = (first + last) // 2
            usable = self.assessment.areas.usable(pieces[days <= turns[middle]], self.asks)
            served = sum((land.sum_m2(np.intersect1d(plot, area)) for area in usable), 0.0)
            first, last = (first, middle) if served >= least_m2 else (middle + 1, last)
        return int(turns[first]) if first < len(turns) else None

    def _opened(self, scene: Scene, parcel: str, lifted: frozenset[str]) -> tuple[Any, list[Any]]:
        """The pieces of the plot that are free and open after these changes, and those of each neighbour that joins it,
        whoever has it."""
        joins = frozenset(name for name in lifted if name.startswith(JOIN))
        rules = lifted - joins
        whoever = rules | (scene.land.factors.tenure - self.fixed)
        joined = [scene.open(self.pieces[name.removeprefix(JOIN)], whoever) for name in sorted(joins)]
        return scene.open(self.pieces[parcel], rules), joined

    def _least_m2(self, parcel: str) -> float:
        """The card's part of a plot, m2."""
        return self.assessment.config.assemble.serves_share * self.assessment.land.sum_m2(self.pieces[parcel])

    def _near(self, scene: Scene, parcel: str) -> list[str]:
        """The largest neighbours that are not free and open already, as many as the card says."""
        sizes = {name: scene.blocked_m2[name] for name in self.neighbours.get(parcel, ())}
        large = sorted((name for name, m2 in sizes.items() if m2 > 0), key=lambda name: (-sizes[name], name))
        return large[: self.assessment.config.assemble.neighbours_tried]

    def _usable_m2(self, scene: Scene, parcel: str, lifted: frozenset[str]) -> float | None:
        """m2 of the plot in usable land after these changes; None where that is less than the card's part of it."""
        land, areas, least_m2 = self.assessment.land, self.assessment.areas, self._least_m2(parcel)
        opened, joined = self._opened(scene, parcel, lifted)
        if land.sum_m2(opened) < least_m2:
            return None
        # The plot with its neighbours, and every area of free and open land that these touch. Land of the plot that is
        # free and open as it is, is so after the changes too.
        usable = areas.usable_with(np.concatenate([opened, *joined]), self.asks, scene.base)
        parts = (np.intersect1d(opened, area, assume_unique=True) for area in usable)
        usable_m2 = sum((land.sum_m2(part) for part in parts), 0.0)
        return usable_m2 if usable_m2 >= least_m2 else None


def changes_of(search: Search, parcel: str) -> list[str]:
    """The sets of changes of one plot in words of ours, `beyond` where there is none."""
    return [change_set.words() for change_set in search.changes(parcel)] or [BEYOND]


def smallest_changes(assessment: ClusterAssessment, profile: str, fixed: Collection[str]) -> pd.DataFrame:
    """Per plot all minimal sets of at most three changes after which it serves an activity, with the m2 that then are
    usable; `none` where it serves now.

    A plot that serves after no such set is listed with the set `beyond`.
    """
    search = Search(assessment, profile, fixed)
    rows: list[dict[str, Any]] = []
    for parcel in search.pieces:  # plots, each with a few sets
        sets = [
            (change_set.words(), change_set.order()[0], change_set.usable_m2) for change_set in search.changes(parcel)
        ]
        rows += [
            {"parcel_id": parcel, "rank": rank, "changes": changes, "change_count": count, "usable_m2": usable_m2}
            for rank, (changes, count, usable_m2) in enumerate(sets or [(BEYOND, MOST_CHANGES + 1, 0.0)], start=1)
        ]
    return LAYER.collect(rows, cluster_id=assessment.land.cluster_id, profile=profile, from_year=assessment.years[0])
