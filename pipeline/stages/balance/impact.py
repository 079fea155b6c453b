"""Housing against industry: what each housing plan costs, alone and shared; what keeping plans away would save.

Land is never cut by the rings of single plans in the line; here only the land that would otherwise be usable is.
"""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.contour_protection import LAYER as PROTECTION
from layers.derived.plan_downgrades import LAYER as DOWNGRADES
from layers.derived.plan_impact import LAYER as IMPACT
from layers.sources.housing_plans import HARD_STATUSES
from pipeline.land.land import AssessedLand, Rulebook, question_key
from pipeline.land.shapley import equal_share
from pipeline.project.rules import AssessConfig, ProfileConfig
from pipeline.spatial.geometry import area
from pipeline.spatial.reference_overlay import OverlaidParts, reference_overlay


@dataclass(frozen=True)
class Reached:
    """Parts of land with the plans (positions) that reach them: m2 of each part, and every pair of part and plan."""

    area_m2: Any
    part: Any
    plan: Any
    plan_count: int

    def hit(self) -> Any:
        """m2 per plan that it reaches."""
        return np.bincount(self.plan, self.area_m2[self.part], self.plan_count)

    def unique(self) -> Any:
        """m2 per plan that no other plan reaches."""
        alone = self._plans_of_pair() == 1
        return np.bincount(self.plan[alone], self.area_m2[self.part][alone], self.plan_count)

    def share(self) -> Any:
        """m2 per plan, each part divided equally among the plans that reach it: the Shapley value."""
        shares = equal_share(self.area_m2[self.part], self._plans_of_pair())
        return np.bincount(self.plan, shares, self.plan_count)

    def saved(self, is_displaced: Any) -> float:
        """m2 that only displaced plans (flags per plan) reach."""
        displaced = np.bincount(self.part, is_displaced[self.plan], len(self.area_m2))
        plans = self._plans_of_part()
        return float(self.area_m2[(plans > 0) & (plans == displaced)].sum())

    def _plans_of_part(self) -> Any:
        return np.bincount(self.part, minlength=len(self.area_m2))

    def _plans_of_pair(self) -> Any:
        return self._plans_of_part()[self.part]


@dataclass(frozen=True)
class ProtectionParams:
    """The widths (m) around the land of a cluster (one shape, RD New)
    within which plans are kept away, and the written rules."""

    rules: Rulebook
    widths_m: tuple[float, ...]
    boundary: Any


def reach_m(plans: gpd.GeoDataFrame, profile: ProfileConfig, config: AssessConfig) -> Any:
    """How far each plan presses on an activity, m: its category's
    distance to that kind of area, or its own risk radius."""
    is_mixed = (plans["area_kind"] == "mixed").fillna(False).to_numpy(dtype=bool)
    metres = [config.category_distances.metres(kind, profile.category) for kind in ("quiet", "mixed")]
    return np.maximum(np.where(is_mixed, metres[1], metres[0]), profile.risk_radius_m)


def reached(shapes: Any, plans: gpd.GeoDataFrame, metres: Any, quad_segs: int) -> Reached:
    """Land (RD New) cut by the reach of each plan; a plan without reach still takes the land that it lies on."""
    if not len(shapes) or not len(plans):
        no_pairs: Any = np.zeros(0, dtype=int)
        return Reached(np.zeros(len(shapes)), no_pairs, no_pairs, len(plans))
    discs = shapely.buffer(plans.geometry.to_numpy(), metres, quad_segs=quad_segs)
    parts: OverlaidParts = reference_overlay(shapes, list(discs))
    part, plan = parts.pairs()
    return Reached(area(parts.shapes), part, plan, len(plans))


