"""What can be measured of each plot: its water, noise, roads, power, air, nature and flood.

reads   holdings, cluster_boundaries, and every layer and grid that plots are measured against
writes  parcel_facts, access, grid_access, nature_rings, air_quality, noise_relations
keeps   one row per plot inside the cluster; what is not supplied stays empty, no data is never nothing
"""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.parcel_facts import LAYER as FACTS
from layers.sources.waterways import CEMT_ORDER
from pipeline.land.land import whole_plots
from pipeline.land.supplied import cluster_shape, supplied_or_empty
from pipeline.project.measure import MeasureConfig
from pipeline.project.project import Project
from pipeline.spatial.geometry import area, covered_share, nearest, width
from pipeline.stages.measure import grids, quays, surroundings
from pipeline.stages.measure.access import access, grid_access, worst_status


def run(config: Project, cluster: str, tables: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """What can be measured of the plots of one cluster (RD New, m, m2, dB, shares); a layer declared to hold
    nothing is empty."""
    layers = supplied_or_empty(config, tables, [*tables, *config.card.absences])
    if "buildings" in layers:
        # A permit or a ruin covers nothing: only what the card counts as standing.
        is_standing = layers["buildings"]["building_status"].isin(config.resolve.built.statuses)
        layers["buildings"] = layers["buildings"][is_standing]
    card, land = config.measure, cluster_shape(tables["cluster_boundaries"], cluster)
    plots = whole_plots(tables["holdings"])
    fed = grid_access(plots, layers.get("feeding_areas"))
    concentrations = {name: layers.get(f"air_{name}") for name in ("no2", "pm10", "pm25")}
    return {
        "parcel_facts": FACTS.conform(_facts(plots, layers, card, fed)),
        "access": access(plots, layers, card),
        "grid_access": fed,
        "nature_rings": surroundings.nature_rings(plots, layers.get("nitrogen_hexagons"), card.nature),
        "air_quality": grids.air(plots, concentrations, card.air),
        "noise_relations": surroundings.noise_relations(cluster, land, layers, card.noise.link_m),
    }


def _facts(
    plots: gpd.GeoDataFrame, layers: Mapping[str, Any], card: MeasureConfig, fed: pd.DataFrame
) -> gpd.GeoDataFrame:
    measured = [
        quays.frontage(plots, layers.get("quays"), card.quay),
        grids.noise(plots, layers.get("noise_levels"), card.noise),
        surroundings.plot_budget(plots, layers.get("noise_budgets"), card.noise),
        grids.flood(plots, layers.get("flood_depths"), layers.get("flood_classes"), card.flood),
    ]
    keys = pd.MultiIndex.from_frame(plots[["cluster_id", "parcel_id"]])
    status = {
        name: worst_status(fed, name).reindex(keys, fill_value="unknown").to_numpy()
        for name in ("offtake_status", "feed_in_status")
    }
    distances = {
        "distance_quay_m": "quays",
        "distance_waterway_m": "waterways",
        "distance_railway_m": "railways",
        "distance_nature_m": "nature_sites",
        "distance_sensitive_m": "sensitive_buildings",
    }
    return plots.assign(
        area_m2=area(plots.geometry.to_numpy()),
        width_m=[width(shape) for shape in plots.geometry],
        built_share=built_share(plots, layers.get("buildings")),
        cemt_class=_cemt(plots, layers.get("waterways"), card.waterway.reach_m),
        feeding_area_count=fed.groupby(["cluster_id", "parcel_id"]).size().reindex(keys).to_numpy(),
        **{name: distance_m(plots, layers.get(layer)) for name, layer in distances.items()},
        **status,
        **{name: part[name] for part in measured for name in part},
    )


def _cemt(plots: gpd.GeoDataFrame, waterways: gpd.GeoDataFrame | None, reach_m: float) -> pd.Series:
    """The largest ship class of the waterways within reach; classes are an order (VI before VII, Va before
    Vb), no alphabet."""
    classes = pd.Series(None, index=plots.index, dtype=object)
    if waterways is None:
        return classes
    plot, near = shapely.STRtree(waterways.geometry.to_numpy()).query(
        plots.geometry.to_numpy(), predicate="dwithin", distance=reach_m
    )
    # Classes rank by size, not by name; the largest within reach is the last per plot.
    ranked = pd.DataFrame({"plot": plot, "name": waterways["cemt_class"].to_numpy(dtype=object)[near]}).dropna()
    ranked = ranked.assign(rank=ranked["name"].map(CEMT_ORDER)).sort_values(["plot", "rank", "name"])
    largest = ranked.drop_duplicates("plot", keep="last")
    classes.iloc[largest["plot"]] = largest["name"].to_numpy()
    return classes


def distance_m(parcels: gpd.GeoDataFrame, features: gpd.GeoDataFrame | None) -> pd.Series:
    """Shortest distance in metres from the edge of each plot; empty when the layer is not supplied or holds nothing."""
    metres_by_plot = pd.Series(np.nan, index=parcels.index)
    if features is None:
        return metres_by_plot
    plot, _, metres = nearest(parcels.geometry.to_numpy(), features.geometry.to_numpy())
    metres_by_plot.iloc[plot] = metres
    return metres_by_plot


def built_share(parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None) -> pd.Series:
    """Share (0-1) of the m2 of each plot under buildings; empty when the layer is not supplied."""
    if buildings is None:
        return pd.Series(np.nan, index=parcels.index)
    return pd.Series(covered_share(parcels.geometry.to_numpy(), buildings.geometry.to_numpy()), index=parcels.index)
