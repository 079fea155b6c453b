"""Distances as the crow flies from the edge of each plot, and how much of it is built; a Series on the plots' index
each."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.spatial.geometry import covered_share, nearest


def distance_m(parcels: gpd.GeoDataFrame, features: gpd.GeoDataFrame | None) -> pd.Series:
    """Shortest distance in metres from the edge of each plot; empty when the layer is not supplied or holds nothing."""
    metres_by_plot = pd.Series(np.nan, index=parcels.index)
    if features is None or features.empty:
        return metres_by_plot
    plot, _, metres = nearest(parcels.geometry.to_numpy(), features.geometry.to_numpy())
    metres_by_plot.iloc[plot] = metres
    return metres_by_plot


def built_share(parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None) -> pd.Series:
    """Share (0-1) of each plot under buildings; empty when the layer is not supplied."""
    if buildings is None:
        return pd.Series(np.nan, index=parcels.index)
    return pd.Series(covered_share(parcels.geometry.to_numpy(), buildings.geometry.to_numpy()), index=parcels.index)


def pairs_within(parcels: gpd.GeoDataFrame, features: gpd.GeoDataFrame, reach_m: float) -> tuple[Any, Any]:
    """Positions of plots and of features within metres of them, for every such pair."""
    plot, which = shapely.STRtree(features.geometry.to_numpy()).query(
        parcels.geometry.to_numpy(), predicate="dwithin", distance=reach_m
    )
    return plot, which
