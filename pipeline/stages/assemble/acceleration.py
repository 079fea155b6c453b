"""Acceleration areas: sets of sites near each other that are large,
bound by few rules, and early; those that nothing beats.

Idea: for every asked year and number of rules lifted, from none to three, the land that would be usable makes sites,
bridged as all sites are; the largest set of sites within reach of each other under the size bound is searched, sets of
rules in order of what they free until no other can give more. An area stays unless another is at least as large, bound
by no more rules, and no later. A site that is larger than the bound by itself is in no area: it is a row of its own.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.derived.acceleration_areas import LAYER
from layers.units import M2_PER_HA
from pipeline.land.blocking_by_piece import BlockingByPiece, blocking_by_piece
from pipeline.land.blocking_factors import BlockingFactors, best_levers
from pipeline.spatial import adjacency
from pipeline.stages.assemble.bridging import Crossings
from pipeline.stages.assemble.cluster_assessment import ClusterAssessment, first_day, last_day
from pipeline.stages.assemble.connected_sets import CLOSE, EXACT_M2, ROUNDING_M2, largest_connected

MOST_LIFTED = 3  # rules lifted together
RULE_SETS_TRIED = 300  # of them tried of each size; what more could give is in the bound
SEARCH_STEPS = 10_000  # of the searches among them together
RULE_SETS_SEEN = 5  # sets of each size of which sites above the bound are named, whatever the areas so far

Area = dict[str, Any]


@dataclass(frozen=True)
class RuleSets:
    """Sets of rules of one size with the m2 that is free and open once each is lifted, the most first."""

    size: int
    lifted: list[tuple[str, ...]]
    open_m2: list[float]


@dataclass
class AreaSearch:
    """Areas of an activity in a cluster by year and rules lifted, sites above the bound, and per year and number of
    rules the most m2 that any area could have."""

    assessment: ClusterAssessment
    over: Crossings
    profile: str
    areas: list[Area] = field(default_factory=list)
    above: list[Area] = field(default_factory=list)
    bounds: dict[tuple[int, int], float] = field(default_factory=dict)
    searched_m2: dict[tuple[int, bytes], float] = field(default_factory=dict)
    shapes: dict[bytes, Any] = field(default_factory=dict)
    steps: int = SEARCH_STEPS

    @property
    def most_m2(self) -> float:
        """The bound of an area."""
        return self.assessment.config.assemble.acceleration.most_ha * M2_PER_HA

    def largest_m2(self, year: int, size: int) -> float:
        """m2 of the largest area so far with no more rules and no later."""
        return max(
            (area["area_m2"] for area in self.areas if area["year"] <= year and len(area["rules"]) <= size), default=0.0
        )

    def most_possible_m2(self, year: int, size: int) -> float:
        """The most m2 that any area with no more rules and no later could have."""
        return max(m2 for (of_year, of_size), m2 in self.bounds.items() if of_year <= year and of_size <= size)

    def look(self, land: BlockingByPiece, year: int, rules: RuleSets) -> None:
        """Search the sets of rules of one size in a year, as long as one could give more than the largest area."""
        possible_m2, self.steps = 0.0, SEARCH_STEPS
        for number, (lifted, open_m2) in enumerate(zip(rules.lifted, rules.open_m2, strict=True)):
            reach_m2, least_m2 = min(open_m2, self.most_m2), self.largest_m2(year, rules.size)
            is_worth = reach_m2 > least_m2 + EXACT_M2 and least_m2 < self.most_m2 * (1.0 - CLOSE)
            if number < RULE_SETS_SEEN or (is_worth and number < RULE_SETS_TRIED):
                reach_m2 = self._reach(land, year, lifted, least_m2)
            possible_m2 = max(possible_m2, reach_m2)
            if not is_worth and number >= RULE_SETS_SEEN:
                break  # what follows frees no more
        self.bounds[year, rules.size] = max(possible_m2, self.largest_m2(year, rules.size))

    def _reach(self, land: BlockingByPiece, year: int, lifted: tuple[str, ...], least_m2: float) -> float:
        """The most m2 that an area of usable land could have once these rules are lifted; searched where that may be
        more than the least."""
        asks = self.assessment.config.profiles[self.profile]
        patches = self.assessment.areas.usable(land.open_after(lifted), asks)
        usable_m2 = sum(map(self.assessment.land.sum_m2, patches))
        if usable_m2 <= least_m2 + EXACT_M2:
            return usable_m2  # nor is a site above the bound
        # The same land again, with rules that make no more of it usable.
        key = year, b"".join(patch.tobytes() for patch in patches)
        if key not in self.searched_m2:
            sites = adjacency.joined(self.over.pairs, patches, len(self.assessment.ids))
            self.searched_m2[key] = self._search(land, year, sites, least_m2)
        return self.searched_m2[key]

    def _search(self, land: BlockingByPiece, year: int, sites: list[Any], least_m2: float) -> float:
        """The largest area of sites, where it has more than the least m2; the most m2 that it could have."""
        sizes = np.array([self.assessment.land.sum_m2(site) for site in sites])
        is_small = sizes <= self.most_m2 + ROUNDING_M2
        large = np.flatnonzero(~is_small).tolist()
        self.above += [area_of(land, year, [sites[number]], float(sizes[number])) for number in large]
        reach_m2 = min(float(sizes[is_small].sum()), self.most_m2)
        if reach_m2 <= least_m2 + EXACT_M2 or least_m2 >= self.most_m2 * (1.0 - CLOSE):
            return reach_m2
        sites, sizes = list(compress(sites, is_small)), sizes[is_small]
        largest = largest_connected(sizes, self.near(sites), (least_m2, self.most_m2), self.steps)
        self.steps -= largest.steps
        if largest.members:
            members = [sites[number] for number in largest.members]
            self.areas.append(area_of(land, year, members, float(sizes[largest.members].sum())))
        return largest.bound_m2

    def near(self, sites: list[Any]) -> Any:
        """Pairs of sites (n x 2) within the metres of the card."""
        for site in sites:
            if site.tobytes() not in self.shapes:
                # To ask for distances the pieces of a site need not be joined.
                parts = shapely.get_parts(self.assessment.land.shapes[site])
                self.shapes[site.tobytes()] = shapely.multipolygons(parts)
        shapes = np.array([self.shapes[site.tobytes()] for site in sites], dtype=object)
        within_m = self.assessment.config.assemble.acceleration.within_m
        return shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=within_m).T


def acceleration_areas(
    assessment: ClusterAssessment, over: Crossings, profiles: Sequence[str], fixed: Collection[str]
) -> gpd.GeoDataFrame:
    """Per activity the areas of a cluster that no other beats in m2, rules still binding, and year, and the sites that
    are larger than an area may be; RD New, no extension called."""
    rows: list[Area] = []
    for profile in profiles:
        search = AreaSearch(assessment, over, profile)
        for year in assessment.years:
            land = blocking_by_piece(assessment.land, (profile, year, "earliest"))
            for rules in rule_sets(land.factors.less({*land.factors.tenure, *fixed})):
                search.look(land, year, rules)
        rows += _rows(search)
    return LAYER.collect(rows, cluster_id=assessment.land.cluster_id)


def rule_sets(factors: BlockingFactors) -> Iterator[RuleSets]:
    """The sets of rules to lift, by their number from none on, each with the m2 that is free and open then."""
    open_m2 = float(factors.area_m2[factors.count == 0].sum())
    yield RuleSets(0, [()], [open_m2])
    levers = best_levers(factors, MOST_LIFTED, RULE_SETS_TRIED + 1)
    for size in range(1, MOST_LIFTED + 1):
        of_size = [lever for lever in levers if len(lever.lifted) == size]
        yield RuleSets(size, [lever.lifted for lever in of_size], [open_m2 + lever.raw_m2 for lever in of_size])


def area_of(land: BlockingByPiece, year: int, sites: list[Any], area_m2: float) -> Area:
    """An area of sites in a year, with the rules that really lie on it."""
    pieces = np.sort(np.concatenate(sites))
    over = land.factors.covers[np.unique(land.place[pieces])].any(axis=0)
    rules = tuple(compress(land.factors.names, over))
    return {"area_m2": area_m2, "site_count": len(sites), "rules": rules, "pieces": pieces, "year": year}


def unbeaten(areas: list[Area]) -> list[Area]:
    """Those that no other beats: as many m2, bound by no more rules, no later, and better in one; of equals the first.

    The largest first.
    """
    front: list[Area] = []
    for area in _ordered(areas):  # every area before it is as large
        if not any(len(larger["rules"]) <= len(area["rules"]) and larger["year"] <= area["year"] for larger in front):
            front.append(area)
    return front


def without_repeats(above: list[Area]) -> list[Area]:
    """Sites above the bound, each in the first year and with the fewest rules: one on the same land, or on part of it,
    later or under more rules, is left out."""
    named: list[Area] = []
    for site in sorted(above, key=lambda area: (len(area["rules"]), area["year"], -area["area_m2"])):
        earlier = [other for other in named if other["year"] <= site["year"]]
        if not any(np.isin(site["pieces"], other["pieces"]).any() for other in earlier):
            named.append(site)
    return named


def _ordered(areas: list[Area]) -> list[Area]:
    return sorted(
        areas,
        key=lambda area: (-area["area_m2"], len(area["rules"]), area["year"], area["rules"], area["pieces"].tolist()),
    )


def _rows(search: AreaSearch) -> Iterator[Area]:
    """Rows of the areas that nothing beats and of sites above the bound, the largest first."""
    above = [{**site, "is_above_bound": True, "solver_gap": 0.0} for site in without_repeats(search.above)]
    areas = [{**area, "is_above_bound": False, "solver_gap": _gap(search, area)} for area in unbeaten(search.areas)]
    for number, area in enumerate(_ordered([*above, *areas]), start=1):
        question = (search.profile, area["year"], "earliest")
        yield {
            **area,
            "profile": search.profile,
            "area_id": number,
            "binding_count": len(area["rules"]),
            "limiting": " ".join(area["rules"]) or None,
            "usable_from": first_day(search.assessment, question, area["pieces"]),
            "usable_from_latest": last_day(search.assessment, question, area["pieces"], area["rules"]),
            "geometry": shapely.orient_polygons(shapely.union_all(search.assessment.land.shapes[area["pieces"]])),
        }


def _gap(search: AreaSearch, area: Area) -> float:
    """The part by which an area with no more rules and no later could be larger; 0 is proven to a square metre."""
    possible_m2 = search.most_possible_m2(area["year"], len(area["rules"]))
    apart_m2 = possible_m2 - area["area_m2"]
    return apart_m2 / possible_m2 if apart_m2 > EXACT_M2 + ROUNDING_M2 else 0.0
