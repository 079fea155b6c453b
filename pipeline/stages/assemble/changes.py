"""Smallest changes: the smallest sets of changes after which a plot serves an activity, every one of them minimal.

Idea: a change lifts a reason on the plot (who has it, or a rule), adds a neighbour, or waits
until an asked year. Sets are tried from small to large on the reasons over the plot's pieces;
only where enough of the plot would be free and open is its shape asked.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.smallest_changes import LAYER
from layers.units import M2_PER_HA
from pipeline.land.blocking_by_piece import BlockingByPiece, blocking_by_piece
from pipeline.land.land import TENURE_PREFIX
from pipeline.project.rules import ProfileConfig
from pipeline.stages.assemble.cluster_assessment import ClusterAssessment

MOST = 3
JOIN, WAIT, BEYOND = "join:", "wait:", "beyond"


@dataclass(frozen=True)
class Scene:
    """A year as it stands for an activity: what blocks every piece, the
    patches of free and open land, and what touches them."""

    year: int
    asks: ProfileConfig
    land: BlockingByPiece
    members: list[Any]
    patches_near: dict[int, set[int]]


@dataclass(frozen=True)
class ChangeSet:
    """Changes that make a plot serve, the year in which they do, and the m2 of it that become usable."""

    lifted: frozenset[str]
    year: int
    usable_m2: float

    def covers(self, lifted: frozenset[str], year: int) -> bool:
        """Whether another set, no earlier, changes all of this and more."""
        return self.lifted <= lifted and self.year <= year

    def order(self, first: int) -> tuple[int, bool, list[str]]:
        """Few changes before many, waiting for a later year than the
        first counted as one; then waiting before the rest."""
        return len(self.lifted) + (self.year > first), self.year == first, sorted(self.lifted)

    def words(self, first: int) -> str:
        """The changes, space between; `none` for no change."""
        return " ".join([*sorted(self.lifted), *([f"{WAIT}{self.year}"] if self.year > first else [])]) or "none"


class Search:
    """The plots of a cluster for one activity, year by year; no extension called."""

    def __init__(self, assessment: ClusterAssessment, profile: str, fixed: Collection[str]) -> None:
        self.assessment, self.fixed = assessment, frozenset(fixed)
        ground = assessment.land
        self.scenes = [
            self._scene(profile, year) for year in sorted({year for year, case in ground.cases if case == "earliest"})
        ]
        self.profile = profile
        parcels = ground.pieces["parcel_id"].to_numpy(dtype=object)
        self.pieces = {
            str(name): positions.to_numpy() for name, positions in pd.Series(range(len(parcels))).groupby(parcels)
        }
        touching = parcels[assessment.areas.edges] if len(assessment.areas.edges) else np.empty((0, 2), dtype=object)
        self.neighbours: dict[str, set[str]] = {}
        for left, right in touching[touching[:, 0] != touching[:, 1]].tolist():
            self.neighbours.setdefault(left, set()).add(right)
            self.neighbours.setdefault(right, set()).add(left)

    def changes(self, parcel: str) -> list[ChangeSet]:
        """Every minimal set of at most three changes; an empty set where the plot serves as it is."""
        sets: list[ChangeSet] = []
        for scene in self.scenes:
            waits = int(scene.year > self.scenes[0].year)
            for lifted in self._sets(scene, parcel, MOST - waits):
                if any(change_set.covers(lifted, scene.year) for change_set in sets):
                    continue
                usable = self._usable_m2(scene, parcel, lifted)
                if usable is not None:
                    sets.append(ChangeSet(lifted, scene.year, usable))
            if any(not change_set.lifted for change_set in sets):
                break  # nothing but waiting: later years add nothing
        first = self.scenes[0].year
        minimal = [
            change_set
            for change_set in sets
            if not any(other is not change_set and other.covers(change_set.lifted, change_set.year) for other in sets)
        ]
        return sorted(minimal, key=lambda change_set: change_set.order(first))

    def _scene(self, profile: str, year: int) -> Scene:
        land = blocking_by_piece(self.assessment.land, (profile, year, "earliest"))
        members = self.assessment.areas.patches(land.open_after(()))
        patch_of: Any = np.full(len(self.assessment.ids), -1)
        for number, patch in enumerate(members):
            patch_of[patch] = number
        patches_near: dict[int, set[int]] = {}
        for left, right in self.assessment.areas.edges.tolist():  # pieces that touch
            for piece, other in ((left, right), (right, left)):
                if patch_of[other] >= 0:
                    patches_near.setdefault(piece, set()).add(int(patch_of[other]))
        return Scene(year, self.assessment.params.profiles[profile], land, members, patches_near)

    def _sets(self, scene: Scene, parcel: str, most: int) -> Iterator[frozenset[str]]:
        """Sets of reasons over the plot, each alone and with neighbours
        and the rules over these, from small to large."""
        near = self._near(scene, parcel)
        names = self._over(scene, [parcel])
        rules_near = sorted(name for name in self._over(scene, near) - names if not name.startswith(TENURE_PREFIX))
        joins = {f"{JOIN}{name}" for name in near}
        for size in range(most + 1):
            for factors in combinations([*sorted(names), *sorted(joins), *rules_near], size):
                if joins.intersection(factors) or not set(rules_near).intersection(factors):
                    yield frozenset(factors)

    def _over(self, scene: Scene, parcels: list[str]) -> set[str]:
        """The reasons over plots that can be lifted."""
        land = scene.land
        sets = np.unique(
            np.concatenate([np.array([], dtype=int), *(land.place[self.pieces[name]] for name in parcels)])
        )
        over = land.factors.covers[sets].any(axis=0)
        return {land.factors.names[column] for column in np.flatnonzero(over)} - self.fixed

    def _near(self, scene: Scene, parcel: str) -> list[str]:
        """The largest neighbours that are not free and open already, as many as the card says."""
        sizes = {
            name: self.assessment.area_m2(
                self.pieces[name][scene.land.factors.count[scene.land.place[self.pieces[name]]] > 0]
            )
            for name in self.neighbours.get(parcel, set())
        }
        large = sorted((name for name, m2 in sizes.items() if m2 > 0), key=lambda name: (-sizes[name], name))
        return large[: self.assessment.params.card.neighbours_tried]

    def _usable_m2(self, scene: Scene, parcel: str, lifted: frozenset[str]) -> float | None:
        """m2 of the plot in usable land after these changes; None where that is less than the card's part of it."""
        assessment, mine = self.assessment, self.pieces[parcel]
        rules = tuple(name for name in lifted if not name.startswith(JOIN))
        opened = self._open(scene, mine, rules)
        least = assessment.params.card.serves_share * assessment.area_m2(mine)
        if not len(opened) or assessment.area_m2(opened) < least:
            return None
        free_of_holders = (
            *rules,
            *(name for name in scene.land.factors.names if name.startswith(TENURE_PREFIX) and name not in self.fixed),
        )
        joined = [
            self._open(scene, self.pieces[name.removeprefix(JOIN)], free_of_holders)
            for name in sorted(lifted)
            if name.startswith(JOIN)
        ]
        added = np.unique(np.concatenate([opened, *joined]))
        near = sorted({number for piece in added.tolist() for number in scene.patches_near.get(piece, ())})
        group = np.unique(np.concatenate([added, *(scene.members[number] for number in near)]))
        if assessment.area_m2(group) < scene.asks.least_area_ha * M2_PER_HA:
            return None
        usable = 0.0
        for patch in assessment.areas.patches(group):
            inside = np.intersect1d(mine, patch)
            if len(inside) and assessment.areas.verdict(patch, scene.asks) == "usable":
                usable += assessment.area_m2(inside)
        return usable if usable >= least else None

    @staticmethod
    def _open(scene: Scene, pieces: Any, lifted: tuple[str, ...]) -> Any:
        return pieces[scene.land.factors.within(lifted)[scene.land.place[pieces]]]


