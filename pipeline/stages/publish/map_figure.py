"""Kaartfiguur: the verdicts of a year as a small map for the page of a cluster, in the colours and patterns of the palette."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline

from pipeline.stages.publish.drawing import HATCH_INK, HATCHES, INK, WIDE_INCH, Subject, heading
from pipeline.stages.publish.look import Entry, Look

MOST_HIGH, LEAST_HIGH = 6.0, 2.4  # inches


def map_figure(land: gpd.GeoDataFrame, borders: gpd.GeoDataFrame, drawn: Look, of: Subject) -> Figure | None:
    """The land coloured by the look's column, inside the borders; None without land. RD New, north up."""
    if land.empty or drawn.column is None:
        return None
    left, low, right, high = borders.total_bounds
    tall = float(np.clip(WIDE_INCH * 0.72 * (high - low) / (right - left), LEAST_HIGH, MOST_HIGH))
    figure = Figure(figsize=(WIDE_INCH, tall + 1.2))
    axes = figure.add_axes((0.012, 0.3 / (tall + 1.2), 0.72, tall / (tall + 1.2)))
    seen: list[Entry] = []
    values = land[drawn.column].astype(str)
    named = {entry.value for entry in drawn.entries}
    for entry in drawn.entries:
        which = (values == entry.value) if entry.value is not None else ~values.isin(named)
        if which.any():
            axes.add_patch(_patch(land.geometry[which].to_numpy(), entry))
            seen.append(entry)
    for border in borders.geometry:
        axes.add_patch(PathPatch(_outline(np.array([border])), fill=False, edgecolor=INK, linewidth=0.8))
    axes.set_xlim(left, right)
    axes.set_ylim(low, high)
    axes.set_aspect("equal")
    axes.set_axis_off()
    patches = [_swatch(entry) for entry in seen]
    figure.legend(
        handles=patches, loc="center left", bbox_to_anchor=(0.74, 0.5), frameon=False, fontsize=8.3, handlelength=1.6
    )
    heading(
        figure,
        of,
        f"Oordeel per vlak in {drawn.year}, als niemand verlengt",
        "Elk vlak onder een oordeel; grijs is niet bekend en telt nooit als vrij.",
    )
    return figure


def _patch(shapes: Any, entry: Entry) -> PathPatch:
    return PathPatch(_outline(shapes), facecolor=entry.swatch.colour, edgecolor="none", linewidth=0, hatch=HATCHES.get(entry.swatch.hatch), hatchcolor=HATCH_INK)  # fmt: skip


def _swatch(entry: Entry) -> Patch:
    return Patch(facecolor=entry.swatch.colour, edgecolor="#777777", linewidth=0.4, hatch=HATCHES.get(entry.swatch.hatch), hatchcolor=HATCH_INK, label=entry.label)  # fmt: skip


def _outline(shapes: Any) -> Outline:
    """All rings of all shapes as one path."""
    rings = shapely.get_rings(shapely.get_parts(shapes))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(points), Outline.LINETO)
    codes[np.flatnonzero(np.diff(ring, prepend=-1))] = Outline.MOVETO
    codes[np.append(np.flatnonzero(np.diff(ring)), len(ring) - 1)] = Outline.CLOSEPOLY
    return Outline(points, codes)
