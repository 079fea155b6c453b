"""Nuisance categories: what plans admit against what dwellings and
hard plans leave possible, as a table of downgrades."""

import numpy as np
import pandas as pd

from layers.derived.category_downgrades import LAYER as DOWNGRADES
from pipeline.land.land import AssessedLand
from pipeline.project.effect_conditions import UNKNOWN
from pipeline.project.rules import AssessConfig


def category_downgrades(land: AssessedLand, bounds: pd.DataFrame, config: AssessConfig) -> pd.DataFrame:
    """m2 per category of the plan and highest category that is left, of
    all land and of land free without any extension."""
    # Rank 0 is no category at all; nan is not known.
    scale = ["none", *config.categories]
    rank = {name: position for position, name in enumerate(scale)}
    tables = []
    for year, part in bounds.groupby("year"):
        bound = part.set_index("piece_id").reindex(land.pieces["piece_id"])
        plan_rank = land.pieces["plan_category"].map(rank).to_numpy(dtype=float)
        # What is left is the lower of what the plan admits and what dwellings leave, however these are counted.
        left = {
            name: np.minimum(plan_rank, bound[name].map(rank).to_numpy(dtype=float))
            for name in ("category", "category_quiet", "category_mixed", "category_without_plans")
        }
        table = pd.DataFrame(
            {
                "plan_category": land.pieces["plan_category"].to_numpy(),
                "category": [UNKNOWN if np.isnan(place) else scale[int(place)] for place in left["category"]],
                "area_m2": land.area_m2,
                "by_plans_m2": land.area_m2 * (left["category"] < left["category_without_plans"]),
                "quiet_m2": land.area_m2 * (left["category_quiet"] >= left["category"]),
                "mixed_m2": land.area_m2 * (left["category_mixed"] > left["category"]),
            }
        )
        for held, which in (("all", np.ones(len(table), dtype=bool)), ("free", land.free(int(year)))):
            sums = table[which].groupby(["plan_category", "category"], as_index=False).sum()
            tables.append(sums.assign(cluster_id=land.cluster_id, year=year, held=held))
    return DOWNGRADES.collect(tables)
