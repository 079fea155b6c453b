"""What a grid says of each plot, by exact cover of cells; each kind of grid has its own statistics.

Decibels are averaged as energy, classes are counted and never averaged, depths keep dry apart from not known, and a
coarse concentration is told by its cell. Windows of a grid are read per plot, and turned into energy there."""

from collections.abc import Callable, Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from exactextract import exact_extract
from exactextract.feature import JSONFeature, JSONFeatureSource
from exactextract.raster import NumPyRasterSource

from layers.derived.air_quality import LAYER as AIR
from pipeline.project.measure import AirMeasureConfig, AirNormsConfig, FloodMeasureConfig, NoiseMeasureConfig
from pipeline.spatial.geometry import area
from pipeline.spatial.raster import Grid

TILE_CELLS = 2048
ROUNDING_SHARE = 0.01  # a share of a plot that is more than rounding along a cell


class PlotFeature(JSONFeature):  # type: ignore[misc]
    """The shape of a plot for exactextract, as bytes: as GeoJSON it is written out and read again."""

    def geometry(self) -> bytes:
        """The shape (RD New)."""
        wkb: bytes = self.feature["wkb"]
        return wkb


class PlotSource(JSONFeatureSource):  # type: ignore[misc]
    """Shapes of plots for exactextract."""

    def __iter__(self) -> Iterator[PlotFeature]:
        return (PlotFeature({"wkb": wkb}) for wkb in self.src)


def noise(plots: gpd.GeoDataFrame, grid: Grid | None, card: NoiseMeasureConfig) -> pd.DataFrame:
    """Energetic mean and maximum (dB), share (0-1) with a level, and share of the plot at or above
    the card's threshold.

    All but the share with a level are empty where too little of the plot has one.
    """
    names = ["noise_mean_db", "noise_max_db", "noise_covered_share", "noise_above_share"]
    if grid is None:
        return pd.DataFrame(np.nan, index=plots.index, columns=names)
    # Cells are averaged as energy; the share above is counted in cells of 0 and 1.
    threshold = card.threshold.level
    energy = cell_statistics(
        plots, grid, ["mean", "max", "count"], lambda part: 10.0 ** (part.levels.astype(float) / 10.0)
    )
    loud = cell_statistics(
        plots, grid, ["mean"], lambda part: np.where(np.isnan(part.levels), np.nan, part.levels >= threshold)
    )
    share = known_share(plots, grid, energy["count"])
    with np.errstate(invalid="ignore", divide="ignore"):
        levels = 10.0 * np.log10(energy[["mean", "max"]].to_numpy(dtype=float))
    columns = np.column_stack([levels, share, loud["mean"].to_numpy(dtype=float)])
    facts = pd.DataFrame(columns, index=plots.index, columns=names)
    facts.loc[~(share >= card.least_covered_share), ["noise_mean_db", "noise_max_db", "noise_above_share"]] = np.nan
    return facts


def flood(plots: gpd.GeoDataFrame, depths: Grid | None, classes: Grid | None, card: FloodMeasureConfig) -> pd.DataFrame:
    """Greatest and mean depth (metres), the class over most of the plot, shares known and outside the dikes, and what
    that comes to.

    Outside the dikes goes before depth; a plot partly outside, or too little known, is not dry: no data is not dry.
    """
    facts = pd.DataFrame(index=plots.index)
    facts[["flood_max_m", "flood_mean_m", "flood_known_share"]] = np.nan
    if depths is not None:
        deep = cell_statistics(plots, depths, ["max", "mean", "count"])
        facts["flood_max_m"], facts["flood_mean_m"] = deep["max"].to_numpy(float), deep["mean"].to_numpy(float)
        facts["flood_known_share"] = known_share(plots, depths, deep["count"])
    class_shares = _class_shares(plots, classes)
    facts["flood_class"] = [_largest(shares) for shares in class_shares]
    outside = np.array(
        [sum(shares.get(float(code), 0.0) for code in card.outside_dike_classes) for shares in class_shares]
    )
    facts["flood_outside_share"] = outside if classes is not None else np.nan
    # A plot that is partly outside the dikes is not dry, whatever the depth.
    known = (facts["flood_known_share"] >= card.least_known_share).to_numpy() & (outside < ROUNDING_SHARE)
    floods = (facts["flood_max_m"] > card.dry_up_to_m).to_numpy()
    state = np.where(floods, "floods", np.where(known, "dry", "unknown"))
    facts["flood_state"] = np.where(outside >= card.least_known_share, "outside_dike", state)
    return facts


