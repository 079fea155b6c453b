"""Nitrogen: hexagons, receptors and what a kilogram adds there."""

from pathlib import Path

import geopandas as gpd
import shapely

from tools.proefpolder.files import write_csv, write_vector


def write_nitrogen(land: gpd.GeoDataFrame, folder: Path) -> None:
    """Hexagons of two nature sites, receptors with the room left, and what a kilogram from free plots adds there."""
    hexagons = []
    for west, south, columns, rows, load in ((159_700, 500_700, 12, 10, 1071), (142_700, 503_200, 4, 4, 714)):
        for column in range(columns):
            for row in range(rows):
                place = shapely.Point(west + 200 * column + 100 * (row % 2), south + 180 * row)
                number = len(hexagons) + 1
                fall = load + 380 - 45 * ((3 * column + 5 * row) % 13)
                hexagons.append(
                    {
                        "hexagoon": f"X{number:04d}",
                        "kdw": load + 143 * (number % 3),
                        "depositie": fall if number % 17 else None,
                        "geometry": place.buffer(100, quad_segs=2),
                    }
                )
    write_vector(folder / "hexagonen.fgb", hexagons)
    points = {"RP1": (161_000, 502_000, 6.0), "RP2": (143_000, 503_500, 4.0), "RP3": (160_300, 501_200, 3.0)}
    room_left = [[name, f"{room:.1f}"] for name, (_, __, room) in points.items()]
    write_csv(folder / "rekenpunten.csv", "rekenpunt;ruimte", room_left)
    rows_of_text = [
        [plot.id, name, f"{2.0e4 / ((plot.geometry.centroid.x - x) ** 2 + (plot.geometry.centroid.y - y) ** 2):.8f}"]
        for plot in land.itertuples()
        if plot.role in ("free", "leased")
        for name, (x, y, _) in points.items()
    ]
    write_csv(folder / "bronmatrix.csv", "kavel;rekenpunt;per_kg", rows_of_text)
