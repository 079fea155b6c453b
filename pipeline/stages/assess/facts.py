"""Kavelkenmerken: what can be measured of a plot; each measure a Series on the plots' index, empty where not known."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource

from pipeline.geometry import area, covered_share
from pipeline.raw import Grid


def distance(parcels: gpd.GeoDataFrame, features: gpd.GeoDataFrame | None) -> pd.Series:
    """Shortest distance in metres from the edge of each plot; empty when the layer is not supplied or holds nothing."""
    found = pd.Series(np.nan, index=parcels.index)
    if features is None or features.empty:
        return found
    tree = shapely.STRtree(features.geometry.to_numpy())
    (at, _), metres = tree.query_nearest(parcels.geometry.to_numpy(), return_distance=True, all_matches=False)
    found.iloc[at] = metres
    return found


def built_share(parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None) -> pd.Series:
    """Share (0-1) of each plot under buildings; empty when the layer is not supplied."""
    if buildings is None:
        return pd.Series(np.nan, index=parcels.index)
    return pd.Series(covered_share(parcels.geometry.to_numpy(), buildings.geometry.to_numpy()), index=parcels.index)


def length_along(parcels: gpd.GeoDataFrame, lines: gpd.GeoDataFrame | None, reach_m: float) -> pd.Series:
    """Metres of line within reach of each shape; empty when the layer is not supplied."""
    if lines is None:
        return pd.Series(np.nan, index=parcels.index)
    shapes, quays = parcels.geometry.to_numpy(), shapely.union_all(lines.geometry.to_numpy())
    return pd.Series(shapely.length(shapely.intersection(shapely.buffer(shapes, reach_m), quays)), index=parcels.index)


def noise(parcels: gpd.GeoDataFrame, grid: Grid | None, least_share: float) -> pd.DataFrame:
    """Energetic mean and maximum in dB by exact cover of cells, and the share of the plot with a level.

    Mean and maximum are empty below the least share. Decibels are averaged as energy: 10 log10 of the mean of 10^(L/10).
    """
    names = ["noise_mean_db", "noise_max_db", "noise_covered_share"]
    if grid is None or parcels.empty:
        return pd.DataFrame(np.nan, index=parcels.index, columns=names)
    west, south, east, north = grid.bounds()
    energy = NumPyRasterSource(10.0 ** (grid.levels.astype(float) / 10.0), west, south, east, north, nodata=np.nan)
    plots = gpd.GeoDataFrame(geometry=parcels.geometry.to_numpy(), crs=parcels.crs)
    found = exact_extract(energy, plots, ["mean", "max", "count"], output="pandas")
    share = np.clip(found["count"].to_numpy() * grid.cell_x_m * grid.cell_y_m / area(parcels.geometry.to_numpy()), 0, 1)
    known = share >= least_share
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, peak = (
            np.where(known, 10.0 * np.log10(found[name].to_numpy(dtype=float)), np.nan) for name in ("mean", "max")
        )
    return pd.DataFrame({names[0]: mean, names[1]: peak, names[2]: share}, index=parcels.index)


def highest_category(
    distance_m: pd.Series, plan: pd.Series, bands: dict[str, float], scale: tuple[str, ...]
) -> pd.Series:
    """The heaviest category allowed by plan and by distance; empty when either is not known, or none fits."""
    metres = np.array([bands[name] for name in scale])
    by_distance = np.searchsorted(metres, distance_m.to_numpy(), side="right") - 1
    by_plan = plan.map({name: rank for rank, name in enumerate(scale)}).to_numpy(dtype=float)
    rank = np.minimum(by_distance, by_plan)
    known = distance_m.notna().to_numpy() & ~np.isnan(rank) & (rank >= 0)
    return pd.Series(
        [scale[int(r)] if fits else None for r, fits in zip(rank, known, strict=True)], index=plan.index, dtype=object
    )
