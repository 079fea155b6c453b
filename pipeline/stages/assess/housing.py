"""How heavy an activity may be beside dwellings and plans, which of them binds, and what a plot presses on them.

Inward: the highest category at each piece, by its distance to what stands, to hard plans as they come, and to soft
plans apart. Outward: what the plot's own category asks around it, and who stands there. Distances reach as far as the
zones do that are cut with them: a circle of segments is that bit smaller than a true one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.columns import AREA_KINDS
from layers.derived import DERIVED
from layers.sources.housing_plans import HARD_STATUSES
from pipeline.project.rules import AssessConfig
from pipeline.spatial.geometry import nearest

VULNERABLE = ("dwelling", "vulnerable_building", "very_vulnerable_building")
CHORD_SLACK_M = 0.01
Columns = Mapping[str, Any]  # by name an array with a value per shape


@dataclass(frozen=True)
class Neighbours:
    """What activities press on: buildings and plans (None: not known), and how round the circles around
    them are cut."""

    buildings: gpd.GeoDataFrame | None
    plans: gpd.GeoDataFrame | None
    quad_segs: int

    def hard(self, year: int) -> gpd.GeoDataFrame | None:
        """Plans (RD New) that bind in a year; without a year they bind from now on."""
        if self.plans is None:
            return None
        is_later = (self.plans["from_year"] > year).fillna(False)
        return self.plans[self.plans["plan_status"].isin(HARD_STATUSES) & ~is_later]

    def soft(self) -> gpd.GeoDataFrame | None:
        """Plans (RD New) that bind nobody."""
        return None if self.plans is None else self.plans[~self.plans["plan_status"].isin(HARD_STATUSES)]


@dataclass(frozen=True)
class DistanceScale:
    """The guideline distances (m) of the categories, as far as circles of so many segments reach."""

    card: AssessConfig
    quad_segs: int

    def allowed(self, metres: Any, area_kind: str) -> Any:
        """Rank of the heaviest category at a distance (metres): -1 for none, the heaviest of all where nothing
        is near (nan)."""
        table = getattr(self.card.category_distances, area_kind)
        # The chord of a segment lies that much nearer to the centre than the arc; zones are cut with the chord.
        reach = np.array([table[name] for name in self.card.categories]) * np.cos(np.pi / (4 * self.quad_segs))
        return np.searchsorted(reach - CHORD_SLACK_M, metres, side="right") - 1  # nan is beyond all


def housing_bounds(
    pieces: gpd.GeoDataFrame, near: Neighbours, years: Iterable[int], card: AssessConfig
) -> pd.DataFrame:
    """Per piece and year the highest category beside dwellings, who binds, and the radius (metres) of an
    own 1e-6 contour."""
    shapes, scale = pieces.geometry.to_numpy(), DistanceScale(card, near.quad_segs)
    names = np.array(["none", *card.categories], dtype=object)  # by rank + 1: below the lightest is none
    standing = _binding(shapes, near.buildings, "building_id", scale)
    soft = _binding(shapes, near.soft(), "plan_id", scale)
    homes = near.buildings
    first = _nearest(shapes, None if homes is None else homes[homes["object_kind"].isin(VULNERABLE)], "building_id")
    tables = []
    # Most plans bind in most years: what lies nearest is measured once for the same plans.
    measured: dict[tuple[Any, ...], tuple[Columns, Columns]] = {}
    for year in years:
        hard = near.hard(year)
        key = () if hard is None else tuple(hard.index)
        if key not in measured:
            measured[key] = _binding(shapes, hard, "plan_id", scale), _nearest(shapes, hard, "plan_id")
        planned, second = measured[key]
        both = _worst(standing, planned)
        is_bound = both["rank"] < len(card.categories) - 1
        # The contour of an own risk ends at the nearest home that stands or surely comes.
        is_second = (second["m"] < first["m"]) | (np.isnan(first["m"]) & (homes is not None))
        risk = {name: np.where(is_second, second[name], first[name]) for name in first}
        ranks = {
            "dwelling_category": both["rank"],
            "category_quiet": both["quiet"],
            "category_mixed": both["mixed"],
            "category_without_plans": standing["rank"],
            "category_with_soft_plans": _worst(both, soft)["rank"],
        }
        bound_by = np.where(_binds_harder(planned, standing), "plan", "building")
        table = pd.DataFrame(
            {
                "piece_id": pieces["piece_id"].to_numpy(),
                "year": year,
                **{name: names[rank + 1] for name, rank in ranks.items()},
                "bound_by": np.where(is_bound, bound_by, "nothing"),
                "binding_id": np.where(is_bound, both["id"], None),
                "binding_m": np.where(is_bound, both["m"], np.nan),
                "soft_plan_id": np.where(soft["rank"] < both["rank"], soft["id"], None),
                "own_risk_radius_m": risk["m"],
                "own_risk_id": risk["id"],
                "is_known": True,
            }
        )
        if homes is None or near.plans is None:
            # A radius to what is known alone would be too large.
            unknown = dict.fromkeys([*ranks, "own_risk_id"])
            table = table.assign(**unknown, own_risk_radius_m=np.nan, bound_by="unknown", is_known=False)
        tables.append(table)
    return DERIVED["housing_bounds"].collect(tables)


def _binding(shapes: Any, features: gpd.GeoDataFrame | None, key: str, scale: DistanceScale) -> Columns:
    """Per shape the rank of the highest category as it is, and as if all areas were quiet or mixed; the feature that
    binds as it is, and its distance (m)."""
    if features is None:
        free = {**dict.fromkeys(("rank", *AREA_KINDS), len(scale.card.categories) - 1), "id": None, "m": np.inf}
        return {name: np.full(len(shapes), value) for name, value in free.items()}
    is_mixed = features["area_kind"] == "mixed"
    quiet, mixed = _nearest(shapes, features[~is_mixed], key), _nearest(shapes, features[is_mixed], key)
    # As if all areas were of one kind: the nearest of either counts.
    any_m = np.fmin(quiet["m"], mixed["m"])
    binding = _worst(
        {**quiet, "rank": scale.allowed(quiet["m"], "quiet")}, {**mixed, "rank": scale.allowed(mixed["m"], "mixed")}
    )
    return {**binding, **{kind: scale.allowed(any_m, kind) for kind in AREA_KINDS}}


def _binds_harder(right: Columns, left: Columns) -> Any:
    """Where the right leaves less than the left; of two that bind as hard, the nearer does."""
    return (right["rank"] < left["rank"]) | ((right["rank"] == left["rank"]) & (right["m"] < left["m"]))


def _worst(left: Columns, right: Columns) -> Columns:
    harder = _binds_harder(right, left)
    return {
        name: np.where(harder, right[name], left[name]) if name in ("id", "m") else np.minimum(left[name], right[name])
        for name in left
    }


def _nearest(shapes: Any, features: gpd.GeoDataFrame | None, key: str) -> Columns:
    """Metres to the nearest feature, and its key; nan and None where there is none. Ties go to the first key."""
    metres: Any = np.full(len(shapes), np.nan)
    names: Any = np.full(len(shapes), None, dtype=object)
    if features is not None:
        ordered = features.sort_values(key)
        row, which, far = nearest(shapes, ordered.geometry.to_numpy())
        metres[row] = far
        names[row] = ordered[key].to_numpy(dtype=object)[which]
    return {"m": metres, "id": names}


def outward_zoning(plots: gpd.GeoDataFrame, near: Neighbours, card: AssessConfig) -> pd.DataFrame:
    """What the category of each plot's plan asks around it (metres), how many buildings stand and which hard plans lie
    within that.

    The distance told is that to a quiet area; each building and plan is held against that of its own kind of area.
    """
    plan = plots["plan_category"]
    reach = {kind: plan.map(getattr(card.category_distances, kind)).to_numpy(dtype=float) for kind in AREA_KINDS}
    buildings, plan_ids = pd.Series(pd.NA, index=plots.index, dtype="Int64"), pd.Series(dtype=object)
    if near.buildings is not None:
        plot, _ = _inside(plots, near.buildings, reach)
        counts = pd.Series(np.bincount(plot, minlength=len(plots)), index=plots.index, dtype="Int64")
        buildings = counts.where(~np.isnan(reach["quiet"]))
    if near.plans is not None:
        hard = near.plans[near.plans["plan_status"].isin(HARD_STATUSES)]
        plot, which = _inside(plots, hard, reach)
        ids = pd.Series(hard["plan_id"].to_numpy(dtype=object)[which], dtype=object)
        plan_ids = ids.groupby(plots.index.to_numpy()[plot]).agg(lambda names: ", ".join(sorted(set(names))))
    return DERIVED["outward_zoning"].conform(
        plots[["cluster_id", "parcel_id"]].assign(
            plan_category=plan.fillna("unknown"),
            outward_m=reach["quiet"],
            outward_buildings=buildings,
            outward_plan_ids=plan_ids.reindex(plots.index),
        )
    )


def _inside(plots: gpd.GeoDataFrame, features: gpd.GeoDataFrame, reach: Mapping[str, Any]) -> tuple[Any, Any]:
    """Pairs of positions of plots and of features within the distance that holds for their kind of area."""
    pairs = []
    is_mixed = (features["area_kind"] == "mixed").to_numpy()
    for kind, of_kind in (("quiet", np.flatnonzero(~is_mixed)), ("mixed", np.flatnonzero(is_mixed))):
        known = np.flatnonzero(~np.isnan(reach[kind]))
        tree = shapely.STRtree(features.geometry.to_numpy()[of_kind])
        near = tree.query(plots.geometry.to_numpy()[known], predicate="dwithin", distance=reach[kind][known])
        pairs.append(np.array([known[near[0]], of_kind[near[1]]]))
    plot, which = np.concatenate(pairs, axis=1)
    return plot, which
