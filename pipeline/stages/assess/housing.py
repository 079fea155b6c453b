"""How heavy an activity may be beside dwellings and plans, which of them binds, and what a plot presses on them.

Inward: the highest category at each piece, by its distance to what stands, to hard plans as they come, and to soft
plans apart. Outward: what the plot's own category asks around it, and who stands there. Distances reach as far as the
zones do that are cut with them: a circle of segments is that bit smaller than a true one."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.columns import AREA_KINDS
from layers.derived.housing_bounds import LAYER as BOUNDS
from layers.derived.outward_zoning import LAYER as OUTWARD
from layers.sources.housing_plans import HARD_STATUSES
from pipeline.project.rules import AssessConfig
from pipeline.spatial.geometry import nearest

VULNERABLE = ("dwelling", "vulnerable_building", "very_vulnerable_building")
CHORD_SLACK_M = 0.01


@dataclass(frozen=True)
class Neighbours:
    """What activities press on: buildings and plans (None: not known), and how round the circles around them are
    cut."""

    buildings: gpd.GeoDataFrame | None
    plans: gpd.GeoDataFrame | None
    quad_segs: int

    def hard(self, year: int) -> gpd.GeoDataFrame | None:
        """Plans that bind in a year; without a year they bind from now on."""
        if self.plans is None:
            return None
        begun = self.plans["from_year"].isna() | (self.plans["from_year"] <= year)
        return self.plans[self.plans["plan_status"].isin(HARD_STATUSES) & begun.fillna(True)]

    def soft(self) -> gpd.GeoDataFrame | None:
        """Plans that bind nobody."""
        return None if self.plans is None else self.plans[~self.plans["plan_status"].isin(HARD_STATUSES)]


@dataclass(frozen=True)
class DistanceScale:
    """The guideline distances (m) of the categories, as far as circles of so many segments reach."""

    card: AssessConfig
    quad_segs: int

    def allowed(self, metres: Any, area_kind: str) -> Any:
        """Rank of the heaviest category at a distance (m): -1 for none, the heaviest of all where nothing is near
        (nan)."""
        table = getattr(self.card.category_distances, area_kind)
        # The chord of a segment lies that much nearer to the centre than the arc; zones are cut with the chord.
        reach = np.array([table[name] for name in self.card.categories]) * math.cos(math.pi / (4 * self.quad_segs))
        far = np.where(np.isnan(metres), np.inf, metres)
        return np.searchsorted(reach - CHORD_SLACK_M, far, side="right") - 1


def housing_bounds(
    pieces: gpd.GeoDataFrame, near: Neighbours, years: Iterable[int], card: AssessConfig
) -> pd.DataFrame:
    """Per piece and year the highest category beside dwellings, who binds, and the radius of an own 1e-6 contour; m."""
    shapes, scale = pieces.geometry.to_numpy(), DistanceScale(card, near.quad_segs)
    standing = _by_kind(shapes, near.buildings, "building_id", scale)
    soft = _by_kind(shapes, near.soft(), "plan_id", scale)
    homes = near.buildings
    fragile = None if homes is None else homes[homes["object_kind"].isin(VULNERABLE)]
    first = _nearest(shapes, fragile, "building_id")
    tables = []
    for year in years:
        planned = _by_kind(shapes, near.hard(year), "plan_id", scale)
        both = _worst(standing, planned)
        is_known = standing["is_known"] & planned["is_known"]
        second = _nearest(shapes, near.hard(year), "plan_id")
        is_second = (second["m"] < first["m"]) | (first["m"].isna() & (homes is not None))
        risk = first.where(~is_second, second)
        # A radius to what is known alone would be too large.
        if not is_known:
            risk = risk.assign(m=np.nan, id=None)
        ranks = {name: _names(both[name], card) for name in ("as_is", *AREA_KINDS)}
        tables.append(
            pd.DataFrame(
                {
                    "piece_id": pieces["piece_id"].to_numpy(),
                    "year": year,
                    "category": ranks["as_is"],
                    "category_quiet": ranks["quiet"],
                    "category_mixed": ranks["mixed"],
                    "category_without_plans": _names(standing["as_is"], card),
                    "bound_by": _bound_by(standing, planned, len(card.categories)),
                    "binding_id": np.where(both["as_is"] < len(card.categories) - 1, both["id"], None),
                    "binding_m": np.where(both["as_is"] < len(card.categories) - 1, both["m"], np.nan),
                    "category_with_soft_plans": _names(_worst(both, soft)["as_is"], card),
                    "soft_plan_id": np.where(soft["as_is"] < both["as_is"], soft["id"], None),
                    "own_risk_radius_m": risk["m"].to_numpy(),
                    "own_risk_id": risk["id"].to_numpy(),
                    "is_known": is_known,
                }
            )
        )
    frame = pd.concat(tables)
    categories = [name for name in frame if name.startswith("category")]
    frame[categories] = frame[categories].astype(object).where(frame["is_known"], None)
    return BOUNDS.conform(frame)


def _by_kind(shapes: Any, features: gpd.GeoDataFrame | None, key: str, scale: DistanceScale) -> dict[str, Any]:
    """Ranks by kind of area as it is, and as if all were quiet or mixed; the feature that binds as it is, and its
    distance."""
    top = len(scale.card.categories) - 1
    if features is None:
        nothing = {name: np.full(len(shapes), top) for name in ("as_is", *AREA_KINDS)}
        return {**nothing, "id": np.full(len(shapes), None), "m": np.full(len(shapes), np.inf), "is_known": False}
    is_mixed = (features["area_kind"] == "mixed").fillna(False).to_numpy(dtype=bool)
    by_kind = {"quiet": _nearest(shapes, features[~is_mixed], key), "mixed": _nearest(shapes, features[is_mixed], key)}
    ranks = {kind: scale.allowed(near_kind["m"], kind) for kind, near_kind in by_kind.items()}
    # As if all areas were of one kind: the nearest of either counts.
    any_m = np.fmin(by_kind["quiet"]["m"], by_kind["mixed"]["m"])
    # Of two that bind as hard, the nearer is named.
    mixed_binds = (ranks["mixed"] < ranks["quiet"]) | (
        (ranks["mixed"] == ranks["quiet"]) & (by_kind["mixed"]["m"] < by_kind["quiet"]["m"])
    )
    return {
        "as_is": np.minimum(ranks["quiet"], ranks["mixed"]),
        **{kind: scale.allowed(any_m, kind) for kind in AREA_KINDS},
        "id": np.where(mixed_binds, by_kind["mixed"]["id"], by_kind["quiet"]["id"]),
        "m": np.where(mixed_binds, by_kind["mixed"]["m"], by_kind["quiet"]["m"]),
        "is_known": True,
    }


def _nearest(shapes: Any, features: gpd.GeoDataFrame | None, key: str) -> pd.DataFrame:
    """Metres to the nearest feature, and its key; nan and None where there is none. Ties go to the first key."""
    metres: Any = np.full(len(shapes), np.nan)
    names: Any = np.full(len(shapes), None, dtype=object)
    if features is not None and len(features) and len(shapes):
        ordered = features.sort_values(key)
        row, which, far = nearest(shapes, ordered.geometry.to_numpy())
        metres[row] = far
        names[row] = ordered[key].to_numpy(dtype=object)[which]
    return pd.DataFrame({"m": metres, "id": names})


def _worst(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    nearer = (right["as_is"] < left["as_is"]) | ((right["as_is"] == left["as_is"]) & (right["m"] < left["m"]))
    ranks = {name: np.minimum(left[name], right[name]) for name in ("as_is", *AREA_KINDS)}
    return {**ranks, "id": np.where(nearer, right["id"], left["id"]), "m": np.where(nearer, right["m"], left["m"])}


def _bound_by(standing: Mapping[str, Any], planned: Mapping[str, Any], count: int) -> Any:
    if not (standing["is_known"] and planned["is_known"]):
        return np.full(len(standing["as_is"]), "unknown")
    both = _worst(standing, planned)
    is_plan = (planned["as_is"] < standing["as_is"]) | (
        (planned["as_is"] == standing["as_is"]) & (planned["m"] < standing["m"])
    )
    return np.where(both["as_is"] >= count - 1, "nothing", np.where(is_plan, "plan", "building"))


def _names(rank: Any, card: AssessConfig) -> Any:
    """Categories by rank; `none` below the lightest."""
    return np.array(["none", *card.categories], dtype=object)[np.asarray(rank) + 1]


def outward_zoning(plots: gpd.GeoDataFrame, near: Neighbours, card: AssessConfig) -> pd.DataFrame:
    """What the category of each plot's plan asks around it (m), how many buildings stand and which hard plans lie
    within that.

    The distance told is that to a quiet area; each building and plan is held against that of its own kind of area.
    """
    plan = plots["plan_category"]
    reach = {kind: plan.map(getattr(card.category_distances, kind)).to_numpy(dtype=float) for kind in AREA_KINDS}
    hard = None if near.plans is None else near.plans[near.plans["plan_status"].isin(HARD_STATUSES)]
    return OUTWARD.conform(
        pd.DataFrame(
            {
                "cluster_id": plots["cluster_id"],
                "parcel_id": plots["parcel_id"],
                "plan_category": plan.fillna("unknown"),
                "outward_m": reach["quiet"],
                "outward_buildings": _counted(plots, near.buildings, reach),
                "outward_plan_ids": _named(plots, hard, reach),
            }
        )
    )


def _counted(plots: gpd.GeoDataFrame, homes: gpd.GeoDataFrame | None, reach: Mapping[str, Any]) -> pd.Series:
    if homes is None:
        return pd.Series(pd.NA, index=plots.index, dtype="Int64")
    counts: Any = np.zeros(len(plots), dtype=int)
    for plot, _ in _inside(plots, homes, reach):
        counts += np.bincount(plot, minlength=len(plots))
    return pd.Series(counts, index=plots.index).astype("Int64").where(~np.isnan(reach["quiet"]))


def _named(plots: gpd.GeoDataFrame, plans: gpd.GeoDataFrame | None, reach: Mapping[str, Any]) -> pd.Series:
    names_of_plot: dict[int, set[str]] = {}
    ids = [] if plans is None else plans["plan_id"].to_numpy(dtype=object)
    for plots_near, which in _inside(plots, plans, reach) if plans is not None else ():
        for plot, name in zip(plots_near.tolist(), ids[which], strict=True):  # plots with a plan near
            names_of_plot.setdefault(plot, set()).add(name)
    names = [", ".join(sorted(names_of_plot[plot])) if plot in names_of_plot else None for plot in range(len(plots))]
    return pd.Series(names, index=plots.index, dtype=object)


def _inside(plots: gpd.GeoDataFrame, features: gpd.GeoDataFrame, reach: Mapping[str, Any]) -> Iterable[tuple[Any, Any]]:
    """Pairs of positions of plots and of features within the distance that holds for their kind of area."""
    is_mixed = (features["area_kind"] == "mixed").fillna(False).to_numpy(dtype=bool)
    for kind, features_of_kind in (("quiet", np.flatnonzero(~is_mixed)), ("mixed", np.flatnonzero(is_mixed))):
        # Plots of one category look equally far: one query per distance.
        tree, far = shapely.STRtree(features.geometry.to_numpy()[features_of_kind]), reach[kind]
        for metres in np.unique(far[~np.isnan(far)]):  # distances of the guideline: ten
            mine = np.flatnonzero(far == metres)
            plot, which = tree.query(plots.geometry.to_numpy()[mine], predicate="dwithin", distance=metres)
            yield mine[plot], features_of_kind[which]
