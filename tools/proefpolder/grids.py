"""Grids of noise, air quality and flood."""

from pathlib import Path

import numpy as np

from tools.proefpolder.files import write_grid


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


def write_grids(folder: Path) -> None:
    """Air on cells of a kilometre, and flood: depth with no data outside the dikes, and classes."""
    west, north = 138_000.0, 518_000.0
    x, y = np.meshgrid(west + 1000 * (np.arange(30) + 0.5), north - 1000 * (np.arange(20) + 0.5))
    near = np.exp(-(((x - 147_500) / 4000) ** 2 + ((y - 507_000) / 3000) ** 2)) + 0.6 * np.exp(
        -(((x - 157_000) / 3000) ** 2 + ((y - 505_000) / 3000) ** 2)
    )
    for name, low, high in (("no2", 9.0, 16.0), ("pm10", 13.0, 9.0), ("pm25", 4.6, 6.5)):
        levels = (low + high * near).round(2).astype("float32")
        write_grid(folder / f"{name}.tif", levels, (west, north, 1000.0), -999.0)
    x, y = np.meshgrid(west + 100 * (np.arange(300) + 0.5), north - 100 * (np.arange(200) + 0.5))
    depth = np.maximum(0.0, 2.4 - np.hypot(x - 158_000, y - 505_500) / 900).round(2)
    outside = (x < 147_100) & (y < 507_600)
    depth[outside] = -999.0
    write_grid(folder / "waterdiepte.tif", depth.astype("float32"), (west, north, 100.0), -999.0)
    classes = np.where(outside, 1, np.where(depth > 0, 3, 4)).astype("int16")
    write_grid(folder / "overstroming.tif", classes, (west, north, 100.0), 0)
