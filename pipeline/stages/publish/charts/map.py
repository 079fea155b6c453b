"""The verdicts of a year as a small map for the page of a cluster, in the colours and patterns of the palette."""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline

from pipeline.stages.publish.charts.canvas import HATCH_INK, HATCHES, INK, WIDE_INCH, Subject, heading
from pipeline.stages.publish.styles.style import LayerStyle, LegendEntry

MOST_HIGH, LEAST_HIGH = 6.0, 2.4  # inches
MOST_ACROSS = 3


def map_figure(land: gpd.GeoDataFrame, borders: gpd.GeoDataFrame, drawn: LayerStyle, subject: Subject) -> Figure | None:
    """The land (RD New, north up) coloured by the look's column inside the borders, a panel for each of these; None
    without land.
    """
    if land.empty or drawn.column is None:
        return None
    across = min(MOST_ACROSS, len(borders))
    down = -(-len(borders) // across)  # rounded up
    boxes = borders.bounds
    slimness = float(((boxes["maxy"] - boxes["miny"]) / (boxes["maxx"] - boxes["minx"])).max())  # of the highest panel
    # As high as the slimmest cluster asks, and no higher than a page gives.
    tall = float(np.clip(WIDE_INCH * 0.72 / across * slimness, LEAST_HIGH / down, MOST_HIGH / down)) * down
    figure = Figure(figsize=(WIDE_INCH, tall + 1.2))
    panels: Any = figure.subplots(down, across, squeeze=False)
    figure.subplots_adjust(
        left=0.012, right=0.73, bottom=0.3 / (tall + 1.2), top=1 - 0.95 / (tall + 1.2), hspace=0.15, wspace=0.04
    )
    seen: set[str] = set()
    for axes in panels.flat:
        axes.set_axis_off()
    for index, axes in zip(range(len(borders)), panels.flat, strict=False):  # the last row may have panels left over
        border = borders.iloc[index : index + 1]
        seen |= _panel(axes, land[land.intersects(border.geometry.iloc[0])], border, drawn)
        if len(borders) > 1:
            axes.set_title(str(border["cluster_name"].iloc[0]), fontsize=8, loc="left", pad=2)
    handles = [
        Patch(label=entry.label, edgecolor="#777777", linewidth=0.4, **_fill(entry))
        for entry in drawn.entries
        if entry.label in seen
    ]
    figure.legend(
        handles=handles, loc="center left", bbox_to_anchor=(0.74, 0.5), frameon=False, fontsize=8.3, handlelength=1.6
    )
    return heading(
        figure,
        subject,
        f"Oordeel per vlak op {subject.day_of(drawn.year or 0)}, als niemand verlengt",
        "Elk vlak onder een oordeel; grijs is niet bekend en telt nooit als vrij.",
    )


def _panel(axes: Any, land: gpd.GeoDataFrame, border: gpd.GeoDataFrame, drawn: LayerStyle) -> set[str]:
    """One border with its land; gives the labels of the entries that were drawn."""
    values = land[drawn.column].astype(str)
    named = {entry.value for entry in drawn.entries}
    seen = set()
    for entry in drawn.entries:
        which = (values == entry.value) if entry.value is not None else ~values.isin(named)
        if which.any():
            outline = _outline(land.geometry[which].to_numpy())
            # No patch of the axes: these would look at each step of the outline for limits, which are set below.
            axes.add_artist(PathPatch(outline, edgecolor="none", linewidth=0, **_fill(entry)))
            seen.add(entry.label)
    axes.add_artist(PathPatch(_outline(border.geometry.to_numpy()), fill=False, edgecolor=INK, linewidth=0.8))
    left, low, right, high = border.total_bounds
    axes.set_xlim(left, right)
    axes.set_ylim(low, high)
    axes.set_aspect("equal", anchor="NW")
    return seen


def _fill(entry: LegendEntry) -> dict[str, Any]:
    return {
        "facecolor": entry.swatch.colour,
        "hatch": HATCHES.get(entry.swatch.hatch),
        "hatchcolor": HATCH_INK,
    }


def _outline(shapes: Any) -> Outline:
    """All rings of all shapes as one path."""
    # One path in place of thousands of patches; holes wind the other way, and so stay open.
    rings = shapely.get_rings(shapely.get_parts(shapes))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(points), Outline.LINETO)
    codes[np.flatnonzero(np.diff(ring, prepend=-1))] = Outline.MOVETO
    codes[np.append(np.flatnonzero(np.diff(ring)), len(ring) - 1)] = Outline.CLOSEPOLY
    return Outline(points, codes)
