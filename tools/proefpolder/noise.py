"""Noise: zones, levels on a grid and budgets in strips."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from tools.proefpolder.files import pack, write_grid, write_vector
from tools.proefpolder.places import PLACES, RD, outline, turned


def write_noise_zones(folder: Path) -> None:
    """terreinen.zip, geluidzones.fgb and aandachtsgebieden.gdb.zip: zoned sites, a noise zone and an attention area."""
    west, east = outline(PLACES[0]), outline(PLACES[2])
    sites = {"ID": ["T1", "T2"], "NAAM": ["Westhaven", "Oosterpark"], "REGIME": ["Wgh", "Ow"]}
    write_vector(folder / "terreinen.zip", sites, [west, east])
    zones = {"zone": ["Z1"], "terrein": ["Westhaven"], "grens_dba": [50]}
    write_vector(folder / "geluidzones.fgb", zones, [west.buffer(900)])
    around = east.buffer(700).difference(east)
    gdb = folder / "aandachtsgebieden.gdb"
    shutil.rmtree(gdb, ignore_errors=True)
    gpd.GeoDataFrame(
        {"gebied": ["A1"], "terrein": ["Oosterpark"]}, geometry=[shapely.MultiPolygon([around])], crs=RD
    ).to_file(gdb, layer="geluidaandachtsgebied", driver="OpenFileGDB")
    pack(gdb, folder / "aandachtsgebieden.gdb.zip")


def write_levels(folder: Path) -> None:
    """geluid.tif: tenths of a decibel around the two large sites, no data in the far east."""
    west, north, cell, columns, rows = 142_000.0, 511_000.0, 100.0, 200, 90
    x, y = np.meshgrid(west + cell * (np.arange(columns) + 0.5), north - cell * (np.arange(rows) + 0.5))
    energy = sum(
        10 ** ((118 - 20 * np.log10(np.maximum(np.hypot(x - a, y - b), 80))) / 10)
        for a, b in ((147_500, 507_200), (149_000, 507_900), (157_000, 505_000))
    )
    tenths = np.round(10 * 10 * np.log10(energy)).astype("int16")
    tenths[x > 160_000] = -9999
    write_grid(folder / "geluid.tif", tenths, (west, north, cell), -9999, scale=0.1)


def write_budgets(folder: Path) -> None:
    """geluidverdeling.gpkg: source strength per m2 in strips of Westhaven, of which one is nearly full."""
    west = PLACES[0]
    x, y = west.corner
    strips = [
        shapely.box(x, y, x + 1100, y + 2400),
        shapely.box(x + 1500, y, x + 2300, y + 2400),
        shapely.box(x + 2300, y, x + 2600, y + 2400),
    ]
    budgets = {"vlak": ["GV1", "GV2", "GV3"], "budget": [65.0, 61.0, 52.0], "vergund": [62.0, 60.9, None]}
    areas = [turned(strip, west) for strip in strips]
    write_vector(folder / "geluidverdeling.gpkg", budgets, areas, layer="vlakken")
