"""Advice is tried: what a refusal of a file says that can be done is done, on the input that provoked it, and the next
reading is right, or is refused for another reason that is true.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyproj
import pytest
import rasterio
import shapely
from affine import Affine

from layers.errors import ConfigRefusal, Refusal, SourceRefusal
from layers.sources import TABLES
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig, about_file
from pipeline.stages.acquire import geoparquet, grids, input_validation, pinning, reading, views
from pipeline.stages.acquire.reading import read_source
from pipeline.stages.acquire.source_files import checksum_of_source
from pipeline.stages.harmonise import convert, harmonise
from pipeline.stages.harmonise.ingest import match_clusters, no_key_twice

ROOT = Path(__file__).parents[1]
# Where what is said to somebody about a file stands.
ABOUT_FILES = [
    *sorted((ROOT / "pipeline" / "stages" / "acquire").glob("*.py")),
    *sorted((ROOT / "pipeline" / "stages" / "harmonise").glob("*.py")),
    ROOT / "pipeline" / "project" / "raw_table.py",
    ROOT / "pipeline" / "spatial" / "coordinate_systems.py",
    ROOT / "layers" / "errors.py",
]
# Constants that hold advice, by the names that they have; and functions of which the answer is advice.
HELD = {"HINTS", "WRITE_IN_CARD", "WANTED_IN_FILTER", "CORRECT_CRS", "ASK_FOR_LEVELS"}
ANSWERED = {"advice", "_say_encoding"}
# Advice that no case follows yet; the list may only become shorter.
UNTRIED = {
    "a plot that was split or renumbered": "of projects.csv: tests/stages/test_named_plots.py",
    "or allow more with max_lost": "of registers: tests/stages/test_register_keys.py",
    "move it, or name another folder": "of the folder of results: tests/test_nothing_lost.py",
}
# Advice that tests by themselves follow, below.
FOLLOWED_BELOW = (
    "tell them apart with a prefix",
    "or pick boundaries with `where`",
    "let nobody write",
    "pin them first with",
    "pin the new files with",
    "remove it and pin again with",
    "save it anew, or ask",
)
Card = dict[str, Any]
CARD: Card = {"layer": "water", "licence": "x", "dated": "2026-10-01", "basis": "x", "name": "n"}
LEASE_COLUMNS = {
    "contract_id": "C",
    "parcel_id": "P",
    "right_type": {"value": "ground_lease"},
    "certainty": {"value": "deed"},
    "ends_on": {"from": "E", "date": "%d-%m-%Y"},
}


def squares(count: int = 3) -> gpd.GeoDataFrame:
    shapes = [shapely.box(100_000 + 200 * n, 450_000, 100_100 + 200 * n, 450_100) for n in range(count)]
    return gpd.GeoDataFrame({"ID": [f"W-{n}" for n in range(count)]}, geometry=shapes, crs=28992)


def areas(path: str, frame: gpd.GeoDataFrame | None = None, **more: Any) -> Callable[[Path], Card]:
    """A file of areas of water, and its card."""

    def write(folder: Path) -> Card:
        save(folder / path, squares() if frame is None else frame)
        return {"path": path, "columns": {"water_id": "ID"}, **more}

    return write


def save(path: Path, frame: gpd.GeoDataFrame) -> None:
    drivers = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".fgb": "FlatGeobuf", ".geojson": "GeoJSON", ".gml": "GML"}
    drivers |= {".mif": "MapInfo File"}
    path.unlink(missing_ok=True)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path, driver=drivers[path.suffix])


def leases(text: str, written: str = "utf-8", **more: Any) -> Callable[[Path], Card]:
    """A text table of contracts, and its card."""

    def write(folder: Path) -> Card:
        (folder / "t.csv").write_bytes(text.encode(written))
        csv = {"delimiter": ";"} | more.pop("csv", {}) if "csv" in more else {"delimiter": ";"}
        return {"layer": "ground_leases", "path": "t.csv", "columns": LEASE_COLUMNS, "csv": csv, **more}

    return write


HEAD = "C;P;E\n"
LEASES = HEAD + "C-1;P-1;31-12-2040\nC-2;P-2;31-12-2041\n"


def levels(cells: Any, *, kind: str = "float32", **profile: Any) -> Callable[[Path], Card]:
    """A grid of levels, and its card."""

    def write(folder: Path) -> Card:
        bands = np.atleast_3d(np.asarray(cells, dtype=kind).T).T
        corner = Affine(100, 0, 150_000, 0, -100, 505_200)
        form = {"crs": "EPSG:28992", "transform": corner, "nodata": -9999, "dtype": kind} | profile
        colours = form.pop("colours", None)
        size = {"count": len(bands), "height": bands.shape[1], "width": bands.shape[2]}
        with rasterio.open(folder / "g.tif", "w", driver="GTiff", **size, **form) as grid:
            if colours:
                grid.write_colormap(1, colours)
            grid.write(bands)
        return {"layer": "noise_levels", "path": "g.tif"}

    return write


LEVELS = [[60.5, 50], [55, 58]]


def check(folder: Path, card: Card) -> Any:
    """What `check` does with a source."""
    folders = tuple(folder / name for name in card.get("folders", ("",)))
    source = SourceConfig.model_validate(CARD | {name: value for name, value in card.items() if name != "folders"})
    raw = read_source(source, folders)
    if not isinstance(raw, RawTable):
        return raw.grid
    with about_file(source):
        return harmonise(raw, source, TABLES[source.layer]).table


Step = Callable[[Path, Card], Card]


def also(**more: Any) -> Step:
    """The card with more in it."""

    def write(_: Path, card: Card) -> Card:
        return card | {
            name: card.get(name, {}) | value if isinstance(value, dict) else value for name, value in more.items()
        }

    return write


def anew(write: Callable[[Path], Card]) -> Step:
    """The file as it should be, under the card that there was."""

    def again(folder: Path, card: Card) -> Card:
        write(folder)
        return card

    return again


def then(*steps: Step) -> Step:
    def write(folder: Path, card: Card) -> Card:
        for step in steps:
            card = step(folder, card)
        return card

    return write


@dataclass(frozen=True)
class Case:
    """Words of the advice; what provokes it; what follows it; and words of what is refused after that (none: it is
    right then)."""

    says: str
    spoil: Callable[[Path], Card]
    follow: Step
    refused: str = ""
    limits: tuple[tuple[Any, str, Any], ...] = field(default=())


def spoiled(write: Callable[[Path], Card], change: Callable[[Path], object], name: str) -> Callable[[Path], Card]:
    """A file that was changed by itself."""

    def both(folder: Path) -> Card:
        card = write(folder)
        change(folder / name)
        return card

    return both


def in_latin(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"W-1", "W-é".encode("cp1252")))


def renamed(write: Callable[[Path], Card], path: str) -> Callable[[Path], Card]:
    """A file under an ending that stands for no format."""

    def move(folder: Path) -> Card:
        card = write(folder)
        (folder / card["path"]).rename(folder / path)
        return card | {"path": path}

    return move


def metadata(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """GeoParquet with other words about itself."""

    def write(path: Path) -> None:
        table = pq.read_table(path)
        words = json.loads(table.schema.metadata[b"geo"])
        change(words)
        pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(words).encode()}), path)

    return write


def sql(*statements: str) -> Callable[[Path], None]:
    def run(path: Path) -> None:
        with sqlite3.connect(path) as base:
            for statement in statements:
                base.execute(statement)
        base.close()

    return run


def second_layer(path: Path) -> None:
    squares().to_file(path, layer="other", mode="a")


def packed(*names: str, **more: Any) -> Callable[[Path], Card]:
    def write(folder: Path) -> Card:
        with zipfile.ZipFile(folder / "w.gpkg.zip", "w") as archive:
            for name in names:
                save(folder / name, squares())
                archive.write(folder / name, name)
        return {"path": "w.gpkg.zip", "columns": {"water_id": "ID"}, **more}

    return write


def different(folder: Path) -> Card:
    """Two members with other rows each."""
    with zipfile.ZipFile(folder / "w.gpkg.zip", "w") as archive:
        for start, name in enumerate(("a.gpkg", "b.gpkg")):
            save(folder / name, squares(4)[start::2])
            archive.write(folder / name, name)
    return {"path": "w.gpkg.zip", "columns": {"water_id": "ID"}}


def locked(folder: Path) -> Card:
    """A zip that says of its member that it has a password."""
    card, path = packed("a.gpkg")(folder), folder / "w.gpkg.zip"
    content = path.read_bytes()
    place = content.rindex(b"PK\x01\x02") + 8  # flags of the member in the list at the end
    path.write_bytes(content[:place] + b"\x01" + content[place + 1 :])
    return card


def gzipped(folder: Path) -> Card:
    save(folder / "w.geojson", squares())
    (folder / "w.geojson.gz").write_bytes(gzip.compress((folder / "w.geojson").read_bytes()))
    return {"path": "w.geojson.gz", "columns": {"water_id": "ID"}}


GML_SQUARE = (
    '<gml:Polygon srsName="EPSG:28992"><gml:exterior><gml:LinearRing><gml:posList>100000 450000 100100 450000 100100 '
    "450100 100000 450000</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
)


def nested(folder: Path) -> Card:
    """A GML with a feature in another one, of which GDAL makes none."""
    feature = "<g:w><g:ID>{}</g:ID>{}</g:w>"
    shape = f"<g:vlak>{GML_SQUARE}</g:vlak>"
    inner = f"<g:delen><g:member>{feature.format('W-1', shape)}</g:member></g:delen>"
    member = f"<gml:featureMember>{feature.format('W-0', inner + shape)}</gml:featureMember>"
    text = f'<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml" xmlns:g="x">{member}</gml:FeatureCollection>'
    (folder / "w.gml").write_text(text, encoding="utf-8")
    return {"path": "w.gml", "columns": {"water_id": "ID"}}


def decision(kind: str) -> Callable[[Path], Card]:
    """A decision under the Omgevingswet with one location."""

    def write(folder: Path) -> Card:
        shape = f"<b:Geometrie><b:id>W-0</b:id><b:geometrie>{GML_SQUARE}</b:geometrie></b:Geometrie>"
        (folder / "w.gml").write_text(
            '<g:GeoInformatieObjectVaststelling xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:g="x" xmlns:b="y">'
            f"<g:locaties><g:{kind}><g:geometrie>{shape}</g:geometrie></g:{kind}></g:locaties>"
            "</g:GeoInformatieObjectVaststelling>",
            encoding="utf-8",
        )
        return {"path": "w.gml", "columns": {"water_id": "id"}}

    return write


def twice_there(folder: Path) -> Card:
    """A file in the data folder and in another one."""
    for place in (folder, folder / "G"):
        place.mkdir(exist_ok=True)
        save(place / "w.gpkg", squares())
    return {"path": "w.gpkg", "columns": {"water_id": "ID"}, "folders": ("", "G")}


def by_its_whole_path(folder: Path, card: Card) -> Card:
    return card | {"path": str(folder / "G" / "w.gpkg")}


def two_systems(folder: Path) -> Card:
    save(folder / "a.gpkg", squares())
    save(folder / "b.gpkg", squares().to_crs(4326))
    return {"path": "*.gpkg", "columns": {"water_id": "ID"}}


def sheet(rows: list[list[Any]]) -> Callable[[Path], Card]:
    def write(folder: Path) -> Card:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.active.title = "S"
        book.save(folder / "b.xlsx")
        columns = {**LEASE_COLUMNS, "ends_on": {"from": "E"}}
        return {"layer": "ground_leases", "path": "b.xlsx", "columns": columns, "xlsx": {"sheet": "S"}}

    return write


GML = """<?xml version="1.0"?><c:FC xmlns:c="http://x" xmlns:gml="http://www.opengis.net/gml/3.2" gml:id="a"><c:member>
<c:W gml:id="w1"><c:ID>W-1</c:ID><c:inner>{}</c:inner><c:outer>{}</c:outer></c:W></c:member></c:FC>"""
AREA = (
    '<gml:Polygon srsName="urn:ogc:def:crs:EPSG::28992" gml:id="g{}"><gml:exterior><gml:LinearRing><gml:posList>'
    "100000 450000 100100 450000 100100 450100 100000 450100 100000 450000"
    "</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
)


def two_geometries(folder: Path) -> Card:
    (folder / "w.gml").write_text(GML.format(AREA.format(1), AREA.format(2)), encoding="utf-8")
    return {"path": "w.gml", "columns": {"water_id": "ID"}}


def page(matched: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        content = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({"type": content["type"], "numberMatched": matched} | content), encoding="utf-8")

    return write


def unclosed(path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    ring = content["features"][0]["geometry"]["coordinates"][0]
    del ring[2:]
    path.write_text(json.dumps(content), encoding="utf-8")


def mojibake(folder: Path) -> Card:
    frame = squares().assign(ID=["W-é", "W-1", "W-2"])
    frame.to_file(folder / "w.shp", encoding="utf-8")
    (folder / "w.cpg").write_text("cp1252")
    return {"path": "w.shp", "columns": {"water_id": "ID"}}


def plain(**more: Any) -> Callable[[Path], Card]:
    """A text table of water without shapes, or with them as text."""

    def write(folder: Path) -> Card:
        shape = "POLYGON ((100000 450000, 100100 450000, 100100 450100, 100000 450000))"
        (folder / "w.csv").write_text(f"ID;WKT\nW-1;{shape}\n", encoding="utf-8")
        return {"path": "w.csv", "columns": {"water_id": "ID"}, "csv": {"delimiter": ";"}, **more}

    return write


WKT = {"kind": "wkt", "column": "WKT"}
IN_RD = {"crs": "EPSG:28992"}
TABLE = leases(LEASES)
GEOPACKAGE, GEOJSON, PARQUET = areas("w.gpkg"), areas("w.geojson"), areas("w.parquet")
DEGREES = areas("w.gpkg", squares().to_crs(4326).set_crs(28992, allow_override=True))
AT_SEA = gpd.GeoDataFrame(
    squares().iloc[:2].assign(geometry=lambda rows: [rows.geometry[0], shapely.box(-99, 6e5, -9, 6e5 + 90)])
)
LOCAL = pyproj.CRS('LOCAL_CS["drawing",UNIT["metre",1]]')
ASK = anew(GEOPACKAGE)


def unmasked(folder: Path, card: Card) -> Card:
    """The card with the value for no data that is advised for a grid in which every cell holds a level."""
    return also(grid={"nodata": "none"})(folder, card)


def zeros(folder: Path) -> Card:
    """A file of the size of a true one, and nothing in it."""
    card = GEOPACKAGE(folder)
    content = bytearray((folder / "w.gpkg").read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    (folder / "w.gpkg").write_bytes(bytes(content))
    return card


def number_with_a_letter(folder: Path) -> Card:
    """A Shapefile with 12x where a number is due."""
    card = areas("w.shp", squares().assign(M2=[1.5, 2.5, 3.5]))(folder)
    content = (folder / "w.dbf").read_bytes()
    stored = re.search(rb" +2\.50*", content)
    assert stored is not None
    (folder / "w.dbf").write_bytes(content.replace(stored.group(), b"12x".rjust(len(stored.group()))))
    return card


def recursive_view(path: Path) -> None:
    sql(
        "CREATE VIEW endless AS WITH RECURSIVE n(fid, ID) AS (SELECT 1, 'W' UNION ALL SELECT fid + 1, ID FROM n) "
        "SELECT fid, ID FROM n",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('endless', 'attributes', 'endless')",
    )(path)


def as_table(folder: Path, card: Card) -> Card:
    return {**card, "inside": "w", "view": False}


# One row per advice and kind of input; what follows it is what it says, and no more.
CASES = {
    "an encoding that a .cpg hides": Case("really in", mojibake, also(encoding="utf-8")),
    "text garbled before it came": Case(
        "signs were lost when the file was made",
        areas("w.gpkg", squares().assign(ID=["W-Ã©", "W-1", "W-2"])),
        anew(areas("w.gpkg")),
    ),
    "a table that unpacks without end": Case(
        "leave out columns that the card does not read",
        areas("w.parquet", squares().assign(A=1, B=2)),
        anew(areas("w.parquet")),
        limits=((geoparquet, "MOST_CELLS_OF_TABLE", 7),),
    ),
    "latin in GeoJSON": Case(
        "that it is in, in the card", spoiled(GEOJSON, in_latin, "w.geojson"), also(encoding="cp1252")
    ),
    "broken metadata": Case(
        "write the file anew, from QGIS", spoiled(PARQUET, metadata(dict.clear), "w.parquet"), anew(PARQUET)
    ),
    "another primary column": Case(
        "name the geometry column",
        spoiled(PARQUET, metadata(lambda words: words.update(primary_column="x")), "w.parquet"),
        also(geometry="geometry"),
    ),
    "a CRS that is none": Case(
        "with its coordinate system",
        spoiled(PARQUET, metadata(lambda words: words["columns"]["geometry"].update(crs=["x"])), "w.parquet"),
        anew(PARQUET),
    ),
    "two geometries in a feature": Case(
        "the one that counts in the card: geometry", two_geometries, also(geometry="outer")
    ),
    "a grid without a place": Case(
        "georeference the grid", levels(LEVELS, transform=Affine.identity(), crs=None), anew(levels(LEVELS))
    ),
    "a grid without a CRS": Case("name it in the card if you are sure", levels(LEVELS, crs=None), also(**IN_RD)),
    "a grid too large": Case(
        "larger cells", levels(LEVELS), anew(levels([[60.5]])), limits=((grids, "MOST_CELLS", 3),)
    ),
    "levels in two bands": Case("of several levels name", levels([LEVELS, LEVELS]), also(grid={"band": 1})),
    "a picture": Case(
        "ask for the levels themselves", levels([[[58, 58]]] * 3, kind="uint8", nodata=0), anew(levels(LEVELS))
    ),
    "classes": Case("ask for the levels themselves", levels([[1, 2], [3, 4]]), anew(levels(LEVELS))),
    "colours that only show levels": Case(
        "where the colours only show them",
        levels([[60, 50], [55, 58]], kind="uint8", nodata=0, colours={60: (1, 2, 3, 255)}),
        also(grid={"colour_table": "ignore"}),
    ),
    "colours of classes": Case(
        "where the colours only show them",
        levels([[1, 2], [3, 4]], kind="uint8", nodata=0, colours={1: (1, 2, 3, 255)}),
        also(grid={"colour_table": "ignore"}),
        refused="look like classes",
    ),
    "levels in tenths": Case(
        "the no-data value and the scale", levels([[605, 500]], kind="int16"), also(grid={"scale": 0.1})
    ),
    "another value for no data": Case(
        "the no-data value and the scale", levels([[60.5, -1]]), also(grid={"nodata": -1.0})
    ),
    "no value for no data": Case("where every cell holds a level", levels(LEVELS, nodata=None, kind="int16"), unmasked),
    "a grid in degrees": Case(
        "QGIS: Assign Projection",
        levels(LEVELS, transform=Affine(0.001, 0, 5.2, 0, -0.001, 52.5)),
        anew(levels(LEVELS, transform=Affine(0.001, 0, 5.2, 0, -0.001, 52.5), crs="EPSG:4326")),
    ),
    "a grid with a cell far away": Case(
        "or cut the grid",
        levels(np.full((1, 4000), 58.0)),
        anew(levels(np.full((1, 400), 58.0))),
    ),
    "a number with a letter in it": Case(
        "mend them in the source; open the file in QGIS", number_with_a_letter, anew(areas("w.shp"))
    ),
    "half a file": Case(
        "open it in QGIS to see what is wrong",
        spoiled(GEOJSON, lambda path: path.write_bytes(path.read_bytes()[:200]), "w.geojson"),
        anew(GEOJSON),
    ),
    "an address": Case(
        "download the file first",
        lambda folder: GEOPACKAGE(folder) | {"path": "https://example.org/w.gpkg"},
        also(path="w.gpkg"),
    ),
    "a file elsewhere": Case(
        "copy the file into the data folder",
        lambda folder: GEOPACKAGE(folder) | {"path": "../w.gpkg"},
        also(path="w.gpkg"),
    ),
    "another path": Case("check the path", lambda folder: GEOPACKAGE(folder) | {"path": "v.gpkg"}, also(path="w.gpkg")),
    "an empty file": Case(
        "ask for the delivery again", spoiled(GEOPACKAGE, lambda path: path.write_bytes(b""), "w.gpkg"), ASK
    ),
    "a damaged GeoPackage": Case("ask for the delivery again", zeros, ASK),
    "too many bytes": Case(
        "or bring it as GeoPackage",
        GEOJSON,
        then(anew(GEOPACKAGE), also(path="w.gpkg")),
        limits=((input_validation, "TEXT_BYTES", 10),),
    ),
    "unsaved edits": Case(
        "save them in QGIS and close the file",
        spoiled(GEOPACKAGE, lambda path: path.with_name("w.gpkg-wal").write_bytes(b"x"), "w.gpkg"),
        lambda folder, card: ((folder / "w.gpkg-wal").unlink(), card)[1],
    ),
    "a page of an error": Case(
        "ask where the file comes from", spoiled(GEOPACKAGE, lambda path: path.write_text("<html>"), "w.gpkg"), ASK
    ),
    "one page of a service": Case(
        "download the pages", spoiled(GEOJSON, page(9), "w.geojson"), anew(areas("w.geojson", squares(9)))
    ),
    "rows that are lost": Case(
        "ask for the delivery again",
        spoiled(
            areas("w.shp"),
            lambda path: path.with_suffix(".dbf").write_bytes(path.with_suffix(".dbf").read_bytes()[:-60]),
            "w.shp",
        ),
        anew(areas("w.shp")),
    ),
    "a CRS in the card and the file": Case("leave `crs` out", areas("w.gpkg", crs="EPSG:4326"), also(crs=None)),
    "a table clipped to a place": Case(
        "leave out bbox and clip", leases(LEASES, bbox=[100_000, 450_000, 101_000, 451_000]), also(bbox=())
    ),
    "a key by shape of a table": Case(
        "leave out shape",
        leases(LEASES, columns=LEASE_COLUMNS | {"contract_id": {"digest": ["C"], "shape": True}}),
        also(columns=LEASE_COLUMNS | {"contract_id": {"digest": ["C"]}}),
    ),
    "money with the signs of this country": Case(
        "the signs of numbers in the card",
        leases(
            LEASES.replace("E\n", "E;H\n").replace("2040\n", "2040;€ 1.250,50\n").replace("2041\n", "2041;8\n"),
            columns=LEASE_COLUMNS | {"rent_eur": "H"},
        ),
        also(csv={"decimal": ",", "thousands": "."}),
    ),
    "UTF-16": Case("name its encoding", leases(LEASES, "utf-16"), also(csv={"encoding": "utf-16"})),
    "cp1252": Case(
        "name its encoding", leases(LEASES.replace("P-1", "Pé"), "cp1252"), also(csv={"encoding": "cp1252"})
    ),
    "UTF-8": Case(
        "name its encoding",
        leases(LEASES.replace("P-1", "Pé"), csv={"encoding": "cp1252"}),
        also(csv={"encoding": "utf-8"}),
    ),
    "an inch": Case(
        "quotes = false", leases(HEAD + 'C-1;"P-1;01-01-2040\nC-2;P-2;01-01-2040\n'), also(csv={"quotes": False})
    ),
    "cells of several lines": Case(
        "quotes = true", leases(HEAD + 'C-1;"P;1;2\nP;2;3";01-01-2040\n'), also(csv={"quotes": True})
    ),
    "another delimiter": Case("check the delimiter", leases(LEASES.replace("C-1;P-1", "C-1;P-1;x")), anew(TABLE)),
    "a ring that is none": Case("repair these in the source", spoiled(GEOJSON, unclosed, "w.geojson"), anew(GEOJSON)),
    "two files in a zip": Case('member = "..."', packed("a.gpkg", "b.gpkg"), also(member="b.gpkg")),
    "parts of one thing in a zip": Case("of parts of one thing", different, also(member="*.gpkg")),
    "a zip that does not say of what": Case("in what format", packed("a.geojson"), also(format="geojson")),
    "another name in a zip": Case("names it otherwise", packed("a.gpkg", member="b.gpkg"), also(member="a.gpkg")),
    "a zip with a password": Case("pack it without", locked, anew(packed("a.gpkg"))),
    "a gz cut short": Case(
        "ask for the delivery again",
        spoiled(gzipped, lambda path: path.write_bytes(path.read_bytes()[:-9]), "w.geojson.gz"),
        anew(gzipped),
    ),
    "too many files": Case(
        "name fewer", two_systems, also(path="a*.gpkg"), limits=((input_validation, "MOST_FILES", 1),)
    ),
    "another database than it says": Case(
        "the format that it really has", renamed(GEOPACKAGE, "w.sqlite"), also(format="gpkg")
    ),
    "a feature within a feature": Case(
        "take the same data as GeoPackage", nested, lambda folder, card: card | areas("w.gpkg")(folder)
    ),
    "what changed in a decision": Case(
        "ask for the version as it is in force", decision("LocatieMutatie"), anew(decision("Locatie"))
    ),
    "RD New on another datum": Case(
        "programs write it so",
        areas("w.mif"),
        also(crs="EPSG:28992"),
    ),
    "a file of one name in two folders": Case("by its whole path", twice_there, by_its_whole_path),
    "files in two systems": Case("a card of its own", two_systems, also(path="a.gpkg")),
    "two layers": Case("name the layer in the card", spoiled(GEOPACKAGE, second_layer, "w.gpkg"), also(inside="other")),
    "a view": Case(
        "of a view, view = true",
        lambda folder: (
            spoiled(
                GEOPACKAGE,
                sql(
                    "CREATE VIEW v AS SELECT * FROM w",
                    "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
                    "VALUES ('v', 'features', 'v', 28992)",
                    "INSERT INTO gpkg_geometry_columns VALUES ('v', 'geom', 'POLYGON', 28992, 0, 0)",
                ),
                "w.gpkg",
            )(folder)
            | {"inside": "v"}
        ),
        also(view=True),
    ),
    "an endless view": Case(
        "export it to a table",
        lambda folder: spoiled(GEOPACKAGE, recursive_view, "w.gpkg")(folder) | {"inside": "endless", "view": True},
        as_table,
        limits=((views.check_view, "__kwdefaults__", {"seconds": 0.5}),),
    ),
    "rows that are all left out": Case("say may_be_empty", areas("w.gpkg", where="ID = 'x'"), also(may_be_empty=True)),
    "rows of another name": Case("check `where`", areas("w.gpkg", where="ID = 'x'"), also(where="ID = 'W-1'")),
    "a table where areas are due": Case("say where it stands", plain(), also(geometry=WKT, **IN_RD)),
    "shapes without a CRS": Case("if you are sure, add to the card", plain(geometry=WKT), also(**IN_RD)),
    "degrees that call themselves RD": Case(
        "QGIS: Assign Projection", DEGREES, anew(areas("w.gpkg", squares().to_crs(4326)))
    ),
    "rows at sea": Case("or box = ", areas("w.gpkg", AT_SEA), also(box="north_sea")),
    "rows in another country": Case("take a part in the card", areas("w.gpkg", AT_SEA), also(bbox=[0, 4e5, 2e5, 5e5])),
    "degrees for which the card says RD": Case(
        "in the card (crs = ",
        lambda folder: plain(geometry=WKT, crs="EPSG:4326")(folder),
        also(**IN_RD),
    ),
    "a drawing without a place": Case(
        "if you are sure what it is", areas("w.parquet", squares().set_crs(LOCAL, allow_override=True)), also(**IN_RD)
    ),
    "a word of their own": Case(
        "values = { column",
        lambda folder: (
            leases(LEASES.replace("P-1;", "P-1;"))(folder)
            | {"columns": {**LEASE_COLUMNS, "right_type": "P"}, "values": {}}
        ),
        also(values={"right_type": {"P-1": "huur", "P-2": "erfpacht"}}),
    ),
    "a rounded key": Case("as text in the spreadsheet", leases(LEASES.replace("P-1", "3,63E+13")), anew(TABLE)),
    "words for not known": Case(
        "empty_words", leases(LEASES.replace("31-12-2040", "n.v.t.")), also(empty_words=["n.v.t."])
    ),
    "a formula": Case(
        "save it: that computes",
        sheet([["C", "P", "E"], ["C-1", '="P"&"-1"', "2040-01-01"]]),
        anew(sheet([["C", "P", "E"], ["C-1", "P-1", "2040-01-01"]])),
    ),
    "a contract in slices": Case(
        'together = "slices"',
        leases(
            "C;P;B;E\nC-1;P-1;01-01-2020;31-12-2029\nC-1;P-1;01-01-2030;31-12-2039\n",
            columns={**LEASE_COLUMNS, "starts_on": {"from": "B", "date": "%d-%m-%Y"}},
        ),
        also(together="slices"),
    ),
    "a contract of shares in which the end differs": Case(
        'together = "slices"',
        leases(LEASES.replace("C-2;P-2", "C-1;P-1")),
        also(together="shares"),
        refused="rows of one key differ in ends_on",
    ),
    "parts that differ": Case(
        "combine = {",
        leases(LEASES.replace("C-2;P-2", "C-1;P-1"), together="shares"),
        also(combine={"ends_on": "max"}),
    ),
    "rows to let go": Case("max_refused", leases(LEASES.replace("31-12-2040", "x")), also(max_refused=1)),
    "a pattern without an end": Case(
        "repetitions within repetitions",
        leases(
            LEASES.replace("P-1", "a" * 40 + "!"),
            columns={**LEASE_COLUMNS, "parcel_id": {"from": "P", "pattern": "^((?:a+)+)$"}},
        ),
        also(columns={**LEASE_COLUMNS, "parcel_id": {"from": "P", "pattern": "^(a+)"}}),
        limits=((sys.modules[convert.__module__], "PATTERN_S", 0.2),),
    ),
    "a number in a filter": Case(
        "see csv.decimal",
        leases(LEASES.replace("P-1", "1,5").replace("P-2", "2,5"), where="P > 2"),
        also(csv={"decimal": ","}),
    ),
    "a date in a filter": Case(
        "[source.dates]",
        leases(LEASES, columns={**LEASE_COLUMNS, "ends_on": {"value": "2040-01-01"}}, where="E > DATE('2040-12-31')"),
        also(dates={"E": "%d-%m-%Y"}),
    ),
    "a flag in a filter": Case(
        "compare with text in quotes", leases(LEASES, where="P = TRUE"), also(where="P = 'P-1'")
    ),
    "a flag in a filter of which the cells are numbers": Case(
        "write in the card: ", leases(LEASES.replace("P-1", "7"), where="P = TRUE"), also(where="P = '7'")
    ),
    "another column": Case(
        "the card names it otherwise",
        areas("w.gpkg", squares().rename(columns={"ID": "NR"})),
        also(columns={"water_id": "NR"}),
    ),
    **{
        f"no ending, {name}": Case('format = "..."', renamed(write, "bestand.dat"), also(format=name))
        for name, write in {
            "gpkg": GEOPACKAGE,
            "geojson": GEOJSON,
            "flatgeobuf": areas("w.fgb"),
            "geoparquet": PARQUET,
            "gml": areas("w.gml"),
            "csv": TABLE,
            "xlsx": sheet([["C", "P", "E"], ["C-1", "P-1", "2040-01-01"]]),
            "geotiff": levels(LEVELS),
        }.items()
    },
}


def holders(tree: ast.Module) -> Iterator[ast.AST]:
    """The parts of a module of which the texts are advice."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="todo", value=value):
                yield value
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in HELD:
                yield value
            case ast.FunctionDef(name=name) if name in ANSWERED:
                yield from (part.value for part in ast.walk(node) if isinstance(part, ast.Return) and part.value)


