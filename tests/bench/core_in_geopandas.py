"""The core result alone, as a plain geopandas script: hectares free, and usable for one activity, on the first day.

Usage: python tests/bench/core_in_geopandas.py CONFIG OUTPUTS CLUSTER

From the tables of resolve and constrain, without quays; only the rules are read by code of the product.
"""

import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from pipeline.land.rooms import plan_effect, zone_effect
from pipeline.project.load import read_project


def core(config: Path, work: Path, cluster: str) -> tuple[float, float]:
    """Hectares free, and usable for the lead activity, on the first day when nobody extends."""
    project = read_project(config)
    card, year, day = project.assess, project.years[0], pd.Timestamp(project.day(project.years[0]))
    profile = project.profiles[project.publish.lead_profile]
    holdings = gpd.read_parquet(work / "resolve" / cluster / "holdings.parquet")
    periods = pd.read_parquet(work / "resolve" / cluster / "holding_periods.parquet")
    zones = gpd.read_parquet(work / "constrain" / cluster / "zones.parquet")
    now = (periods["begins_on"] <= day) & (periods["until"].isna() | (periods["until"] >= day))
    is_free = now & (periods["case"] == "earliest") & (periods["tenure_status"] == "free")
    free = holdings[holdings["holding_id"].isin(periods.loc[is_free, "holding_id"])]
    # What the rules say of each constraint and band, and of each category of the plan.
    rules = {rule.name: rule for rule in project.constrain.constraint}
    effects = {
        name: [effect for effect in project.effects if effect.constraint == name] for name in set(zones["constraint"])
    }
    bands = zones["band"].astype(object).where(zones["band"].notna(), None)
    worst = {
        (name, band): zone_effect(band, profile, effects[name], (rules.get(name), card))
        for name, band in set(zip(zones["constraint"], bands, strict=True))
    }
    limits = np.array(
        [worst[pair] in ("conditional", "unknown", "blocks") for pair in zip(zones["constraint"], bands, strict=True)]
    )
    limits &= ~((zones["valid_from"] > year) | (zones["valid_to"] < year)).fillna(False).to_numpy(bool)
    category = free["plan_category"].fillna("unknown")
    planned = free[np.array([plan_effect(each, profile, card) == "none" for each in category], dtype=bool)]
    # Open land: what no limiting zone covers, in parts, joined where they share enough of an edge.
    shapes, over = planned.geometry.to_numpy(), zones.geometry.to_numpy()[limits]
    plot, zone = shapely.STRtree(over).query(shapes, predicate="intersects")
    for each in np.unique(plot):
        shapes[each] = shapely.difference(shapes[each], shapely.union_all(over[zone[plot == each]]))
    parts = shapely.get_parts(shapes)
    parts = parts[shapely.area(parts) > 0.0]
    left, right = shapely.STRtree(parts).query(parts, predicate="dwithin", distance=card.shape.touch_m)
    along = shapely.intersection(shapely.boundary(parts[left]), shapely.buffer(parts, card.shape.touch_m)[right])
    joined = (left < right) & (shapely.length(along) >= card.shape.shared_edge_m)
    graph = coo_matrix((np.ones(joined.sum()), (left[joined], right[joined])), shape=(len(parts), len(parts)))
    areas = (
        gpd.GeoSeries(parts)
        .buffer(card.shape.touch_m, join_style="mitre")
        .groupby(connected_components(graph)[1])
        .agg(shapely.union_all)
    )
    areas = shapely.buffer(areas.to_numpy(), -card.shape.touch_m, join_style="mitre")
    areas = areas[shapely.area(areas) >= profile.least_area_ha * 1e4]
    wide = 2.0 * shapely.length(shapely.maximum_inscribed_circle(areas)) >= profile.least_width_m
    return float(free.area.sum()) / 1e4, float(shapely.area(areas[wide]).sum()) / 1e4


if __name__ == "__main__":
    began = time.process_time()
    free_ha, usable_ha = core(Path(sys.argv[1]), Path(sys.argv[2]) / "work", sys.argv[3])
    sys.stdout.write(f"free {free_ha:.2f} ha, usable {usable_ha:.2f} ha, {time.process_time() - began:.2f} s of CPU\n")
