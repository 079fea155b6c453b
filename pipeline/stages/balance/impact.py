"""Woningbouw tegenover industrie: what each housing plan costs, alone and shared; what keeping plans away would save.

Land is never cut by the rings of single plans in the line; here only the land that would otherwise be usable is.
"""

from __future__ import annotations

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
from pipeline.project.rules import AssessConfig, ProfileConfig
from pipeline.spatial.geometry import area
from pipeline.spatial.reference_overlay import Parts, arrange


@dataclass(frozen=True)
class Reached:
    """Parts of land with the plans (positions) that reach them: m2 of each part, and every pair of part and plan."""

    area_m2: Any
    part: Any
    plan: Any
    count: int

    def hit(self) -> Any:
        """m2 per plan that it reaches."""
        return np.bincount(self.plan, self.area_m2[self.part], self.count)

    def unique(self) -> Any:
        """m2 per plan that no other plan reaches."""
        alone = self._others() == 1
        return np.bincount(self.plan[alone], self.area_m2[self.part][alone], self.count)

    def share(self) -> Any:
        """m2 per plan, each part divided equally among the plans that reach it: the Shapley value."""
        return np.bincount(self.plan, self.area_m2[self.part] / self._others(), self.count)

    def saved(self, gone: Any) -> float:
        """m2 that only plans in `gone` (flags per plan) reach."""
        covers = np.bincount(self.part, minlength=len(self.area_m2))
        lifted = np.bincount(self.part, gone[self.plan], len(self.area_m2))
        return float(self.area_m2[(covers > 0) & (covers == lifted)].sum())

    def _others(self) -> Any:
        return np.bincount(self.part, minlength=len(self.area_m2))[self.part]


def reach_m(plans: gpd.GeoDataFrame, profile: ProfileConfig, card: AssessConfig) -> Any:
    """How far each plan presses on an activity: its category's distance to that kind of area, or its own risk radius."""
    is_mixed = (plans["area_kind"] == "mixed").fillna(False).to_numpy(dtype=bool)
    metres = [card.category_distances.metres(kind, profile.category) for kind in ("quiet", "mixed")]
    return np.maximum(np.where(is_mixed, metres[1], metres[0]), profile.risk_radius_m)


def reached(shapes: Any, plans: gpd.GeoDataFrame, metres: Any, quad_segs: int) -> Reached:
    """Land (RD New) cut by the reach of each plan; a plan without reach still takes the land that it lies on."""
    if not len(shapes) or not len(plans):
        nothing: Any = np.zeros(0, dtype=int)
        return Reached(np.zeros(len(shapes)), nothing, nothing, len(plans))
    discs = shapely.buffer(plans.geometry.to_numpy(), metres, quad_segs=quad_segs)
    parts: Parts = arrange(shapes, list(discs))
    part, plan = parts.pairs()
    return Reached(area(parts.shapes), part, plan, len(plans))


def plan_impact(
    ground: AssessedLand, plans: gpd.GeoDataFrame, usable: tuple[pd.DataFrame, pd.DataFrame], rules: Rulebook
) -> pd.DataFrame:
    """m2 otherwise usable that each plan reaches, per activity and year, from its first year on.

    `usable`: pieces but for plans, for hard plans; and pieces with hard plans counted, for soft plans.
    """
    made = []
    for is_hard, pieces in zip((True, False), usable, strict=True):
        own = plans[plans["plan_status"].isin(HARD_STATUSES) == is_hard]
        for name, profile, year in rules.profile_years():
            now = plans_in_force(own, year)
            shapes = _picked(ground, pieces, name, year)
            found = reached(shapes, now, reach_m(now, profile, rules.card), rules.quad_segs)
            made.append(_rows(ground.cluster_id, now, (name, year, is_hard), found))
    whole = [part for part in made if len(part)]
    return IMPACT.conform(pd.concat(whole)) if whole else IMPACT.empty()


def plans_in_force(plans: gpd.GeoDataFrame, year: int) -> gpd.GeoDataFrame:
    """Plans of which the first dwellings stand in a year; without a year they count from now on."""
    return plans[(plans["from_year"].isna() | (plans["from_year"] <= year)).fillna(True)]


def _picked(ground: AssessedLand, pieces: pd.DataFrame, profile: str, year: int) -> Any:
    asked = pieces[(pieces["profile"] == profile) & (pieces["year"] == year)]["piece_id"]
    return ground.shapes[ground.pieces["piece_id"].isin(set(asked)).to_numpy()]


def _rows(cluster_id: str, plans: gpd.GeoDataFrame, asked: tuple[str, int, bool], found: Reached) -> pd.DataFrame:
    name, year, is_hard = asked
    hit = found.hit()
    dwellings = plans["dwellings"].to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(dwellings > 0, hit / dwellings, np.nan)
    table = pd.DataFrame(
        {
            **question_key(cluster_id, name, year),
            "plan_id": plans["plan_id"].to_numpy(),
            "plan_name": plans["plan_name"].to_numpy(),
            "is_hard": is_hard,
            "hit_m2": hit,
            "unique_m2": found.unique(),
            "share_m2": found.share(),
            "dwellings": plans["dwellings"].to_numpy(),
            "per_dwelling": each,
        },
        index=pd.RangeIndex(len(plans)),
    )
    kept = table[table["hit_m2"] > 0].sort_values(["hit_m2", "plan_id"], ascending=[False, True])
    return kept.assign(rank=np.arange(1, len(kept) + 1))


