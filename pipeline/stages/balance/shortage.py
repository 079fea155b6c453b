"""Tekort naar oorzaak: how much of what is asked is not served, and which of five limits that is due to; by Shapley over 32 solves.

land          who has the land, whenever it comes free; and land that is not there at all
time          land that comes free by itself, but after the year that is asked
environment   what may be there: every rule that can be lifted, and the plan's category
fragmentation size and width
quality       quay and draught
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.shortages import CAUSES
from layers.derived.shortages import LAYER as SHORTAGES
from pipeline.land.blocking_by_piece import BlockingByPiece, blocking_by_piece
from pipeline.land.land import TENURE_PREFIX, AssessedLand
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.rules import ProfileConfig
from pipeline.stages.balance.programme import Programme

SOLVE_SECONDS = 60.0


@dataclass(frozen=True)
class Wanted:
    """What is asked of a cluster in a year and scenario: m2 per segment, and the activity that stands for each segment."""

    cluster_id: str
    year: int
    scenario: str
    m2: Mapping[str, float]
    profile_of: Mapping[str, tuple[str, ProfileConfig]]


@dataclass(frozen=True)
class Supply:
    """The land of a cluster, how it fits activities, and reasons that cannot be lifted."""

    ground: AssessedLand
    fit: ContiguousAreas
    fixed: frozenset[str]
    stands: dict[tuple[str, int, str], BlockingByPiece] = field(default_factory=dict)

    def usable(self, wanted: Wanted, segment: str, case: str, lifted: Collection[str]) -> Any:
        """Which pieces serve a segment when some limits are lifted."""
        name, asks = wanted.profile_of[segment]
        members = np.flatnonzero(
            self._held_open(wanted.year, case, lifted) & self._room_open(name, wanted.year, case, lifted)
        )
        if "fragmentation" in lifted:
            asks = asks.model_copy(update={"least_area_ha": 0.0, "least_width_m": 0.0})
        if "quality" in lifted:
            asks = asks.model_copy(update={"least_quay_m": 0.0, "least_draught_m": 0.0})
        found: Any = np.zeros(len(self.ground.area_m2), dtype=bool)
        found[members[self.fit.verdicts(members, asks) == "usable"]] = True
        return found

    def _held_open(self, year: int, case: str, lifted: Collection[str]) -> Any:
        """Free now; by itself in some later asked year if time is lifted; whoever has it if land is."""
        held = self.ground.tenure_status(year, case)
        free = held == "free"
        if "land" in lifted:
            return free | ~np.isin(held, [name.removeprefix(TENURE_PREFIX) for name in self.fixed])
        if "time" in lifted:
            for other, same in self.ground.cases:
                if same == case and other > year:
                    free = free | (self.ground.tenure_status(other, case) == "free")
        return free

    def _room_open(self, profile: str, year: int, case: str, lifted: Collection[str]) -> Any:
        question = profile, year, case
        if question not in self.stands:
            self.stands[question] = blocking_by_piece(self.ground, question)
        land = self.stands[question]
        rules = [name for name in land.factors.names if not name.startswith(TENURE_PREFIX)]
        kept = [name for name in rules if "environment" not in lifted or name in self.fixed]
        columns = [land.factors.names.index(name) for name in kept]
        return ~land.factors.covers[:, columns].any(axis=1)[land.place]


def shortages(wanted: Wanted, supply: Supply, case: str) -> pd.DataFrame:
    """Asked, served and not served m2, and the part of that due to each of five limits; the five sum to the shortage."""
    asked = sum(wanted.m2.values())
    served = {frozenset(lifted): _served(wanted, supply, case, lifted) for lifted in _subsets()}
    missing = asked - served[frozenset(CAUSES)]  # not there at all: land
    worth = {lifted: m2 + (missing if "land" in lifted else 0.0) for lifted, m2 in served.items()}
    due = shapley(CAUSES, worth.__getitem__)
    about = {"cluster_id": wanted.cluster_id, "year": wanted.year, "case": case, "scenario": wanted.scenario}
    rows = [
        {**about, "cause": cause, "shortage_m2": due[cause], "wanted_m2": asked, "served_m2": served[frozenset()]}
        for cause in CAUSES
    ]
    return SHORTAGES.conform(pd.DataFrame(rows))


def shapley(players: tuple[str, ...], worth: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """What each player adds, in the mean over all orders; together what all are worth beyond none."""
    count = len(players)
    found = dict.fromkeys(players, 0.0)
    for player in players:
        others = [name for name in players if name != player]
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for part in combinations(others, size):
                found[player] += weight * (worth(frozenset({*part, player})) - worth(frozenset(part)))
    return found


def _subsets() -> list[tuple[str, ...]]:
    return [part for size in range(len(CAUSES) + 1) for part in combinations(CAUSES, size)]


def _served(wanted: Wanted, supply: Supply, case: str, lifted: Collection[str]) -> float:
    """The most m2 of what is asked that the land can serve: each m2 to one segment; land that serves the same segments is one stock."""
    segments = sorted(wanted.m2)
    serves = np.column_stack([supply.usable(wanted, name, case, lifted) for name in segments])
    kinds, place = np.unique(serves, axis=0, return_inverse=True)
    stock = np.bincount(place.ravel(), supply.ground.area_m2, len(kinds))
    programme = Programme()
    to: dict[str, dict[int, float]] = {name: {} for name in segments}
    for kind, m2 in zip(kinds, stock, strict=True):
        parts = {programme.choice(1.0, is_whole=False): name for name, does in zip(segments, kind, strict=True) if does}
        if parts:
            programme.limit(dict.fromkeys(parts, 1.0), high=float(m2))
        for part, name in parts.items():
            to[name][part] = 1.0
    for name, parts_of in to.items():
        programme.limit(parts_of, high=wanted.m2[name])
    return programme.solve(SOLVE_SECONDS).value


def sum_of_shortages(tables: pd.DataFrame, name: str) -> pd.DataFrame:
    """The clusters' shortages with their sum."""
    key = ["year", "case", "scenario", "cause"]
    total = tables.groupby(key, as_index=False)[["shortage_m2", "wanted_m2", "served_m2"]].sum().assign(cluster_id=name)
    return SHORTAGES.conform(pd.concat([tables, total]))
