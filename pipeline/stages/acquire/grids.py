"""Grids: levels in the unit of a layer, scaled as the file or its card says; cells without data are not-a-number."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
import shapely
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader

from layers.errors import SourceRefusal
from layers.layer import RasterLayer
from pipeline.project.source import SourceConfig
from pipeline.spatial import geometry
from pipeline.spatial.coordinate_systems import CORRECT_CRS, path_to_rd
from pipeline.spatial.raster import BLOCK_ROWS, Grid, GridInRd, upright, warp
from pipeline.stages.acquire.input_validation import check_driver, format_of
from pipeline.stages.acquire.stated_crs import stated_crs
from pipeline.storage.addresses import gdal_address

# All of the Netherlands in cells of 10 m; beyond it memory would run out before anything is said.
MOST_CELLS = 1_000_000_000
LEAST_LEVEL_DB = 20.0  # whole numbers that all lie below this are classes: no place outdoors is so silent
ASK_FOR_LEVELS = "ask for the levels themselves"
PICTURE = {ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.cyan, ColorInterp.magenta}


@dataclass(frozen=True)
class _Band:
    """A band as it is stored, which of its cells are empty by a mask, and how numbers in it become levels."""

    cells: Any
    is_masked: Any
    nodata: float | None
    scale: float
    offset: float


def read_grid(card: SourceConfig, path: Path, layer: RasterLayer) -> GridInRd:
    """Levels in the layer's unit; RD New, north up, no data as not-a-number; and what was done to bring it there."""
    thing = f"source '{card.name}', file '{card.path}'"
    try:
        with gdal_address(path, format_of(card)) as address, rasterio.open(address) as grid:
            check_driver(card, grid.driver)
            _check_size(thing, grid)
            band = _read_band(card, grid, layer, _band_number(card, grid))
            transform, in_file = grid.transform, grid.crs
    except (RasterioError, MemoryError) as fault:
        raise SourceRefusal(
            thing, actual=f"a grid that cannot be read ({str(fault)[:200]})", expected="a GeoTIFF or ASC grid"
        ) from None
    if transform.is_identity:
        raise SourceRefusal(
            thing,
            actual="no place on the map",
            expected="a corner and a size of cells in the file",
            todo="georeference the grid in QGIS; a world file may have been left behind",
        )
    crs = stated_crs(card, None if in_file is None else pyproj.CRS(in_file.to_wkt()))
    if crs is None:
        raise SourceRefusal(
            thing,
            actual="no CRS",
            expected="EPSG:28992",
            todo='name it in the card if you are sure: crs = "EPSG:28992"',
        )
    placed = _place(card, _levels(card, layer, band), transform, crs)
    _check_place(card, placed.grid)
    return placed


def _place(card: SourceConfig, levels: Any, transform: Any, crs: pyproj.CRS) -> GridInRd:
    """Levels where they belong in RD New: as they stand, turned upright, or on cells of their own."""
    path, name = path_to_rd(crs), crs.to_string()[:60]
    is_straight = path.transformer is None and transform.b == transform.d == 0.0
    if is_straight:
        grid, changes = upright(levels, transform.scale(path.unit_m) @ transform)
    else:
        warped = warp(levels, transform, path, geometry.BOXES[card.box])
        if warped is None:
            raise SourceRefusal(
                f"source '{card.name}', file '{card.path}'",
                actual=f"a grid in {name} without land in the Netherlands",
                expected="cells in the Netherlands",
            )
        grid, changes = warped, f"nearest cells, of {warped.cell_x_m:.4g} by {warped.cell_y_m:.4g} m"
    return GridInRd(grid, name, path.operation.name, path.operation.accuracy_m, changes)


def _check_size(thing: str, grid: DatasetReader) -> None:
    """Refuse what is too large before a cell is read: a file of a few bytes may say that it has any number."""
    if grid.width * grid.height > MOST_CELLS:
        raise SourceRefusal(
            thing,
            actual=f"{grid.width} by {grid.height} cells",
            expected=f"at most {MOST_CELLS:,} cells",
            todo="cut out the clusters, or take larger cells",
        )


def _band_number(card: SourceConfig, grid: DatasetReader) -> int:
    """The band with levels: the only one beside a mask, or the one that the card names; no band of a picture is."""
    thing = f"source '{card.name}', file '{card.path}'"
    kinds = dict(zip(grid.indexes, grid.colorinterp, strict=True))
    colours = [kind.name for kind in kinds.values() if kind in PICTURE]
    if colours:
        raise SourceRefusal(
            thing,
            actual=f"a picture: bands {', '.join(colours)}",
            expected="levels, not the colours that show them",
            todo=ASK_FOR_LEVELS,
        )
    bands = [number for number, kind in kinds.items() if kind != ColorInterp.alpha]
    number = card.grid.band or (bands[0] if len(bands) == 1 else None)
    if number is None or number not in bands:
        names = [f"{band} ({grid.descriptions[band - 1] or kinds[band].name})" for band in bands]
        raise SourceRefusal(
            thing,
            actual=f"bands {names}",
            expected=f"a band {card.grid.band}" if card.grid.band else "one, or its number in the card",
            todo="of several levels name the one that counts: grid = { band = 1 }",
        )
    return number


