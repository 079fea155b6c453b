"""Housing plans cut by the zones over them: how much of each lies under which zones."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.project.rules import BufferConfig, ConstraintConfig
from pipeline.spatial.geometry import area
from pipeline.spatial.reference_overlay import reference_overlay


def features_near(features: gpd.GeoDataFrame, plans: Any, constraint: ConstraintConfig) -> gpd.GeoDataFrame:
    """The features of a constraint that can reach plans (shapes, RD New): of a wide box most lie far from any."""
    tree = shapely.STRtree(features.geometry.to_numpy())
    near = tree.query(plans, predicate="dwithin", distance=_reach_m(features, constraint))[1]
    return features.iloc[np.unique(near)]


def _reach_m(features: gpd.GeoDataFrame, constraint: ConstraintConfig) -> float:
    """How far any of the features can work, m."""
    how = constraint.geometry
    column = how.distance_column if isinstance(how, BufferConfig) else None
    return float(max([how.furthest_m, *(features[column].dropna() if column else ())]))


def plan_parts(
    plans: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, boxes: Sequence[Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The parts of plans (RD New, m2) by the zones that cover them and whether they lie in one of the boxes, and the
    zones over some part."""
    parts = reference_overlay(plans.geometry.to_numpy(), [*zones.geometry, shapely.union_all(boxes)])
    keys = [*zones["zone_id"], None]
    covers = parts.sets.members()
    under = [" ".join(sorted(keys[place] for place in cover if keys[place] is not None)) for cover in covers]
    is_inside = np.array([len(zones) in cover for cover in covers])
    rows = pd.DataFrame(
        {
            "plan_id": plans["plan_id"].to_numpy(dtype=object)[parts.owner],
            "zones": np.array(under, dtype=object)[parts.number],
            "is_outside": ~is_inside[parts.number],
            "area_m2": area(parts.shapes),
        }
    )
    sums = rows.groupby(["plan_id", "zones", "is_outside"], as_index=False)["area_m2"].sum()
    numbered = sums.assign(
        part_number=sums.groupby("plan_id").cumcount() + 1, zones=sums["zones"].where(sums["zones"] != "", None)
    )
    used = set(" ".join(sums["zones"]).split())
    return numbered, pd.DataFrame(zones)[zones["zone_id"].isin(used).to_numpy()]
