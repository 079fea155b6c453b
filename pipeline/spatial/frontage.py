"""How much quay land really has: its own edge, projected on the quay nearest to it.

A quay that runs on past the land, or an edge that stands on it, counts for nothing; a quay drawn twice, and land with
a front and a back within reach, count once.
"""

from dataclasses import dataclass, field
from functools import cached_property
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
    table = pd.DataFrame(QuayLines(parts, reach_m).intervals(shapes), columns=STRETCH_COLUMNS)
    lines = table["line"].to_numpy(dtype=int)
    about = quays.iloc[source[lines]]
    return table.assign(
        metres=table["high"] - table["low"],
        bottom=about["depth_m_nap"].to_numpy(dtype=float),
        draught=about["draught_m"].to_numpy(dtype=float),
        shape=parts[lines],
    )


@dataclass(frozen=True)
class QuayLines:
    """Lines of quay (RD New) and how far from land (m) they may lie: what was measured of a part of an edge serves all
    land that has it.

    zones: the land within reach of some of the lines, by their numbers; measured: by the ends of a part of an edge, the
    line and interval (m along it) of each of its steps.
    """

    lines: Any
    reach_m: float
    zones: dict[bytes, Any] = field(default_factory=dict)
    measured: dict[bytes, Any] = field(default_factory=dict)

    @classmethod
    def from_quays(cls, quays: gpd.GeoDataFrame, reach_m: float) -> "QuayLines":
        """The lines of quays."""
        return cls(shapely.get_parts(quays.geometry.to_numpy()), reach_m)

    @cached_property
    def tree(self) -> Any:
        """An index of the lines."""
        return shapely.STRtree(self.lines)

    def frontage_m(self, shape: Any) -> float:
        """Metres of quay along one stretch of land, to a centimetre."""
        rows = self.intervals(np.array([shape], dtype=object))
        return round(float(np.array([high - low for _, _, low, high in rows]).sum()), 2)

    def intervals(self, shapes: Any) -> list[tuple[int, int, float, float]]:
        """Plot, line, and from where to where (m along the line) the plot's edge lies along it."""
        plot, line = self.tree.query(shapes, predicate="dwithin", distance=self.reach_m)
        rows: list[tuple[int, int, float, float]] = []
        for row in positions(plot):  # plots at the water
            position = int(plot[row[0]])
            rows += [(position, *interval) for interval in self._along(shapes[position], line[row])]
        return rows

    def _along(self, shape: Any, near: Any) -> list[tuple[int, float, float]]:
        """Line and interval of every stretch of quay along one shape, of the lines near it."""
        key = near.tobytes()
        if key not in self.zones:
            self.zones[key] = shapely.union_all(shapely.buffer(self.lines[near], self.reach_m, cap_style="flat"))
        runs = shapely.get_parts(shapely.intersection(shapely.boundary(shape), self.zones[key]))
        corners, run = shapely.get_coordinates(runs[shapely.get_dimensions(runs) == 1], return_index=True)
        parts = np.hstack([corners[:-1], corners[1:]])[run[1:] == run[:-1]]
        names = [part.tobytes() for part in parts]
        new = [place for place, name in enumerate(names) if name not in self.measured]
        if new:
            # All lines within reach of a part are near every shape that has it: the nearest is the same for all.
            number, steps = _steps(parts[new], self.lines, near)
            begins: Any = np.searchsorted(number, np.arange(len(new) + 1))
            for place, begin, end in zip(new, begins[:-1], begins[1:], strict=True):
                self.measured[names[place]] = steps[begin:end]
        which, low, high = np.concatenate([np.empty((0, 3)), *(self.measured[name] for name in names)]).T
        return [
            (int(line), begin, end)
            for line in near[np.isin(near, which)]
            for begin, end in _merged(low[which == line], high[which == line])
        ]


def _steps(parts: Any, lines: Any, near: Any) -> tuple[Any, Any]:
    """The steps of parts of an edge (their ends as x, y, x, y) that lie along a line: the number of the part; and the
    line, and from where to where (m along it). Each step belongs to the nearest of the lines that are near."""
    ends = shapely.linestrings(parts.reshape(-1, 2, 2))
    corners, part = shapely.get_coordinates(shapely.segmentize(ends, SAMPLE_STEP_M), return_index=True)
    same = part[1:] == part[:-1]
    part, start, step = part[1:][same], corners[:-1][same], (corners[1:] - corners[:-1])[same]
    long = np.hypot(*step.T)
    part, start, step, long = part[long > 0], start[long > 0], step[long > 0], long[long > 0]
    middle = start + step / 2.0
    points = shapely.points(middle)
    far = shapely.distance(points[:, None], lines[near][None, :])
    which = near[np.argmin(far, axis=1)]  # the first of equals
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
    return part[counts], np.column_stack([which, low, high])[counts]


def _points_along(lines: Any, metres: Any) -> Any:
    """Coordinates at so many metres along each line."""
    return shapely.get_coordinates(shapely.line_interpolate_point(lines, np.clip(metres, 0.0, shapely.length(lines))))


def _merged(low: Any, high: Any) -> list[tuple[float, float]]:
    """Intervals (m along a line, at least one) joined where they overlap or meet."""
    order = np.lexsort((high, low))
    low, reached = low[order], np.maximum.accumulate(high[order])
    first = np.flatnonzero(np.append(True, low[1:] > reached[:-1] + 1e-3))
    last: Any = np.append(first[1:], len(low)) - 1
    return list(zip(low[first].tolist(), reached[last].tolist(), strict=True))