def _read_band(card: SourceConfig, grid: DatasetReader, layer: RasterLayer, number: int) -> _Band:
    """A band of the file with its mask and coding; refused where its numbers stand for colours or classes."""
    thing, kind = f"source '{card.name}', file '{card.path}'", grid.colorinterp[number - 1]
    is_coded = kind == ColorInterp.palette and card.grid.colour_table != "ignore"
    if layer.kind != "class" and is_coded:
        raise SourceRefusal(
            thing,
            actual="a colour table: its numbers stand for classes or colours",
            expected=f"levels in {layer.unit}",
            todo='ask for the levels themselves; where the colours only show them: grid = { colour_table = "ignore" }',
        )
    cells = grid.read(number)
    if np.iscomplexobj(cells):
        raise SourceRefusal(thing, actual="complex numbers", expected=f"levels in {layer.unit}")
    has_mask = MaskFlags.per_dataset in grid.mask_flag_enums[number - 1]
    is_masked = grid.read_masks(number) == 0 if has_mask else None
    return _Band(cells, is_masked, grid.nodatavals[number - 1], grid.scales[number - 1], grid.offsets[number - 1])


def _levels(card: SourceConfig, layer: RasterLayer, band: _Band) -> Any:
    """Levels in the layer's unit, by the no-data value, mask, scale and offset of the file or of its card."""
    thing = f"source '{card.name}', file '{card.path}'"
    empty = _empty(card, band, layer)
    scale = band.scale if card.grid.scale is None else card.grid.scale
    offset = band.offset if card.grid.offset is None else card.grid.offset
    levels = np.empty(band.cells.shape, dtype=np.float32)
    for top in range(0, len(levels), BLOCK_ROWS):  # as doubles, which of a whole country would fill the memory
        block = slice(top, top + BLOCK_ROWS)
        levels[block] = band.cells[block].astype(float) * scale + offset
    levels[empty] = np.nan
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
    _check_kind(thing, layer, levels)
    if layer.kind == "level" and card.grid.nodata != "none":
        _refuse_zeros(thing, layer, levels)
    return levels


def _refuse_zeros(thing: str, layer: RasterLayer, levels: Any) -> None:
    """Refuse levels of nothing at all, with which the margin of many a grid is filled."""
    zeros = int((levels == 0).sum())
    if zeros:
        raise SourceRefusal(
            thing,
            actual=f"{zeros} cells of 0 {layer.unit}",
            expected="levels, and another value for no data",
            todo="where 0 stands for no data, say so: grid = { nodata = 0 }; where every cell holds a level: "
            'grid = { nodata = "none" }',
        )


def _check_kind(thing: str, layer: RasterLayer, levels: Any) -> None:
    """Refuse classes where levels are due, and fractions where classes are."""
    highest = float(np.fmax.reduce(levels, axis=None, initial=-np.inf))
    if layer.kind not in ("level", "class") or highest == -np.inf:
        return
    are_whole = bool(np.all(np.isnan(levels) | (levels == np.round(levels))))
    if layer.kind == "level" and are_whole and highest < LEAST_LEVEL_DB:
        raise SourceRefusal(
            thing,
            actual=f"whole numbers up to {highest:g}, which look like classes",
            expected=f"levels in {layer.unit}",
            todo=ASK_FOR_LEVELS,
        )
    if layer.kind == "class" and not are_whole:
        raise SourceRefusal(thing, actual="fractions", expected="codes of classes, which are whole numbers")


def _empty(card: SourceConfig, band: _Band, layer: RasterLayer) -> Any:
    """Which cells hold no data: not-a-number, masked, or the value for it; that of the file also beside one of the card
    where it can be no level. Refused where nothing says so."""
    cells, nodata = band.cells, band.nodata if card.grid.nodata is None else card.grid.nodata
    empty = np.isnan(cells) if cells.dtype.kind == "f" else np.zeros(cells.shape, dtype=bool)
    says_which = bool(empty.any()) or band.is_masked is not None or nodata == "none"
    if isinstance(nodata, float) and _can_hold(cells.dtype, nodata):
        empty |= cells == cells.dtype.type(nodata)
        says_which = True
    if band.nodata is not None and nodata != "none" and not layer.minimum <= band.nodata <= layer.maximum:
        empty |= cells == band.nodata
    if band.is_masked is not None:
        empty |= band.is_masked
    if not says_which:
        finding = "no value for no data" if nodata is None else f"no data as {nodata:g}, which no {cells.dtype} can be"
        raise SourceRefusal(
            f"source '{card.name}', file '{card.path}'",
            actual=finding,
            expected="one in the file, or in the card: grid = { nodata = -9999 }",
            todo="without it an empty cell counts as a level; "
            'where every cell holds a level, say so: grid = { nodata = "none" }',
        )
    return empty


def _can_hold(kind: np.dtype, number: float) -> bool:
    """Whether a cell of this kind can hold a number (or not-a-number), if only rounded to its digits."""
    if kind.kind == "f":
        return not math.isfinite(number) or abs(number) <= float(np.finfo(kind).max) * (1 + 1e-6)
    return number.is_integer() and np.iinfo(kind).min <= number <= np.iinfo(kind).max


def _check_place(card: SourceConfig, grid: Grid) -> None:
    """Refuse a grid with data outside the box (RD New) of its card; empty margins may lie anywhere."""
    west, south, east, north = geometry.BOXES[card.box]
    if _is_within(grid.bounds(), geometry.BOXES[card.box]):
        return
    bounds = grid.bounds_of_data() or grid.bounds()
    if _is_within(bounds, geometry.BOXES[card.box]):
        return
    seems = geometry.looks_like(np.array([shapely.box(*bounds)]))
    raise SourceRefusal(
        f"source '{card.name}', file '{card.path}'",
        actual=f"cells outside the Netherlands in RD New, at {', '.join(f'{edge:g}' for edge in bounds)}",
        expected=f"x {west:g} to {east:g}, y {south:g} to {north:g} m",
        todo=f"it looks like {seems}; {CORRECT_CRS}; or cut the grid",
    )


def _is_within(bounds: tuple[float, ...], box: tuple[float, ...]) -> bool:
    return bounds[0] >= box[0] and bounds[1] >= box[1] and bounds[2] <= box[2] and bounds[3] <= box[3]
