"""Safety contours and the chemical park under one permit."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from tools.proefpolder.places import DEGREES, RD


def write_safety(land: gpd.GeoDataFrame, chance: random.Random, folder: Path) -> None:
    """veiligheid.geojson: contours around leased plots, a chemical park under one permit, faults of a real register."""
    rows = []
    sources = land[(land["role"] == "leased") & land["site"].isin(["Westhaven", "Oosterpark"])].iloc[7:400:45]
    for number, row in enumerate(sources.itertuples(), start=1):
        reach = chance.choice([60, 120, 220])
        for kind, factor in (("PR 10-6", 1.0), ("Brandaandachtsgebied", 1.6), ("Gifwolkaandachtsgebied", 4.0))[
            : chance.randint(1, 3)
        ]:
            rows.append(
                {
                    "identificatie": f"EV{number:03d}-{kind[:2]}",
                    "soort": kind,
                    "bedrijf": f"Installatie {number}",
                    "eind_geldigheid": None,
                    "geometry": row.geometry.centroid.buffer(reach * factor),
                }
            )
    first = rows[0]["geometry"]
    rows.append(
        {
            **rows[0],
            "identificatie": "EV900-Placeholder",
            "soort": "Gifwolkaandachtsgebied",
            "geometry": first.centroid.buffer(1500),
        }
    )
    rows.append({**rows[0], "identificatie": "EV901", "eind_geldigheid": "2019-01-01", "geometry": first.buffer(300)})
    rows.append({**rows[0], "identificatie": "EV902", "geometry": first.buffer(40).exterior})
    rows.append(
        {**rows[0], "identificatie": "EV903", "geometry": shapely.LineString([(146_000, 506_000), (147_000, 507_000)])}
    )
    rows.append({**rows[1], "identificatie": "EV904-dubbel"})
    rows += chemical_park(land, folder)
    track = shapely.LineString([(139_000, 510_500), (153_000, 510_200), (166_000, 509_000)])
    rows.append(
        {
            "identificatie": "BN001",
            "soort": "PR 10-6",
            "bedrijf": "Basisnet spoor",
            "eind_geldigheid": None,
            "herkomst": "vervoer",
            "geometry": track.buffer(30),
        }
    )
    rows.append(
        {
            "identificatie": "BN002",
            "soort": "Brandaandachtsgebied",
            "bedrijf": "Basisnet spoor",
            "eind_geldigheid": None,
            "herkomst": "vervoer",
            "geometry": track.buffer(200),
        }
    )
    frame = gpd.GeoDataFrame(rows, crs=RD).to_crs(DEGREES)
    frame.to_file(folder / "veiligheid.geojson", COORDINATE_PRECISION=9)


def chemical_park(land: gpd.GeoDataFrame, folder: Path) -> list[dict[str, Any]]:
    """vergunde_locaties.geojson: two companies under one permit; and their contours, that bind only beyond the park."""
    park = land[land["site"] == "Oosterpark"].iloc[300:312]
    halves = [shapely.union_all(park.geometry.to_numpy()[:6]), shapely.union_all(park.geometry.to_numpy()[6:])]
    sites = gpd.GeoDataFrame(
        {"id": ["V1", "V2"], "vergunning": ["CP", "CP"], "bedrijf": ["Kraker Oost", "Polymeer Oost"]},
        geometry=halves,
        crs=RD,
    )
    sites.to_crs(DEGREES).to_file(folder / "vergunde_locaties.geojson", COORDINATE_PRECISION=9)
    centre = shapely.centroid(halves[0])
    same = {
        "bedrijf": "Kraker Oost",
        "eind_geldigheid": None,
        "vergunning": "CP",
        "stof": {"categorieNaam": "giftig gas", "chemischeNaam": "ammoniak"},
    }
    kinds = {
        "PR 10-6": 260,
        "CivielExplosieAandachtsgbied": 420,
        "Voorschriftengebied": 420,
        "Gifwolkaandachtsgebied": 1500,
    }
    rows = [
        {**same, "identificatie": f"CP-{index}", "soort": kind, "geometry": centre.buffer(reach)}
        for index, (kind, reach) in enumerate(kinds.items())
    ]
    around = shapely.union_all(park.geometry.to_numpy()).buffer(120).buffer(-20)
    return [*rows, {**same, "identificatie": "CP-9", "soort": "Risicogebied", "stof": None, "geometry": around}]
