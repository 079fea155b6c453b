"""Grond: plots inside the cluster, each m2 once, cut by the polygons of contracts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.arrangement import arrange
from pipeline.geometry import Shapes, area, keep_dimension, split, unions


@dataclass(frozen=True)
class Land:
    """Parts of plots with the position of their plot and of the lease polygons over them; RD New."""

    parcel: Any
    shapes: Shapes
    polygons: list[tuple[int, ...]]


def clip(parcels: gpd.GeoDataFrame, boundary: Any) -> gpd.GeoDataFrame:
    """The parts of plots inside the boundary, on the plots' own columns; plots without land inside are left out."""
    near = parcels.iloc[np.sort(parcels.sindex.query(boundary, predicate="intersects"))]
    shapes = near.geometry.to_numpy()
    shapely.prepare(boundary)
    crossing = ~shapely.covers(boundary, shapes)
    inside = shapes.copy()
    inside[crossing] = split(shapes[crossing], boundary)[0]
    return near.set_geometry(gpd.GeoSeries(inside, index=near.index, crs=parcels.crs))[area(inside) > 0].reset_index(
        drop=True
    )


def overlaps(parcels: gpd.GeoDataFrame) -> pd.DataFrame:
    """Pairs of plots that share ground, as positions `first` < `later` with the m2 that they share."""
    shapes = parcels.geometry.to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = left < right
    left, right = left[pairs], right[pairs]
    shared = area(keep_dimension(shapely.intersection(shapes[left], shapes[right]), "polygon"))
    real = shared > 0
    return pd.DataFrame({"first": left[real], "later": right[real], "area_m2": shared[real]})


def disjoin(parcels: gpd.GeoDataFrame, pairs: pd.DataFrame) -> gpd.GeoDataFrame:
    """Plots of which none overlaps another: shared ground stays with the first in the order given."""
    shapes = parcels.geometry.to_numpy().copy()
    later, taken = unions(shapes[pairs["first"].to_numpy()], pairs["later"].to_numpy())
    shapes[later] = keep_dimension(shapely.difference(shapes[later], taken), "polygon")
    return parcels.set_geometry(gpd.GeoSeries(shapes, index=parcels.index, crs=parcels.crs))[
        area(shapes) > 0
    ].reset_index(drop=True)


def cut(parcels: gpd.GeoDataFrame, polygons: gpd.GeoDataFrame, least_m2: float) -> Land:
    """Plots cut by lease polygons; per plot the areas add up.

    A part below `least_m2` is drawing noise along a line that was meant to coincide: it stays with the plot's largest part.
    """
    parts = arrange(parcels.geometry.to_numpy(), list(polygons.geometry))
    sizes = area(parts.shapes)
    order = np.lexsort((-sizes, parts.owner))
    largest = np.full(len(parcels), -1)
    largest[parts.owner[order[::-1]]] = order[::-1]
    noise = (sizes < least_m2) & (largest[parts.owner] != np.arange(len(sizes)))
    shapes = parts.shapes.copy()
    for at in np.flatnonzero(noise):  # few
        home = largest[parts.owner[at]]
        shapes[home] = shapely.union(shapes[home], shapes[at])
    kept, cover = np.flatnonzero(~noise), parts.cover
    return Land(parts.owner[kept], shapes[kept], [cover[at] for at in kept])
