"""Land that others take: dikes, power lines, groundwater, finds and heights."""

from __future__ import annotations

from pathlib import Path

import shapely

from tools.proefpolder.files import write_vector
from tools.proefpolder.places import PLACES, turned


def write_flood_defences(folder: Path) -> None:
    """waterkeringen.gpkg: the core and the protection zone of a dike."""
    west = PLACES[0]
    x, y = west.corner
    dike = turned(shapely.LineString([(x, y + 2330), (x + 3600, y + 2330)]), west)
    zones = {"zone": ["D1", "D2"], "soort": ["kernzone", "beschermingszone"]}
    write_vector(folder / "waterkeringen.gpkg", zones, _strip_and_sides(dike, 12, 45), layer="zones")


def write_power_lines(folder: Path) -> None:
    """hoogspanning.fgb: two lines (kV), of one the width of the strip (m) is not known."""
    lines = [
        shapely.LineString([(153_500, 508_500), (146_500, 508_300)]),
        shapely.LineString([(153_500, 508_500), (155_700, 506_000), (158_600, 504_500)]),
    ]
    columns = {"lijn": ["HS380", "HS150"], "kv": [380, 150], "strook": [36.0, None]}
    write_vector(folder / "hoogspanning.fgb", columns, lines)


def write_groundwater(folder: Path) -> None:
    """grondwater.gpkg: a catchment and a protection area."""
    areas = [shapely.Point(164_600, 512_600).buffer(300), shapely.Point(163_300, 511_200).buffer(260)]
    columns = {"gebied": ["GW1", "GW2"], "soort": ["waterwingebied", "grondwaterbeschermingsgebied"]}
    write_vector(folder / "grondwater.gpkg", columns, areas, layer="gebieden")


def write_archaeology(folder: Path) -> None:
    """archeologie.geojson: finds of high and of low value."""
    east = PLACES[2]
    x, y = east.corner
    finds = [shapely.box(x + 150, y + 1300, x + 420, y + 1600), shapely.box(x + 900, y + 200, x + 1150, y + 420)]
    columns = {"vlak": ["AR1", "AR2"], "waarde": ["hoog", "laag"]}
    write_vector(folder / "archeologie.geojson", columns, [turned(find, east) for find in finds])


def write_height_limits(folder: Path) -> None:
    """hoogtes.fgb: greatest height (m) below a flight path."""
    path = shapely.LineString([(138_000, 505_000), (150_000, 508_600)])
    write_vector(
        folder / "hoogtes.fgb", {"vlak": ["H1", "H2"], "hoogte": [22.0, 45.0]}, _strip_and_sides(path, 600, 1500)
    )


def _strip_and_sides(line: shapely.LineString, near_m: float, far_m: float) -> list[shapely.Geometry]:
    """The strip along a line, and the land beside it up to a greater distance (m)."""
    strip = line.buffer(near_m, cap_style="flat")
    return [strip, line.buffer(far_m, cap_style="flat").difference(strip)]
