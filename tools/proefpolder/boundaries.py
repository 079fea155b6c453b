"""Boundaries: of sites, of municipalities, of nature."""

from __future__ import annotations

from pathlib import Path

import shapely

from tools.proefpolder.files import write_lines, write_vector
from tools.proefpolder.places import PLACES, outline


def write_boundaries(folder: Path) -> None:
    """clustergrenzen.geojson: the edge of each site, firm in Westhaven and indicative elsewhere."""
    bounds = [
        {
            "site": place.name,
            "cluster": place.cluster,
            "geometry": outline(place),
            "id": f"G{number}",
            "status": "vastgesteld" if place.cluster == "westhaven" else "indicatief",
            "versie": "2026-1",
        }
        for number, place in enumerate(PLACES, start=1)
    ]
    write_vector(folder / "clustergrenzen.geojson", bounds)


def write_municipalities(folder: Path) -> None:
    """gemeentegrenzen.geojson and gemeenten.csv: two municipalities."""
    halves = [shapely.box(138_000, 498_000, 151_500, 518_000), shapely.box(151_500, 498_000, 168_000, 518_000)]
    write_vector(folder / "gemeentegrenzen.geojson", {"code": ["GM9991", "GM9992"]}, halves)
    write_lines(folder / "gemeenten.csv", "gemeentecode;naam\nGM9991;Westermarke\nGM9992;Oostermarke\n")


def write_nature(folder: Path) -> None:
    """natura2000.gpkg: three sites, one of them under both directives."""
    marsh = shapely.Polygon([(159_500, 500_500), (162_000, 500_800), (162_500, 503_000), (160_000, 503_200)])
    isle = shapely.Point(143_000, 503_500).buffer(500)
    reeds = shapely.Point(144_050, 507_250).buffer(230)
    nature = {
        "nr": ["N1", "N1", "N2", "N3"],
        "naam": ["Markermoeras", "Markermoeras", "Vogeleiland", "Rietland"],
        "richtlijn": ["HR", "VR", "VR", "HR"],
    }
    write_vector(folder / "natura2000.gpkg", nature, [marsh, marsh.buffer(80), isle, reeds], layer="gebieden")
