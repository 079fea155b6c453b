"""Each format that a source may come in, from a file and its card to rows in our words with the right hectares; and the
same file spoiled, which is refused in words or read.
"""

from __future__ import annotations

import json
import math
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import geopandas as gpd
import pyogrio
import pyproj
import pytest
import shapely

from layers.errors import Refusal, SourceRefusal
from layers.sources import TABLES
from pipeline.project.file_formats import INPUT_FORMATS, format_of_path
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig
from pipeline.queries.inspection.files import inspect_file
from pipeline.stages.acquire.drawings import unread_entities
from pipeline.stages.acquire.reading import read_source
from pipeline.stages.acquire.source_files import checksum_of_source
from pipeline.stages.harmonise import Harmonised, harmonise

SHARED = Path(__file__).parents[3] / "shared" / "data"
X, Y = 100_000, 450_000
KEYS = ["P-1", "P-é2"]
RD = {"crs": "EPSG:28992"}


def card(path: str, key: str = "KAVEL", **more: Any) -> SourceConfig:
    given = {"layer": "parcels", "columns": {"parcel_id": key}, "licence": "x", "dated": "2026-10-01"}
    return SourceConfig.model_validate({**given, "path": path, "basis": "x", "name": "s", **more})


def harmonised(folder: Path, source: SourceConfig) -> Harmonised:
    raw = read_source(source, folder)
    assert isinstance(raw, RawTable)
    return harmonise(raw, source, TABLES[source.layer])


def keys_and_ha(done: Harmonised) -> dict[str, float]:
    return dict(zip(done.table["parcel_id"], (done.table.geometry.area / 10_000).round(2), strict=True))


def plots() -> gpd.GeoDataFrame:
    """A plot of 1 ha, and one of 3 ha with a hole of 1 ha in it."""
    ring = shapely.box(X + 200, Y, X + 400, Y + 200).difference(shapely.box(X + 250, Y + 50, X + 350, Y + 150))
    return gpd.GeoDataFrame(
        {"KAVEL": KEYS, "M2": [1.5, 2.5]}, geometry=[shapely.box(X, Y, X + 100, Y + 100), ring], crs=28992
    )


HA = {"P-1": 1.0, "P-é2": 3.0}


def by_gdal(name: str, driver: str, **options: Any) -> Callable[[Path], None]:
    """The plots, written by GDAL."""

    def write(folder: Path) -> None:
        frame = plots().to_crs(4326) if driver in ("KML", "LIBKML", "GeoJSONSeq") else plots()
        pyogrio.write_dataframe(frame, folder / name, driver=driver, **options)

    return write


def as_mapinfo(name: str) -> Callable[[Path], None]:
    """The plots with the definition of RD New that MapInfo itself writes, in its encoding."""

    def write(folder: Path) -> None:
        pyogrio.write_dataframe(plots(), folder / "k.mif", driver="MapInfo File", ENCODING="CP1252")
        text = (folder / "k.mif").read_text(encoding="cp1252")
        start, end = text.index("CoordSys"), text.index("Columns")
        definition = 'CoordSys Earth Projection 20, 109, "m", 5.387638889, 52.156160556, 0.9999079, 155000, 463000\n'
        (folder / "k.mif").write_text(text[:start] + definition + text[end:], encoding="cp1252")
        if name.endswith(".tab"):
            # Coordinates are whole numbers of a step that the bounds set, here a centimetre.
            frame = pyogrio.read_dataframe(folder / "k.mif")
            bounds = "0,300000,300000,620000"
            pyogrio.write_dataframe(frame, folder / name, driver="MapInfo File", ENCODING="CP1252", BOUNDS=bounds)

    return write


def drawing(folder: Path) -> None:
    layers = plots()[["geometry"]].assign(Layer=["P-1", "P-2"])
    pyogrio.write_dataframe(layers, folder / "k.dxf", driver="DXF")


def topojson(folder: Path) -> None:
    """The plots as arcs with steps of 1 m from a corner."""
    arcs = []
    for ring in (ring for shape in plots().geometry for ring in (shape.exterior, *shape.interiors)):
        places = [(round(x - X), round(y - Y)) for x, y in ring.coords]
        steps = [places[0], *((b[0] - a[0], b[1] - a[1]) for a, b in pairwise(places))]
        arcs.append(steps)
    shapes = [
        {"type": "Polygon", "arcs": [[0]], "properties": {"KAVEL": KEYS[0]}},
        {"type": "Polygon", "arcs": [[1], [2]], "properties": {"KAVEL": KEYS[1]}},
    ]
    content = {
        "type": "Topology",
        "transform": {"scale": [1, 1], "translate": [X, Y]},
        "objects": {"kavels": {"type": "GeometryCollection", "geometries": shapes}},
        "arcs": arcs,
    }
    (folder / "k.topojson").write_text(json.dumps(content), encoding="utf-8")


