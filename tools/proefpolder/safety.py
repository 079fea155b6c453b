"""Safety contours and the chemical park under one permit."""

import random
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from tools.proefpolder.files import write_vector


def write_safety(land: gpd.GeoDataFrame, chance: random.Random, folder: Path) -> None:
    """veiligheid.geojson: contours around leased plots, a chemical park under one permit, faults of a real register."""
    rows = []
    sources = land[(land["role"] == "leased") & land["site"].isin(["Westhaven", "Oosterpark"])].iloc[7:400:45]
    for number, row in enumerate(sources.itertuples(), start=1):
        centre, reach = row.geometry.centroid, chance.choice([60, 120, 220])
        for kind, factor in (("PR 10-6", 1.0), ("Brandaandachtsgebied", 1.6), ("Gifwolkaandachtsgebied", 4.0))[
            : chance.randint(1, 3)
        ]:
            rows.append(
                _contour(f"EV{number:03d}-{kind[:2]}", kind, centre.buffer(reach * factor), f"Installatie {number}")
            )
    first = rows[0]["geometry"]
    stray = shapely.LineString([(146_000, 506_000), (147_000, 507_000)])
    rows += [
        {**rows[0], **_contour("EV900-Placeholder", "Gifwolkaandachtsgebied", first.centroid.buffer(1500))},
        {**rows[0], "identificatie": "EV901", "eind_geldigheid": "2019-01-01", "geometry": first.buffer(300)},
        {**rows[0], "identificatie": "EV902", "geometry": first.buffer(40).exterior},
        {**rows[0], "identificatie": "EV903", "geometry": stray},
        {**rows[1], "identificatie": "EV904-dubbel"},
        *chemical_park(land, folder),
    ]
    track = shapely.LineString([(139_000, 510_500), (153_000, 510_200), (166_000, 509_000)])
    for name, kind, metres in (("BN001", "PR 10-6", 30), ("BN002", "Brandaandachtsgebied", 200)):
        rows.append({**_contour(name, kind, track.buffer(metres), "Basisnet spoor"), "herkomst": "vervoer"})
    write_vector(folder / "veiligheid.geojson", rows)


def _contour(key: str, kind: str, shape: Any, holder: str = "Installatie 1") -> dict[str, Any]:
    return {"identificatie": key, "soort": kind, "bedrijf": holder, "eind_geldigheid": None, "geometry": shape}


def chemical_park(land: gpd.GeoDataFrame, folder: Path) -> list[dict[str, Any]]:
    """vergunde_locaties.geojson: two companies under one permit; and their contours, that bind only beyond the park."""
    park = land[land["site"] == "Oosterpark"].iloc[300:312]
    halves = [shapely.union_all(park.geometry.to_numpy()[:6]), shapely.union_all(park.geometry.to_numpy()[6:])]
    sites = {"id": ["V1", "V2"], "vergunning": ["CP", "CP"], "bedrijf": ["Kraker Oost", "Polymeer Oost"]}
    write_vector(folder / "vergunde_locaties.geojson", sites, halves)
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
