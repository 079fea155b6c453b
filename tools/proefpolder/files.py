"""Formats of the example's files: vector files by their ending, text tables, zipped folders, GML by hand, grids."""

import csv
import shutil
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import rasterio
from rasterio.transform import from_origin

from tools.proefpolder.places import DEGREES, RD

# Options of GDAL by ending, so that the files are the same with every release of it.
VECTOR_OPTIONS: dict[str, dict[str, Any]] = {
    ".fgb": {"driver": "FlatGeobuf"},
    ".geojson": {"COORDINATE_PRECISION": 9},
    ".gpkg": {"VERSION": "1.3"},
    ".shp": {"encoding": "utf-8"},
}


def write_vector(path: Path, columns: Any, shapes: Any = None, *, layer: str | None = None) -> None:
    """A vector file by its ending: in EPSG:28992, GeoJSON in EPSG:4258; a zip holds a Shapefile.

    shapes: may be left out where the columns have a geometry; layer: the name of the table, where that is not the file.
    """
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=RD)
    if path.suffix == ".zip":
        parts = path.with_suffix("")
        parts.mkdir(exist_ok=True)
        frame.to_file(parts / f"{path.stem}.shp", **VECTOR_OPTIONS[".shp"])
        pack(parts, path, flat=True)
        return
    if path.suffix == ".geojson":
        frame = frame.to_crs(DEGREES)
    frame.to_file(path, layer=layer, **VECTOR_OPTIONS[path.suffix])


def write_csv(path: Path, header: str, rows: list[list[Any]], *, encoding: str = "utf-8") -> None:
    """A text table with semicolons, below a header that has them too."""
    with path.open("w", encoding=encoding, newline="") as lines:
        writer = csv.writer(lines, delimiter=";")
        writer.writerows([header.split(";"), *rows])


def pack(folder: Path, path: Path, *, flat: bool = False) -> None:
    """Zip a folder, its parts with one fixed date, and remove it."""
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


def write_grid(
    path: Path, values: Any, corner: tuple[float, float, float], nodata: float, *, scale: float = 1.0
) -> None:
    """A small GeoTIFF in EPSG:28992 from its upper left corner with square cells; corner: west, north, cell (m)."""
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
        if scale != 1.0:
            grid.scales = (scale,)