def plan_downgrades(
    ground: AssessedLand, plans: gpd.GeoDataFrame, bounds: pd.DataFrame, rules: Rulebook
) -> pd.DataFrame:
    """m2 of free land that each plan alone brings from one highest category to another, from its first year on."""
    scale = ["none", *rules.card.categories]
    rank = {name: place for place, name in enumerate(scale)}
    rows = []
    for year in rules.years:
        free = np.flatnonzero(ground.free(year))
        own = bounds[bounds["year"] == year].set_index("piece_id").reindex(ground.pieces["piece_id"].iloc[free])
        plan_rank = ground.pieces["plan_category"].iloc[free].map(rank).to_numpy(dtype=float)
        before = np.minimum(plan_rank, own["category_without_plans"].map(rank).to_numpy(dtype=float))
        known = ~np.isnan(before)
        for plan in plans_in_force(plans, year).itertuples():  # plans: each cuts only the land around it
            kind = "mixed" if plan.area_kind == "mixed" else "quiet"
            table = getattr(rules.card.category_distances, kind)
            lost = _lost(ground.shapes[free[known]], plan.geometry, list(table.values()), rules.quad_segs)
            for at, after, m2 in lost:
                if after < before[known][at]:
                    rows.append(
                        (
                            plan.plan_id,
                            plan.plan_name,
                            plan.plan_status in HARD_STATUSES,
                            year,
                            scale[int(before[known][at])],
                            scale[after],
                            m2,
                        )
                    )
    columns = ["plan_id", "plan_name", "is_hard", "year", "category_before", "category_after", "area_m2"]
    table = pd.DataFrame(rows, columns=columns)
    keys = [name for name in columns if name != "area_m2"]
    sums = table.groupby(keys, as_index=False, dropna=False)["area_m2"].sum()
    return DOWNGRADES.conform(sums.assign(cluster_id=ground.cluster_id)) if len(sums) else DOWNGRADES.empty()


def _lost(shapes: Any, plan: Any, distances: list[float], quad_segs: int) -> list[tuple[int, int, float]]:
    """Position of the shape, rank that is left (0: none) and m2, of every part within the distance of some category."""
    discs = [shapely.buffer(plan, metres, quad_segs=quad_segs) for metres in distances if metres > 0]
    near = np.flatnonzero(shapely.intersects(shapes, discs[-1]))
    if not len(near):
        return []
    parts = arrange(shapes[near], discs)
    part, _ = parts.pairs()
    inside = np.bincount(part, minlength=len(parts.owner))
    left = len(distances) - inside  # of ten distances, those whose disc does not reach here still fit
    m2 = area(parts.shapes)
    return [(int(near[parts.owner[at]]), int(left[at]), float(m2[at])) for at in np.flatnonzero(inside)]


def contour_protection(
    ground: AssessedLand, plans: gpd.GeoDataFrame, usable: pd.DataFrame, asked: tuple[Rulebook, tuple[float, ...], Any]
) -> pd.DataFrame:
    """Per width around the cluster's land: m2 otherwise usable that only hard plans within it reach, and their dwellings."""
    rules, widths, land = asked
    hard = plans[plans["plan_status"].isin(HARD_STATUSES)]
    rows = []
    for name, profile, year in rules.profile_years():
        now = plans_in_force(hard, year)
        far = shapely.distance(now.geometry.to_numpy(), land)
        shapes = _picked(ground, usable, name, year)
        found = reached(shapes, now, reach_m(now, profile, rules.card), rules.quad_segs)
        for width_m in widths:
            gone = far <= width_m
            displaced = now[gone]
            rows.append(
                {
                    **question_key(ground.cluster_id, name, year),
                    "width_m": width_m,
                    "saved_m2": found.saved(gone) if len(now) else 0.0,
                    "dwellings": int(displaced["dwellings"].fillna(0).sum()),
                    "plans_without_number": int(displaced["dwellings"].isna().sum()),
                    "plan_ids": ", ".join(sorted(displaced["plan_id"])) or None,
                }
            )
    return PROTECTION.conform(pd.DataFrame(rows)) if rows else PROTECTION.empty()


def shifted(
    plan: Any, usable: tuple[pd.DataFrame, Any], asked: tuple[ProfileConfig, Rulebook, tuple[float, ...]]
) -> dict[float, float]:
    """m2 otherwise usable within reach of one plan (a row) when it is moved so many metres away from the land (negative: nearer)."""
    shapes, land = usable
    profile, rules, shifts = asked
    kind = "mixed" if plan.area_kind == "mixed" else "quiet"
    metres = max(rules.card.category_distances.metres(kind, profile.category), profile.risk_radius_m)
    # Away is along the shortest way between the two; where the plan lies on the land, from middle to middle.
    way = shapely.get_coordinates(shapely.shortest_line(land, plan.geometry))
    if shapely.distance(land, plan.geometry) == 0:
        way = shapely.get_coordinates([shapely.centroid(land), shapely.centroid(plan.geometry)])
    away = way[1] - way[0]
    unit = away / max(float(np.hypot(*away)), 1e-9)
    found = {}
    for metres_away in shifts:
        moved = shapely.transform(plan.geometry, lambda xy, by=unit * metres_away: xy + by)
        disc = shapely.buffer(moved, metres, quad_segs=rules.quad_segs)
        near = shapes[shapely.intersects(shapes, disc)] if len(shapes) else shapes
        found[metres_away] = float(area(shapely.intersection(near, disc)).sum())
    return found