def texts_of(node: ast.AST) -> list[str]:
    """The texts that an expression can be, with {} for what stands in them; of a choice both."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Call(func=ast.Name(id="Sentence"), args=[template, *_]):
            return texts_of(template)
        case ast.JoinedStr(values=parts):
            return ["".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)]
        case ast.BinOp(left=left, right=right):
            return [before + after for before in texts_of(left) or ["{}"] for after in texts_of(right) or ["{}"]]
        case ast.IfExp(body=body, orelse=other):
            return texts_of(body) + texts_of(other)
        case ast.Dict(values=parts) | ast.List(elts=parts):
            return [text for part in parts for text in texts_of(part)]
        case ast.Tuple(elts=parts):  # what is expected, and what is to be done
            return texts_of(parts[-1])
    return []


def advices() -> dict[str, str]:
    """Every advice that can be given about a file, as it is written out, and where."""
    return {
        text: str(path.relative_to(ROOT))
        for path in ABOUT_FILES
        for holder in holders(ast.parse(path.read_text(encoding="utf-8")))
        for text in texts_of(holder)
    }


def refusal_of(folder: Path, card: Card) -> Refusal | None:
    try:
        check(folder, card)
    except Refusal as refusal:
        return refusal
    return None


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_who_follows_an_advice_gets_on(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for holder, name, value in case.limits:
        monkeypatch.setattr(holder, name, value)
    card = case.spoil(tmp_path)
    first = refusal_of(tmp_path, card)
    assert first is not None and case.says in first.todo, first
    second = refusal_of(tmp_path, case.follow(tmp_path, card))
    if case.refused:
        assert second is not None and case.refused in str(second) and second.actual != first.actual
    else:
        assert second is None, second


def test_a_picture_is_no_grid_of_levels_whatever_its_card_says(tmp_path: Path) -> None:
    """Three bands of 58 came in as 58 dB where the card followed what was said of no data and of bands."""
    card = levels([[[58, 58], [58, 58]]] * 3, kind="uint8", nodata=None)(tmp_path)
    refusal = refusal_of(tmp_path, card | {"grid": {"nodata": "none", "band": 1}})
    assert refusal is not None and "a picture: bands red, green, blue" in str(refusal)


def test_two_files_with_one_key_are_distinct_by_a_prefix(tmp_path: Path) -> None:
    card = leases(LEASES)(tmp_path)
    with pytest.raises(SourceRefusal) as refusal:
        no_key_twice("ground_leases", {name: check(tmp_path, card) for name in ("a", "b")})
    assert "tell them apart with a prefix" in refusal.value.todo and "contract_id" in refusal.value.todo
    columns = {**LEASE_COLUMNS, "contract_id": {"from": "C", "prefix": "A:"}}
    no_key_twice("ground_leases", {"a": check(tmp_path, card | {"columns": columns}), "b": check(tmp_path, card)})


def test_a_boundary_without_a_card_gets_one_or_goes() -> None:
    boundaries = pd.DataFrame({"cluster_id": ["a", "b"]})
    with pytest.raises(ConfigRefusal) as refusal:
        match_clusters(boundaries, ["a"])
    assert "add or remove cards, or pick boundaries with `where`" in refusal.value.todo
    match_clusters(boundaries, ["a", "b"])
    match_clusters(boundaries.query("cluster_id == 'a'"), ["a"])


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    source = SourceConfig.model_validate(CARD | GEOPACKAGE(tmp_path))
    with pytest.raises(SourceRefusal) as refusal:
        read_source(source, tmp_path, "another checksum")
    assert "let nobody write in the data folder during a run; then run again" in refusal.value.todo
    read_source(source, tmp_path, checksum_of_source(source, tmp_path)[0])


def test_a_lock_that_is_not_there_or_damaged_is_pinned_anew(tmp_path: Path) -> None:
    sources = {"n": SourceConfig.model_validate(CARD | GEOPACKAGE(tmp_path))}
    lock = tmp_path / "sources.lock"

    def pin(**flags: bool) -> Any:
        project = SimpleNamespace(sources=sources)
        given = {"source_roots": {"n": tmp_path}, "lock_file": lock, "outputs": tmp_path / "out", "notes": []}
        given["harmonise"] = harmonise
        return pinning.run(project, "", {}, flags={"dry_run": False, "locked": False, "pin": False} | flags, **given)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pinning, "describe", lambda _: "{}")
        for spoil, says in (
            (lambda: None, "pin them first with"),
            (lambda: save(tmp_path / "w.gpkg", squares(2)), "pin the new files with"),
            (lambda: lock.write_text("<<<<<<< HEAD"), "remove it and pin again with"),
        ):
            spoil()
            with pytest.raises(Refusal) as refusal:
                pin(locked=True)
            assert says in refusal.value.todo
            if says.startswith("remove"):
                lock.unlink()
            pin(pin=True)
            pin(locked=True)


def test_whatever_a_library_raises_the_file_saved_anew_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise KeyError("x")

    card = GEOPACKAGE(tmp_path)
    with monkeypatch.context() as patch:
        patch.setitem(reading.TABLE_READERS, "vector", fail)
        refusal = refusal_of(tmp_path, card)
    assert refusal is not None and "save it anew" in refusal.todo
    assert refusal_of(tmp_path, card) is None


def test_every_advice_about_a_file_has_been_followed() -> None:
    says = {case.says for case in CASES.values()} | set(FOLLOWED_BELOW) | set(UNTRIED)
    every = advices()
    loose = {text: place for text, place in every.items() if not any(words in text for words in says)}
    assert not loose and len(every) > 55
    assert {words for words in says if not any(words in text for text in every)} == set()
