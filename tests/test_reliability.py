"""What goes wrong with real geodata, case by case with a variant of each: read right to the square metre, or refused in
words; never silently wrong, never a traceback, never without end, and nothing read that lies elsewhere.

Where the other cases of this kind are tried:

| kind | where |
|---|---|
| a VRT that calls itself GeoPackage or GeoTIFF, a driver prefix, `/vsi`, addresses, entities, zip-slip | test_gate |
| half a GeoPackage, a full disk, held files, locks, journals, two runs, odd signs in paths | test_nothing_lost |
| half a download, `numberMatched`, `next`, half a Shapefile, encodings, formulas, `<dimension>` | stages/test_reading |
| what a repair loses, rows refused and merged, dates, 9999-12-31, leading zeros | stages/test_harmonise |
| RD New by its parameters, towgs84, accuracy of WGS84 | stages/test_coordinate_systems |
| tags, scales, bands, masks and classes of grids | stages/test_grids |
| files and shapes that fill memory, stack or day | test_input_limits |
| keys as people type them | test_keys, stages/test_register_keys |
| cells that a spreadsheet would run, and markup in texts | stages/test_formats, stages/test_report |
"""

from __future__ import annotations

import io
import signal
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rasterio
import shapely
from drawn_haven import draw_project
from rasterio.transform import from_origin

from layers.errors import ConfigRefusal, Refusal, SourceRefusal
from layers.sources import TABLES
from pipeline.project.load import read_project
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig, about_file
from pipeline.stages.acquire.reading import read_source
from pipeline.stages.acquire.source_files import files_of
from pipeline.stages.harmonise import Harmonised, harmonise

SECONDS = 60
SECRET = "a line of another file"
X, Y = 100_000, 450_000


@pytest.fixture(autouse=True)
def _ends() -> Iterator[None]:
    """Nothing here takes longer than a minute."""

    def stop(*_: object) -> None:
        raise AssertionError(f"no end within {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def card(path: str, layer: str = "parcels", **more: Any) -> SourceConfig:
    columns = {} if layer not in TABLES else {"columns": {"parcel_id": "KAVEL"}}
    given = {"layer": layer, "path": path, "licence": "x", "dated": "2026-10-01", "basis": "x", "name": "s"}
    return SourceConfig.model_validate({**given, **columns, **more})


def checked(folder: Path, path: str, **more: Any) -> Any:
    """What `check` and `run` make of a file: its table in our words, or its grid."""
    source = card(path, **more)
    files_of(source, folder)
    raw = read_source(source, folder)
    if not isinstance(raw, RawTable):
        return raw.grid
    with about_file(source):
        return harmonise(raw, source, TABLES[source.layer])


def area_m2(done: Harmonised) -> float:
    return float(done.table.geometry.area.sum())


def plots(*shapes: Any, crs: Any = 28992, **columns: Any) -> gpd.GeoDataFrame:
    names = {"KAVEL": [f"P-{number}" for number in range(1, len(shapes) + 1)]}
    return gpd.GeoDataFrame({**names, **columns}, geometry=list(shapes), crs=crs)


def square(side: float = 100.0, west: float = 0.0, south: float = 0.0) -> Any:
    return shapely.box(X + west, Y + south, X + west + side, Y + south + side)


# Files that are programs, and paths that lead elsewhere

VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="k"><SrcDataSource>{secret}</SrcDataSource><SrcLayer>secret</SrcLayer>'
    "</OGRVRTLayer></OGRVRTDataSource>"
)
PIPELINE = '{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {secret} ! write x.gpkg"}}'
WARP = (
    '<VRTDataset rasterXSize="2" rasterYSize="2"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
    "<SourceFilename>{secret}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
)
PROGRAMS = {
    **{f"a VRT as {ending}": (f"k.{ending}", VRT) for ending in ("gpkg", "geojson", "gml", "fgb", "shp", "csv")},
    **{f"a stored pipeline as {ending}": (f"k.{ending}", PIPELINE) for ending in ("gdalg.json", "geojson", "gpkg")},
    **{f"a grid that is a VRT as {ending}": (f"k.{ending}", WARP) for ending in ("tif", "asc")},
    "a WFS as gml": ("k.gml", "<OGRWFSDataSource><URL>http://127.0.0.1:9/</URL></OGRWFSDataSource>"),
    "a WMS as tif": (
        "k.tif",
        "<GDAL_WMS><Service name='TMS'><ServerUrl>http://127.0.0.1:9/</ServerUrl></Service></GDAL_WMS>",
    ),
}