def esri_json(folder: Path) -> None:
    """An answer of an ArcGIS server."""
    features = [
        {
            "attributes": {"OBJECTID": number, "KAVEL": row.KAVEL},
            "geometry": {"rings": [list(ring.coords) for ring in (row.geometry.exterior, *row.geometry.interiors)]},
        }
        for number, row in enumerate(plots().normalize().pipe(lambda shapes: plots().set_geometry(shapes)).itertuples())
    ]
    answer = {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 28992},
        "fields": [{"name": "OBJECTID", "type": "esriFieldTypeOID"}, {"name": "KAVEL", "type": "esriFieldTypeString"}],
        "features": features,
    }
    (folder / "k.json").write_text(json.dumps(answer), encoding="utf-8")


GML_SPACES = (
    'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:geo="https://standaarden.overheid.nl/stop/imop/geo/" '
    'xmlns:basisgeo="http://www.geostandaarden.nl/basisgeometrie/1.0" xmlns:imro="http://www.geonovum.nl/imro/2012/1.1"'
)


def ring_of_arcs(radius: float) -> str:
    """A circle as GML writes it: two arcs of three points."""
    x, y = X + 500, Y + 500
    places = [(x + radius, y), (x, y + radius), (x - radius, y), (x, y - radius), (x + radius, y)]
    arcs = "".join(
        f"<gml:Arc><gml:posList>{' '.join(f'{a} {b}' for a, b in places[start : start + 3])}</gml:posList></gml:Arc>"
        for start in (0, 2)
    )
    return (
        "<gml:PolygonPatch><gml:exterior><gml:Ring><gml:curveMember><gml:Curve><gml:segments>"
        f"{arcs}</gml:segments></gml:Curve></gml:curveMember></gml:Ring></gml:exterior></gml:PolygonPatch>"
    )


SQUARE = (
    "<gml:PolygonPatch><gml:exterior><gml:LinearRing><gml:posList>"
    f"{X} {Y} {X + 100} {Y} {X + 100} {Y + 100} {X} {Y + 100} {X} {Y}"
    "</gml:posList></gml:LinearRing></gml:exterior></gml:PolygonPatch>"
)
DISC_M = 100.0


def surface(patch: str) -> str:
    return (
        '<gml:Surface srsName="urn:ogc:def:crs:EPSG::28992" srsDimension="2">'
        f"<gml:patches>{patch}</gml:patches></gml:Surface>"
    )


def location(number: int, patch: str, kind: str = "Locatie") -> str:
    return (
        f'<geo:{kind}><geo:naam>{KEYS[number]}</geo:naam><geo:geometrie><basisgeo:Geometrie gml:id="id-{number}">'
        f"<basisgeo:id>0000-{number}</basisgeo:id><basisgeo:geometrie>{surface(patch)}</basisgeo:geometrie>"
        "</basisgeo:Geometrie></geo:geometrie><geo:groepID>g1</geo:groepID>"
        f"<geo:kwantitatieveNormwaarde>{number}.5</geo:kwantitatieveNormwaarde></geo:{kind}>"
    )


def gio(folder: Path, kind: str = "Locatie") -> None:
    """A decision under the Omgevingswet: a square and a circle."""
    locations = location(0, SQUARE, kind) + location(1, ring_of_arcs(DISC_M), kind)
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><geo:GeoInformatieObjectVaststelling {GML_SPACES}>'
        "<geo:vastgesteldeVersie><geo:GeoInformatieObjectVersie><geo:FRBRWork>/join/id/1</geo:FRBRWork>"
        "<geo:normlabel>bouwhoogte</geo:normlabel><geo:groepen><geo:Groep><geo:groepID>g1</geo:groepID>"
        f"<geo:label>zone</geo:label></geo:Groep></geo:groepen><geo:locaties>{locations}</geo:locaties>"
        "</geo:GeoInformatieObjectVersie></geo:vastgesteldeVersie></geo:GeoInformatieObjectVaststelling>"
    )
    (folder / "k.gml").write_text(text, encoding="utf-8")


