"""Milieucategorie: what plans admit against what dwellings and hard plans leave possible, as a table of downgrades."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.derived.category_downgrades import LAYER as DOWNGRADES
from pipeline.land.land import AssessedLand
from pipeline.project.rules import AssessConfig

UNKNOWN = "unknown"


def category_downgrades(ground: AssessedLand, bounds: pd.DataFrame, card: AssessConfig) -> pd.DataFrame:
    """m2 per category of the plan and highest category that is left, of all land and of land free without any extension."""
    scale = ["none", *card.categories]
    rank = {name: place for place, name in enumerate(scale)}
    made = []
    for year, part in bounds.groupby("year"):
        own = part.set_index("piece_id").reindex(ground.pieces["piece_id"])
        plan = ground.pieces["plan_category"].map(rank).to_numpy(dtype=float)
        left = {
            name: np.minimum(plan, own[name].map(rank).to_numpy(dtype=float))
            for name in ("category", "category_quiet", "category_mixed", "category_without_plans")
        }
        table = pd.DataFrame(
            {
                "plan_category": ground.pieces["plan_category"].to_numpy(),
                "category": [UNKNOWN if np.isnan(place) else scale[int(place)] for place in left["category"]],
                "area_m2": ground.area_m2,
                "by_plans_m2": ground.area_m2 * (left["category"] < left["category_without_plans"]),
                "quiet_m2": ground.area_m2 * (left["category_quiet"] >= left["category"]),
                "mixed_m2": ground.area_m2 * (left["category_mixed"] > left["category"]),
            }
        )
        for held, which in (("all", np.ones(len(table), dtype=bool)), ("free", ground.free(int(year)))):
            sums = table[which].groupby(["plan_category", "category"], as_index=False).sum()
            made.append(sums.assign(cluster_id=ground.cluster_id, year=year, held=held))
    return DOWNGRADES.conform(pd.concat(made)) if made else DOWNGRADES.empty()


def national(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The clusters with their sum."""
    key = [column for column in DOWNGRADES.key if column != "cluster_id"]
    total = table.groupby(key, as_index=False)[[c for c in DOWNGRADES.columns if c.endswith("_m2")]].sum()
    return DOWNGRADES.conform(pd.concat([table, total.assign(cluster_id=name)], ignore_index=True))
