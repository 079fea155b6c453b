"""Power and utilities: stations, feeding areas, claims and supplies."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import shapely

from tools.proefpolder.files import write_lines, write_vector
from tools.proefpolder.places import PLACES


def write_stations(folder: Path) -> None:
    """stations.csv: two substations, of which plots has two voltages (V)."""
    write_lines(
        folder / "stations.csv",
        "id;naam;kv;wkt\n"
        'ST1;Markerwaard 380;"380000;150000";POINT (153500 508500)\n'
        "ST2;Oosterpark 150;150000;POINT (155700 506000)\n",
    )


def write_feeding_areas(folder: Path) -> None:
    """voedingsgebieden.gpkg: who feeds the land with power, and how much is left (MW)."""
    x = PLACES[0].corner[0]
    halves = [
        shapely.box(138_000, 498_000, x + 1700, 518_000),
        shapely.box(x + 1700, 498_000, 153_000, 518_000),
        shapely.box(153_000, 498_000, 168_000, 518_000),
    ]
    fed = {
        "voedingsgebied": ["VG-A", "VG-B", "VG-C"],
        "afname": ["beperkte ruimte", "tekort", "ruimte"],
        "invoeding": ["tekort", "tekort", "in onderzoek"],
        "mw": [12.0, 0.0, 85.0],
        "wachtrij": [0.0, 140.0, 0.0],
        "jaar": [None, 2031, None],
    }
    write_vector(folder / "voedingsgebieden.gpkg", fed, halves, layer="gebieden")


def write_energy_claims(land: gpd.GeoDataFrame, folder: Path) -> None:
    """energieclaims.geojson: land that the energy system claims, from decided to explored."""
    free = land[land["role"] == "free"]
    west, east = (free[free["site"] == site].geometry.to_numpy() for site in ("Westhaven", "Oosterpark"))
    taken = [shapely.convex_hull(shapely.union_all(plots)) for plots in (west[:12], east[:8], west[30:45])]
    claims = {
        "claim": ["EC1", "EC2", "EC3"],
        "naam": ["Hoogspanningsstation West", "Elektrolyse Oost", "Converter West"],
        "soort": ["station", "elektrolyser", "converterstation"],
        "zeker": ["besloten", "waarschijnlijk", "in verkenning"],
        "van": [2028, 2032, 2035],
    }
    write_vector(folder / "energieclaims.geojson", claims, taken)


def write_utilities(folder: Path) -> None:
    """voorzieningen.geojson: hydrogen, CO2 and industrial water that can be had."""
    pipes = [
        shapely.LineString([(155_500, 505_500), (158_500, 505_000)]).buffer(500),
        shapely.LineString([(149_000, 505_000), (147_000, 509_500)]),
        shapely.box(144_000, 505_500, 150_000, 509_000),
    ]
    offers = {
        "id": ["L1", "L2", "L3"],
        "soort": ["waterstof", "CO2", "industriewater"],
        "van": [2030, 2033, None],
        "wie": ["Waterstofnet Oost", "CO2-net West", "Industriewater Markerwaard"],
    }
    write_vector(folder / "voorzieningen.geojson", offers, pipes)