def changes_of(search: Search, parcel: str) -> list[str]:
    """The sets of changes of one plot in words of ours, `beyond` where there is none."""
    first = search.scenes[0].year
    return [change_set.words(first) for change_set in search.changes(parcel)] or [BEYOND]


def smallest_changes(assessment: ClusterAssessment, profile: str, fixed: Collection[str]) -> pd.DataFrame:
    """Per plot all minimal sets of at most three changes after which it serves an activity; `none` where it serves now.

    A plot that serves after no such set is listed with the set `beyond`.
    """
    search = Search(assessment, profile, fixed)
    first = search.scenes[0].year if search.scenes else 0
    rows: list[dict[str, Any]] = []
    for parcel in sorted(search.pieces) if search.scenes else []:  # plots, each with a few sets
        about = {"cluster_id": assessment.land.cluster_id, "parcel_id": parcel, "profile": profile, "from_year": first}
        sets = search.changes(parcel)
        if not sets:
            rows.append({**about, "rank": 1, "changes": BEYOND, "change_count": MOST + 1, "usable_m2": 0.0})
        for rank, change_set in enumerate(sets, start=1):
            changes = change_set.words(first)
            count = 0 if changes == "none" else len(changes.split(" "))
            rows.append(
                {**about, "rank": rank, "changes": changes, "change_count": count, "usable_m2": change_set.usable_m2}
            )
    return LAYER.collect(rows)
