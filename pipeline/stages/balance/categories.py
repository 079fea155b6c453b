"""Nuisance categories: what plans admit against what dwellings and
hard plans leave possible, as a table of downgrades."""

import numpy as np
import pandas as pd

from layers.derived.category_downgrades import LAYER as DOWNGRADES
from pipeline.land.land import AssessedLand
from pipeline.project.effect_conditions import UNKNOWN
from pipeline.project.rules import AssessConfig
from pipeline.stages.balance.group_sums import group_sums
from pipeline.stages.balance.stacked import stacked_as


def category_downgrades(land: AssessedLand, bounds: pd.DataFrame, config: AssessConfig) -> pd.DataFrame:
    """m2 per category of the plan and highest category that is left, of
    all land and of land free without any extension."""
    # Rank 0 is no category at all; nan is not known.
    scale = ["none", *config.categories]
    rank = {name: position for position, name in enumerate(scale)}
    # The last: of a name that is not on the scale.
    ranks, names = np.array([*range(len(scale)), np.nan]), np.array([*scale, UNKNOWN], dtype=object)
    place_of = pd.Index(land.pieces["piece_id"]).get_indexer(bounds["piece_id"])
    bound_ranks = {
        name: ranks[[rank.get(word, -1) for word in bounds[name].tolist()]]
        for name in ("category", "category_quiet", "category_mixed", "category_without_plans")
    }
    admitted = land.pieces["plan_category"].to_numpy(dtype=object)
    plan_rank = ranks[[rank.get(word, -1) for word in admitted.tolist()]]
    years, area_m2 = bounds["year"].to_numpy(dtype=int), land.area_m2
    parts = []
    for year in np.unique(years).tolist():
        rows = np.flatnonzero((years == year) & (place_of >= 0))
        # What is left is the lower of what the plan admits and what dwellings leave, however these are counted.
        left = {}
        for name, bound in bound_ranks.items():
            of_piece = np.full(len(area_m2), np.nan)
            of_piece[place_of[rows]] = bound[rows]
            left[name] = np.minimum(plan_rank, of_piece)
        columns = {
            "area_m2": area_m2,
            "by_plans_m2": area_m2 * (left["category"] < left["category_without_plans"]),
            "quiet_m2": area_m2 * (left["category_quiet"] >= left["category"]),
            "mixed_m2": area_m2 * (left["category_mixed"] > left["category"]),
        }
        category = names[np.where(np.isnan(left["category"]), -1, left["category"]).astype(int)]
        for held, which in (("all", np.ones(len(area_m2), dtype=bool)), ("free", land.free(year))):
            keys = {"plan_category": admitted[which], "category": category[which]}
            sums = group_sums(keys, **{name: m2[which] for name, m2 in columns.items()})
            parts.append({**sums, "year": year, "held": held})
    return stacked_as(DOWNGRADES, parts, cluster_id=land.cluster_id) if parts else DOWNGRADES.empty()
