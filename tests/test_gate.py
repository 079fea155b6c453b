"""Bad inputs, each from the command line: refused with exit code and words, or repaired, saying so; never
a traceback.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from click.testing import CliRunner, Result
from rasterio.transform import from_origin

from layers.errors import SourceRefusal
from pipeline.cli.main import main
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig
from pipeline.spatial.raster import GridInRd
from pipeline.stages.acquire.reading import read_source

EXAMPLE = Path(__file__).parents[1] / "config" / "proefpolder"
# The sources that are spoiled below; a check of the others as well takes three times as long.
SOURCES = (
    "buildings",
    "cluster_boundaries",
    "ground_leases",
    "issue_register",
    "noise_levels",
    "parcels",
    "pipelines",
    "quays",
    "sensitive_buildings",
    "water",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the example, with a few of its sources, that may be spoiled."""
    folder = tmp_path / "project"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("sources", "sources.lock"))
    (folder / "sources").mkdir()
    for name in SOURCES:
        shutil.copy(EXAMPLE / "sources" / f"{name}.toml", folder / "sources")
    card = folder / "project.toml"
    rules = os.path.relpath(EXAMPLE.parent, folder)
    card.write_text(
        card.read_text(encoding="utf-8").replace('extends        = ".."', f'extends = "{rules}"'), encoding="utf-8"
    )
    return folder


def check(folder: Path) -> Result:
    return CliRunner().invoke(main, ["check", "--config", str(folder)])


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def table(folder: Path, name: str, old: str, new: str, encoding: str = "cp1252") -> None:
    path = folder / "data" / name
    text = path.read_bytes().decode(encoding)
    assert old in text
    path.write_bytes(text.replace(old, new).encode(encoding))


def plots(folder: Path, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]) -> None:
    frame = change(gpd.read_file(folder / "data" / "kavels.gpkg"))
    (folder / "data" / "kavels.gpkg").unlink()
    frame.to_file(folder / "data" / "kavels.gpkg", layer="kavels")


def no_crs(folder: Path) -> None:
    frame = gpd.read_file(folder / "data" / "kavels.gpkg")
    frame.set_crs(None, allow_override=True).to_file(folder / "data" / "kaal.fgb", driver="FlatGeobuf")
    edit(folder, "sources/parcels.toml", 'path    = "data/kavels.gpkg"\ninside  = "kavels"', 'path = "data/kaal.fgb"')


def degrees(folder: Path) -> None:
    plots(folder, lambda frame: frame.to_crs(4326).set_crs(28992, allow_override=True))


def swapped(folder: Path) -> None:
    plots(
        folder,
        lambda frame: frame.set_geometry(
            gpd.GeoSeries(shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=28992)
        ),
    )


def points(folder: Path) -> None:
    plots(folder, lambda frame: frame.set_geometry(frame.geometry.centroid))


def twice(folder: Path) -> None:
    plots(folder, lambda frame: frame.assign(KAVELNR=["WH-0001", "WH-0001", *frame["KAVELNR"][2:]]))


def no_key(folder: Path) -> None:
    plots(folder, lambda frame: frame.assign(KAVELNR=[None, *frame["KAVELNR"][1:]]))


def lost_column(folder: Path) -> None:
    plots(folder, lambda frame: frame.drop(columns="MAX_CAT"))


def disguised(folder: Path) -> None:
    (folder / "data" / "kavels.gpkg").write_text(
        "<OGRVRTDataSource><OGRVRTLayer "
        'name="kavels"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    )


def disguised_grid(folder: Path) -> None:
    (folder / "data" / "geluid.tif").write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>')


def bare_grid(folder: Path, **more: object) -> None:
    with rasterio.open(folder / "data" / "geluid.tif") as old:
        levels, form = old.read(1), old.profile
    form.update(nodata=None)
    with rasterio.open(folder / "data" / "geluid.tif", "w", **form) as new:
        new.write(levels, 1)


def unscaled_grid(folder: Path) -> None:
    with rasterio.open(
        folder / "data" / "geluid.tif",
        "w",
        driver="GTiff",
        width=2,
        height=2,
        count=1,
        dtype="int16",
        crs="EPSG:28992",
        nodata=-9999,
        transform=from_origin(142_000, 511_000, 100, 100),
    ) as new:
        new.write(np.full((1, 2, 2), 585, dtype="int16"))


def zip_slip(folder: Path) -> None:
    with zipfile.ZipFile(folder / "data" / "water.zip", "w") as archive:
        archive.writestr("../../water.shp", b"\x00\x00\x27\x0a")


def entities(folder: Path) -> None:
    path = folder / "data" / "leidingen.gml"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + path.read_text().split("?>", 1)[1]
    )


