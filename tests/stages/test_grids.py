"""Grids as they come: levels or classes, with masks, bands and codings of their own, and in any place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from affine import Affine

from layers.errors import ConfigRefusal, SourceRefusal
from pipeline.project.source import SourceConfig
from pipeline.spatial.raster import GridInRd
from pipeline.stages.acquire import grids
from pipeline.stages.acquire.reading import read_source

# Two by two cells of 100 m; the south-west one is empty where a test says so.
LEVELS = np.array([[60, 50], [0, 55]])
CORNER = Affine(100, 0, 150_000, 0, -100, 505_200)
GREY = {value: (value, value, value, 255) for value in range(256)}


def write(folder: Path, cells: Any = LEVELS, *, kind: str = "float32", mask: Any = None, **profile: Any) -> Path:
    """A GeoTIFF of one band, or of as many as there are; None leaves a setting out."""
    bands = np.atleast_3d(np.asarray(cells, dtype=kind).T).T
    form = {"crs": "EPSG:28992", "transform": CORNER, "dtype": kind, "nodata": 0} | profile
    colours, inside, tags = form.pop("colours", None), form.pop("inside", True), form.pop("coding", (1.0, 0.0))
    size = {"count": len(bands), "height": bands.shape[1], "width": bands.shape[2]}
    path = folder / "g.tif"
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=inside),
        rasterio.open(path, "w", driver="GTiff", **size, **form) as grid,
    ):
        grid.scales, grid.offsets = [tags[0]] * len(bands), [tags[1]] * len(bands)
        if colours:
            grid.write_colormap(1, colours)
        grid.write(bands)
        if mask is not None:
            grid.write_mask(np.asarray(mask, dtype=bool))
    return path


def read(folder: Path, layer: str = "noise_levels", path: str = "g.tif", **card: Any) -> GridInRd:
    given = {"layer": layer, "path": path, "licence": "x", "dated": "2026-10-01", "basis": "x", "name": "n", **card}
    grid = read_source(SourceConfig.model_validate(given), folder)
    assert isinstance(grid, GridInRd)
    return grid


def levels_of(read_grid: GridInRd) -> list[list[float | None]]:
    return [[None if np.isnan(level) else float(level) for level in row] for row in read_grid.grid.levels]


EMPTY_CORNER = [[60, 50], [None, 55]]
ALL = [[60, 50], [0, 55]]
MASK = [[1, 1], [0, 1]]


@pytest.mark.parametrize(
    ("form", "card", "levels"),
    [
        pytest.param({}, {}, EMPTY_CORNER, id="a value for no data"),
        pytest.param({"nodata": None, "mask": MASK}, {}, EMPTY_CORNER, id="a mask inside"),
        pytest.param({"nodata": None, "mask": MASK, "inside": False}, {}, EMPTY_CORNER, id="a mask beside (.msk)"),
        pytest.param({"nodata": 50, "mask": MASK}, {}, [[60, None], [None, 55]], id="a mask and a value"),
        pytest.param({"nodata": None, "mask": MASK}, {"nodata": 55}, [[60, 50], [None, None]], id="a mask and a card"),
        pytest.param({"nodata": 60}, {"nodata": 0}, EMPTY_CORNER, id="the value of the card goes before"),
        pytest.param({"nodata": None}, {"nodata": "none"}, ALL, id="every cell holds a level, as the card says"),
        pytest.param({}, {"nodata": "none"}, ALL, id="also where the file has a value"),
        pytest.param({"nodata": np.nan, "cells": [[60, 50], [np.nan, 55]]}, {}, EMPTY_CORNER, id="nan is the value"),
        pytest.param({"nodata": None, "cells": [[60, 50], [np.nan, 55]]}, {}, EMPTY_CORNER, id="nan without a value"),
        pytest.param({"nodata": 50, "cells": [[60, 50], [np.nan, 55]]}, {}, [[60, None], [None, 55]], id="nan beside"),
        pytest.param({"kind": "int16", "cells": LEVELS * 10, "coding": (0.1, 0.0)}, {}, EMPTY_CORNER, id="tenths"),
        pytest.param({"cells": [[50, 40], [0, 45]], "coding": (1.0, 10.0)}, {}, EMPTY_CORNER, id="an offset"),
        pytest.param({"coding": (1.0, 10.0)}, {"offset": 0}, EMPTY_CORNER, id="the card takes an offset away"),
        pytest.param({"cells": [LEVELS, LEVELS - 5]}, {"band": 2}, [[55, 45], [-5, 50]], id="a band of several"),
    ],
)
def test_cells_hold_what_the_file_and_card_say(
    tmp_path: Path, form: dict[str, Any], card: dict[str, Any], levels: list[list[float | None]]
) -> None:
    if card.get("band"):
        form, levels = form | {"nodata": -5}, [[55, 45], [None, 50]]
    write(tmp_path, **form)
    assert levels_of(read(tmp_path, grid=card)) == levels


def test_an_alpha_band_is_a_mask(tmp_path: Path) -> None:
    alpha = np.array([[255, 255], [0, 128]])
    write(tmp_path, [LEVELS, alpha], kind="uint8", nodata=None, photometric="minisblack", alpha="yes")
    assert levels_of(read(tmp_path)) == EMPTY_CORNER


@pytest.mark.parametrize(
    ("form", "words"),
    [
        pytest.param({"nodata": None}, "no value for no data", id="nothing says which cells are empty"),
        pytest.param({"cells": [LEVELS, LEVELS]}, "bands", id="two bands"),
        pytest.param({"cells": [LEVELS] * 3, "kind": "uint8"}, "a picture: bands red", id="a picture"),
        pytest.param({"crs": None}, "no CRS", id="no coordinate system"),
        pytest.param({"crs": None, "transform": None}, "no place on the map", id="no place"),
        pytest.param(
            {"transform": Affine(0.001, 0, 5, 0, -0.001, 52)}, "degrees", id="degrees that call themselves RD"
        ),
        pytest.param({"transform": Affine(100, 0, 505_000, 0, -100, 150_000)}, "swapped", id="x and y swapped"),
        pytest.param({"crs": "EPSG:32618"}, "without land in the Netherlands", id="another part of the world"),
        pytest.param({"cells": LEVELS / 1e3 + 300}, "outside the scale", id="beyond the scale"),
        pytest.param({"kind": "complex64"}, "complex", id="complex numbers"),
    ],
)
def test_a_grid_that_cannot_be_right_is_refused(tmp_path: Path, form: dict[str, Any], words: str) -> None:
    write(tmp_path, **form)
    with pytest.raises(SourceRefusal, match=words):
        read(tmp_path)


def test_a_value_for_no_data_that_no_cell_can_hold_is_none(tmp_path: Path) -> None:
    write(tmp_path, kind="uint8", nodata=None)
    with pytest.raises(SourceRefusal, match="no data as -9999, which no uint8 can be"):
        read(tmp_path, grid={"nodata": -9999})


CLASSES = np.array([[1, 2], [0, 3]])


@pytest.mark.parametrize(
    ("form", "card"),
    [
        pytest.param({"colours": {1: (255, 0, 0, 255), 2: (0, 255, 0, 255)}}, {}, id="classes with colours"),
        pytest.param({"colours": GREY}, {}, id="a ramp of greys"),
        pytest.param({"cells": LEVELS, "colours": GREY}, {}, id="levels that may be colours"),
        pytest.param({}, {}, id="classes without colours"),
        pytest.param({"kind": "float32"}, {}, id="classes written as numbers with a point"),
        pytest.param({"colours": GREY}, {"colour_table": "ignore"}, id="classes whose colours the card ignores"),
    ],
)
def test_classes_are_no_levels(tmp_path: Path, form: dict[str, Any], card: dict[str, Any]) -> None:
    write(tmp_path, **({"cells": CLASSES, "kind": "uint8"} | form))
    with pytest.raises(SourceRefusal, match="classes"):
        read(tmp_path, grid=card)


def test_classes_fill_a_layer_of_classes_and_fractions_do_not(tmp_path: Path) -> None:
    write(tmp_path, CLASSES, kind="uint8", colours={1: (255, 0, 0, 255)})
    assert levels_of(read(tmp_path, "flood_classes")) == [[1, 2], [None, 3]]
    write(tmp_path, CLASSES / 2)
    with pytest.raises(SourceRefusal, match="fractions"):
        read(tmp_path, "flood_classes")


def test_levels_whose_colours_only_show_them_are_read_where_the_card_says_so(tmp_path: Path) -> None:
    write(tmp_path, kind="uint8", colours=GREY)
    assert levels_of(read(tmp_path, grid={"colour_table": "ignore"})) == EMPTY_CORNER


@pytest.mark.parametrize(
    ("cells", "transform", "words"),
    [
        pytest.param(LEVELS[::-1], Affine(100, 0, 150_000, 0, 100, 505_000), "south", id="south up"),
        pytest.param(LEVELS[:, ::-1], Affine(-100, 0, 150_200, 0, -100, 505_200), "east", id="east left"),
        pytest.param(LEVELS[::-1, ::-1], Affine(-100, 0, 150_200, 0, 100, 505_000), "south and east", id="both"),
        pytest.param(LEVELS, CORNER, "", id="upright"),
    ],
)
def test_a_grid_is_turned_upright_and_that_is_said(tmp_path: Path, cells: Any, transform: Affine, words: str) -> None:
    write(tmp_path, cells, transform=transform)
    brought = read(tmp_path)
    assert levels_of(brought) == EMPTY_CORNER and brought.grid.bounds() == (150_000, 505_000, 150_200, 505_200)
    assert words in brought.changes and bool(words) == bool(brought.changes)


KM = (
    "+proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 +ellps=bessel "
    "+units=km"
)


def test_a_grid_in_kilometres_of_rd_is_brought_to_metres(tmp_path: Path) -> None:
    write(tmp_path, crs=KM, transform=Affine(0.1, 0, 150, 0, -0.1, 505.2))
    brought = read(tmp_path)
    assert brought.grid.bounds() == pytest.approx((150_000, 505_000, 150_200, 505_200))
    assert levels_of(brought) == EMPTY_CORNER and "1000 m" in brought.operation


@pytest.mark.parametrize("system", ["EPSG:3857", "EPSG:4258", "EPSG:4326", "EPSG:32631", "EPSG:3035"])
def test_a_grid_of_another_system_lies_where_its_cells_lie(tmp_path: Path, system: str) -> None:
    """A square of 60 dB in one of 50 dB, drawn in the other system: places well within either have its level."""
    there = pyproj.Transformer.from_crs(28992, system, always_xy=True)
    west, south, east, north = there.transform_bounds(150_000, 500_000, 151_000, 501_000)
    cells = np.full((100, 100), 50.0)
    cells[20:60, 30:80] = 60.0
    transform = Affine((east - west) / 100, 0, west, 0, -(north - south) / 100, north)
    write(tmp_path, cells, crs=system, transform=transform)
    brought = read(tmp_path)
    corners = [transform @ corner for corner in ((30, 20), (80, 20), (80, 60), (30, 60))]
    square = shapely.Polygon(corners).buffer(-2 * transform.a)
    loud = shapely.transform(
        square, lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))
    )
    grid = brought.grid
    row, column = np.indices(grid.levels.shape)
    middles = shapely.points(grid.west + (column + 0.5) * grid.cell_x_m, grid.north - (row + 0.5) * grid.cell_y_m)
    assert set(grid.levels[shapely.contains(loud, middles)]) == {60.0}
    assert set(grid.levels[~np.isnan(grid.levels) & (shapely.distance(loud, middles) > 60)]) == {50.0}
    # As large as it was, and no larger.
    louder_m2 = float((grid.levels == 60).sum() * grid.cell_x_m * grid.cell_y_m)
    assert louder_m2 == pytest.approx(1.0 * shapely.area(loud.buffer(20, join_style="mitre")), rel=0.1)
    assert "nearest cells" in brought.changes and brought.accuracy_m is not None


def test_a_turned_grid_is_brought_to_rd(tmp_path: Path) -> None:
    write(tmp_path, transform=CORNER @ Affine.rotation(90))
    brought = read(tmp_path)
    # A quarter turn on the map: rows run to the west, columns to the south.
    assert levels_of(brought) == [[None, 60], [55, 50]] and "nearest" in brought.changes
    assert brought.grid.bounds() == pytest.approx((149_800, 505_000, 150_000, 505_200))


@pytest.mark.parametrize(
    ("stated", "in_file"),
    [
        pytest.param(None, "EPSG:7415", id="RD New with heights"),
        pytest.param("EPSG:28992", None, id="the card where the file is silent"),
        pytest.param(None, KM.replace("+units=km", "+towgs84=565.04,49.91,465.84,0.4,-0.36,1.87,4.08"), id="old signs"),
    ],
)
def test_what_is_rd_by_its_parameters_stays_where_it_is(
    tmp_path: Path, stated: str | None, in_file: str | None
) -> None:
    write(tmp_path, crs=in_file)
    brought = read(tmp_path, crs=stated)
    assert brought.grid.bounds() == (150_000, 505_000, 150_200, 505_200) and not brought.changes


def test_a_card_that_the_file_denies_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(ConfigRefusal, match="in the card"):
        read(tmp_path, crs="EPSG:4326")


def test_empty_margins_outside_the_country_do_no_harm_and_levels_there_do(tmp_path: Path) -> None:
    cells = np.zeros((2, 200))
    cells[:, -1] = 60
    write(tmp_path, cells, transform=Affine(1000, 0, -150_000, 0, -1000, 505_200))
    assert np.nanmax(read(tmp_path).grid.levels) == 60
    write(tmp_path, cells[:, ::-1], transform=Affine(1000, 0, -150_000, 0, -1000, 505_200))
    with pytest.raises(SourceRefusal, match="cells outside the Netherlands"):
        read(tmp_path)


def test_a_grid_that_says_to_be_huge_is_not_read(tmp_path: Path) -> None:
    form = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": "EPSG:28992", "nodata": -9999, "bigtiff": "yes"}
    blocks = {"tiled": True, "blockxsize": 4096, "blockysize": 4096, "sparse_ok": True}
    with rasterio.open(tmp_path / "g.tif", "w", height=400_000, width=400_000, transform=CORNER, **form, **blocks):
        pass
    assert (tmp_path / "g.tif").stat().st_size < 1_000_000 and grids.MOST_CELLS < 400_000**2
    with pytest.raises(SourceRefusal, match="400000 by 400000 cells"):
        read(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("cellsize 100\nNODATA_value -9999\n60,5 50,25\n-9999 55\n", id="commas in levels"),
        pytest.param("cellsize 100,0\nNODATA_value -9999,0\n60,5 50,25\n-9999,0 55,0\n", id="commas everywhere"),
        pytest.param("cellsize 100\nNODATA_value -9999\n60.5 50.25\n-9999 55\n", id="points"),
    ],
)
def test_an_asc_grid_may_write_decimals_with_a_comma(tmp_path: Path, text: str) -> None:
    (tmp_path / "g.asc").write_text(f"ncols 2\nnrows 2\nxllcorner 150000\nyllcorner 505000\n{text}")
    assert levels_of(read(tmp_path, path="g.asc", crs="EPSG:28992")) == [[60.5, 50.25], [None, 55]]


def test_a_mask_next_to_the_file_counts_in_its_checksum(tmp_path: Path) -> None:
    from pipeline.stages.acquire.input_validation import checksum

    path = write(tmp_path, nodata=None, mask=MASK, inside=False)
    before = checksum(path)
    (tmp_path / "g.tif.msk").write_bytes(b"another")
    assert checksum(path) != before


@pytest.mark.parametrize(
    ("nodata", "levels"),
    [
        pytest.param(0, [60.0, None, None], id="zero stands for no data, beside the value of the file"),
        pytest.param("none", [60.0, 0.0, None], id="every cell holds a level"),
    ],
)
def test_cells_of_no_level_at_all_are_what_the_card_says(
    tmp_path: Path, nodata: Any, levels: list[float | None]
) -> None:
    cells = np.float32([[60, 0, np.nan if nodata == "none" else -9999]])
    form = {"driver": "GTiff", "count": 1, "crs": "EPSG:28992", "dtype": "float32", "nodata": -9999}
    with rasterio.open(tmp_path / "zero.tif", "w", height=1, width=3, transform=CORNER, **form) as new:
        new.write(cells, 1)
    given = {"layer": "noise_levels", "path": "zero.tif", "licence": "x", "dated": "2026-10-01", "basis": "x"}
    card = SourceConfig.model_validate({**given, "name": "n", "grid": {"nodata": nodata}})
    brought = read_source(card, tmp_path)
    assert isinstance(brought, GridInRd)
    assert [None if np.isnan(level) else level for level in brought.grid.levels[0].tolist()] == levels