def plan_impact(
    land: AssessedLand,
    plans: gpd.GeoDataFrame,
    usable_by_status: dict[bool, pd.DataFrame],
    rules: Rulebook,
) -> pd.DataFrame:
    """m2 otherwise usable that each plan reaches, per activity and year, from its first year on.

    `usable_by_status`: for hard plans (True) the pieces that would be usable without any plan, for soft plans (False)
    those that are usable with hard plans counted.
    """
    if plans.empty:
        return IMPACT.empty()
    tables = []
    for is_hard, usable in usable_by_status.items():
        of_status = plans[plans["plan_status"].isin(HARD_STATUSES) == is_hard]
        for name, profile, year in rules.profile_years():
            counted = counted_plans(of_status, year)
            shapes = _usable_shapes(land, usable, name, year)
            reach = reached(shapes, counted, reach_m(counted, profile, rules.card), rules.quad_segs)
            rows = _impact_rows(counted, reach)
            tables.append(rows.assign(**question_key(land.cluster_id, name, year), is_hard=is_hard))
    return IMPACT.collect(table for table in tables if len(table))


def counted_plans(plans: gpd.GeoDataFrame, year: int) -> gpd.GeoDataFrame:
    """Plans of which the first dwellings stand in a year; without a year they count from the start."""
    return plans[(plans["from_year"].isna() | (plans["from_year"] <= year)).fillna(True)]


def _usable_shapes(land: AssessedLand, usable: pd.DataFrame, profile: str, year: int) -> Any:
    piece_ids = usable[(usable["profile"] == profile) & (usable["year"] == year)]["piece_id"]
    return land.shapes[land.pieces["piece_id"].isin(set(piece_ids)).to_numpy()]


def _impact_rows(plans: gpd.GeoDataFrame, reach: Reached) -> pd.DataFrame:
    """Plans that reach land, the most m2 first."""
    hit = reach.hit()
    dwellings = plans["dwellings"].to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_dwelling = np.where(dwellings > 0, hit / dwellings, np.nan)
    table = pd.DataFrame(
        {
            "plan_id": plans["plan_id"].to_numpy(),
            "plan_name": plans["plan_name"].to_numpy(),
            "hit_m2": hit,
            "unique_m2": reach.unique(),
            "share_m2": reach.share(),
            "dwellings": plans["dwellings"].to_numpy(),
            "per_dwelling": per_dwelling,
        },
        index=pd.RangeIndex(len(plans)),
    )
    reaching = table[table["hit_m2"] > 0].sort_values(["hit_m2", "plan_id"], ascending=[False, True])
    return reaching.assign(rank=np.arange(1, len(reaching) + 1))


def plan_downgrades(land: AssessedLand, plans: gpd.GeoDataFrame, bounds: pd.DataFrame, rules: Rulebook) -> pd.DataFrame:
    """m2 of free land that each plan alone brings from one highest category to another, from its first year on."""
    scale = ["none", *rules.card.categories]
    rank = {name: position for position, name in enumerate(scale)}
    rows: list[dict[str, Any]] = []
    for year in rules.years:
        free = np.flatnonzero(land.free(year))
        bound = bounds[bounds["year"] == year].set_index("piece_id").reindex(land.pieces["piece_id"].iloc[free])
        plan_rank = land.pieces["plan_category"].iloc[free].map(rank).to_numpy(dtype=float)
        before = np.minimum(plan_rank, bound["category_without_plans"].map(rank).to_numpy(dtype=float))
        known = ~np.isnan(before)
        shapes, before = land.shapes[free[known]], before[known]
        for plan in counted_plans(plans, year).itertuples():  # plans: each cuts only the land around it
            kind = "mixed" if plan.area_kind == "mixed" else "quiet"
            distances = list(getattr(rules.card.category_distances, kind).values())
            rows += [
                {
                    "plan_id": plan.plan_id,
                    "plan_name": plan.plan_name,
                    "is_hard": plan.plan_status in HARD_STATUSES,
                    "year": year,
                    "category_before": scale[int(before[piece])],
                    "category_after": scale[rank_after],
                    "area_m2": m2,
                }
                for piece, rank_after, m2 in _left_by_plan(shapes, plan.geometry, distances, rules.quad_segs)
                if rank_after < before[piece]
            ]
    table = DOWNGRADES.collect(rows, cluster_id=land.cluster_id)
    keys = [name for name in table if name != "area_m2"]
    return DOWNGRADES.conform(table.groupby(keys, as_index=False, dropna=False)["area_m2"].sum())


