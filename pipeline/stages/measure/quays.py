"""How much quay a plot really has, how deep the land lies behind it, and how deep the water before it.

Frontage is the plot's own edge projected on the quay, so that a quay that runs on past the plot, or an edge that
stands on it, counts for nothing. Bottom level (m NAP) and draught are two things and stay apart."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.project.measure import QuayMeasureConfig
from pipeline.spatial.frontage import stretches


def frontage(plots: gpd.GeoDataFrame, quays: gpd.GeoDataFrame | None, card: QuayMeasureConfig) -> pd.DataFrame:
    """Metres of quay along each plot, land behind it (m, median of transects), bottom level (m NAP) and draught (m).

    The shallowest of the quays along a plot counts; a draught is empty as soon as one of them has none.
    """
    names = ["quay_m", "quay_land_depth_m", "quay_bottom_m_nap", "quay_draught_m"]
    facts = pd.DataFrame(np.nan, index=plots.index, columns=names)
    if quays is None:
        return facts
    facts["quay_m"] = 0.0
    along = stretches(plots.geometry.to_numpy(), quays, card.reach_m)
    if along.empty:
        return facts
    by = along.groupby("plot")
    measured = {
        "quay_m": by["metres"].sum(),
        "quay_land_depth_m": _depths(plots.geometry.to_numpy(), along, card),
        "quay_bottom_m_nap": by["bottom"].max(),  # levels are below NAP: the highest is shallowest
        "quay_draught_m": by["draught"].agg(lambda draughts: draughts.min(skipna=False)),
    }
    for name, values in measured.items():
        facts.loc[facts.index[values.index], name] = values.to_numpy()
    return facts


def _depths(shapes: Any, along: pd.DataFrame, card: QuayMeasureConfig) -> pd.Series:
    """Median length of land on lines square to the quay, from where they enter the plot to where they
    first leave it."""
    # Transects at even distances, one in the middle of a short stretch.
    steps = np.maximum(1, np.round(along["metres"].to_numpy() / card.transect_m)).astype(int)
    row: Any = np.repeat(np.arange(len(along)), steps)
    step = np.arange(len(row)) - np.repeat(np.cumsum(steps) - steps, steps)
    along_m = along["low"].to_numpy()[row] + (step + 0.5) / steps[row] * along["metres"].to_numpy()[row]
    lines = along["shape"].to_numpy()[row]
    foot = shapely.get_coordinates(shapely.line_interpolate_point(lines, along_m))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, along_m + 0.05))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(along_m - 0.05, 0.0)))
    run = ahead - behind
    square = np.column_stack([-run[:, 1], run[:, 0]]) / np.maximum(np.hypot(*run.T), 1e-12)[:, None] * card.depth_m
    owner = along["plot"].to_numpy()[row]
    # Land lies on one side of the quay only, and that is not known beforehand: the longer run counts.
    both = np.stack([_first_run(shapes[owner], foot, foot + side) for side in (square, -square)])
    return pd.Series(both.max(axis=0)).groupby(owner).median()


def _first_run(shapes: Any, start: Any, end: Any) -> Any:
    """Length of the first stretch of land that each line meets, seen from its start."""
    rays = shapely.linestrings(np.stack([start, end], axis=1))
    runs, ray = shapely.get_parts(shapely.intersection(shapes, rays), return_index=True)
    is_line = shapely.get_dimensions(runs) == 1
    runs, ray = runs[is_line], ray[is_line]
    length_m = np.zeros(len(rays))
    order = np.lexsort((shapely.distance(runs, shapely.points(start[ray])), ray))
    first = order[np.unique(ray[order], return_index=True)[1]]
    length_m[ray[first]] = shapely.length(runs[first])
    return length_m
