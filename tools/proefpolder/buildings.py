"""Buildings, and the use of land that has none."""

import random
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from tools.proefpolder.files import write_vector
from tools.proefpolder.places import PLACES, basin, chance_row, outline


def write_buildings(land: gpd.GeoDataFrame, chance: random.Random, folder: Path) -> set[str]:
    """panden.gpkg with heights: on most plots in use, on a few free ones, some demolished.

    Returns the plots that have one.
    """
    rows: list[dict[str, Any]] = []
    built: set[str] = set()
    for row in land.itertuples():
        if chance.random() > {"leased": 0.55, "loose": 0.8, "free": 0.04, "temporary": 0.3}.get(row.role, 0.0):
            continue
        centre, size = row.geometry.centroid, 0.35 * row.geometry.area**0.5 * chance.uniform(0.5, 1.0)
        floor = shapely.box(centre.x - size, centre.y - size * 0.6, centre.x + size, centre.y + size * 0.6)
        status = chance.choices(
            ["Pand in gebruik", "Pand buiten gebruik", "Bouw gestart", "Sloopvergunning verleend", "Pand gesloopt"],
            [80, 6, 4, 4, 6],
        )[0]
        built.add(row.id)
        rows.append(
            {
                "identificatie": f"0999100000{len(rows):06d}",
                "bouwjaar": chance.randint(1930, 2025),
                "status": status,
                "geometry": shapely.force_3d(shapely.set_precision(floor, 0.001), chance.randint(4, 30)),
            }
        )
    write_vector(folder / "panden.gpkg", rows, layer="pand")
    return built


def write_use(land: gpd.GeoDataFrame, built: set[str], folder: Path) -> None:
    """bgt.fgb: tanks, yards and rail on most plots without a building; a tank on a free plot; green beside it."""
    chance = chance_row(3)
    uses: list[tuple[str, Any]] = []
    for row in land.itertuples():
        in_use = row.role in ("leased", "temporary", "loose") and row.id not in built
        stray = {"free": 0.06, "leased": 0.1}.get(row.role, 0.0)
        if not (in_use and chance.random() < 0.85) and chance.random() > stray:
            continue
        if in_use:
            kind = chance.choice(["opslagtank", "opslagterrein", "spoor", "bouwwerk"])
        else:
            kind = chance.choices(["groenvoorziening", "opslagtank"], [80, 20])[0]
        tank = row.geometry.centroid.buffer(0.22 * row.geometry.area**0.5)
        uses.append((kind, tank if kind == "opslagtank" else shapely.box(*tank.bounds)))
    for place in PLACES:  # the streets between the plots
        site_plots = land.loc[land["site"] == place.name].geometry.to_numpy()
        uses.append(("rijbaan", shapely.difference(outline(place), shapely.union_all([*site_plots, basin()]))))
    columns = {"lokaal_id": [f"G0999.{number:032x}" for number in range(len(uses))], "functie": [k for k, _ in uses]}
    write_vector(folder / "bgt.fgb", columns, [shapely.set_precision(shape, 0.001) for _, shape in uses])
