"""Shortage by cause: how much of what is asked is not served, and which
of five limits that is due to; the means over the orders in which they are lifted (Shapley).

land          who has the land, whenever it comes free; and land that is not there at all
time          land that comes free by itself, but after the year that is asked: until the last year of the supply curve
environment   what may be there: every rule that can be lifted, and the plan's category
fragmentation size and width, and that demand is served in lots of the least size
quality       what the activity needs there, each by itself: quay, draught, power, water, supplies, rail and road
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from itertools import chain, combinations
from typing import Any

import numpy as np
import pandas as pd

from layers.columns import CASES, THEMES_OF_NEEDS
from layers.derived.segment_stocks import LAYER as STOCKS
from layers.derived.shortages import LAYER as SHORTAGES
from layers.derived.shortages import QUALITY_CAUSES, SHORTAGE_LIMITS
from layers.derived.shortages_across_clusters import LAYER as ACROSS
from layers.units import M2_PER_HA
from pipeline.land.blocking_by_piece import BlockingByPiece, Question, blocking_by_piece
from pipeline.land.dates import day_number
from pipeline.land.land import TENURE_PREFIX, AssessedLand
from pipeline.land.shapley import rising_worth, shapley, shapley_within
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig
from pipeline.stages.balance.in_time import Tenure
from pipeline.stages.balance.lots import NO_AREA, Stocks, most_served_m2

QUALITY = "quality"
OTHER_LIMITS = tuple(name for name in SHORTAGE_LIMITS if name != QUALITY)
# The cause of a rule about a need: by what its effects ask of the activity, else by its theme.
CAUSE_OF_CONDITION = {"needs_rail": "rail_access", "road_beyond_band": "road_access"}
CAUSE_OF_THEME = dict(zip(THEMES_OF_NEEDS, ("grid", "industrial_water", "supplies"), strict=True))
SAME_M2 = 0.1  # what is served to so much is the same
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
        return [self.profile_of[name][1].least_area_ha * M2_PER_HA * counts for name in self.segments]


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

    def needs(self, demand: DemandCase, case: str) -> tuple[str, ...]:
        """The causes of quality that can hold any land back from any segment."""
        every = {need for name in demand.m2 for need in self._needs(*demand.profile_of[name], demand.year, case)}
        return tuple(name for name in QUALITY_CAUSES if name in every)

    def _needs(self, name: str, profile: ProfileConfig, year: int, case: str) -> set[str]:
        rules = set(self.blocking((name, year, case)).factors.names)
        of_water = {"quay": profile.least_quay_m, "draught": profile.least_quay_m and profile.least_draught_m}
        return {cause for cause, needs in self.of_needs.items() if rules.intersection(needs)} | {
            need for need, least in of_water.items() if least
        }

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
            is_open = self._open_after((name, demand.year, case), counting)
            is_member = self._free_after(demand.year, case, counting) & is_open
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


def demand_cases(config: Project, cluster_id: str | None = None) -> Iterator[DemandCase]:
    """What is asked, m2, of a cluster or of all together, by year and scenario."""
    demand_m2: dict[tuple[int, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in config.demand:
        if cluster_id in (None, row.cluster_id):
            demand_m2[row.year, row.scenario][row.segment] += row.demand_ha * M2_PER_HA
    for (year, scenario), m2 in demand_m2.items():
        yield DemandCase(year, scenario, m2, profiles_of_segments(config))


def profiles_of_segments(config: Project) -> dict[str, tuple[str, ProfileConfig]]:
    """The activity that stands for each segment, by name."""
    return {
        name: (segment.profile, config.profiles[segment.profile]) for name, segment in config.balance.segment.items()
    }


def all_shortages(supply: Supply, config: Project) -> pd.DataFrame:
    """Shortages of every year and scenario in which something is asked of a cluster, in both cases of tenure; m2."""
    cluster_id = supply.land.cluster_id
    return SHORTAGES.collect(
        (shortages(demand, supply, case) for demand in demand_cases(config, cluster_id) for case in CASES),
        cluster_id=cluster_id,
    )


def shortages(demand: DemandCase, supply: Supply, case: str) -> pd.DataFrame:
    """Asked, served and not served m2, and the part of that due to each of five limits, and to each cause of quality
    within that; all sum to the shortage."""
    needs = supply.needs(demand, case)
    by_cause = rising_worth((*OTHER_LIMITS, *needs), partial(supply.served_m2, demand, case), SAME_M2)

    def served_m2(lifted: frozenset[str]) -> float:
        return by_cause(lifted - {QUALITY} | (frozenset(needs) if QUALITY in lifted else frozenset()))

    limits = shortage_by_limit(demand, served_m2)
    due = {name: limits[name] for name in OTHER_LIMITS}
    due |= dict.fromkeys(QUALITY_CAUSES, 0.0) | shapley_within(needs, OTHER_LIMITS, served_m2)
    table = _rows(demand, case, served_m2(frozenset()), {"cause": list(due), "shortage_m2": list(due.values())})
    return table.assign(cause_group=limits_of)


def limits_of(table: pd.DataFrame) -> list[str]:
    """The limit that the cause of each row belongs to."""
    return [cause if cause in OTHER_LIMITS else QUALITY for cause in table["cause"]]


def shortage_by_limit(demand: DemandCase, served_m2: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """The m2 that are short by each of five limits; what no land is there for is due to land."""
    missing_m2 = sum(demand.m2.values()) - served_m2(frozenset(SHORTAGE_LIMITS))
    return shapley(SHORTAGE_LIMITS, lambda lifted: served_m2(lifted) + (missing_m2 if "land" in lifted else 0.0))


def _rows(demand: DemandCase, case: str, served_m2: float, columns: Mapping[str, Any]) -> pd.DataFrame:
    about = {"year": demand.year, "case": case, "scenario": demand.scenario}
    return pd.DataFrame({**columns, **about, "wanted_m2": sum(demand.m2.values()), "served_m2": served_m2})


def segment_stocks(supply: Supply, config: Project) -> pd.DataFrame:
    """The land (m2) of a cluster by the areas that the segments which any cluster asks for in a year can use, under
    every set of limits; none where there is one cluster."""
    if len(config.clusters) == 1:
        return STOCKS.empty()
    return STOCKS.collect(
        (
            _stock_rows(demand, supply, case, lifted)
            for demand in _demanded_anywhere(config)
            for case in CASES
            for lifted in _sets_of_limits()
        ),
        cluster_id=supply.land.cluster_id,
    )


def _sets_of_limits() -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(SHORTAGE_LIMITS, size) for size in range(len(SHORTAGE_LIMITS) + 1))


def _demanded_anywhere(config: Project) -> list[DemandCase]:
    """Per year all segments that any cluster asks for in any scenario."""
    segments_of: dict[int, dict[str, float]] = defaultdict(dict)
    for row in config.demand:
        segments_of[row.year][row.segment] = 0.0
    return [DemandCase(year, "", m2, profiles_of_segments(config)) for year, m2 in sorted(segments_of.items())]


def _stock_rows(demand: DemandCase, supply: Supply, case: str, lifted: Collection[str]) -> pd.DataFrame:
    causes = {*lifted, *(supply.needs(demand, case) if QUALITY in lifted else ())}
    stocks = supply.stocks(demand, case, causes)
    stocks = stocks.without_needless_lots(demand.lots_m2(lifted))
    return pd.DataFrame(
        {
            "stock": np.arange(len(stocks.m2)),
            "segment_areas": [" ".join(map(str, areas)) for areas in stocks.area.tolist()],
            "area_m2": stocks.m2,
            "year": demand.year,
            "case": case,
            "lifted": " ".join(sorted(lifted)) or "none",
        }
    )


def shortages_across_clusters(stocks: pd.DataFrame, config: Project, name: str) -> pd.DataFrame:
    """The shortages by limit (m2) of what all clusters ask, when land of any of them may serve it."""
    by_question = dict(iter(stocks.groupby(["year", "case", "lifted"])))
    segments_of = {demand.year: demand.segments for demand in _demanded_anywhere(config)}

    def rows(demand: DemandCase, case: str) -> pd.DataFrame:
        columns = [segments_of[demand.year].index(segment) for segment in demand.segments]

        def solved_m2(lifted: frozenset[str]) -> float:
            table = by_question.get((demand.year, case, " ".join(sorted(lifted)) or "none"))
            if table is None:
                return 0.0
            stocks, lots_m2 = _stocks_of(table, columns), demand.lots_m2(lifted)
            return most_served_m2(stocks.without_needless_lots(lots_m2), demand.wanted_m2, lots_m2)

        served_m2 = rising_worth(SHORTAGE_LIMITS, solved_m2, SAME_M2)
        due = shortage_by_limit(demand, served_m2)
        columns_due = {"cause_group": list(due), "shortage_m2": list(due.values())}
        return _rows(demand, case, served_m2(frozenset()), columns_due)

    return ACROSS.collect((rows(demand, case) for demand in demand_cases(config) for case in CASES), cluster_id=name)


def _stocks_of(table: pd.DataFrame, segments: list[int]) -> Stocks:
    """The stocks of all clusters together, for some segments: areas of two clusters are never one."""
    area = np.array([text.split(" ") for text in table["segment_areas"]], dtype=np.int64)[:, segments]
    cluster = pd.factorize(table["cluster_id"])[0]
    number = area + cluster[:, None] * (area.max() + 1)
    return Stocks.from_land(np.where(area > 0, number, area), table["area_m2"].to_numpy(dtype=float))
