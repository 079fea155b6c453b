"""Nuisance categories: what plans admit against what dwellings and
hard plans leave possible, as a table of downgrades."""

import numpy as np
import pandas as pd

from layers.derived.category_downgrades import LAYER as DOWNGRADES
from pipeline.land.categories import CategoryScale, bars_on, highest_ranks
from pipeline.land.land import AssessedLand
from pipeline.project.project import Project
from pipeline.stages.balance.group_sums import group_sums
from pipeline.stages.balance.stacked import stacked_as

BOUNDS = {
    "category": "dwelling_category",
    "quiet": "category_quiet",
    "mixed": "category_mixed",
    "without_plans": "category_without_plans",
}


def category_downgrades(land: AssessedLand, bounds: pd.DataFrame, config: Project) -> pd.DataFrame:
    """m2 per category of the plan and highest category that is left, of
    all land and of land free without any extension."""
    scale = CategoryScale(config.assess.categories)
    place_of = pd.Index(land.pieces["piece_id"]).get_indexer(bounds["piece_id"])
    bound_ranks = {name: scale.ranks(bounds[column].tolist()) for name, column in BOUNDS.items()}
    admitted = land.pieces["plan_category"].to_numpy(dtype=object)
    plan_rank = scale.ranks(admitted.tolist())
    years, area_m2 = bounds["year"].to_numpy(dtype=int), land.area_m2
    parts = []
    for year in np.unique(years).tolist():
        rows = np.flatnonzero((years == year) & (place_of >= 0))
        # What is left, however dwellings are counted.
        left, bars = {}, bars_on(land.pieces, land.combinations, land.zones, config.effects, year)
        for name, bound in bound_ranks.items():
            of_piece = np.full(len(area_m2), np.nan)
            of_piece[place_of[rows]] = bound[rows]
            left[name] = highest_ranks(plan_rank, of_piece, bars)
        columns = {
            "area_m2": area_m2,
            "by_plans_m2": area_m2 * (left["category"] < left["without_plans"]),
            "quiet_m2": area_m2 * (left["quiet"] >= left["category"]),
            "mixed_m2": area_m2 * (left["mixed"] > left["category"]),
        }
        category = scale.words(left["category"])
        for held, which in (("all", np.ones(len(area_m2), dtype=bool)), ("free", land.free(year))):
            keys = {"plan_category": admitted[which], "category": category[which]}
            sums = group_sums(keys, **{name: m2[which] for name, m2 in columns.items()})
            parts.append({**sums, "year": year, "held": held})
    return stacked_as(DOWNGRADES, parts, cluster_id=land.cluster_id) if parts else DOWNGRADES.empty()