def other_sheet(folder: Path) -> None:
    edit(folder, "sources/issue_register.toml", 'sheet = "Kavels"', 'sheet = "Blad1"')


def rule(folder: Path, name: str, old: str, new: str) -> None:
    shutil.copy(EXAMPLE.parent / name, folder / name)
    edit(folder, name, old, new)


def second_layer(folder: Path) -> None:
    gpd.read_file(folder / "data" / "kades.gpkg").to_file(folder / "data" / "kades.gpkg", layer="kades_2020", mode="a")


FOREIGN_WORD = '[source.values]\nright_type = { x = "y" }\n'

BAD = {
    "no CRS": (no_crs, 4, "no coordinate system"),
    "degrees in a file that says RD": (degrees, 4, "degrees"),
    "x and y swapped": (swapped, 4, "swapped"),
    "points where plots are due": (points, 4, "no polygon left"),
    "a key that stands twice": (twice, 4, "key stands there more than once"),
    "an empty key": (no_key, 4, "field 'KAVELNR': empty"),
    "a missing column": (lost_column, 4, "expected a column 'MAX_CAT'"),
    "a VRT that calls itself GeoPackage": (disguised, 4, "a file of format gpkg"),
    "a VRT that calls itself GeoTIFF": (disguised_grid, 4, "a file of format geotiff"),
    "a grid without a value for no data": (bare_grid, 4, "no value for no data"),
    "a grid in tenths that does not say so": (unscaled_grid, 4, "cells outside the scale, such as 585"),
    "a zip that leads elsewhere": (zip_slip, 4, "lead elsewhere"),
    "a GML with entities": (entities, 4, "DOCTYPE"),
    "a sheet that is not there": (other_sheet, 4, "expected a sheet 'Blad1'"),
    "9999-12-31 that nobody declared": (
        lambda f: edit(f, "sources/ground_leases.toml", ', "31-12-9999"', ""),
        4,
        "perpetual",
    ),
    "an unknown word for a right": (
        lambda f: table(f, "contracten.csv", ";ondererfpacht;", ";bruikleen;"),
        4,
        "bruikleen",
    ),
    "text in the wrong encoding": (
        lambda f: edit(f, "sources/ground_leases.toml", "cp1252", "utf-8"),
        4,
        "expected text in utf-8",
    ),
    "another delimiter": (lambda f: table(f, "adressen.csv", ";", "\t", "utf-8"), 4, "expected a column"),
    "a date in another order": (
        lambda f: edit(f, "sources/ground_leases.toml", "%d-%m-%Y", "%m/%d/%Y"),
        4,
        "not a date",
    ),
    "a path outside the data folder": (
        lambda f: edit(f, "sources/parcels.toml", "data/kavels.gpkg", "../../kavels.gpkg"),
        4,
        "outside the data folder",
    ),
    "an absolute path": (
        lambda f: edit(f, "sources/parcels.toml", "data/kavels.gpkg", "/etc/passwd"),
        4,
        "outside the data folder",
    ),
    "an address": (
        lambda f: edit(f, "sources/parcels.toml", "data/kavels.gpkg", "https://example.org/kavels.gpkg"),
        4,
        "services are not read yet",
    ),
    "a GDAL address": (
        lambda f: edit(f, "sources/parcels.toml", "data/kavels.gpkg", "/vsicurl/http://127.0.0.1/k.gpkg"),
        4,
        "is an address",
    ),
    "a driver prefix": (
        lambda f: edit(f, "sources/parcels.toml", "data/kavels.gpkg", "CSV:/etc/passwd"),
        4,
        "signs that a path may not have",
    ),
    "a file that is not there": (lambda f: (f / "data" / "kavels.gpkg").unlink(), 4, "is not there"),
    "an empty file": (lambda f: (f / "data" / "kavels.gpkg").write_bytes(b""), 4, "an empty file"),
    "half a file": (
        lambda f: (f / "data" / "kavels.gpkg").write_bytes((f / "data" / "kavels.gpkg").read_bytes()[:9000]),
        4,
        "cannot be read",
    ),
    "a CRS in the card that the file denies": (
        lambda f: edit(f, "sources/parcels.toml", "columns =", 'crs = "EPSG:4326"\ncolumns ='),
        2,
        "in the card",
    ),
    "an unknown key in a card": (lambda f: edit(f, "sources/parcels.toml", "columns =", "colums ="), 2, "unknown key"),
    "a boundary of a cluster without a card": (
        lambda f: (f / "clusters" / "zuivelfabriek.toml").unlink(),
        2,
        "no card clusters/zuivelfabriek.toml",
    ),
    "a word outside the list in a rule": (
        lambda f: rule(f, "constrain.toml", "'location_risk' AND", "'location_risc' and"),
        2,
        "'location_risc' is no 'contour_kind'",
    ),
    "a right that nobody knows in a rule": (
        lambda f: rule(f, "resolve.toml", "rent           = 6", "huur           = 6"),
        2,
        "huur",
    ),
    "a layer that publish does not know": (
        lambda f: rule(f, "publish.toml", '"usable_land"', '"usable"'),
        2,
        "no known layer 'usable'",
    ),
    "a band name with a space": (
        lambda f: rule(f, "constrain.toml", '"500" = 500', '"tot 500" = 500'),
        2,
        "band names",
    ),
    "an unknown encoding": (lambda f: edit(f, "sources/ground_leases.toml", "cp1252", "ansi"), 2, "no encoding 'ansi'"),
    "two sources that share keys": (
        lambda f: shutil.copy(f / "sources" / "issue_register.toml", f / "sources" / "issue_register2.toml"),
        4,
        "rows that share a key",
    ),
    "a damaged lock": (lambda f: (f / "sources.lock").write_text("<<<<<<< HEAD"), 2, "pin again with"),
    "a negative period": (
        lambda f: rule(f, "resolve.toml", "ground_lease   = 12", "ground_lease   = -12"),
        2,
        "expected at least 0",
    ),
    "a date form that is none": (lambda f: edit(f, "sources/ground_leases.toml", "%d-%m-%Y", "%q"), 2, "date form"),
    "a damaged workbook": (
        lambda f: (f / "data" / "uitgifte.xlsx").write_bytes((f / "data" / "uitgifte.xlsx").read_bytes()[:2000]),
        4,
        "no readable workbook",
    ),
    "two layers and none named": (second_layer, 4, "name the layer in the card"),
    "edits that are not in the file yet": (
        lambda f: (f / "data" / "panden.gpkg-wal").write_bytes(b"x"),
        4,
        "edits that are not in it yet",
    ),
    "a word in a card that is none of the layer": (
        lambda f: edit(
            f,
            "sources/ground_leases.toml",
            "[source.columns]",
            '[source.values]\nright_type = { x = "y" }\n\n[source.columns]',
        ),
        2,
        "'y' for 'right_type'",
    ),
    "broken TOML": (lambda f: edit(f, "project.toml", "horizons", "= horizons"), 2, "expected TOML"),
    "horizons in the past": (lambda f: edit(f, "project.toml", "[2030, 2050]", "[2020]"), 2, "must rise"),
}


