"""Shortage by cause: how much of what is asked is not served, and which of five limits that is due to, in the mean over
the orders in which they are lifted (Shapley); quality also by its causes.

land          who has the land, whenever it comes free; and land that is not there at all
time          land that comes free by itself, but after the year that is asked: until the last year of the supply curve
environment   what may be there: every rule that can be lifted, and the plan's category
fragmentation size and width, and that demand is served in lots of the least size
quality       what the activity needs there, each by itself: quay, draught, power, water, supplies, rail and road
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from itertools import chain, combinations
from typing import Any

import numpy as np
import pandas as pd

from layers.columns import CASES
from layers.derived.segment_stocks import LAYER as STOCKS
from layers.derived.shortages import LAYER as SHORTAGES
from layers.derived.shortages import QUALITY_CAUSES, SHORTAGE_LIMITS
from layers.derived.shortages_across_clusters import LAYER as ACROSS
from layers.units import M2_PER_HA
from pipeline.land.shapley import rising_worth, shapley, shapley_within
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig
from pipeline.stages.balance.lots import Stocks, most_served_m2
from pipeline.stages.balance.segment_supply import OTHER_LIMITS, QUALITY, DemandCase, Supply
from pipeline.stages.balance.stacked import stacked_as

SAME_SERVED_M2 = 0.1  # what is served to so much is the same


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
    by_cause = rising_worth((*OTHER_LIMITS, *needs), partial(supply.served_m2, demand, case), SAME_SERVED_M2)

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
    parts = [
        _stock_rows(demand, supply, case, lifted)
        for demand in _demanded_anywhere(config)
        for case in CASES
        for lifted in _sets_of_limits()
    ]
    return stacked_as(STOCKS, parts, cluster_id=supply.land.cluster_id)


def _sets_of_limits() -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(SHORTAGE_LIMITS, size) for size in range(len(SHORTAGE_LIMITS) + 1))


def _demanded_anywhere(config: Project) -> list[DemandCase]:
    """Per year all segments that any cluster asks for in any scenario."""
    segments_of: dict[int, dict[str, float]] = defaultdict(dict)
    for row in config.demand:
        segments_of[row.year][row.segment] = 0.0
    return [DemandCase(year, "", m2, profiles_of_segments(config)) for year, m2 in sorted(segments_of.items())]


def _stock_rows(demand: DemandCase, supply: Supply, case: str, lifted: Collection[str]) -> dict[str, Any]:
    causes = {*lifted, *(supply.needs(demand, case) if QUALITY in lifted else ())}
    stocks = supply.stocks(demand, case, causes)
    stocks = stocks.without_needless_lots(demand.lots_m2(lifted))
    return {
        "stock": np.arange(len(stocks.m2)),
        "segment_areas": [" ".join(map(str, areas)) for areas in stocks.area.tolist()],
        "area_m2": stocks.m2,
        "year": demand.year,
        "case": case,
        "lifted": " ".join(sorted(lifted)) or "none",
    }


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

        served_m2 = rising_worth(SHORTAGE_LIMITS, solved_m2, SAME_SERVED_M2)
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
