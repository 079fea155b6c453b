"""Boundaries: of sites, of municipalities, of nature."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import shapely

from tools.proefpolder.files import write_csv
from tools.proefpolder.places import DEGREES, PLACES, RD, outline


def write_boundaries(folder: Path) -> None:
    """clustergrenzen.geojson: the edge of each site, firm in Westhaven and indicative elsewhere."""
    edges = gpd.GeoDataFrame(
        {"site": [p.name for p in PLACES], "cluster": [p.cluster for p in PLACES]},
        geometry=[outline(p) for p in PLACES],
        crs=RD,
    )
    firm = ["vastgesteld" if place.cluster == "westhaven" else "indicatief" for place in PLACES]
    bounds = edges.assign(id=[f"G{n}" for n in range(1, len(PLACES) + 1)], status=firm, versie="2026-1")
    bounds.to_crs(DEGREES).to_file(folder / "clustergrenzen.geojson", COORDINATE_PRECISION=9)


def write_municipalities(folder: Path) -> None:
    """gemeentegrenzen.geojson and gemeenten.csv: two municipalities."""
    halves = [shapely.box(138_000, 498_000, 151_500, 518_000), shapely.box(151_500, 498_000, 168_000, 518_000)]
    gpd.GeoDataFrame({"code": ["GM9991", "GM9992"]}, geometry=halves, crs=RD).to_crs(DEGREES).to_file(
        folder / "gemeentegrenzen.geojson", COORDINATE_PRECISION=9
    )
    write_csv(
        folder / "gemeenten.csv", ["gemeentecode", "naam"], [["GM9991", "Westermarke"], ["GM9992", "Oostermarke"]]
    )


def write_nature(folder: Path) -> None:
    """natura2000.gpkg: three sites, one of them under both directives."""
    marsh = shapely.Polygon([(159_500, 500_500), (162_000, 500_800), (162_500, 503_000), (160_000, 503_200)])
    isle = shapely.Point(143_000, 503_500).buffer(500)
    reeds = shapely.Point(144_050, 507_250).buffer(230)
    nature = gpd.GeoDataFrame(
        {
            "nr": ["N1", "N1", "N2", "N3"],
            "naam": ["Markermoeras", "Markermoeras", "Vogeleiland", "Rietland"],
            "richtlijn": ["HR", "VR", "VR", "HR"],
        },
        geometry=[marsh, marsh.buffer(80), isle, reeds],
        crs=RD,
    )
    nature.to_file(folder / "natura2000.gpkg", layer="gebieden", VERSION="1.3")