@pytest.mark.parametrize(("spoil", "exit_code", "words"), BAD.values(), ids=BAD)
def test_a_bad_input_is_refused_in_words(
    project: Path, spoil: Callable[[Path], object], exit_code: int, words: str
) -> None:
    spoil(project)
    result = check(project)
    assert result.exit_code == exit_code and words in result.output and "Traceback" not in result.output


def test_all_that_is_wrong_shows_in_one_round(project: Path, tmp_path: Path) -> None:
    """A damaged file, one that is not there and one with bad rows, by `check`; and by `run` what it reads together."""
    (project / "data" / "water.zip").write_bytes(b"no zip")
    (project / "data" / "kades.gpkg").unlink()
    twice(project)
    result = check(project)
    assert result.exit_code == 4 and "Traceback" not in result.output
    for words in ("no zip", "is not there", "key stands there more than once"):
        assert words in result.output
    result = CliRunner().invoke(main, ["run", "--config", str(project), "--outputs", str(tmp_path / "out")])
    assert result.exit_code == 4 and "no zip" in result.output and "is not there" in result.output
    listed = pd.read_csv(tmp_path / "out" / "refused" / "bevindingen.csv", dtype=str)
    assert {"water", "quays"} == set(listed["bron"])


def test_a_refused_source_keeps_no_other_from_being_read(project: Path, tmp_path: Path) -> None:
    twice(project)
    table(project, "contracten.csv", ";ondererfpacht;", ";bruikleen;")
    run = ["run", "--config", str(project), "--outputs", str(tmp_path / "out"), "--to", "harmonise"]
    result = CliRunner().invoke(main, run)
    assert result.exit_code == 4 and "key stands there more than once" in result.output and "bruikleen" in result.output
    refused = tmp_path / "out" / "refused"
    assert {path.name for path in refused.iterdir()} >= {"parcels.csv", "ground_leases.csv", "parcels.geojson"}
    leases = pd.read_csv(refused / "ground_leases.csv", dtype=str)
    assert (leases["gevonden"] == "bruikleen").sum() > 100 and leases["rij"].is_unique
    assert (tmp_path / "out" / "work" / "harmonise" / "quays" / "quays.parquet").is_file()


