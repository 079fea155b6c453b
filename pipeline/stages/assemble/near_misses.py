"""Near misses: free and open land that has nearly what an activity asks, and what it is short of."""

from itertools import compress
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.derived.near_misses import LAYER
from layers.units import M2_PER_HA, enough_m2
from pipeline.project.rules import ProfileConfig
from pipeline.stages.assemble.cluster_assessment import ClusterAssessment


def near_misses(assessment: ClusterAssessment) -> gpd.GeoDataFrame:
    """Patches of free and open land that have at least the card's part
    of all that is asked, but not all of it; m2, m."""
    rows: list[dict[str, Any]] = []
    for question in assessment.questions:
        for patch in assessment.free_patches(question):  # patches, not rows
            if assessment.areas.verdict(patch, question.asks) == "usable":
                continue
            if (measures := measured(assessment, patch, question.asks)) is not None:
                shape = shapely.orient_polygons(shapely.union_all(assessment.land.shapes[patch]))
                first_piece = assessment.ids[patch].min()
                rows.append({**question.key, "first_piece": first_piece, **measures, "geometry": shape})
    return LAYER.collect(rows, cluster_id=assessment.land.cluster_id)


def measured(assessment: ClusterAssessment, patch: Any, asks: ProfileConfig) -> dict[str, Any] | None:
    """What a patch has and is asked (m2, m), and what it is short of; None where it has too little of something
    to be near."""
    share = assessment.config.assemble.nearly_share
    required_m2 = asks.least_area_ha * M2_PER_HA
    # The cheapest measure first: most patches fall out by their area.
    area_m2 = assessment.land.sum_m2(patch)
    if area_m2 < share * required_m2:
        return None
    if not assessment.areas.is_wide(patch, share * asks.least_width_m):
        return None
    quay_m, draught_m = _quay(assessment, patch, asks)
    if quay_m < share * asks.least_quay_m or draught_m < share * asks.least_draught_m:
        return None  # what is not known (nan) is not too little
    short = {
        "area": area_m2 < enough_m2(asks.least_area_ha),
        "width": not assessment.areas.is_wide(patch, asks.least_width_m),
        "quay": quay_m < asks.least_quay_m,
        "draught": draught_m < asks.least_draught_m,
        "quay_unknown": asks.least_quay_m and np.isnan(quay_m),
        "draught_unknown": asks.least_draught_m and np.isnan(draught_m) and np.isfinite(quay_m),
    }
    return {
        "area_m2": area_m2,
        "required_area_m2": required_m2,
        "patch_width_m": assessment.areas.width_m(patch),
        "required_width_m": asks.least_width_m,
        "patch_quay_m": quay_m,
        "required_quay_m": asks.least_quay_m,
        "patch_draught_m": draught_m,
        "required_draught_m": asks.least_draught_m,
        "short_of": " ".join(compress(short, short.values())),
    }


def _quay(assessment: ClusterAssessment, patch: Any, asks: ProfileConfig) -> tuple[float, float]:
    """Metres of quay along a patch, and the largest draught that enough
    of it carries; nan where not asked or not known."""
    areas = assessment.areas
    if not asks.least_quay_m or areas.quays is None:
        return np.nan, np.nan
    along_m = sum(areas.quay_m(patch, 0.0))
    if not asks.least_draught_m or along_m < asks.least_quay_m:
        return along_m, np.nan
    if sum(areas.quay_m(patch, asks.least_draught_m)) >= asks.least_quay_m:
        return along_m, np.nan  # it may be deep enough: not known
    draughts = sorted(set(areas.quays["draught_m"].dropna()), reverse=True)  # of quays: a handful
    carried = (draught for draught in draughts if areas.quay_m(patch, float(draught))[0] >= asks.least_quay_m)
    return along_m, float(next(carried, np.nan))