def _left_by_plan(shapes: Any, plan: Any, distances_m: list[float], quad_segs: int) -> list[tuple[int, int, float]]:
    """Position of the shape, rank that is left (0: none) and m2, of every part within the distance of some category."""
    discs = [shapely.buffer(plan, metres, quad_segs=quad_segs) for metres in distances_m if metres > 0]
    near = np.flatnonzero(shapely.intersects(shapes, discs[-1]))
    if not len(near):
        return []
    parts = reference_overlay(shapes[near], discs)
    part, _ = parts.pairs()
    inside = np.bincount(part, minlength=len(parts.owner))
    left = len(distances_m) - inside  # of ten distances, those whose disc does not reach here still fit
    m2 = area(parts.shapes)
    rows = np.flatnonzero(inside)
    return [(int(near[parts.owner[row]]), int(left[row]), float(m2[row])) for row in rows]


def contour_protection(
    land: AssessedLand, plans: gpd.GeoDataFrame, usable: pd.DataFrame, params: ProtectionParams
) -> pd.DataFrame:
    """Per width around the cluster's land: m2 otherwise usable that only
    hard plans within it reach, and their dwellings."""
    if plans.empty:
        return PROTECTION.empty()
    rules = params.rules
    hard = plans[plans["plan_status"].isin(HARD_STATUSES)]
    rows = []
    for name, profile, year in rules.profile_years():
        counted = counted_plans(hard, year)
        distance_m = shapely.distance(counted.geometry.to_numpy(), params.boundary)
        shapes = _usable_shapes(land, usable, name, year)
        reach = reached(shapes, counted, reach_m(counted, profile, rules.card), rules.quad_segs)
        for width_m in params.widths_m:
            is_displaced = distance_m <= width_m
            displaced = counted[is_displaced]
            rows.append(
                {
                    **question_key(land.cluster_id, name, year),
                    "width_m": width_m,
                    "saved_m2": reach.saved(is_displaced) if len(counted) else 0.0,
                    "dwellings": int(displaced["dwellings"].fillna(0).sum()),
                    "plans_without_number": int(displaced["dwellings"].isna().sum()),
                    "plan_ids": ", ".join(sorted(displaced["plan_id"])) or None,
                }
            )
    return PROTECTION.collect(rows)


@dataclass(frozen=True)
class ShiftParams:
    """The activity, the written rules, and how many m a plan is moved away from the land (negative: nearer)."""

    profile: ProfileConfig
    rules: Rulebook
    shifts_m: tuple[float, ...]


def shifted(plan: Any, usable_shapes: Any, boundary: Any, params: ShiftParams) -> dict[float, float]:
    """m2 otherwise usable within reach of one plan (a row) when it is moved away from the land; RD New."""
    kind = "mixed" if plan.area_kind == "mixed" else "quiet"
    rules, profile = params.rules, params.profile
    metres = max(rules.card.category_distances.metres(kind, profile.category), profile.risk_radius_m)
    # Away is along the shortest way between the two; where the plan lies on the land, from middle to middle.
    way = shapely.get_coordinates(shapely.shortest_line(boundary, plan.geometry))
    if shapely.distance(boundary, plan.geometry) == 0:
        way = shapely.get_coordinates([shapely.centroid(boundary), shapely.centroid(plan.geometry)])
    away = way[1] - way[0]
    unit = away / max(float(np.hypot(*away)), 1e-9)
    reached_m2 = {}
    for shift_m in params.shifts_m:
        moved = shapely.transform(plan.geometry, lambda xy, by=unit * shift_m: xy + by)
        disc = shapely.buffer(moved, metres, quad_segs=rules.quad_segs)
        near = usable_shapes[shapely.intersects(usable_shapes, disc)] if len(usable_shapes) else usable_shapes
        reached_m2[shift_m] = float(area(shapely.intersection(near, disc)).sum())
    return reached_m2
