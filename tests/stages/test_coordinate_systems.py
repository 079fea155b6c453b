"""What is RD New by its parameters stays where it is; any other system is brought there, or refused."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely

from layers.errors import ConfigRefusal, SourceRefusal
from layers.sources import TABLES
from pipeline.project.source import SourceConfig
from pipeline.spatial import geometry
from pipeline.spatial.coordinate_systems import has_authority, is_same, path_to_rd, rd_unit_m
from pipeline.stages.acquire.reading import read_source
from pipeline.stages.acquire.stated_crs import stated_crs
from pipeline.stages.harmonise import harmonise

PLACE = "+proj=sterea +lat_0=52.15616055555555 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000"
ESRI = (
    'PROJCS["{name}",GEOGCS["GCS_{datum}",DATUM["D_{datum}",SPHEROID["Bessel_1841",6377397.155,299.1528128]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Double_Stereographic"],'
    'PARAMETER["False_Easting",155000.0],PARAMETER["False_Northing",463000.0],'
    'PARAMETER["Central_Meridian",5.38763888888889],PARAMETER["Scale_Factor",0.9999079],'
    'PARAMETER["Latitude_Of_Origin",52.15616055555555],UNIT["Meter",1.0]{more}]'
)
RD_BY_PARAMETERS = {
    "the code": "EPSG:28992",
    "with heights": "EPSG:7415",
    "with heights, by two codes": "EPSG:28992+5709",
    "no datum": f"{PLACE} +ellps=bessel +units=m",
    "the ellipsoid by its axes": f"{PLACE} +a=6377397.155 +rf=299.1528128 +units=m",
    "signs of the 2018 set": f"{PLACE} +ellps=bessel +towgs84=565.2369,50.0087,465.658,-0.4069,0.3507,-1.8703,4.0812",
    "signs turned": f"{PLACE} +ellps=bessel +towgs84=565.04,49.91,465.84,0.4094,-0.3597,1.8685,4.0772",
    "the set of 1999": f"{PLACE} +ellps=bessel +towgs84=565.04,49.91,465.84,-0.4094,0.3597,-1.8685,4.0772",
    "shifts alone": f"{PLACE} +ellps=bessel +towgs84=593,26,478,0,0,0,0",
    "no shift at all": f"{PLACE} +ellps=bessel +towgs84=0,0,0,0,0,0,0",
    "a grid that is not there": f"{PLACE} +ellps=bessel +nadgrids=rdtrans2008.gsb",
    "a rounded scale": PLACE.replace("0.9999079", "0.999908") + " +ellps=bessel",
    "angles in radians": "+proj=sterea +lat_0=0.910296727r +lon_0=0.0940320375r +k=0.9999079 +x_0=155000 +y_0=463000 "
    "+ellps=bessel",
    "angles in minutes and seconds": "+proj=sterea +lat_0=52d9'22.178\"N +lon_0=5d23'15.5\"E +k=0.9999079 +x_0=155000 "
    "+y_0=463000 +ellps=bessel",
    "as ESRI writes it": ESRI.format(name="RD_New", datum="Amersfoort", more=""),
    "by another name": ESRI.format(name="Rijksdriehoeksstelsel", datum="Amersfoort", more=""),
    "a datum of no name": ESRI.format(name="unnamed", datum="unknown", more=""),
    "a datum named for its ellipsoid": ESRI.format(name="RD", datum="Bessel_1841", more=""),
    "a datum of the writer's own": ESRI.format(name="RD", datum="Rijksdriehoek", more=""),
}
NO_RD = {
    "kilometres": (f"{PLACE} +ellps=bessel +units=km", 1000.0),
    "millimetres": (f"{PLACE} +ellps=bessel +units=mm +towgs84=565,50,466,0.4,-0.36,1.87,4.08", 0.001),
    "another ellipsoid": (f"{PLACE} +ellps=WGS84", None),
    "another projection": (f"{PLACE.replace('sterea', 'stere')} +ellps=bessel", None),
    "the old corner": ("EPSG:28991", None),
    "another datum on the same ellipsoid": (f"{PLACE} +datum=potsdam", None),
    "UTM": ("EPSG:32631", None),
    "degrees": ("EPSG:4289", None),
    "a drawing": ('LOCAL_CS["RD_New",UNIT["metre",1],AXIS["X",EAST],AXIS["Y",NORTH]]', None),
}
SQUARE = shapely.box(150_000, 450_000, 150_100, 450_100)


@pytest.mark.parametrize("text", RD_BY_PARAMETERS.values(), ids=RD_BY_PARAMETERS)
def test_rd_by_its_parameters_moves_nothing(text: str) -> None:
    moved, operation = geometry.to_rd(np.array([SQUARE]), pyproj.CRS(text))
    assert moved[0].equals_exact(SQUARE, 0.0) and operation.accuracy_m == 0.0
    assert is_same(pyproj.CRS(text), pyproj.CRS(28992))


@pytest.mark.parametrize(("text", "unit_m"), NO_RD.values(), ids=NO_RD)
def test_what_only_looks_like_rd_is_not_taken_for_it(text: str, unit_m: float | None) -> None:
    assert rd_unit_m(pyproj.CRS(text)) == unit_m and not is_same(pyproj.CRS(text), pyproj.CRS(28992))


@pytest.mark.parametrize(("text", "factor"), [NO_RD["kilometres"], NO_RD["millimetres"]], ids=["km", "mm"])
def test_rd_in_another_unit_is_brought_to_metres_without_a_shift(text: str, factor: float) -> None:
    drawn = shapely.transform(SQUARE, lambda xy: xy / factor)
    moved, operation = geometry.to_rd(np.array([drawn]), pyproj.CRS(text))
    assert moved[0].equals_exact(SQUARE, 1e-6) and f"{factor:g} m" in operation.name
    back = path_to_rd(pyproj.CRS(text)).back(np.array([[150_000.0, 450_000.0]]))
    assert back.tolist() == [[150_000 / factor, 450_000 / factor]]


@pytest.mark.parametrize("name", ["a drawing", "another projection", "another ellipsoid"])
def test_a_system_without_a_place_on_earth_is_refused_with_what_to_write(name: str) -> None:
    with pytest.raises(SourceRefusal, match='crs = "EPSG:28992"'):
        path_to_rd(pyproj.CRS(NO_RD[name][0]))


def card(**more: Any) -> SourceConfig:
    given = {"layer": "parcels", "path": "k.shp", "licence": "x", "dated": "2026-10-01", "basis": "x", "name": "s"}
    return SourceConfig.model_validate({**given, "columns": {"parcel_id": "KAVEL"}, **more})


@pytest.mark.parametrize(
    "in_file",
    [
        pytest.param(NO_RD["another projection"][0], id="a definition without a code"),
        pytest.param(NO_RD["a drawing"][0], id="a drawing"),
        pytest.param(RD_BY_PARAMETERS["signs turned"], id="the same by its parameters"),
        pytest.param("EPSG:7415", id="the same with heights"),
    ],
)
def test_a_card_may_overrule_a_system_without_authority(in_file: str) -> None:
    stated = stated_crs(card(crs="EPSG:28992"), pyproj.CRS(in_file))
    assert stated is not None and stated.to_epsg() == 28992


@pytest.mark.parametrize("in_file", ["EPSG:4326", "EPSG:28991", "EPSG:32631", "OGC:CRS84"])
def test_a_card_may_not_overrule_a_system_with_a_code(in_file: str) -> None:
    assert has_authority(pyproj.CRS(in_file))
    with pytest.raises(ConfigRefusal, match="in the card"):
        stated_crs(card(crs="EPSG:28992"), pyproj.CRS(in_file))


Ring = list[tuple[float, float]]


def ring(x: float, y: float, side: float, *, clockwise: bool) -> Ring:
    corners = [(x, y), (x, y + side), (x + side, y + side), (x + side, y), (x, y)]
    return [(100_000 + a, 400_000 + b) for a, b in (corners if clockwise else corners[::-1])]


def write_shapefile(folder: Path, rings: list[Ring]) -> None:
    """A Shapefile of one row, byte by byte: libraries put the direction of rings right."""
    points = np.array([point for part in rings for point in part])
    starts = np.cumsum([0, *map(len, rings[:-1])])
    box = struct.pack("<4d", *points.min(axis=0), *points.max(axis=0))
    record = struct.pack("<i", 5) + box + struct.pack("<2i", len(rings), len(points))
    record += struct.pack(f"<{len(starts)}i", *starts) + points.astype("<f8").tobytes()

    def head(size: int) -> bytes:
        return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size // 2) + struct.pack("<2i", 1000, 5) + box + bytes(32)

    place = struct.pack(">2i", 1, len(record) // 2)
    (folder / "k.shp").write_bytes(head(108 + len(record)) + place + record)
    (folder / "k.shx").write_bytes(head(108) + struct.pack(">2i", 50, len(record) // 2))
    field = b"KAVEL".ljust(11, b"\0") + b"C" + bytes(4) + bytes([4, 0]) + bytes(14)
    counts = struct.pack("<IHH", 1, 65, 5)
    (folder / "k.dbf").write_bytes(bytes([3, 125, 1, 1]) + counts + bytes(20) + field + b"\r a   \x1a")
    (folder / "k.prj").write_text(RD_BY_PARAMETERS["as ESRI writes it"])


OUTER, LAKE, ISLAND = (0, 0, 100), (20, 20, 60), (40, 40, 20)


@pytest.mark.parametrize(
    ("rings", "area_m2", "is_rewound"),
    [
        pytest.param([(OUTER, True), (LAKE, False)], 6_400, False, id="as the format says"),
        pytest.param([(LAKE, False), (OUTER, True)], 6_400, False, id="the hole before its land"),
        pytest.param([(OUTER, True), (LAKE, True)], 6_400, True, id="both clockwise"),
        pytest.param([(OUTER, False), (LAKE, False)], 6_400, True, id="both anticlockwise"),
        pytest.param([(OUTER, False), (LAKE, True)], 6_400, True, id="each the wrong way"),
        pytest.param([(LAKE, True), (OUTER, False)], 6_400, False, id="each the wrong way, hole first"),
        pytest.param([(OUTER, True), (LAKE, False), (ISLAND, True)], 6_800, False, id="an island in a lake"),
        pytest.param([(OUTER, True), (LAKE, True), (ISLAND, True)], 6_800, True, id="an island, all clockwise"),
        pytest.param([(OUTER, True), ((200, 0, 10), True)], 10_100, False, id="two areas"),
        pytest.param([(OUTER, True), ((90, 40, 20), True)], 10_200, False, id="two that overlap are no hole"),
    ],
)
def test_a_ring_within_a_ring_is_a_hole(
    tmp_path: Path, rings: list[tuple[tuple[float, float, float], bool]], area_m2: float, is_rewound: bool
) -> None:
    write_shapefile(tmp_path, [ring(*place, clockwise=way) for place, way in rings])
    raw = read_source(card(), tmp_path)
    done = harmonise(raw, card(), TABLES["parcels"])
    assert done.table.geometry.area.tolist() == [area_m2]
    assert ("rings drawn the wrong way round" in done.refused["reason"].tolist()) == is_rewound