def test_a_byte_order_mark_in_a_card_is_no_fault(project: Path) -> None:
    for path in (project / "sources").glob("*.toml"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert check(project).exit_code == 0


def test_a_bow_tie_is_repaired_and_reported(project: Path) -> None:
    result = check(project)
    assert result.exit_code == 0 and "1342 rows, 0 refused, 1 repaired -> parcels" in result.output


def test_rows_refused_are_written_where_they_can_be_opened(project: Path, tmp_path: Path) -> None:
    points(project)
    result = CliRunner().invoke(main, ["run", "--config", str(project), "--outputs", str(tmp_path / "out")])
    rows = gpd.read_file(tmp_path / "out" / "refused" / "parcels.geojson")
    assert result.exit_code == 4 and "every row refused stands in" in result.output
    assert len(rows) == 1342 and {"file", "file_layer", "row", "field", "reason"} <= set(rows.columns)
    listed = pd.read_csv(tmp_path / "out" / "refused" / "bevindingen.csv", dtype=str)
    assert f"all findings stand in {tmp_path / 'out' / 'refused' / 'bevindingen.csv'}" in result.output
    assert len(listed[(listed["laag"] == "Kavels") & (listed["afloop"] == "geweigerd")]) == 1342
    assert listed.loc[listed["laag"] == "Kavels", "wat_te_doen"].notna().all()
    # What was found in files that were read before it stands there too.
    assert "dubbele regel" in " ".join(listed["reden"]) or "dezelfde regel" in " ".join(listed["reden"])
    assert not list((tmp_path / "out").glob("*.gpkg"))


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda f: (f / "data" / "kades.gpkg").unlink(), {"bron": "quays", "bestand": "data/kades.gpkg"}),
        (lambda f: (f / "data" / "adressen.csv").write_bytes(b""), {"bestand": "data/adressen.csv"}),
        (lambda f: edit(f, "sources/parcels.toml", '"kavels"', '"percelen"'), {"laag_in_bestand": "percelen"}),
        (lambda f: edit(f, "sources/water.toml", "[source]", '[source]\ncrs = "EPSG:4326"'), {"bron": "water"}),
    ],
    ids=["no file", "an empty file", "no such layer", "another coordinate system"],
)
def test_a_file_that_is_refused_as_a_whole_stands_in_the_list(
    project: Path, tmp_path: Path, spoil: Callable[[Path], object], place: dict[str, str]
) -> None:
    spoil(project)
    run = ["run", "--config", str(project), "--outputs", str(tmp_path / "out"), "--to", "harmonise"]
    result = CliRunner(env={"LANG": "nl_NL.UTF-8"}).invoke(main, run)
    assert result.exit_code in (2, 4) and "alle bevindingen staan in" in result.output
    first = pd.read_csv(tmp_path / "out" / "refused" / "bevindingen.csv", dtype=str).iloc[0]
    assert (
        first[list(place)].to_dict() == place and first["afloop"] == "geweigerd" and first["gevonden"] in result.output
    )


