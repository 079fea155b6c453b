"""Boxes in RD New (west, south, east, north in m): around areas, and in the coordinates of another system."""

from typing import Any

import pyproj
import shapely

from pipeline.spatial.coordinate_systems import path_to_rd

BoxInRd = tuple[float, float, float, float]
SIDE_M = 1_000.0  # straight lines of RD New are bent elsewhere, by less than a metre over so much


def boxes_around(areas: Any, distance_m: float) -> list[BoxInRd]:
    """The box of each area (RD New), wider by so many metres on each side and in whole metres."""
    return [
        (round(west - distance_m), round(south - distance_m), round(east + distance_m), round(north + distance_m))
        for west, south, east, north in shapely.bounds(areas)
    ]


def boxes_in(crs: pyproj.CRS, boxes: tuple[BoxInRd, ...]) -> Any:
    """These boxes as shapes in the coordinates of a system."""
    path = path_to_rd(crs)
    drawn = shapely.segmentize(shapely.box(*zip(*boxes, strict=True)), SIDE_M)
    return drawn if path.moves_nothing else shapely.transform(drawn, path.back)
