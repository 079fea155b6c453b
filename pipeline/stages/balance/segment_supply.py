"""The land of a cluster by the segments of the demand that it can serve, when some limits are lifted.

land, time       who has the land; land that comes free by itself until the last year of the supply curve
environment      every rule that can be lifted, and the plan's category
fragmentation    size and width, and with them the least lot
causes of quality  what the activity needs there, each by itself: quay, draught, power, water, supplies, rail and road
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from layers.columns import THEMES_OF_NEEDS
from layers.derived.shortages import QUALITY_CAUSES, SHORTAGE_LIMITS
from layers.units import enough_m2
from pipeline.land.blocking_by_piece import BlockingByPiece, Question, blocking_by_piece
from pipeline.land.dates import day_number
from pipeline.land.land import TENURE_PREFIX, AssessedLand
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig
from pipeline.stages.balance.in_time import Tenure
from pipeline.stages.balance.lots import NO_AREA, Stocks, most_served_m2

QUALITY = "quality"
OTHER_LIMITS = tuple(name for name in SHORTAGE_LIMITS if name != QUALITY)
OF_TENURE = frozenset(("land", "time"))
# The cause of a rule about a need: by what its effects ask of the activity, else by its theme.
CAUSE_OF_CONDITION = {"needs_rail": "rail_access", "road_beyond_band": "road_access"}
CAUSE_OF_THEME = dict(zip(THEMES_OF_NEEDS, ("grid", "industrial_water", "supplies"), strict=True))
SOME_QUAY_M = 1.0  # of a quay that is not long enough there must be this much, deep enough where draught is asked


@dataclass(frozen=True)
class DemandCase:
    """What is asked of a cluster in a year and scenario: m2 per
    segment, and the activity that stands for each segment."""

    year: int
    scenario: str
    m2: Mapping[str, float]
    profile_of: Mapping[str, tuple[str, ProfileConfig]]

    @property
    def segments(self) -> list[str]:
        """The segments in order of their names, as stocks have them."""
        return sorted(self.m2)

    @property
    def wanted_m2(self) -> list[float]:
        """m2 of each segment."""
        return [self.m2[name] for name in self.segments]

    def lots_m2(self, lifted: Collection[str]) -> list[float]:
        """The least lot of each segment, m2; any m2 does where fragmentation is lifted."""
        counts = "fragmentation" not in lifted
        return [enough_m2(self.profile_of[name][1].least_area_ha) * counts for name in self.segments]


@dataclass(frozen=True)
class Supply:
    """The land of a cluster, how it fits activities, and factors that cannot be lifted; the rules that say whether
    needs of an activity are met, by their cause; and the day (number) on which each piece comes free for certain, from
    the day of a year on, in a case, with the last day that counts."""

    land: AssessedLand
    areas: ContiguousAreas
    fixed: Collection[str]
    of_needs: Mapping[str, Collection[str]] = field(default_factory=dict)
    next_free: Callable[[int, str], Any] | None = None
    last_day: int = 0
    by_question: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    by_members: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    by_areas: dict[tuple[Any, ...], Stocks] = field(default_factory=dict)
    by_stocks: dict[tuple[Any, ...], float] = field(default_factory=dict)

    @cached_property
    def blocking(self) -> Callable[[Question], BlockingByPiece]:
        """What blocks each piece, worked out once for each question."""
        return cache(partial(blocking_by_piece, self.land))

    @cached_property
    def free_after(self) -> Callable[[int, str, frozenset[str]], Any]:
        """Which pieces are free when limits of tenure are lifted, worked out once for each question."""
        return cache(self._free_after)

    @cached_property
    def open_after(self) -> Callable[[Question, frozenset[str]], Any]:
        """Which pieces are open to an activity when other limits are lifted, worked out once for each question."""
        return cache(self._open_after)

    @cached_property
    def needs_of(self) -> Callable[[str, int, str], set[str]]:
        """The causes of quality whose rules hold land back from an activity, by its name, year and case."""
        return cache(self._needs_of)

    def needs(self, demand: DemandCase, case: str) -> tuple[str, ...]:
        """The causes of quality that can hold any land back from any segment."""
        every = {need for name in demand.m2 for need in self._needs(*demand.profile_of[name], demand.year, case)}
        return tuple(name for name in QUALITY_CAUSES if name in every)

    def _needs(self, name: str, profile: ProfileConfig, year: int, case: str) -> set[str]:
        of_quay = {"quay": profile.least_quay_m, "draught": profile.least_quay_m and profile.least_draught_m}
        return self.needs_of(name, year, case) | {need for need, least in of_quay.items() if least}

    def _needs_of(self, name: str, year: int, case: str) -> set[str]:
        rules = set(self.blocking((name, year, case)).factors.names)
        return {cause for cause, needs in self.of_needs.items() if rules.intersection(needs)}

    def stocks(self, demand: DemandCase, case: str, lifted: Collection[str]) -> Stocks:
        """The land (m2) by the areas that the segments can use when some limits, and causes of quality, are lifted."""
        areas = [self._areas(demand, name, case, lifted) for name in demand.segments]
        key = tuple(map(id, areas))  # each of them is remembered, and the same as an equal one
        if key not in self.by_areas:
            self.by_areas[key] = Stocks.from_land(np.column_stack(areas), self.land.area_m2)
        return self.by_areas[key]

    def served_m2(self, demand: DemandCase, case: str, lifted: Collection[str]) -> float:
        """The most m2 of what is asked that the land can serve; the same stocks are solved once."""
        lots_m2 = demand.lots_m2(lifted)
        stocks = self.stocks(demand, case, lifted).without_needless_lots(lots_m2)
        key = stocks.area.tobytes(), stocks.m2.tobytes(), *demand.wanted_m2, *lots_m2
        if key not in self.by_stocks:
            self.by_stocks[key] = most_served_m2(stocks, demand.wanted_m2, lots_m2)
        return self.by_stocks[key]

    def _areas(self, demand: DemandCase, segment: str, case: str, lifted: Collection[str]) -> Any:
        """The number of the usable area of each piece for a segment, from 1 on; the same in every scenario."""
        name, profile = demand.profile_of[segment]
        counting = frozenset(lifted).intersection({*OTHER_LIMITS, *self._needs(name, profile, demand.year, case)})
        key = name, demand.year, case, counting
        if key not in self.by_question:
            is_open = self.open_after((name, demand.year, case), counting - OF_TENURE - {"fragmentation"})
            is_member = self.free_after(demand.year, case, counting & OF_TENURE) & is_open
            self.by_question[key] = self._areas_of(is_member, _without(profile, counting))
        return self.by_question[key]

    def _areas_of(self, is_member: Any, profile: ProfileConfig) -> Any:
        """The same of the areas that members (a flag per piece) make."""
        least = profile.least_area_ha, profile.least_width_m, profile.least_quay_m, profile.least_draught_m
        key = np.packbits(is_member).tobytes(), least
        if key not in self.by_members:
            numbers: Any = np.full(len(self.land.area_m2), NO_AREA, dtype=np.int32)
            for number, patch in enumerate(self.areas.usable(np.flatnonzero(is_member), profile), start=1):
                numbers[patch] = number
            self.by_members[key] = numbers
        return self.by_members[key]

    def _free_after(self, year: int, case: str, lifted: Collection[str]) -> Any:
        """Free now; by itself later, as far as supply is told, if time is lifted; whoever has it if land is."""
        status = self.land.tenure_status(year, case)
        free = status == "free"
        if "land" in lifted:
            free = free | ~np.isin(status, [name.removeprefix(TENURE_PREFIX) for name in self.fixed])
        if "time" in lifted:
            years = [later for later, same_case in self.land.cases if same_case == case and later >= year]
            free = np.any([free, *(self.land.free(later, case) for later in years)], axis=0)
            free = free if self.next_free is None else free | (self.next_free(year, case) <= self.last_day)
        return free

    def _open_after(self, question: Question, lifted: Collection[str]) -> Any:
        """Open to the activity; with environment or a need lifted, but for their rules, where these can be lifted."""
        blocking = self.blocking(question)
        rules = (set(blocking.factors.names) - blocking.factors.tenure).difference(self.fixed)
        about_needs = set(chain.from_iterable(self.of_needs.values()))
        lifted_rules = rules - about_needs if "environment" in lifted else set()
        for cause in lifted:
            lifted_rules |= rules.intersection(self.of_needs.get(cause, ()))
        return blocking.factors.within({*blocking.factors.tenure, *lifted_rules})[blocking.place]


def _without(profile: ProfileConfig, lifted: Collection[str]) -> ProfileConfig:
    """An activity without what it asks of size, width and quay, as far as that is lifted.

    With the length of the quay lifted its draught stays: there must be some quay that is deep enough.
    """
    less: dict[str, float] = {}
    if "fragmentation" in lifted:
        less |= {"least_area_ha": 0.0, "least_width_m": 0.0}
    if "draught" in lifted:
        less |= {"least_draught_m": 0.0}
    if "quay" in lifted:
        is_draught_left = profile.least_draught_m and "draught" not in lifted
        less |= {"least_quay_m": min(profile.least_quay_m, SOME_QUAY_M) if is_draught_left else 0.0}
    return profile.model_copy(update=less)


def rules_of_needs(config: Project) -> dict[str, set[str]]:
    """The rules about needs of activities, by the cause of quality that they are."""
    conditions = defaultdict(set)
    for effect in config.effects:
        conditions[effect.constraint].add(effect.condition)
    causes = defaultdict(set)
    for rule in config.constrain.constraint:
        if rule.theme in THEMES_OF_NEEDS:
            by_condition = {CAUSE_OF_CONDITION.get(name) for name in conditions[rule.name]}
            cause = by_condition.pop() if len(by_condition) == 1 else None
            causes[cause or CAUSE_OF_THEME[rule.theme]].add(rule.name)
    return dict(causes)


def supply_of(land: AssessedLand, areas: ContiguousAreas, tenure: Tenure, config: Project) -> Supply:
    """The land (m2) of a cluster, with the days on which it comes free until the last year that supply is told."""
    place = pd.Index(tenure.holdings["holding_id"]).get_indexer(land.pieces["holding_id"])

    def next_free(year: int, case: str) -> Any:
        return tenure.lines[case].next_free(config.day(year))[place]

    last_day = day_number(dt.date(config.balance.in_time.until_year, 12, 31))
    return Supply(land, areas, config.balance.levers.not_liftable, rules_of_needs(config), next_free, last_day)
