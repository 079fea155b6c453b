"""Shortage by cause: how much of what is asked is not served, and which
of five limits that is due to; by Shapley over 32 solves.

land          who has the land, whenever it comes free; and land that is not there at all
time          land that comes free by itself, but after the year that is asked: until the last year of the supply curve
environment   what may be there: every rule that can be lifted, and the plan's category
fragmentation size and width
quality       what the activity needs there: quay and draught, power, water, supplies, rail and road
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from layers.columns import CASES, THEMES_OF_NEEDS
from layers.derived.shortages import LAYER as SHORTAGES
from layers.derived.shortages import SHORTAGE_CAUSES
from layers.units import M2_PER_HA
from pipeline.land.blocking_by_piece import BlockingByPiece, Question, blocking_by_piece
from pipeline.land.dates import day_number
from pipeline.land.land import TENURE_PREFIX, AssessedLand
from pipeline.land.shapley import shapley
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig
from pipeline.stages.balance.in_time import Tenure
from pipeline.stages.balance.programme import Programme

SOLVE_SECONDS = 60.0
# What an activity asks that does not count when a limit is lifted.
LIFTED_NEEDS = {"fragmentation": ("least_area_ha", "least_width_m"), "quality": ("least_quay_m", "least_draught_m")}


@dataclass(frozen=True)
class DemandCase:
    """What is asked of a cluster in a year and scenario: m2 per
    segment, and the activity that stands for each segment."""

    year: int
    scenario: str
    m2: Mapping[str, float]
    profile_of: Mapping[str, tuple[str, ProfileConfig]]


@dataclass(frozen=True)
class Supply:
    """The land of a cluster, how it fits activities, and factors that cannot be lifted; the rules that say whether the
    needs of an activity are met; and the day (number) on which each piece comes free for certain, from the day of a
    year on, in a case, with the last day that counts."""

    land: AssessedLand
    areas: ContiguousAreas
    fixed: Collection[str]
    of_needs: Collection[str] = ()
    next_free: Callable[[int, str], Any] | None = None
    last_day: int = 0
    serving: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    served_m2: dict[tuple[Any, ...], float] = field(default_factory=dict)

    @cached_property
    def blocking(self) -> Callable[[Question], BlockingByPiece]:
        """What blocks each piece, worked out once for each question."""
        return cache(partial(blocking_by_piece, self.land))

    def usable(self, demand: DemandCase, segment: str, case: str, lifted: Collection[str]) -> Any:
        """Which pieces serve a segment when some limits are lifted; the same in every scenario."""
        name, profile = demand.profile_of[segment]
        key = name, demand.year, case, frozenset(lifted)
        if key in self.serving:
            return self.serving[key]
        is_member = self._free_after(demand.year, case, lifted) & self._open_after((name, demand.year, case), lifted)
        no_needs = {need: 0.0 for limit, needs in LIFTED_NEEDS.items() if limit in lifted for need in needs}
        serves: Any = np.zeros(len(is_member), dtype=bool)
        for patch in self.areas.usable(np.flatnonzero(is_member), profile.model_copy(update=no_needs)):
            serves[patch] = True
        self.serving[key] = serves
        return serves

    def _free_after(self, year: int, case: str, lifted: Collection[str]) -> Any:
        """Free now; by itself later, as far as supply is told, if time is lifted; whoever has it if land is."""
        status = self.land.tenure_status(year, case)
        free = status == "free"
        if "land" in lifted:
            return free | ~np.isin(status, [name.removeprefix(TENURE_PREFIX) for name in self.fixed])
        if "time" in lifted:
            years = [later for later, same_case in self.land.cases if same_case == case and later >= year]
            later = np.any([self.land.free(later, case) for later in years], axis=0)
            return later if self.next_free is None else later | (self.next_free(year, case) <= self.last_day)
        return free

    def _open_after(self, question: Question, lifted: Collection[str]) -> Any:
        """Open to the activity; with environment or quality lifted, but for their rules, where these can be lifted."""
        blocking = self.blocking(question)
        rules = (set(blocking.factors.names) - blocking.factors.tenure).difference(self.fixed)
        of_needs = rules.intersection(self.of_needs)
        lifted_rules = (rules - of_needs if "environment" in lifted else set()) | (
            of_needs if "quality" in lifted else set()
        )
        return blocking.factors.within({*blocking.factors.tenure, *lifted_rules})[blocking.place]


def all_shortages(land: AssessedLand, areas: ContiguousAreas, tenure: Tenure, config: Project) -> pd.DataFrame:
    """Shortages of every year and scenario in which something is asked of a cluster, in both cases of tenure; m2."""
    of_needs = {rule.name for rule in config.constrain.constraint if rule.theme in THEMES_OF_NEEDS}
    place = pd.Index(tenure.holdings["holding_id"]).get_indexer(land.pieces["holding_id"])

    def next_free(year: int, case: str) -> Any:
        return tenure.lines[case].next_free(config.day(year))[place]

    last_day = day_number(dt.date(config.balance.in_time.until_year, 12, 31))
    supply = Supply(land, areas, config.balance.levers.not_liftable, of_needs, next_free, last_day)
    profile_of = {
        name: (segment.profile, config.profiles[segment.profile]) for name, segment in config.balance.segment.items()
    }
    demand_m2: dict[tuple[int, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in config.demand:
        if row.cluster_id == land.cluster_id:
            demand_m2[row.year, row.scenario][row.segment] += row.demand_ha * M2_PER_HA
    return SHORTAGES.collect(
        (
            shortages(DemandCase(year, scenario, m2, profile_of), supply, case)
            for (year, scenario), m2 in demand_m2.items()
            for case in CASES
        ),
        cluster_id=land.cluster_id,
    )


def shortages(demand: DemandCase, supply: Supply, case: str) -> pd.DataFrame:
    """Asked, served and not served m2, and the part of that due to
    each of five limits; the five sum to the shortage."""

    @cache
    def served_m2(lifted: frozenset[str]) -> float:
        return _served_m2(demand, supply, case, lifted)

    wanted_m2 = sum(demand.m2.values())
    missing_m2 = wanted_m2 - served_m2(frozenset(SHORTAGE_CAUSES))  # not there at all: land
    due = shapley(SHORTAGE_CAUSES, lambda lifted: served_m2(lifted) + (missing_m2 if "land" in lifted else 0.0))
    return pd.DataFrame(
        {
            "year": demand.year,
            "case": case,
            "scenario": demand.scenario,
            "cause": list(due),
            "shortage_m2": list(due.values()),
            "wanted_m2": wanted_m2,
            "served_m2": served_m2(frozenset()),
        }
    )


def _served_m2(demand: DemandCase, supply: Supply, case: str, lifted: Collection[str]) -> float:
    """The most m2 of what is asked that the land can serve: each m2 to one segment."""
    segments = sorted(demand.m2)
    serves = np.column_stack([supply.usable(demand, name, case, lifted) for name in segments])
    # Land that serves the same segments is one stock.
    bits = 1 << np.arange(len(segments))[::-1]
    numbers, kind_of = np.unique(serves @ bits, return_inverse=True)
    kinds, stock = (numbers[:, None] & bits) > 0, np.bincount(kind_of, supply.land.area_m2, len(numbers))
    key = (kinds.tobytes(), stock.tobytes(), *((name, demand.m2[name]) for name in segments))
    if key not in supply.served_m2:
        supply.served_m2[key] = _most_m2(kinds, stock, [(name, demand.m2[name]) for name in segments])
    return supply.served_m2[key]


def _most_m2(kinds: Any, stock: Any, wanted: list[tuple[str, float]]) -> float:
    """The most m2 of what is wanted of each segment that stocks can serve; kinds: which segments each stock serves."""
    segments = [name for name, _ in wanted]
    programme = Programme()
    choices_of: dict[str, dict[int, float]] = defaultdict(dict)
    for kind, m2 in zip(kinds, stock, strict=True):
        parts = {programme.choice(1.0, is_whole=False): name for name, does in zip(segments, kind, strict=True) if does}
        if parts:
            programme.limit(dict.fromkeys(parts, 1.0), high=float(m2))
        for part, name in parts.items():
            choices_of[name][part] = 1.0
    for name, m2 in wanted:
        programme.limit(choices_of[name], high=m2)
    return programme.solve(SOLVE_SECONDS).value
