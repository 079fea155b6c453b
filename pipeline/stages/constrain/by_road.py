"""Plots that lie far along the road: the features of a constraint whose geometry is `by_road`."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.layer import RD_NEW
from layers.sources import TABLES
from pipeline.land.road_network import metres_by_road
from pipeline.project.measure import NetworkMeasureConfig
from pipeline.project.rules import PLOTS, TERMINAL_LAYER, ByRoadConfig

BEYOND_M = "beyond_m"


def plots_beyond(
    layers: Mapping[str, Any], how: ByRoadConfig, limits_m: set[float], card: NetworkMeasureConfig
) -> gpd.GeoDataFrame:
    """The plots (RD New) farther along the road than each limit, once for every limit (`beyond_m`); and, with an empty
    limit, those from which no road leads to a terminal of the kind, or none is known."""
    plots = layers[PLOTS].geometry.to_numpy()
    terminals = layers.get(TERMINAL_LAYER, TABLES[TERMINAL_LAYER].empty())
    metres = metres_by_road(plots, layers["roads"], terminals, how.terminal_kind, card)
    parts: list[tuple[Any, float]] = [(plots[np.isnan(metres)], np.nan)]
    parts += [(plots[metres > limit_m], limit_m) for limit_m in sorted(limits_m)]
    shapes = np.concatenate([part for part, _ in parts])
    beyond = pd.Series(np.repeat([limit_m for _, limit_m in parts], [len(part) for part, _ in parts]), dtype=float)
    return gpd.GeoDataFrame({BEYOND_M: beyond}, geometry=gpd.array.from_shapely(shapes), crs=RD_NEW)
