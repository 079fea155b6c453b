"""Housing against industry: what each housing plan costs, alone and shared; what keeping plans away would save.

Land is never cut by the rings of single plans in the line; here only the land that would otherwise be usable is. A plan
costs the land that it reaches, and what is left beside it that is no longer usable by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.contour_protection import LAYER as PROTECTION
from layers.derived.plan_downgrades import LAYER as DOWNGRADES
from layers.derived.plan_impact import LAYER as IMPACT
from layers.sources.housing_plans import HARD_STATUSES
from pipeline.land.categories import CategoryScale, bars_on, highest_ranks
from pipeline.land.land import AssessedLand
from pipeline.land.shapley import equal_share, shapley
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.project import Project
from pipeline.project.rules import ProfileConfig
from pipeline.spatial.geometry import area
from pipeline.spatial.reference_overlay import reference_overlay
from pipeline.stages.balance.stacked import stacked

LEAST_LOSS_M2 = 0.01
MOST_SHARED = 6  # plans on one area up to which its loss is shared over all their orders


@dataclass(frozen=True)
class Reached:
    """Usable land cut into parts by how far plans reach, with its contiguous areas: the shape (RD New), m2 and area of
    each part, which areas some plan reaches, and every pair of part and plan (positions)."""

    parts: ContiguousAreas
    of_area: Any
    part: Any
    plan: Any
    plan_count: int
    losses: dict[tuple[float, ...], list[AreaLoss]] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class AreaLoss:
    """What plans cost of one contiguous area that was usable: the land that they reach, and what is left beside it
    that is too small, too narrow or without its quay."""

    parts: ContiguousAreas
    members: Any
    profile: ProfileConfig
    plans_on: Any
    pairs: tuple[Any, Any]
    known: dict[frozenset[int], float] = field(default_factory=dict)

    @cached_property
    def area_m2(self) -> float:
        """m2 of the whole area."""
        return float(self.parts.area_m2[self.members].sum())

    def m2(self, plans: frozenset[int]) -> float:
        """m2 that these plans cost, as if there were no others."""
        plans &= frozenset(self.plans_on.tolist())
        if plans not in self.known:
            part, plan = self.pairs
            left = np.setdiff1d(self.members, part[np.isin(plan, list(plans))])
            usable = self.parts.usable(left, self.profile) if plans else [self.members]
            lost_m2 = self.area_m2 - sum(float(self.parts.area_m2[patch].sum()) for patch in usable)
            # Land that a plan takes away can open the rest to a quay: a plan more never gives land back.
            fewer = (plans - {each} for each in plans) if self.is_shared_exactly else ()
            self.known[plans] = max(lost_m2, *(self.m2(others) for others in fewer), 0.0)
        return self.known[plans]

    @property
    def is_shared_exactly(self) -> bool:
        """Whether so few plans reach the area that all orders of them are tried."""
        return len(self.plans_on) <= MOST_SHARED

    def back_m2(self, plans: frozenset[int]) -> float:
        """m2 that come back if these plans fall away and all others stay."""
        every = frozenset(self.plans_on.tolist())
        return max(self.m2(every) - self.m2(every - plans), 0.0)

    def shares(self) -> dict[int, float]:
        """m2 per plan: its Shapley share in what all of them cost. Of many plans the land that they reach is shared
        equally, and what is lost beside it by how much more than it reaches each costs alone, first and last."""
        plans = self.plans_on.tolist()
        if self.is_shared_exactly:
            by_name = {str(plan): plan for plan in plans}
            due = shapley(tuple(by_name), lambda names: self.m2(frozenset(by_name[name] for name in names)))
            return {by_name[name]: float(m2) for name, m2 in due.items()}
        part, plan = self.pairs
        of_part = np.bincount(part, minlength=len(self.parts.area_m2))
        area_m2, count = self.parts.area_m2, max(plans) + 1
        direct_m2 = np.bincount(plan, equal_share(area_m2, of_part)[part], count)
        reached_m2 = np.bincount(plan, area_m2[part], count)
        only_m2 = np.bincount(plan, np.where(of_part == 1, area_m2, 0.0)[part], count)
        indirect_m2 = self.m2(frozenset(plans)) - direct_m2.sum()
        beyond = {
            number: max(self.m2(frozenset([number])) - reached_m2[number], 0.0)
            + max(self.back_m2(frozenset([number])) - only_m2[number], 0.0)
            for number in plans
        }
        weight = beyond if sum(beyond.values()) > 0.0 else {number: direct_m2[number] for number in plans}
        total = sum(weight.values())
        return {number: float(direct_m2[number] + indirect_m2 * weight[number] / total) for number in plans}


@dataclass(frozen=True)
class Losses:
    """What plans (positions) cost of land usable for one activity, m2."""

    areas: list[AreaLoss]
    plan_count: int

    def hit(self) -> Any:
        """m2 per plan that it costs if there is no other."""
        return self._per_plan(lambda area, plan: area.m2(frozenset([plan])))

    def unique(self) -> Any:
        """m2 per plan that come back if it alone falls away."""
        return self._per_plan(lambda area, plan: area.back_m2(frozenset([plan])))

    def share(self) -> Any:
        """m2 per plan: its share in what all of them cost together."""
        shares = [area.shares() for area in self.areas]
        return np.array([sum(of_area.get(plan, 0.0) for of_area in shares) for plan in range(self.plan_count)])

    def saved(self, is_displaced: Any) -> float:
        """m2 that come back if the displaced plans (flags per plan) all fall away."""
        displaced = frozenset(np.flatnonzero(is_displaced).tolist())
        return float(sum(area.back_m2(displaced) for area in self.areas))

    def _per_plan(self, m2: Callable[[AreaLoss, int], float]) -> Any:
        sums: Any = np.zeros(self.plan_count)
        for of_area in self.areas:
            for plan in of_area.plans_on.tolist():
                sums[plan] += m2(of_area, plan)
        return sums


def losses(reach: Reached, profile: ProfileConfig) -> Losses:
    """What plans cost of the land that they reach, for an activity."""
    needs = (profile.least_area_ha, profile.least_width_m, profile.least_quay_m, profile.least_draught_m)
    if needs not in reach.losses:
        every_area = np.unique(reach.of_area)
        members = [np.flatnonzero(reach.of_area == number) for number in every_area]
        place = np.searchsorted(every_area, reach.of_area[reach.part])
        pairs = [(reach.part[place == number], reach.plan[place == number]) for number in range(len(every_area))]
        reach.losses[needs] = [
            AreaLoss(reach.parts, parts, profile, np.unique(pair[1]), pair)
            for parts, pair in zip(members, pairs, strict=True)
        ]
    return Losses(reach.losses[needs], reach.plan_count)


def reached(
    areas: ContiguousAreas, usable: Any, plans: gpd.GeoDataFrame, profile: ProfileConfig, config: Project
) -> Reached:
    """Usable pieces (positions among the areas, RD New) cut by how far each plan presses on an activity: its category's
    distance to that kind of area, or its own risk radius; a plan without reach still takes the land that it lies on."""
    return _reached(areas, usable, plans.geometry.to_numpy(), reach_m(plans, profile, config), config)


def reach_m(plans: gpd.GeoDataFrame, profile: ProfileConfig, config: Project) -> Any:
    """How far each plan presses on an activity, m."""
    distances = config.assess.category_distances
    quiet_m, mixed_m = (distances.metres(kind, profile.category) for kind in ("quiet", "mixed"))
    return np.maximum(np.where(plans["area_kind"] == "mixed", mixed_m, quiet_m), profile.risk_radius_m)


def _reached(areas: ContiguousAreas, usable: Any, plans: Any, metres: Any, config: Project) -> Reached:
    """Areas of usable pieces (positions) that plans (shapes) reach (m), cut by how far they do."""
    discs = shapely.buffer(plans, metres, quad_segs=config.constrain.quad_segs)
    pieces, begins = areas.groups(usable)
    number = np.repeat(np.arange(len(begins) - 1), np.diff(begins)) if len(pieces) else pieces
    touched = number[np.unique(shapely.STRtree(areas.shapes[pieces]).query(discs, predicate="intersects")[1])]
    # Of areas that no plan reaches nothing is lost: they are not cut.
    chosen = np.isin(number, touched)
    pieces, number = pieces[chosen], number[chosen]
    cut = reference_overlay(areas.shapes[pieces], list(discs))
    # What a plan leaves on two of its sides does not hang together.
    shapes, whole = shapely.get_parts(cut.shapes, return_index=True)
    part, plan = cut.pairs()
    first, count = np.searchsorted(whole, part), np.bincount(whole, minlength=len(cut.shapes))[part]
    every = np.repeat(first - np.r_[0, np.cumsum(count)[:-1]], count) + np.arange(count.sum())
    parts = ContiguousAreas(shapes, area(shapes), areas.card, areas.quays)
    return Reached(parts, number[cut.owner[whole]], every, np.repeat(plan, count), len(plans))


def plans_in_reach(plans: gpd.GeoDataFrame, boundary: Any, config: Project) -> gpd.GeoDataFrame:
    """The plans (RD New) that lie near enough to land inside a boundary to count in any table here; of a nation's plans
    those of a cluster are few."""
    distances = config.assess.category_distances
    radii_m = [profile.risk_radius_m for profile in config.profiles.values()]
    widths_m = config.balance.room.protection_m
    most_m = max(*distances.quiet.values(), *distances.mixed.values(), *radii_m, *widths_m)
    shapely.prepare(boundary)
    # A metre more, for land is snapped to a grid and the boundary is not.
    return plans[shapely.dwithin(boundary, plans.geometry.to_numpy(), most_m + 1.0)]


@dataclass(frozen=True)
class PlanReach:
    """What plans reach of the usable land of a cluster; cut once for the same land, plans and distances, which come
    back in other years and for other activities."""

    land: AssessedLand
    areas: ContiguousAreas
    config: Project
    cut: dict[tuple[bytes, ...], Reached] = field(default_factory=dict)

    def by_question(self, plans: gpd.GeoDataFrame, usable: pd.DataFrame) -> Iterator[tuple[str, int, Any, Losses]]:
        """Per activity and year (with the pieces that are `usable` then) the plans that count (positions), and what
        they cost."""
        shapes, plan_ids = plans.geometry.to_numpy(), plans["plan_id"].to_numpy(dtype=object)
        counted_in = {year: np.flatnonzero(_is_counted(plans, year)) for year in self.config.years}
        usable_in = _usable_by_question(self.land, usable)
        none: Any = np.zeros(len(self.land.shapes), dtype=bool)
        for name, profile in self.config.profiles.items():
            reach = reach_m(plans, profile, self.config)
            for year in self.config.years:
                counted, which = counted_in[year], usable_in.get((name, year), none)
                metres = reach[counted]
                key = (which.tobytes(), metres.tobytes(), "|".join(plan_ids[counted]).encode())
                if key not in self.cut:
                    pieces = np.flatnonzero(which)
                    self.cut[key] = _reached(self.areas, pieces, shapes[counted], metres, self.config)
                yield name, year, counted, losses(self.cut[key], profile)


def plan_impact(reach: PlanReach, plans: gpd.GeoDataFrame, usable_by_status: dict[bool, pd.DataFrame]) -> pd.DataFrame:
    """m2 otherwise usable that each plan costs, per activity and year, from its first year on; also of plans that cost
    nothing.

    `usable_by_status`: for hard plans (True) the pieces that would be usable without any plan, for soft plans (False)
    those that are usable with hard plans counted.
    """
    parts = []
    for is_hard, usable in usable_by_status.items():
        of_status = plans[plans["plan_status"].isin(HARD_STATUSES) == is_hard]
        about = {name: of_status[name].to_numpy(dtype=object) for name in ("plan_id", "plan_name", "dwellings")}
        for name, year, counted, cost in reach.by_question(of_status, usable):
            m2 = {"hit_m2": cost.hit(), "unique_m2": cost.unique(), "share_m2": cost.share()}
            columns = {column: values[counted] for column, values in about.items()}
            # Below the size of a hand nothing is lost: what is left of sums in another order.
            m2 = {column: np.where(np.abs(values) < LEAST_LOSS_M2, 0.0, values) for column, values in m2.items()}
            parts.append({"profile": name, "year": year, "is_hard": is_hard, **columns, **m2})
    return IMPACT.collect([_ranked(stacked(parts))], cluster_id=reach.land.cluster_id)


def counted_plans(plans: gpd.GeoDataFrame, year: int) -> gpd.GeoDataFrame:
    """Plans (RD New) of which the first dwellings stand in a year; without a year they count from the start."""
    return plans[_is_counted(plans, year)]


def _is_counted(plans: gpd.GeoDataFrame, year: int) -> Any:
    return ~(plans["from_year"] > year).fillna(False).to_numpy(dtype=bool)


def _usable_by_question(land: AssessedLand, usable: pd.DataFrame) -> dict[tuple[str, int], Any]:
    """Per activity and year which pieces are usable; without those in which none is."""
    place = pd.Index(land.pieces["piece_id"]).get_indexer(usable["piece_id"])
    flags: dict[tuple[str, int], Any] = {}
    for (profile, year), rows in usable.groupby(["profile", "year"], sort=False).indices.items():
        is_usable: Any = np.zeros(len(land.shapes), dtype=bool)
        is_usable[place[rows][place[rows] >= 0]] = True
        flags[str(profile), int(year)] = is_usable
    return flags


def usable_pieces(land: AssessedLand, usable: pd.DataFrame, profile: str, year: int) -> Any:
    """The positions of the pieces that are usable for an activity in a year."""
    piece_ids = usable.loc[(usable["profile"] == profile) & (usable["year"] == year), "piece_id"]
    return np.flatnonzero(land.pieces["piece_id"].isin(piece_ids).to_numpy())


def _ranked(impact: pd.DataFrame) -> pd.DataFrame:
    """Plans of each question, the most m2 first; per dwelling what comes back without the plan."""
    reaching = impact.sort_values(["hit_m2", "plan_id"], ascending=[False, True])
    dwellings = reaching["dwellings"].astype("Int64").astype(float)
    rank = reaching.groupby(["profile", "year", "is_hard"]).cumcount() + 1
    return reaching.assign(rank=rank, per_dwelling=reaching["unique_m2"] / dwellings.where(dwellings > 0))


def plan_downgrades(land: AssessedLand, plans: gpd.GeoDataFrame, bounds: pd.DataFrame, config: Project) -> pd.DataFrame:
    """m2 of free land that each plan alone brings from one highest category to another, from its first year on."""
    scale = np.array(["none", *config.assess.categories], dtype=object)
    before = {year: _rank_before(land, bounds, config, year) for year in config.years}
    pieces = np.flatnonzero(np.any([~np.isnan(rank) for rank in before.values()], axis=0))
    is_counted = {year: _is_counted(plans, year) for year in config.years}
    parts = []
    for number, plan in enumerate(plans.itertuples()):  # plans: each cuts only the land around it
        place, after, area_m2 = _left_by_plan(land.shapes[pieces], plan, config)
        for year in [year for year in config.years if is_counted[year][number]]:
            rank = before[year][pieces[place]]
            falls = after < rank  # land that is not free, or of which the category is not known, has no rank
            about = {
                "plan_id": plan.plan_id,
                "plan_name": plan.plan_name,
                "is_hard": plan.plan_status in HARD_STATUSES,
                "year": year,
                "category_before": scale[rank[falls].astype(int)],
                "category_after": scale[after[falls]],
            }
            parts.append({**about, "area_m2": area_m2[falls]})
    if not parts:
        return DOWNGRADES.empty()
    every = stacked(parts)  # summed in the order of pieces: another order moves the last bits
    sums = every.groupby(list(every.columns.drop("area_m2")), as_index=False, dropna=False)["area_m2"].sum()
    return DOWNGRADES.conform(sums.assign(cluster_id=land.cluster_id))


def _rank_before(land: AssessedLand, bounds: pd.DataFrame, config: Project, year: int) -> Any:
    """The rank of the highest category of each piece in a year without plans; nan where it is not free, or not
    known."""
    scale = CategoryScale(config.assess.categories)
    now = bounds[bounds["year"] == year]
    place = pd.Index(now["piece_id"]).get_indexer(land.pieces["piece_id"])
    # The last: of a piece without a bound.
    without_plans = scale.ranks([*now["category_without_plans"], None])[place]
    bars = bars_on(land.pieces, land.combinations, land.zones, config.effects, year)
    highest = highest_ranks(scale.ranks(land.pieces["plan_category"].tolist()), without_plans, bars)
    return np.where(land.free(year), highest, np.nan)


def _left_by_plan(shapes: Any, plan: Any, config: Project) -> tuple[Any, Any, Any]:
    """Position of the shape (RD New), rank that a plan (a row) leaves (0: none) and m2, of every part within the
    distance of some category."""
    distances_m = list(getattr(config.assess.category_distances, _kind(plan)).values())
    discs = [
        shapely.buffer(plan.geometry, metres, quad_segs=config.constrain.quad_segs)
        for metres in distances_m
        if metres > 0
    ]
    near = np.flatnonzero(shapely.intersects(shapes, discs[-1]))
    if not len(near):
        return near, near, np.zeros(0)
    parts = reference_overlay(shapes[near], discs)
    inside = np.bincount(parts.pairs()[0], minlength=len(parts.owner))
    rows = np.flatnonzero(inside)
    # Of ten distances, those whose disc does not reach here still fit.
    return near[parts.owner[rows]], (len(distances_m) - inside)[rows], area(parts.shapes[rows])


def _kind(plan: Any) -> str:
    return "mixed" if plan.area_kind == "mixed" else "quiet"


def contour_protection(
    reach: PlanReach, plans: gpd.GeoDataFrame, usable: pd.DataFrame, *, boundary: Any
) -> pd.DataFrame:
    """Per width (m) around the cluster's land: m2 otherwise usable that only
    hard plans within it reach, and their dwellings. `boundary`: that land as one shape, RD New."""
    hard = plans[plans["plan_status"].isin(HARD_STATUSES)]
    distances_m = shapely.distance(hard.geometry.to_numpy(), boundary)
    plan_ids, numbers = hard["plan_id"].to_numpy(dtype=object), hard["dwellings"].to_numpy(dtype=float, na_value=np.nan)
    rows = []
    for name, year, counted, land in reach.by_question(hard, usable):
        distance_m, ids, dwellings = distances_m[counted], plan_ids[counted], numbers[counted]
        for width_m in reach.config.balance.room.protection_m:
            is_displaced = distance_m <= width_m
            rows.append(
                {
                    "profile": name,
                    "year": year,
                    "width_m": width_m,
                    "saved_m2": land.saved(is_displaced),
                    "dwellings": int(np.nansum(dwellings[is_displaced])),
                    "plans_without_number": int(np.isnan(dwellings[is_displaced]).sum()),
                    "plan_ids": ", ".join(sorted(ids[is_displaced])) or None,
                }
            )
    return PROTECTION.collect(rows, cluster_id=reach.land.cluster_id)


def shifted(plan: Any, usable: Any, boundary: Any, config: Project) -> dict[float, float]:
    """m2 of land (shapes that are usable for the lead activity) within reach of one plan (a row) when it is moved so
    many m away from the land (negative: nearer); RD New."""
    profile = config.profiles[config.publish.lead_profile]
    metres = max(config.assess.category_distances.metres(_kind(plan), profile.category), profile.risk_radius_m)
    # Away is along the shortest way between the two; where the plan lies on the land, from middle to middle.
    way = shapely.get_coordinates(shapely.shortest_line(boundary, plan.geometry))
    if shapely.distance(boundary, plan.geometry) == 0:
        way = shapely.get_coordinates([shapely.centroid(boundary), shapely.centroid(plan.geometry)])
    away = way[1] - way[0]
    unit = away / max(float(np.hypot(*away)), 1e-9)
    reached_m2 = {}
    for shift_m in config.balance.room.shift_m:
        moved = shapely.transform(plan.geometry, lambda xy, by=unit * shift_m: xy + by)
        disc = shapely.buffer(moved, metres, quad_segs=config.constrain.quad_segs)
        near = usable[shapely.intersects(usable, disc)]
        reached_m2[shift_m] = float(area(shapely.intersection(near, disc)).sum())
    return reached_m2