def imro(folder: Path) -> None:
    """A plan of before the Omgevingswet, with curves."""
    members = "".join(
        f'<imro:featureMember><imro:Enkelbestemming gml:id="b{number}"><imro:naam>{KEYS[number]}</imro:naam>'
        f"<imro:geometrie>{surface(patch)}</imro:geometrie></imro:Enkelbestemming></imro:featureMember>"
        for number, patch in enumerate((SQUARE, ring_of_arcs(DISC_M)))
    )
    (folder / "k.gml").write_text(
        f'<?xml version="1.0"?><imro:FeatureCollectionIMRO {GML_SPACES}>{members}</imro:FeatureCollectionIMRO>',
        encoding="utf-8",
    )


def two_geometries(folder: Path) -> None:
    """A table of SQLite with an area and a label in each row."""
    with closing(sqlite3.connect(folder / "k.sqlite")) as base:
        base.executescript(
            "CREATE TABLE geometry_columns (f_table_name TEXT, f_geometry_column TEXT, geometry_type INT, "
            "coord_dimension INT, srid INT, geometry_format TEXT);"
            "CREATE TABLE spatial_ref_sys (srid INT, auth_name TEXT, auth_srid INT, srtext TEXT);"
            "CREATE TABLE k (id INTEGER PRIMARY KEY, KAVEL TEXT, label BLOB, vlak BLOB);"
        )
        base.execute(
            "INSERT INTO spatial_ref_sys VALUES (28992, 'EPSG', 28992, ?)", (pyproj.CRS(28992).to_wkt("WKT1_GDAL"),)
        )
        for name, kind in (("label", 1), ("vlak", 3)):
            base.execute("INSERT INTO geometry_columns VALUES ('k', ?, ?, 2, 28992, 'WKB')", (name, kind))
        for row in plots().itertuples():
            base.execute(
                "INSERT INTO k VALUES (NULL, ?, ?, ?)", (row.KAVEL, row.geometry.centroid.wkb, row.geometry.wkb)
            )
        base.commit()


@dataclass(frozen=True)
class Kind:
    """A file as it comes, and what its card says."""

    write: Callable[[Path], None]
    path: str
    more: dict[str, Any] = field(default_factory=dict)
    hectares: dict[str, float] = field(default_factory=lambda: HA)


