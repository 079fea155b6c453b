"""Water, quays, roads, rail, pipelines and where one changes between them."""

from __future__ import annotations

from pathlib import Path

import shapely

from tools.proefpolder.files import write_gml, write_lines, write_vector
from tools.proefpolder.places import PLACES, basin, turned


def write_water(folder: Path) -> None:
    """water.zip and kades.gpkg: a lake, the harbour basin and a pond; quays with the depth before them (m NAP)."""
    west, front = PLACES[0], PLACES[1]
    x, y = west.corner
    lake = turned(shapely.box(x - 2200, y - 900, x + 3600, y), west)
    pond = shapely.Point(157_000, 504_900).buffer(60)
    write_vector(folder / "water.zip", {"ID": ["W1", "W2", "W3"]}, [lake, basin(), pond])
    lines = [
        shapely.LineString([(x + 1200, y), (x + 1200, y + 1500)]),
        shapely.LineString([(x + 1420, y), (x + 1420, y + 1500)]),
        shapely.LineString([(x + 1500, y), (x + 3500, y)]),
        shapely.LineString([(front.corner[0], y), (front.corner[0] + 1200, y)]),
    ]
    quays = {
        "kade": ["K1", "K2", "K3", "K4"],
        "diepte": [-10.5, -10.5, -15.5, None],
        "diepgang": [9.0, 9.0, 14.2, None],
    }
    write_vector(folder / "kades.gpkg", quays, [turned(line, west) for line in lines])


def write_waterways(folder: Path) -> None:
    """vaarwegen.zip: the fairway to Westhaven."""
    west = PLACES[0]
    x, y = west.corner
    fairway = turned(shapely.LineString([(x - 4000, y - 450), (x + 9000, y - 450)]), west)
    write_vector(folder / "vaarwegen.zip", {"VWK": ["V1"], "NAAM": ["Markervaart"], "CEMT": ["VIb"]}, [fairway])


def write_roads(folder: Path) -> None:
    """wegen.fgb: a motorway with two junctions, roads to the sites, and a road that passes under it without meeting."""
    fast = [
        [(140_000, 509_800), (148_000, 509_600)],
        [(148_000, 509_600), (152_000, 509_500)],
        [(152_000, 509_500), (165_000, 508_000)],
    ]
    ramps = [[(148_000, 509_600), (148_100, 509_300)], [(152_000, 509_500), (152_100, 509_200)]]
    plain = [
        [(148_100, 509_300), (147_600, 508_700)],
        [(147_600, 508_700), (145_400, 507_600)],
        [(147_600, 508_700), (149_700, 508_100)],
        [(152_100, 509_200), (156_600, 506_100)],
        [(152_100, 509_200), (152_200, 514_400)],
        [(145_400, 507_600), (144_300, 506_300)],
        [(150_000, 511_000), (150_000, 508_200)],
        [(149_700, 508_100), (150_000, 508_200)],
        [(156_600, 506_100), (158_400, 505_600)],
    ]
    lines = [*fast, *ramps, *plain]
    kinds = ["snelweg"] * len(fast) + ["toerit"] * len(ramps) + ["weg"] * len(plain)
    columns = {"wegvak": [f"R{n}" for n in range(1, len(lines) + 1)], "soort": kinds}
    write_vector(folder / "wegen.fgb", columns, [shapely.LineString(line) for line in lines])


def write_rail(folder: Path) -> None:
    """spoor.csv: a main line and a siding."""
    write_lines(
        folder / "spoor.csv",
        "id;soort;wkt\n"
        "S1;hoofdspoor;LINESTRING (139000 510500, 153000 510200, 166000 509000)\n"
        "S2;raccordement;LINESTRING (150500 510250, 149000 508000)\n",
    )


def write_pipelines(folder: Path) -> None:
    """leidingen.gml: natural gas and hydrogen."""
    write_gml(
        folder / "leidingen.gml",
        {
            "B1": ("aardgas", [(149_000, 505_000), (148_500, 507_200), (147_000, 509_500)]),
            "B2": ("waterstof", [(155_500, 505_500), (158_500, 505_000)]),
        },
    )


def write_transfer_points(folder: Path) -> None:
    """overslagpunten.csv: where one gets on the train or ship."""
    write_lines(
        folder / "overslagpunten.csv",
        "id;naam;soort;wkt\n"
        "O1;Railservice Markerwaard;spoorterminal;POINT (150020 510260)\n"
        "O2;Binnenvaartterminal Westhaven;binnenvaartterminal;POINT (147500 508650)\n"
        "O3;Zeehaventerminal Voorhaven;zeehaventerminal;POINT (144350 506250)\n",
    )
