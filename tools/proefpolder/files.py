"""Formats that GDAL writes with a date or not at all: text tables, zipped folders, GML by hand, grids."""

from __future__ import annotations

import csv
import shutil
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import rasterio
from rasterio.transform import from_origin

from tools.proefpolder.places import RD


def write_csv(path: Path, header: list[str], rows: list[list[Any]]) -> None:
    """A text table with semicolons."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, delimiter=";")
        writer.writerow(header)
        writer.writerows(rows)


def zip_shapefile(frame: gpd.GeoDataFrame, path: Path) -> None:
    """A Shapefile in a zip, its parts with one fixed date."""
    inside = path.with_suffix("")
    inside.mkdir(exist_ok=True)
    frame.to_file(inside / f"{path.stem}.shp", encoding="utf-8")
    pack(inside, path, flat=True)


def pack(folder: Path, path: Path, *, flat: bool = False) -> None:
    """Zip a folder and remove it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.iterdir()):
            name = part.name if flat else f"{folder.name}/{part.name}"
            archive.writestr(zipfile.ZipInfo(name, (2026, 10, 1, 0, 0, 0)), part.read_bytes(), zipfile.ZIP_DEFLATED)
    shutil.rmtree(folder)


def write_gml(path: Path, pipes: dict[str, tuple[str, list[tuple[int, int]]]]) -> None:
    """A small GML by hand, as simple tools write it."""
    members = "".join(
        f'<p:member><p:leiding gml:id="{key}"><p:leidingnr>{key}</p:leidingnr><p:stof>{kind}</p:stof><p:hartlijn>'
        f'<gml:LineString gml:id="{key}.l" srsName="urn:ogc:def:crs:EPSG::28992"><gml:posList>'
        f"{' '.join(f'{a} {b}' for a, b in line)}</gml:posList>"
        "</gml:LineString></p:hartlijn></p:leiding></p:member>\n"
        for key, (kind, line) in pipes.items()
    )
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<p:verzameling xmlns:p="http://proefpolder.invalid/leidingen" '
        'xmlns:gml="http://www.opengis.net/gml/3.2">\n'
    )
    path.write_text(f"{head}{members}</p:verzameling>\n", encoding="utf-8")


def write_grid(path: Path, values: Any, corner: tuple[float, float, float], nodata: float) -> None:
    """A small GeoTIFF from its upper left corner with square cells."""
    west, north, cell = corner
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=values.shape[1],
        height=values.shape[0],
        count=1,
        dtype=str(values.dtype),
        crs=RD,
        nodata=nodata,
        transform=from_origin(west, north, cell, cell),
        compress="deflate",
    ) as grid:
        grid.write(values, 1)