WITH_CURVES = {KEYS[0]: 1.0, KEYS[1]: round(math.pi * DISC_M**2 / 10_000, 2)}
KINDS = {
    "KML": Kind(by_gdal("k.kml", "LIBKML"), "k.kml"),
    "KMZ": Kind(by_gdal("k.kmz", "LIBKML"), "k.kmz", {"member": "layers/*.kml"}),
    "MapInfo TAB": Kind(as_mapinfo("t.tab"), "t.tab", RD),
    "MapInfo MIF": Kind(as_mapinfo("k.mif"), "k.mif", RD),
    "DXF": Kind(drawing, "k.dxf", {**RD, "key": "Layer"}, {"P-1": 1.0, "P-2": 3.0}),
    "SQLite": Kind(by_gdal("k.sqlite", "SQLite", LAUNDER="NO"), "k.sqlite"),
    "SpatiaLite": Kind(by_gdal("k.db", "SQLite", LAUNDER="NO", SPATIALITE="YES"), "k.db"),
    "SQLite with two geometries": Kind(two_geometries, "k.sqlite", {"geometry": "vlak"}),
    "TopoJSON": Kind(topojson, "k.topojson", RD),
    "ArcGIS JSON": Kind(esri_json, "k.json"),
    "JSON-FG": Kind(by_gdal("k.json", "JSONFG"), "k.json"),
    "lines of GeoJSON": Kind(by_gdal("k.geojsonl", "GeoJSONSeq", COORDINATE_PRECISION="9"), "k.geojsonl"),
    "a decision in STOP (GIO)": Kind(gio, "k.gml", {"key": "naam"}, WITH_CURVES),
    "a plan in IMRO with curves": Kind(imro, "k.gml", {"key": "naam"}, WITH_CURVES),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_file_goes_from_its_card_to_the_right_hectares(tmp_path: Path, kind: Kind) -> None:
    kind.write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert keys_and_ha(harmonised(tmp_path, card(kind.path, **kind.more))) == kind.hectares
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


SEEN = {name: kind for name, kind in KINDS.items() if "geometry" not in kind.more}  # which counts nobody can see


@pytest.mark.parametrize("kind", SEEN.values(), ids=SEEN)
def test_what_inspect_sees_of_a_file_reads_it(tmp_path: Path, kind: Kind) -> None:
    kind.write(tmp_path)
    layer = next(seen for seen in inspect_file(tmp_path / kind.path, kind.path) if seen.shape == "polygon")
    assert layer.rows == 2 and layer.format in INPUT_FORMATS
    assert layer.likely in ("RD New", "degrees (WGS84 or ETRS89)")
    named = {"key": kind.more["key"]} if "key" in kind.more else {}
    assert keys_and_ha(harmonised(tmp_path, card(kind.path, **named, **layer.card))) == kind.hectares


def spoiled(content: bytes, random: Random) -> bytes:
    place = random.randrange(len(content))
    return random.choice(
        [
            content[:place],
            content[:place] + bytes([random.randrange(256)]) + content[place + 1 :],
            content[:place] + content[place + random.choice((1, 9, 200)) :],
            content[:place] + b"<" + content[place:],
        ]
    )


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_spoiled_file_is_refused_or_read(tmp_path: Path, kind: Kind) -> None:
    kind.write(tmp_path)
    whole = {path: path.read_bytes() for path in tmp_path.iterdir() if path.stem == Path(kind.path).stem}
    random = Random(1)
    refused = 0
    for _ in range(25):
        victim = random.choice(sorted(whole))
        victim.write_bytes(spoiled(whole[victim], random))
        try:
            harmonised(tmp_path, card(kind.path, **kind.more))
        except Refusal as refusal:
            refused += 1
            assert "'s'" in str(refusal) or "CRS" in str(refusal)
        victim.write_bytes(whole[victim])
    assert refused > 0


@pytest.mark.parametrize("ending", ["map", "dat", "id", "mid"])
def test_each_part_of_a_mapinfo_file_counts_in_its_checksum(tmp_path: Path, ending: str) -> None:
    as_mapinfo("t.tab")(tmp_path)
    source = card("k.mif" if ending == "mid" else "t.tab")
    before, _ = checksum_of_source(source, tmp_path)
    part = (tmp_path / source.path).with_suffix(f".{ending}")
    part.write_bytes(part.read_bytes() + b" ")
    assert checksum_of_source(source, tmp_path)[0] != before


def test_rd_new_on_the_datum_of_gps_is_refused_and_no_shift(tmp_path: Path) -> None:
    by_gdal("k.mif", "MapInfo File", encoding="UTF-8")(tmp_path)  # so GDAL, and with it QGIS, writes RD New
    with pytest.raises(SourceRefusal, match="origin of RD New on another datum") as refusal:
        harmonised(tmp_path, card("k.mif"))
    assert 'crs = "EPSG:28992"' in refusal.value.todo
    assert keys_and_ha(harmonised(tmp_path, card("k.mif", **RD))) == HA


def test_of_two_geometries_in_a_database_the_card_says_which(tmp_path: Path) -> None:
    two_geometries(tmp_path)
    for named in (None, "punt"):
        with pytest.raises(SourceRefusal, match=r"geometries \['label', 'vlak'\]"):
            harmonised(tmp_path, card("k.sqlite", geometry=named) if named else card("k.sqlite"))


def test_what_a_decision_says_of_its_locations_is_in_columns(tmp_path: Path) -> None:
    gio(tmp_path)
    raw = read_source(card("k.gml", "naam"), tmp_path)
    assert isinstance(raw, RawTable)
    row = raw.cells.iloc[1]
    assert (row["id"], row["groep"], row["kwantitatieveNormwaarde"]) == ("0000-1", "zone", "1.5")
    assert row["FRBRWork"] == "/join/id/1" and row["normlabel"] == "bouwhoogte"


def test_a_decision_that_only_says_what_changed_is_refused(tmp_path: Path) -> None:
    gio(tmp_path, "LocatieMutatie")
    with pytest.raises(SourceRefusal, match="changes to an earlier version"):
        read_source(card("k.gml", "naam"), tmp_path)


@pytest.mark.parametrize(
    ("ids", "column"), [((7, 9), ["7", "9"]), (("a", "b"), ["a", "b"]), ((None, None), None), ((0, 1), None)]
)
def test_the_number_of_a_feature_of_json_is_a_column(tmp_path: Path, ids: Any, column: list[str] | None) -> None:
    features = json.loads(plots().to_json(to_wgs84=True))["features"]
    for feature, number in zip(features, ids, strict=True):
        feature.pop("id")
        feature |= {} if number is None else {"id": number}
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (tmp_path / "k.geojson").write_text(text, encoding="utf-8")
    raw = read_source(card("k.geojson"), tmp_path)
    assert isinstance(raw, RawTable)
    assert (raw.cells["id"].tolist() if "id" in raw.cells else None) == column


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("MapInfo MIF", b"\nRegion", b"\nRegio"),
        ("lines of GeoJSON", b'} }\n{ "type"', b"} }\n{ type"),
        ("TopoJSON", b'"arcs": [[0]]', b'"lijnen": [[0]]'),
    ],
)
def test_a_row_that_gdal_passes_by_is_refused(tmp_path: Path, kind: str, old: bytes, new: bytes) -> None:
    """GDAL gave the second shape of a MIF the attributes of the first where the first was spoiled."""
    KINDS[kind].write(tmp_path)
    path = tmp_path / KINDS[kind].path
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    with pytest.raises(SourceRefusal, match="rows that can be read of the 2"):
        read_source(card(KINDS[kind].path, **KINDS[kind].more), tmp_path)