@pytest.mark.parametrize(("name", "content"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_file_that_is_a_program_is_refused_and_runs_nothing(tmp_path: Path, name: str, content: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    secret = tmp_path / "secret.csv"
    secret.write_text(f"KAVEL\n{SECRET}\n", encoding="utf-8")
    (data / name).write_text(content.format(secret=secret), encoding="utf-8")
    layer = "noise_levels" if name.endswith(("tif", "asc")) else "parcels"
    with pytest.raises(Refusal) as fault:
        checked(data, name, layer=layer)
    assert SECRET not in str(fault.value) and sorted(path.name for path in data.iterdir()) == [name]


def link_out(folder: Path, name: str) -> str:
    (folder / "data" / name).symlink_to(folder / "outside" / "k.geojson")
    return name


def link_folder(folder: Path, name: str) -> str:
    (folder / "data" / name).symlink_to(folder / "outside", target_is_directory=True)
    return f"{name}/k.geojson"


ELSEWHERE: dict[str, Callable[[Path], str]] = {
    "a link to a file": lambda folder: link_out(folder, "k.geojson"),
    "a link to a folder": lambda folder: link_folder(folder, "map"),
    "dots": lambda folder: "../outside/k.geojson",
    "dots behind a folder": lambda folder: "map/../../outside/k.geojson",
    "from the root": lambda folder: str(folder / "outside" / "k.geojson"),
    "vsi": lambda folder: f"/vsizip/{folder}/outside/k.zip/k.geojson",
    "vsi with other capitals": lambda folder: f"/VSIMEM/{folder}/k.geojson",
    "vsi as a folder": lambda folder: "vsicurl/http:/127.0.0.1/k.geojson",
    "a prefix": lambda folder: f"GeoJSON:{folder}/outside/k.geojson",
    "a scheme": lambda folder: f"file://{folder}/outside/k.geojson",
    "a share": lambda folder: "\\\\server\\k.geojson",
    "json as a path": lambda folder: '{"type": "FeatureCollection", "features": []}.geojson',
}


@pytest.mark.parametrize("path", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_path_that_leads_elsewhere_is_refused(tmp_path: Path, path: Callable[[Path], str]) -> None:
    for name in ("data", "outside"):
        (tmp_path / name).mkdir()
    plots(square()).to_file(tmp_path / "outside" / "k.geojson")
    with pytest.raises(Refusal):
        checked(tmp_path / "data", path(tmp_path))


def zipped(folder: Path, members: dict[str, bytes], links: dict[str, str] | None = None) -> str:
    with zipfile.ZipFile(folder / "k.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        for name, target in (links or {}).items():
            member = zipfile.ZipInfo(name)
            member.external_attr = 0o120777 << 16
            archive.writestr(member, target)
    return "k.zip"


def geojson(frame: gpd.GeoDataFrame) -> bytes:
    return str(frame.to_json(to_wgs84=False)).encode()


def tar(folder: Path) -> str:
    with tarfile.open(folder / "k.zip", "w") as archive:
        member = tarfile.TarInfo("k.geojson")
        archive.addfile(member, io.BytesIO())
    return "k.zip"


ZIPS: dict[str, tuple[Callable[[Path], str], str]] = {
    "a zip bomb": (lambda f: zipped(f, {"k.geojson": b" " * 30_000_000}), "an ordinary zip"),
    "a bomb beside the data": (
        lambda f: zipped(f, {"k.geojson": geojson(plots(square())), "x.bin": b"\0" * 30_000_000}),
        "an ordinary zip",
    ),
    "more members than anybody packs": (
        lambda f: zipped(f, {f"{n}.txt": b"x" for n in range(10_001)}),
        "an ordinary zip",
    ),
    "a link as member": (lambda f: zipped(f, {}, {"k.geojson": "/etc/passwd"}), "lead elsewhere"),
    "dots in a member": (lambda f: zipped(f, {"../k.geojson": b"{}"}), "lead elsewhere"),
    "a member from the root": (lambda f: zipped(f, {"/k.geojson": b"{}"}), "lead elsewhere"),
    "a zip in a zip": (lambda f: zipped(f, {"k.geojson.zip": b"PK\x03\x04"}), "0 members"),
    "two of a kind": (lambda f: zipped(f, {"a.geojson": b"{}", "b.geojson": b"{}"}), "2 members"),
    "a tar that calls itself zip": (tar, "no zip"),
}


@pytest.mark.parametrize(("make", "words"), ZIPS.values(), ids=ZIPS)
def test_a_zip_that_is_no_ordinary_one_is_refused(tmp_path: Path, make: Callable[[Path], str], words: str) -> None:
    with pytest.raises(SourceRefusal, match=words):
        checked(tmp_path, make(tmp_path), format="geojson")


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
MARKUP = {
    "entities": f'<!DOCTYPE x [<!ENTITY a0 "x">{BOMB}]>',
    "a file as entity": '<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/hostname">]>',
    "an address as entity": '<!DOCTYPE x [<!ENTITY a9 SYSTEM "http://127.0.0.1:9/">]>',
    "a definition elsewhere": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    "entities behind a long comment": f'<!-- {"x" * 70_000} --><!DOCTYPE x [<!ENTITY a0 "x">{BOMB}]>',
}
GML = (
    '<?xml version="1.0"?>{head}<w:FeatureCollection xmlns:w="http://www.opengis.net/wfs/2.0" '
    'xmlns:g="http://x.invalid/" xmlns:gml="http://www.opengis.net/gml/3.2"><w:member><g:kavel gml:id="k1">'
    "<g:KAVEL>{key}</g:KAVEL><g:vlak>{shape}</g:vlak></g:kavel></w:member></w:FeatureCollection>"
)
RING = f"{X} {Y} {X + 100} {Y} {X + 100} {Y + 100} {X} {Y + 100} {X} {Y}"


def polygon(
    ring: str = f"<gml:posList>{RING}</gml:posList>", system: str = "urn:ogc:def:crs:EPSG::28992", more: str = ""
) -> str:
    return (
        f'<gml:Polygon gml:id="p" srsName="{system}"{more}><gml:exterior><gml:LinearRing>{ring}</gml:LinearRing>'
        "</gml:exterior></gml:Polygon>"
    )


def gml(folder: Path, shape: str, head: str = "", key: str = "P-1") -> str:
    (folder / "k.gml").write_text(GML.format(head=head, key=key, shape=shape), encoding="utf-8")
    return "k.gml"


@pytest.mark.parametrize("head", MARKUP.values(), ids=MARKUP)
@pytest.mark.parametrize("ending", ["gml", "xlsx"])
def test_markup_with_definitions_is_refused(tmp_path: Path, head: str, ending: str) -> None:
    if ending == "gml":
        name = gml(tmp_path, polygon(), head, "&a9;")
    else:
        book = openpyxl.Workbook()
        for row in (["KAVEL"], ["P-1"]):
            book.active.append(row)
        book.save(tmp_path / "whole.xlsx")
        name = "k.xlsx"
        with zipfile.ZipFile(tmp_path / "whole.xlsx") as source, zipfile.ZipFile(tmp_path / name, "w") as copy:
            for member in source.namelist():
                content = source.read(member)
                if member.endswith(("sheet1.xml", "sharedStrings.xml")):
                    content = head.encode() + content.replace(b"P-1", b"&a9;")
                copy.writestr(member, content)
    with pytest.raises(Refusal):
        checked(tmp_path, name, **({"layer": "issue_register", "xlsx": {"sheet": "Sheet"}} if ending == "xlsx" else {}))


# GeoPackages that are more than tables


def geopackage(folder: Path, *statements: str, frame: gpd.GeoDataFrame | None = None) -> str:
    (plots(square()) if frame is None else frame).to_file(folder / "k.gpkg", layer="k")
    with closing(sqlite3.connect(folder / "k.gpkg")) as base:
        for statement in statements:
            base.execute(statement)
        base.commit()
    return "k.gpkg"


STRANGE = {
    "a trigger on the table": "CREATE TRIGGER t AFTER INSERT ON k BEGIN DELETE FROM k; END",
    "a trigger on a table of the format": "CREATE TRIGGER t AFTER UPDATE ON gpkg_contents BEGIN DELETE FROM k; END",
    "an index on an expression": "CREATE INDEX i ON k (lower(KAVEL))",
    "a table that the format keeps": "CREATE TABLE gpkg_other (a TEXT)",
    "an application of another": "PRAGMA application_id = 0",
}


@pytest.mark.parametrize("statement", STRANGE.values(), ids=STRANGE)
def test_what_else_stands_in_a_geopackage_changes_nothing(tmp_path: Path, statement: str) -> None:
    name = geopackage(tmp_path, statement)
    before = (tmp_path / name).read_bytes()
    assert area_m2(checked(tmp_path, name)) == pytest.approx(10_000)
    assert (tmp_path / name).read_bytes() == before and [path.name for path in tmp_path.iterdir()] == [name]


def left_by_qgis(folder: Path) -> str:
    """A GeoPackage in WAL mode of which the edits were written back, as QGIS leaves it when it crashes."""
    name = geopackage(folder)
    with closing(sqlite3.connect(folder / name)) as base:
        base.execute("PRAGMA journal_mode=wal")
    (folder / f"{name}-wal").touch()
    (folder / f"{name}-shm").write_bytes(bytes(32768))
    return name


def test_a_geopackage_in_wal_mode_without_edits_is_read(tmp_path: Path) -> None:
    assert area_m2(checked(tmp_path, left_by_qgis(tmp_path))) == pytest.approx(10_000)


# Shapes


def ring(*points: tuple[float, float]) -> list[tuple[float, float]]:
    return [(X + x, Y + y) for x, y in points]


ROUND_TWICE = shapely.Polygon(ring((0, 0), (100, 0), (100, 80), (0, 80), (0, 0), (100, 0), (100, 80), (0, 80)))
TWO_HOLES = shapely.Polygon(
    ring((0, 0), (100, 0), (100, 100), (0, 100)),
    [ring((10, 10), (50, 10), (50, 50), (10, 50)), ring((30, 30), (70, 30), (70, 70), (30, 70))],
)
SHAPES = {
    "a loop wound twice": (ROUND_TWICE, 8_000),
    "the same, the other way round": (shapely.reverse(ROUND_TWICE), 8_000),
    "a bow-tie of unequal wings": (shapely.Polygon(ring((0, 0), (100, 100), (100, 0), (0, 50))), None),
    "a spike": (shapely.Polygon(ring((0, 0), (100, 0), (100, 100), (50, 100), (50, 180), (50, 100), (0, 100))), 10_000),
    "a spike inward": (
        shapely.Polygon(ring((0, 0), (100, 0), (100, 100), (50, 100), (50, 40), (50, 100), (0, 100))),
        10_000,
    ),
    "a banana: a ring that touches itself around a hole": (
        shapely.Polygon(ring((0, 0), (100, 0), (100, 100), (0, 100), (0, 0), (20, 20), (20, 60), (60, 60), (20, 20))),
        9_200,
    ),
    "a hole that touches its shell along a side": (
        shapely.Polygon(ring((0, 0), (100, 0), (100, 100), (0, 100)), [ring((0, 0), (20, 0), (20, 20), (0, 20))]),
        9_600,
    ),
    "a hole outside its shell": (
        shapely.Polygon(ring((0, 0), (100, 0), (100, 100), (0, 100)), [ring((200, 0), (220, 0), (220, 20), (200, 20))]),
        10_000,
    ),
    "holes that overlap": (TWO_HOLES, 10_000 - 1_600 - 1_600 + 400),
    "nested shells": (shapely.MultiPolygon([square(), square(40, 20, 20)]), 10_000),
    "three shells in one another": (shapely.MultiPolygon([square(), square(40, 20, 20), square(10, 30, 30)]), 10_000),
    "overlapping parts": (shapely.MultiPolygon([square(), square(100, 50)]), 15_000),
    "the same part twice": (shapely.MultiPolygon([square(), square()]), 10_000),
    "a part without area": (
        shapely.MultiPolygon([square(), shapely.Polygon(ring((200, 0), (300, 0), (200, 0), (200, 0)))]),
        10_000,
    ),
    "with heights and measures": (shapely.force_3d(shapely.MultiPolygon([square()]), 7.0), 10_000),
}


@pytest.mark.parametrize(("shape", "right"), SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("ending", ["gpkg", "geojson", "fgb", "parquet"])
def test_a_shape_has_its_true_area_in_every_format(
    tmp_path: Path, shape: Any, right: float | None, ending: str
) -> None:
    frame = plots(shape)
    if ending == "parquet":
        frame.to_parquet(tmp_path / "k.parquet")
    else:
        frame.to_file(tmp_path / f"k.{ending}")
    done = checked(tmp_path, f"k.{ending}", **({"crs": "EPSG:28992"} if ending == "geojson" else {}))
    wings = float(shapely.area(shapely.make_valid(shape)))  # of a bow-tie both are land
    assert area_m2(done) == pytest.approx(wings if right is None else right, abs=0.01)
    assert shapely.is_valid(done.table.geometry.to_numpy()).all() and not done.table.geometry.has_z.any()
    is_said = set(done.refused["outcome"]) == {"repaired"}
    assert is_said or shapely.is_valid(shape), "what is repaired is told"


FLAT = {
    "a polygon without area": shapely.Polygon(ring((0, 0), (100, 0), (0, 0), (0, 0))),
    "all corners one": shapely.Polygon(ring((0, 0), (0, 0), (0, 0), (0, 0))),
    "empty": shapely.Polygon(),
    "none": None,
}


@pytest.mark.parametrize("shape", FLAT.values(), ids=FLAT)
def test_a_plot_without_land_is_refused_with_its_row(tmp_path: Path, shape: Any) -> None:
    plots(square(), shape).to_file(tmp_path / "k.gpkg")
    with pytest.raises(SourceRefusal, match=r"row 2, field 'geometry'"):
        checked(tmp_path, "k.gpkg")


HALF_ROUND_M2 = 100 * 50 + np.pi * 50**2 / 2  # a rectangle of 100 by 50 m with a half circle on it


def arc(points: str) -> str:
    return f"<gml:ArcString><gml:posList>{points}</gml:posList></gml:ArcString>"


def line(points: str) -> str:
    return f"<gml:LineStringSegment><gml:posList>{points}</gml:posList></gml:LineStringSegment>"


def curve(*segments: str) -> str:
    parts = "".join(
        f'<gml:curveMember><gml:Curve gml:id="c{n}"><gml:segments>{part}</gml:segments></gml:Curve></gml:curveMember>'
        for n, part in enumerate(segments)
    )
    return (
        '<gml:Surface gml:id="s" srsName="urn:ogc:def:crs:EPSG::28992"><gml:patches><gml:PolygonPatch><gml:exterior>'
        f"<gml:Ring>{parts}</gml:Ring></gml:exterior></gml:PolygonPatch></gml:patches></gml:Surface>"
    )


SIDES = line(f"{X} {Y + 50} {X} {Y} {X + 100} {Y} {X + 100} {Y + 50}")
BOW = arc(f"{X + 100} {Y + 50} {X + 50} {Y + 100} {X} {Y + 50}")
CURVES = {
    "a ring of lines and an arc": curve(SIDES, BOW),
    "in a multi surface": '<gml:MultiSurface gml:id="m" srsName="urn:ogc:def:crs:EPSG::28992"><gml:surfaceMember>'
    + curve(SIDES, BOW)
    + "</gml:surfaceMember></gml:MultiSurface>",
}


@pytest.mark.parametrize("shape", CURVES.values(), ids=CURVES)
def test_curves_keep_their_land(tmp_path: Path, shape: str) -> None:
    done = checked(tmp_path, gml(tmp_path, shape))
    assert area_m2(done) == pytest.approx(HALF_ROUND_M2, rel=1e-3) and not len(done.refused)


BROKEN = {
    "segments that do not join": curve(SIDES, arc(f"{X + 120} {Y + 50} {X + 50} {Y + 100} {X} {Y + 50}")),
    "a ring that does not close": curve(line(f"{X} {Y} {X + 100} {Y} {X + 100} {Y + 50}")),
    "three numbers said and two given": polygon(f'<gml:posList srsDimension="3">{RING}</gml:posList>'),
    "half a position": polygon(f"<gml:posList>{RING} {X}</gml:posList>"),
    "a word for a number": polygon(f"<gml:posList>{RING.replace(str(Y + 100), 'x', 1)}</gml:posList>"),
    "coordinates without end": polygon(f"<gml:posList>{RING.replace(str(Y + 100), '1e999', 1)}</gml:posList>"),
    "no number at all": polygon(f"<gml:posList>{RING.replace(str(Y + 100), 'NaN', 1)}</gml:posList>"),
}


@pytest.mark.parametrize("shape", BROKEN.values(), ids=BROKEN)
def test_a_gml_that_contradicts_itself_is_refused(tmp_path: Path, shape: str) -> None:
    with pytest.raises(SourceRefusal):
        checked(tmp_path, gml(tmp_path, shape))


# Where it lies

DEGREES = gpd.GeoSeries([square()], crs=28992).to_crs(4258).iloc[0]
LAT_LON = shapely.transform(DEGREES, lambda xy: xy[:, ::-1])


def positions(shape: Any) -> str:
    return " ".join(f"{first:.9f} {second:.9f}" for first, second in shapely.get_coordinates(shape))


@pytest.mark.parametrize("system", ["urn:ogc:def:crs:EPSG::4258", "urn:ogc:def:crs:EPSG::4326"])
def test_latitude_comes_first_where_the_urn_says_so(tmp_path: Path, system: str) -> None:
    done = checked(tmp_path, gml(tmp_path, polygon(f"<gml:posList>{positions(LAT_LON)}</gml:posList>", system)))
    assert shapely.hausdorff_distance(done.table.geometry.iloc[0], square()) < 0.5
    assert area_m2(done) == pytest.approx(10_000, rel=1e-3) and done.facts["accuracy_m"].notna().all()


MISPLACED: dict[str, tuple[Any, int, str]] = {
    "longitude where latitude is due": (LAT_LON, 4258, "outside the Netherlands"),
    "the same in WGS84": (LAT_LON, 4326, "outside the Netherlands"),
    "degrees that call themselves RD": (DEGREES, 28992, "degrees"),
    "swapped": (shapely.transform(square(), lambda xy: xy[:, ::-1]), 28992, "swapped"),
    "millimetres": (shapely.transform(square(), lambda xy: xy * 1000), 28992, "millimetres"),
    "kilometres": (shapely.transform(square(), lambda xy: xy / 1000), 28992, "kilometres"),
    "old RD with its origin in Amersfoort": (
        shapely.transform(square(), lambda xy: xy - [155_000, 463_000]),
        28992,
        "",
    ),
    "Web Mercator that calls itself RD": (
        gpd.GeoSeries([square()], crs=28992).to_crs(3857).iloc[0],
        28992,
        "Web Mercator",
    ),
    "no place at all": (shapely.transform(square(), lambda xy: xy * np.inf), 28992, "not finite"),
}


@pytest.mark.parametrize(("shape", "system", "words"), MISPLACED.values(), ids=MISPLACED)
def test_what_lies_elsewhere_is_refused_for_what_it_looks_like(
    tmp_path: Path, shape: Any, system: int, words: str
) -> None:
    plots(shape, crs=system).to_parquet(tmp_path / "k.parquet")
    with pytest.raises(SourceRefusal, match=words):
        checked(tmp_path, "k.parquet")


# Grids


def grid(folder: Path, cells: Any, **form: Any) -> str:
    cells = np.asarray(cells)
    height, width = cells.shape
    given = {"driver": "GTiff", "count": 1, "crs": "EPSG:28992", "nodata": -9999, "dtype": cells.dtype.name}
    place = from_origin(X, Y + 100, 10, 10)
    with rasterio.open(folder / "k.tif", "w", height=height, width=width, transform=place, **{**given, **form}) as new:
        new.write(cells, 1)
    return "k.tif"


GRIDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "-9999 without a tag": (np.float32([[60, -9999]]), {"nodata": None}),
    "-9999 beside another tag": (np.float32([[60, -9999]]), {"nodata": -32768}),
    "255 without a tag": (np.uint8([[60, 255]]), {"nodata": None}),
    "255 beside another tag": (np.uint8([[60, 255]]), {"nodata": 0}),
    "zeros for nothing": (np.float32([[60, 0]]), {}),
    "zeros for nothing, in whole numbers": (np.int16([[60, 0]]), {}),
    "tenths that do not say so": (np.int16([[585, 600]]), {}),
    "the lowest number that there is": (np.float32([[60, -3.4e38]]), {}),
    "power, no level": (np.float32([[60, 1e6]]), {}),
}


@pytest.mark.parametrize(("cells", "form"), GRIDS.values(), ids=GRIDS)
def test_a_grid_in_which_nothing_looks_like_a_level_is_refused(
    tmp_path: Path, cells: Any, form: dict[str, Any]
) -> None:
    with pytest.raises(SourceRefusal, match=r"grid = \{"):
        checked(tmp_path, grid(tmp_path, cells, **form), layer="noise_levels")


def test_tenths_that_say_so_are_levels(tmp_path: Path) -> None:
    name = grid(tmp_path, np.int16([[585, -9999]]))
    with rasterio.open(tmp_path / name, "r+") as base:
        base.scales = (0.1,)
    assert checked(tmp_path, name, layer="noise_levels").levels.tolist()[0][0] == pytest.approx(58.5)


# Tables


def table(folder: Path, text: str) -> str:
    (folder / "k.csv").write_text(text, encoding="utf-8")
    return "k.csv"


LEASE = {
    "contract_id": "C",
    "parcel_id": "KAVEL",
    "right_type": {"value": "rent"},
    "extension_right": {"value": "none"},
}
LEASE |= {"certainty": {"value": "deed"}}


def lease_of(folder: Path, end: str, **spec: Any) -> Any:
    name = table(folder, f"C,KAVEL,EINDE\n1,0363A1,{end}\n")
    columns = {**LEASE, "ends_on": {"from": "EINDE", **spec}}
    return checked(folder, name, layer="ground_leases", columns=columns).table.iloc[0]


@pytest.mark.parametrize("end", ["03-04-2030", "3/4/2030", "47941", "47941.0", "20300403", "30-02-2030", "2030-13-01"])
def test_a_date_in_another_form_than_was_said_is_refused(tmp_path: Path, end: str) -> None:
    with pytest.raises(SourceRefusal, match="not a date"):
        lease_of(tmp_path, end)


@pytest.mark.parametrize("end", ["47941", "2030/04/03", "04-03-30", "4-31-2030"])
def test_a_day_of_another_form_is_refused_as_well(tmp_path: Path, end: str) -> None:
    with pytest.raises(SourceRefusal, match="not a date"):
        lease_of(tmp_path, end, date="%d-%m-%Y")


def test_day_and_month_are_those_that_the_card_says(tmp_path: Path) -> None:
    row = lease_of(tmp_path, "03-04-2030", date="%d-%m-%Y")
    assert str(row["ends_on"])[:10] == "2030-04-03" and row["parcel_id"] == "0363A1"


@pytest.mark.parametrize("year_1904", [True, False])
def test_a_workbook_counts_its_days_from_its_own_first(tmp_path: Path, year_1904: bool) -> None:
    import datetime as dt

    from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904 if year_1904 else CALENDAR_WINDOWS_1900
    for row in (["C", "KAVEL", "EINDE"], ["1", "a", dt.datetime(2030, 4, 3)]):
        book.active.append(row)
    book.save(tmp_path / "k.xlsx")
    columns = {**LEASE, "ends_on": "EINDE"}
    done = checked(tmp_path, "k.xlsx", layer="ground_leases", columns=columns, xlsx={"sheet": "Sheet"})
    assert str(done.table["ends_on"].iloc[0])[:10] == "2030-04-03"


@pytest.mark.parametrize(
    ("key", "stored"), [("0363100012345678", "0363100012345678"), ("0599", "0599"), ("007", "007")]
)
@pytest.mark.parametrize("ending", ["csv", "xlsx", "gpkg", "parquet"])
def test_a_code_keeps_its_zeros(tmp_path: Path, key: str, stored: str, ending: str) -> None:
    frame = plots(square()).assign(KAVEL=key)
    plain = pd.DataFrame(frame.drop(columns="geometry"))
    write = {
        "csv": lambda path: plain.to_csv(path, index=False),
        "xlsx": lambda path: plain.to_excel(path, index=False, sheet_name="S"),
        "gpkg": lambda path: frame.to_file(path),
        "parquet": lambda path: frame.to_parquet(path),
    }
    write[ending](tmp_path / f"k.{ending}")
    more = {} if ending in ("gpkg", "parquet") else {"layer": "issue_register", "xlsx": {"sheet": "S"}}
    assert checked(tmp_path, f"k.{ending}", **more).table["parcel_id"].tolist() == [stored]


@pytest.mark.parametrize("rows", [5, 2_000_000_000])
def test_a_table_of_a_few_bytes_that_unpacks_without_end_is_refused(
    tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(pa.table({"KAVEL": ["a"] * 5, "N": [1] * 5}), tmp_path / "k.parquet")
    monkeypatch.setattr("pipeline.stages.acquire.geoparquet.MOST_CELLS_OF_TABLE", 9 if rows == 5 else rows)
    if rows == 5:
        with pytest.raises(SourceRefusal, match="5 rows of 2 columns"):
            checked(tmp_path, "k.parquet", layer="issue_register")
    else:
        assert len(checked(tmp_path, "k.parquet", layer="issue_register", columns={"parcel_id": "N"}).refused)


# Downloads


@pytest.mark.parametrize("same_number", [True, False])
def test_a_feature_on_two_pages_counts_once(tmp_path: Path, same_number: bool) -> None:
    frame = plots(square(), square(100, 100), square())
    frame["KAVEL"] = ["P-1", "P-2", "P-1"]
    frame["ID"] = ["k.1", "k.2", "k.1" if same_number else "k.3"]
    frame.to_file(tmp_path / "k.gpkg")
    done = checked(tmp_path, "k.gpkg")
    assert area_m2(done) == pytest.approx(20_000) and done.refused["outcome"].tolist() == ["duplicate"]


def test_a_feature_that_changed_between_two_pages_is_refused(tmp_path: Path) -> None:
    frame = plots(square(), square(100, 100), square(90))
    frame["KAVEL"] = ["P-1", "P-2", "P-1"]
    frame.to_file(tmp_path / "k.gpkg")
    with pytest.raises(SourceRefusal, match="key stands there more than once"):
        checked(tmp_path, "k.gpkg")


# Cards


def card_with(folder: Path, name: str, change: Callable[[str], str]) -> Path:
    project = draw_project(folder / "project")
    path = project / name
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    return project


def cluster_named(folder: Path, name: str) -> Path:
    project = draw_project(folder / "project")
    (project / "clusters" / "haven.toml").rename(project / "clusters" / f"{name}.toml")
    return project


CARDS: dict[str, Callable[[Path], Path]] = {
    "a key twice": lambda f: card_with(f, "project.toml", lambda text: f'name = "a"\n{text}'),
    "a table twice": lambda f: card_with(f, "sources/parcels.toml", lambda text: f"{text}\n[source]\n"),
    "an unknown key": lambda f: card_with(f, "project.toml", lambda text: f'jaar = "a"\n{text}'),
    "an unknown key of a source": lambda f: card_with(
        f, "sources/parcels.toml", lambda text: text.replace("basis", "bassis")
    ),
    "a name that leads elsewhere": lambda f: card_with(
        f, "project.toml", lambda text: text.replace('name = "proef"', 'name = "../proef"')
    ),
    "a name that is a path": lambda f: card_with(
        f, "project.toml", lambda text: text.replace('name = "proef"', 'name = "/tmp/x"')
    ),
    **{
        f"a cluster {name!r}": lambda f, name=name: cluster_named(f, name) for name in ("Haven", "..x", "a;b", "ha ven")
    },
    "a cluster of 65 letters": lambda f: cluster_named(f, "a" * 65),
    "letters that only look alike": lambda f: cluster_named(f, "hаven"),
}


@pytest.mark.parametrize("make", CARDS.values(), ids=CARDS)
def test_a_card_that_cannot_be_meant_is_refused(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(ConfigRefusal):
        read_project(make(tmp_path))


@pytest.mark.parametrize("name", ["../boven", "a/b", "/tmp/x", "..", "base", "x" * 65])
def test_a_scenario_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    project = draw_project(tmp_path / "project")
    (project / "boven.toml").write_text('title = "x"\nbasis = "x"\n', encoding="utf-8")
    with pytest.raises(ConfigRefusal, match="no such scenario"):
        read_project(project, name)
