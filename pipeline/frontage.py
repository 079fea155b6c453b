"""Kadefront: how much quay land really has: its own edge projected on the quay.

A quay that runs on past the land, or an edge that stands on it, counts for nothing.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely


def stretches(shapes: Any, quays: gpd.GeoDataFrame, reach_m: float) -> pd.DataFrame:
    """Per plot and quay line the intervals (m along the line) that edges of the plot within reach project on."""
    parts, source = shapely.get_parts(quays.geometry.to_numpy(), return_index=True)
    plot, line = shapely.STRtree(parts).query(shapes, predicate="dwithin", distance=reach_m)
    used, which = np.unique(line, return_inverse=True)
    near = shapely.buffer(parts[used], reach_m, cap_style="flat")
    edges = shapely.intersection(shapely.boundary(shapes[plot]), near[which])
    runs, pair = shapely.get_parts(shapely.line_merge(edges), return_index=True)
    is_line = shapely.get_dimensions(runs) == 1
    runs, pair = runs[is_line], pair[is_line]
    corners, run = shapely.get_coordinates(runs, return_index=True)
    along = shapely.line_locate_point(parts[line[pair[run]]], shapely.points(corners))
    same = run[1:] == run[:-1]
    low, high = np.minimum(along[1:], along[:-1])[same], np.maximum(along[1:], along[:-1])[same]
    owner = pair[run[1:][same]]
    rows = [
        (plot[at], line[at], a, b)
        for at in np.unique(owner)
        for a, b in _merged(low[owner == at], high[owner == at])  # pairs of plot and quay: few per plot
    ]
    table = pd.DataFrame(rows, columns=["plot", "line", "low", "high"])
    own = quays.iloc[source[table["line"].to_numpy(dtype=int)]]
    return table.assign(
        metres=table["high"] - table["low"],
        bottom=own["depth_m_nap"].to_numpy(dtype=float),
        draught=own["draught_m"].to_numpy(dtype=float),
        shape=parts[table["line"].to_numpy(dtype=int)],
    )


def _merged(low: Any, high: Any) -> list[tuple[float, float]]:
    """Intervals joined where they overlap; those without length left out."""
    found: list[tuple[float, float]] = []
    for a, b in sorted(zip(low.tolist(), high.tolist(), strict=True)):
        if b - a < 1e-6:
            continue
        if found and a <= found[-1][1] + 1e-6:
            found[-1] = (found[-1][0], max(found[-1][1], b))
        else:
            found.append((a, b))
    return found


def frontage_m(shape: Any, quays: gpd.GeoDataFrame, reach_m: float) -> float:
    """Metres of quay along one stretch of land."""
    return float(stretches(np.array([shape], dtype=object), quays, reach_m)["metres"].sum())