def test_findings_of_a_run_that_was_refused_go_with_the_next(project: Path, tmp_path: Path) -> None:
    """What is right by now must not stand there as a fault; `acquire` pins the file that came back."""
    quays = project / "data" / "kades.gpkg"
    content = quays.read_bytes()
    quays.unlink()
    run = ["run", "--config", str(project), "--outputs", str(tmp_path / "out"), "--to", "acquire"]
    assert CliRunner().invoke(main, run).exit_code == 4 and list((tmp_path / "out" / "refused").iterdir())
    quays.write_bytes(content)
    assert CliRunner().invoke(main, run).exit_code == 0 and not list((tmp_path / "out" / "refused").iterdir())


def test_curves_come_as_fine_lines(project: Path) -> None:
    """A circle of 100 m drawn as arcs; at most 1 degree of arc per line, so 5e-5 of its area is lost."""
    ring = "150000 505000 150100 505100 150200 505000 150100 504900 150000 505000"
    (project / "data" / "leidingen.gml").write_text(
        '<?xml version="1.0"?><p:v xmlns:p="http://proefpolder.invalid/x" '
        'xmlns:gml="http://www.opengis.net/gml/3.2"><p:member><p:vlak gml:id="a">'
        '<p:nr>1</p:nr><p:geo><gml:Surface gml:id="s" '
        'srsName="urn:ogc:def:crs:EPSG::28992"><gml:patches><gml:PolygonPatch><gml:exterior><gml:Ring>'
        "<gml:curveMember><gml:Curve "
        f"gml:id='c'><gml:segments><gml:ArcString><gml:posList>{ring}</gml:posList></gml:ArcString></gml:segments>"
        "</gml:Curve></gml:curveMember></gml:Ring></gml:exterior></gml:PolygonPatch></gml:patches></gml:Surface>"
        "</p:geo></p:vlak></p:member></p:v>",
        encoding="utf-8",
    )
    card = SourceConfig.model_validate(
        {
            "layer": "water",
            "path": "data/leidingen.gml",
            "columns": {"water_id": "nr"},
            "licence": "x",
            "dated": "2026-10-01",
            "basis": "x",
            "name": "w",
        }
    )
    raw = read_source(card, project)
    area = shapely.area(raw.shapes[0])
    assert isinstance(raw, RawTable) and area == pytest.approx(np.pi * 100**2, rel=1e-4)


def test_an_asc_grid_is_read_with_the_crs_of_its_card(project: Path) -> None:
    (project / "data" / "geluid.asc").write_text(
        "ncols 2\nnrows 2\nxllcorner 150000\nyllcorner 505000\ncellsize 100\nNODATA_value -9999\n60 50\n-9999 55\n"
    )
    given = {
        "layer": "noise_levels",
        "path": "data/geluid.asc",
        "licence": "x",
        "dated": "2026-10-01",
        "basis": "x",
        "name": "n",
    }
    grid = read_source(SourceConfig.model_validate({**given, "crs": "EPSG:28992"}), project)
    assert isinstance(grid, GridInRd) and grid.grid.bounds() == (150_000, 505_000, 150_200, 505_200)
    assert np.isnan(grid.grid.levels[1, 0]) and grid.grid.levels[0, 0] == 60
    with pytest.raises(SourceRefusal, match="no CRS"):
        read_source(SourceConfig.model_validate(given), project)


def test_a_view_in_a_geopackage_is_not_taken_for_its_table(project: Path) -> None:
    with sqlite3.connect(project / "data" / "kavels.gpkg") as base:
        base.execute("CREATE VIEW alle AS SELECT * FROM kavels")
    assert check(project).exit_code == 0


def test_the_check_leaves_nothing_next_to_the_files(project: Path) -> None:
    before = sorted(path.name for path in (project / "data").iterdir())
    check(project)
    assert sorted(path.name for path in (project / "data").iterdir()) == before


def test_formats_that_point_elsewhere_are_in_neither_gdal() -> None:
    import pyogrio
    from rasterio.drivers import raster_driver_extensions

    assert "OGR_VRT" not in pyogrio.list_drivers() and "WFS" not in pyogrio.list_drivers()
    assert "vrt" not in raster_driver_extensions()