def test_records_of_geojson_may_take_several_lines_behind_a_separator(tmp_path: Path) -> None:
    features = json.loads(plots().to_crs(4326).to_json())["features"]
    text = "".join(f"\x1e{json.dumps(feature, indent=1)}\n" for feature in features)
    (tmp_path / "k.geojsons").write_text(text, encoding="utf-8")
    assert keys_and_ha(harmonised(tmp_path, card("k.geojsons"))) == HA


def test_things_in_a_drawing_that_are_not_read_are_counted() -> None:
    content = b"".join(
        line + b"\r\n"
        for line in (b"  0", b"SECTION", b"  2", b"ENTITIES", b"  0", b"LINE", b" 62", b"0", b"  0", b"IMAGE", b" 10",
                     b"0", b"  0", b"ACAD_PROXY_ENTITY", b"  0", b"ENDSEC", b"  0", b"EOF")
    )  # fmt: skip
    assert unread_entities(content) == 2 and unread_entities(b"") == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("k.tab", '!table\n!version 100\nOpen Table "{outside}" Hide\nCreate View v As\nSelect KAVEL\nFrom t\n'),
        (
            "k.tab",
            '!table\n!version 300\nDefinition Table\n  Type LINKED Charset "Neutral"\n  Fields 1\n    A Char (9) ;',
        ),
        ("k.tab", '!table\n!version 300\nbegin_metadata\n"\\IsSeamless" = "TRUE"\nend_metadata\n'),
        (
            "k.kml",
            '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link><href>{outside}</href></Link>'
            "</NetworkLink></Document></kml>",
        ),
    ],
    ids=["a view", "a table of a database", "a set of tables", "a link in a KML"],
)
def test_a_file_that_points_at_another_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text.format(outside="../elders.kml"), encoding="utf-8")
    with pytest.raises(SourceRefusal, match="plain data without definitions or references"):
        read_source(card(name, format=format_of_path(name)), tmp_path)


def test_a_table_that_another_module_makes_up_is_no_layer(tmp_path: Path) -> None:
    by_gdal("k.sqlite", "SQLite", LAUNDER="NO")(tmp_path)
    with closing(sqlite3.connect(tmp_path / "k.sqlite")) as base:
        base.execute("CREATE VIRTUAL TABLE zoek USING fts5(naam)")
        base.commit()
    assert keys_and_ha(harmonised(tmp_path, card("k.sqlite", inside="k"))) == HA
    with pytest.raises(SourceRefusal, match="expected a layer 'zoek'"):
        read_source(card("k.sqlite", inside="zoek"), tmp_path)


def test_a_file_of_another_format_than_its_ending_says_which_it_is(tmp_path: Path) -> None:
    by_gdal("k.gpkg", "GPKG")(tmp_path)
    (tmp_path / "k.gpkg").rename(tmp_path / "k.sqlite")
    with pytest.raises(SourceRefusal, match="GDAL reads it as GPKG") as refusal:
        read_source(card("k.sqlite"), tmp_path)
    assert 'format = "gpkg"' in refusal.value.todo