def _largest(shares: dict[float, float]) -> float:
    """The class with the largest share, the lowest code of equals; none where more of the plot has no class."""
    if not shares:
        return float("nan")
    code = min(shares, key=lambda class_code: (-shares[class_code], class_code))
    return code if shares[code] >= 1.0 - sum(shares.values()) else float("nan")


def _class_shares(plots: gpd.GeoDataFrame, grid: Grid | None) -> list[dict[float, float]]:
    """Share (0-1) of each plot under each class; what has no class is in none."""
    if grid is None:
        return [{} for _ in range(len(plots))]
    cells = cell_statistics(plots, grid, ["unique", "frac", "count"])
    share = known_share(plots, grid, cells["count"])
    rows = zip(cells["unique"], cells["frac"], share, strict=True)
    return [
        {float(code): float(part) * whole for code, part in zip(codes, parts, strict=True)}
        for codes, parts, whole in rows
    ]


def air(plots: gpd.GeoDataFrame, grids: dict[str, Grid | None], card: AirMeasureConfig) -> pd.DataFrame:
    """Per plot and component the cell that covers most of it, its concentration, and the heaviest value exceeded."""
    tables = []
    for component, grid in grids.items():
        if grid is None:
            continue
        norms: AirNormsConfig = getattr(card, component)
        cell, level = _cell(plots, grid)
        # The first norm that is exceeded, from the laxest to the strictest.
        heaviest = np.select(
            [np.isnan(level), level > norms.present, level > norms.eu_2030, level > norms.who_advice],
            ["unknown", "above_present", "above_eu_2030", "above_who"],
            "below_who",
        )
        columns = {"component": component, "cell": cell, "concentration_ugm3": level, "air_class": heaviest}
        tables.append(plots[["cluster_id", "parcel_id"]].assign(**columns))
    return AIR.collect(tables, rationale=card.caveat)


def known_share(plots: gpd.GeoDataFrame, grid: Grid, cells: pd.Series) -> Any:
    """Share (0-1) of each plot under cells that have a value."""
    covered = cells.to_numpy(dtype=float) * grid.cell_x_m * grid.cell_y_m
    return np.clip(covered / area(plots.geometry.to_numpy()), 0.0, 1.0)


def _cell(plots: gpd.GeoDataFrame, grid: Grid) -> tuple[list[str | None], Any]:
    """The lower left corner of the cell that covers most of each plot, and its level; empty outside the grid."""
    number = cell_statistics(plots, grid, ["majority"], lambda part: _numbers(part, grid))["majority"].to_numpy(
        dtype=float
    )
    inside = ~np.isnan(number)
    row, column = np.divmod(np.where(inside, number, 0).astype(int), grid.levels.shape[1])
    level = np.where(inside, grid.levels[row, column], np.nan).astype(float)
    x, y = grid.west + column * grid.cell_x_m, grid.north - (row + 1) * grid.cell_y_m
    return [f"{a:.0f} {b:.0f}" if fits else None for a, b, fits in zip(x, y, inside, strict=True)], level


def _numbers(part: Grid, whole: Grid) -> Any:
    """The number of each cell of a window within the whole grid, row by row."""
    top = round((whole.north - part.north) / whole.cell_y_m)
    left = round((part.west - whole.west) / whole.cell_x_m)
    rows, columns = part.levels.shape
    number = (top + np.arange(rows))[:, None] * whole.levels.shape[1] + left + np.arange(columns)
    return number.astype(float)


def cell_statistics(
    plots: gpd.GeoDataFrame, grid: Grid, statistics: list[str], values: Callable[[Grid], Any] = lambda part: part.levels
) -> pd.DataFrame:
    """Statistics of the cells over each plot, weighed by exact cover; tile by tile, each tile's window read
    on its own."""
    bounds = shapely.bounds(plots.geometry.to_numpy())
    side = TILE_CELLS * max(grid.cell_x_m, grid.cell_y_m)
    # Plots go by the tile of their lower left corner; a window reaches as far as they do.
    tile = pd.MultiIndex.from_arrays((bounds[:, :2] // side).T).factorize()[0]
    tables = []
    for number in range(tile.max() + 1):  # tiles, not plots
        mine = np.flatnonzero(tile == number)
        box = (*bounds[mine, :2].min(axis=0), *bounds[mine, 2:].max(axis=0))
        part = grid.window(box)
        west, south, east, north = part.bounds()
        source = NumPyRasterSource(np.asarray(values(part), dtype=float), west, south, east, north, nodata=np.nan)
        shapes = PlotSource(shapely.to_wkb(plots.geometry.to_numpy()[mine]))
        tables.append(exact_extract(source, shapes, statistics, output="pandas").set_axis(mine))
    return pd.concat(tables).sort_index().reset_index(drop=True)
