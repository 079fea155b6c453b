"""Land that others take: dikes, power lines, groundwater, finds and heights."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import shapely

from tools.proefpolder.places import DEGREES, PLACES, RD, turned


def write_flood_defences(folder: Path) -> None:
    """waterkeringen.gpkg: the core and the protection zone of a dike."""
    west = PLACES[0]
    x, y = west.corner
    dike = turned(shapely.LineString([(x, y + 2330), (x + 3600, y + 2330)]), west)
    zones = gpd.GeoDataFrame(
        {"zone": ["D1", "D2"], "soort": ["kernzone", "beschermingszone"]},
        geometry=[
            dike.buffer(12, cap_style="flat"),
            dike.buffer(45, cap_style="flat").difference(dike.buffer(12, cap_style="flat")),
        ],
        crs=RD,
    )
    zones.to_file(folder / "waterkeringen.gpkg", layer="zones", VERSION="1.3")


def write_power_lines(folder: Path) -> None:
    """hoogspanning.fgb: two lines (kV), of one the width of the strip (m) is not known."""
    lines = [
        shapely.LineString([(153_500, 508_500), (146_500, 508_300)]),
        shapely.LineString([(153_500, 508_500), (155_700, 506_000), (158_600, 504_500)]),
    ]
    gpd.GeoDataFrame(
        {"lijn": ["HS380", "HS150"], "kv": [380, 150], "strook": [36.0, None]}, geometry=lines, crs=RD
    ).to_file(folder / "hoogspanning.fgb", driver="FlatGeobuf")


def write_groundwater(folder: Path) -> None:
    """grondwater.gpkg: a catchment and a protection area."""
    wells = [shapely.Point(164_600, 512_600), shapely.Point(163_300, 511_200)]
    gpd.GeoDataFrame(
        {"gebied": ["GW1", "GW2"], "soort": ["waterwingebied", "grondwaterbeschermingsgebied"]},
        geometry=[wells[0].buffer(300), wells[1].buffer(260)],
        crs=RD,
    ).to_file(folder / "grondwater.gpkg", layer="gebieden", VERSION="1.3")


def write_archaeology(folder: Path) -> None:
    """archeologie.geojson: finds of high and of low value."""
    east = PLACES[2]
    x, y = east.corner
    finds = [shapely.box(x + 150, y + 1300, x + 420, y + 1600), shapely.box(x + 900, y + 200, x + 1150, y + 420)]
    gpd.GeoDataFrame(
        {"vlak": ["AR1", "AR2"], "waarde": ["hoog", "laag"]}, geometry=[turned(find, east) for find in finds], crs=RD
    ).to_crs(DEGREES).to_file(folder / "archeologie.geojson", COORDINATE_PRECISION=9)


def write_height_limits(folder: Path) -> None:
    """hoogtes.fgb: greatest height (m) below a flight path."""
    path = shapely.LineString([(138_000, 505_000), (150_000, 508_600)])
    heights = [
        path.buffer(600, cap_style="flat"),
        path.buffer(1500, cap_style="flat").difference(path.buffer(600, cap_style="flat")),
    ]
    gpd.GeoDataFrame({"vlak": ["H1", "H2"], "hoogte": [22.0, 45.0]}, geometry=heights, crs=RD).to_file(
        folder / "hoogtes.fgb", driver="FlatGeobuf"
    )
