"""Grids: levels in the unit of a layer, scaled as the file or its card says; cells without data are not-a-number."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.errors import RasterioIOError

from layers.errors import SourceRefusal
from layers.layer import RasterLayer
from pipeline.project.source import SourceConfig
from pipeline.spatial.raster import Grid
from pipeline.stages.acquire.input_validation import check_driver


def read_grid(card: SourceConfig, path: Path, layer: RasterLayer) -> Grid:
    """The first band as levels in the layer's unit; RD New, north up, no data as not-a-number."""
    thing = f"source '{card.name}', file '{card.path}'"
    try:
        with rasterio.open(path) as grid:
            check_driver(card, grid.driver)
            band, transform, in_file = grid.read(1), grid.transform, grid.crs
            coding = grid.nodata, grid.scales[0], grid.offsets[0]
    except RasterioIOError as fault:
        raise SourceRefusal(
            thing, actual=f"a grid that cannot be read ({str(fault)[:200]})", expected="a GeoTIFF or ASC grid"
        ) from None
    _check_crs(thing, card, in_file)
    # A cell is found by its distance from the corner, which a turned grid does not have.
    if transform.b or transform.d or transform.a <= 0 or transform.e >= 0:
        raise SourceRefusal(thing, actual="a grid that is turned or upside down", expected="north up")
    levels = _levels(card, layer, band, coding)
    return Grid(levels, transform.c, transform.f, transform.a, -transform.e)


def _check_crs(thing: str, card: SourceConfig, in_file: Any) -> None:
    """Refuse a grid that is not in RD New, by its file, or by its card where the file is silent."""
    stated: Any = rasterio.crs.CRS.from_string(card.crs) if card.crs else in_file
    crs = in_file or stated
    if crs is None:
        raise SourceRefusal(
            thing,
            actual="no CRS",
            expected="EPSG:28992",
            todo='name it in the card if you are sure: crs = "EPSG:28992"',
        )
    if stated.to_epsg() != crs.to_epsg():
        raise SourceRefusal(
            thing, actual=f"crs {card.crs} in the card, {crs.to_string()[:60]} in the file", expected="the same in both"
        )
    # Some writers give RD New without its code.
    if crs.to_epsg() != 28992 and "RD New" not in crs.to_wkt():
        raise SourceRefusal(
            thing,
            actual=f"CRS {crs.to_string()[:60]}",
            expected="EPSG:28992",
            todo="warp the grid to RD New; levels are not resampled here",
        )


def _levels(card: SourceConfig, layer: RasterLayer, band: Any, coding: tuple[float | None, float, float]) -> Any:
    """Levels in the layer's unit, by the no-data value, scale and offset of the file or of its card."""
    thing, (nodata, scale, offset) = f"source '{card.name}', file '{card.path}'", coding
    nodata = card.grid.nodata if card.grid.nodata is not None else nodata
    if nodata is None:
        raise SourceRefusal(
            thing,
            actual="no value for no data",
            expected="one in the file, or in the card: grid = { nodata = ... }",
            todo="without it an empty cell counts as a level",
        )
    # A comparison with nan finds nothing.
    empty = np.isnan(band) if np.isnan(nodata) else (band == nodata)
    levels = band * (card.grid.scale if card.grid.scale is not None else scale) + (card.grid.offset or offset)
    # A level beyond the layer's scale is a wrong no-data value or factor, not a level.
    odd = ~empty & ~((levels >= layer.minimum) & (levels <= layer.maximum))
    if odd.any():
        worst = float(levels[odd].ravel()[0])
        raise SourceRefusal(
            thing,
            actual=f"{int(odd.sum())} cells outside the scale, such as {worst:g} {layer.unit}",
            expected=f"{layer.minimum:g} to {layer.maximum:g} {layer.unit}",
            todo="check the no-data value and the scale: grid = { nodata = -9999, scale = 0.1 }",
        )
    return np.where(empty, np.nan, levels).astype(np.float32)