@pytest.fixture
def requests() -> Iterator[list[str]]:
    """An address on this machine, first, and then what it is asked for."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    seen.append(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield seen
    server.shutdown()


def test_no_file_has_anything_fetched(tmp_path: Path, requests: list[str]) -> None:
    address = requests[0]
    imro(tmp_path)
    text = (tmp_path / "k.gml").read_text(encoding="utf-8")
    schema = (
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="http://www.geonovum.nl/imro/2012/1.1 {address}/x.xsd?request=DescribeFeatureType"'
    )
    linked = f'<imro:naam xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{address}/naam">'
    text = text.replace("xmlns:gml", f"{schema} xmlns:gml", 1).replace("<imro:naam>", linked)
    (tmp_path / "k.gml").write_text(text, encoding="utf-8")
    harmonised(tmp_path, card("k.gml", "naam"))
    by_gdal("k.kml", "LIBKML")(tmp_path)
    style = f"<Style><IconStyle><Icon><href>{address}/icon.png</href></Icon></IconStyle></Style><Placemark"
    text = (tmp_path / "k.kml").read_text(encoding="utf-8").replace("<Placemark", style, 1)
    (tmp_path / "k.kml").write_text(text, encoding="utf-8")
    harmonised(tmp_path, card("k.kml"))
    (tmp_path / "k.json").write_text(json.dumps({"type": "FeatureCollection", "url": f"{address}/x"}), encoding="utf-8")
    with pytest.raises(Refusal):
        read_source(card("k.json"), tmp_path)
    assert requests[1:] == []


def test_each_folder_of_a_kml_is_a_layer(tmp_path: Path) -> None:
    place = "<Placemark><name>{}</name><Point><coordinates>4.5,52</coordinates></Point></Placemark>"
    inner = f"<Folder><name>b</name>{place.format('P-2')}</Folder>"
    folders = f"<Folder><name>a</name>{place.format('P-1')}{inner}</Folder>"
    text = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{folders}</Document></kml>'
    (tmp_path / "k.kml").write_text(text, encoding="utf-8")
    for name, key in (("a", "P-1"), ("b", "P-2")):
        raw = read_source(card("k.kml", inside=name), tmp_path)
        assert isinstance(raw, RawTable) and raw.cells["Name"].tolist() == [key]


# Files as they were delivered


def shared(path: str) -> Path:
    if not (SHARED / path).exists():
        pytest.skip(f"needs {path} of the real data")
    return SHARED


def test_the_zip_of_the_kadaster_is_read() -> None:
    folder = shared("kadaster_samples/brk_v5/sample.zip")
    plot = card(
        "kadaster_samples/brk_v5/sample.zip",
        "identificatie",
        format="gml",
        member="*perceel.gml",
        geometry="begrenzingPerceel",
    )
    assert len(harmonised(folder, plot).table) == 11


def test_a_bag_extract_of_several_members_is_read() -> None:
    folder = shared("kadaster_samples/0221PND15092020.zip")
    source = card(
        "kadaster_samples/0221PND15092020.zip",
        layer="buildings",
        format="lvbag",
        member="*.xml",
        columns={"building_id": "identificatie"},
        leave_out={"ended": "eindGeldigheid < DATE('2026-10-01')"},
    )
    done = harmonised(folder, source)
    assert len(done.table) == 7797 and int(done.facts["rows_left_out"].iloc[0]) == 5301


def test_a_file_of_inspire_that_gdal_cuts_short_is_refused_with_the_reason() -> None:
    folder = shared("natura2000/PS_Natura200.zip")
    source = card(
        "natura2000/PS_Natura200.zip", layer="nature_sites", format="gml", member="*.xml", columns={"site_id": "gml_id"}
    )
    with pytest.raises(SourceRefusal, match=r"1299 that stand there[\s\S]*INSPIRE"):
        read_source(source, folder)


def test_features_that_gdal_passes_by_are_refused(tmp_path: Path) -> None:
    imro(tmp_path)
    text = (tmp_path / "k.gml").read_text(encoding="utf-8")
    start, end = text.index("<imro:featureMember>"), text.index("</imro:featureMember>") + len("</imro:featureMember>")
    nested = text[start:end].replace("b0", "b9")
    # A collection in a feature: what is in it becomes no feature of its own.
    inner = text.replace("</imro:naam>", f"</imro:naam><imro:delen>{nested}</imro:delen>", 1)
    (tmp_path / "k.gml").write_text(inner, encoding="utf-8")
    with pytest.raises(SourceRefusal, match="of the 3 that stand there"):
        read_source(card("k.gml", "naam"), tmp_path)
