"""How much quay land really has: its own edge, projected on the quay nearest to it.

A quay that runs on past the land, or an edge that stands on it, counts for nothing; a quay drawn twice, and land with
a front and a back within reach, count once.
"""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.spatial.adjacency import positions

SAMPLE_STEP_M = 1.0
STANDS_ON = 0.2  # an edge at more than about 78 degrees to the quay stands on it
STRETCH_COLUMNS = ["plot", "line", "low", "high"]


def stretches(shapes: Any, quays: gpd.GeoDataFrame, reach_m: float) -> pd.DataFrame:
    """Per plot and quay line the intervals (m along the line) that the plot's edge within reach (m) lies
    along; RD New.
    """
    parts, source = shapely.get_parts(quays.geometry.to_numpy(), return_index=True)
    table = pd.DataFrame(_intervals(shapes, parts, reach_m), columns=STRETCH_COLUMNS)
    lines = table["line"].to_numpy(dtype=int)
    about = quays.iloc[source[lines]]
    return table.assign(
        metres=table["high"] - table["low"],
        bottom=about["depth_m_nap"].to_numpy(dtype=float),
        draught=about["draught_m"].to_numpy(dtype=float),
        shape=parts[lines],
    )


def frontage_m(shape: Any, quays: gpd.GeoDataFrame, reach_m: float) -> float:
    """Metres of quay along one stretch of land."""
    rows = _intervals(np.array([shape], dtype=object), shapely.get_parts(quays.geometry.to_numpy()), reach_m)
    return float(np.array([high - low for _, _, low, high in rows]).sum())


def _intervals(shapes: Any, lines: Any, reach_m: float) -> list[tuple[int, int, float, float]]:
    """Plot, line, and from where to where (m along the line) the plot's edge lies along it."""
    plot, line = shapely.STRtree(lines).query(shapes, predicate="dwithin", distance=reach_m)
    rows: list[tuple[int, int, float, float]] = []
    for row in positions(plot):  # plots at the water
        position, near = int(plot[row[0]]), line[row]
        along = _along(shapes[position], lines[near], reach_m)
        rows += [(position, int(near[which]), low, high) for which, low, high in along]
    return rows


def _along(shape: Any, lines: Any, reach_m: float) -> list[tuple[int, float, float]]:
    """Line and interval of every stretch of quay along one shape; each step of its edge belongs to the nearest line."""
    area = shapely.union_all(shapely.buffer(lines, reach_m, cap_style="flat"))
    runs = shapely.get_parts(shapely.intersection(shapely.boundary(shape), area))
    runs = runs[shapely.get_dimensions(runs) == 1]
    corners, run = shapely.get_coordinates(shapely.segmentize(runs, SAMPLE_STEP_M), return_index=True)
    same = run[1:] == run[:-1]
    start, step = corners[:-1][same], (corners[1:] - corners[:-1])[same]
    long = np.hypot(*step.T)
    start, step, long = start[long > 0], step[long > 0], long[long > 0]
    middle = start + step / 2.0
    points = shapely.points(middle)
    far = shapely.distance(points[:, None], lines[None, :])
    which = np.argmin(far, axis=1)  # the first of equals
    along = shapely.line_locate_point(lines[which], points)
    # The way that the quay runs there, from just before to just beyond.
    ahead, behind = (_points_along(lines[which], along + side) for side in (0.05, -0.05))
    way = ahead - behind
    way /= np.maximum(np.hypot(*way.T), 1e-12)[:, None]
    slant = np.abs((step * way).sum(axis=1)) / long
    past = np.abs(
        ((middle - _points_along(lines[which], along)) * way).sum(axis=1)
    )  # how far beside the end of the line
    counts = (slant > STANDS_ON) & (past <= SAMPLE_STEP_M / 2.0 + 1e-6)
    half = slant * long / 2.0
    length = shapely.length(lines[which])
    low, high = np.clip(along - half, 0.0, length), np.clip(along + half, 0.0, length)
    return [
        (int(number), a, b)
        for number in np.unique(which[counts])
        for a, b in _merged(low[counts & (which == number)], high[counts & (which == number)])
    ]


def _points_along(lines: Any, metres: Any) -> Any:
    """Coordinates at so many metres along each line."""
    return shapely.get_coordinates(shapely.line_interpolate_point(lines, np.clip(metres, 0.0, shapely.length(lines))))


def _merged(low: Any, high: Any) -> list[tuple[float, float]]:
    """Intervals (m along a line) joined where they overlap or meet."""
    joined: list[tuple[float, float]] = []
    for a, b in sorted(zip(low.tolist(), high.tolist(), strict=True)):
        if joined and a <= joined[-1][1] + 1e-3:
            joined[-1] = (joined[-1][0], max(joined[-1][1], b))
        else:
            joined.append((a, b))
    return joined
