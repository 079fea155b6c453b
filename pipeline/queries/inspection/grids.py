"""What a grid says of itself, and a sample of its values."""

from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
from rasterio.enums import ColorInterp, MaskFlags

from pipeline.project.file_formats import FileFormat
from pipeline.queries.inspection.place import likely_system, name_of, place_faults
from pipeline.queries.inspection.profile import FileLayer
from pipeline.storage.addresses import gdal_address

SAMPLE_CELLS = 512  # along each side


def layers_of(path: Path, shown: str, known: FileFormat) -> list[FileLayer]:
    """The grid in a file: size and unit of its cells, values of a sample, and what is wrong with it."""
    with gdal_address(path, known) as address, rasterio.open(address) as grid:
        crs = None if grid.crs is None else pyproj.CRS(grid.crs.to_wkt())
        extent = tuple(float(edge) for edge in grid.bounds)
        likely = likely_system(extent)
        faults = _faults(grid)
        if not grid.transform.is_identity:
            faults += place_faults(crs, extent, likely)
        values = _values(grid)
        card = {"crs": "EPSG:28992"} if crs is None and likely == "RD New" else {}
        return [
            FileLayer(
                shown,
                "",
                known.name,
                "",
                None,
                "grid",
                name_of(crs),
                likely,
                extent,
                (),
                tuple(faults),
                card,
                values,
            )
        ]


def _values(grid: Any) -> dict[str, Any]:
    bands = [number for number, kind in zip(grid.indexes, grid.colorinterp, strict=True) if kind != ColorInterp.alpha]
    number = bands[0]
    shape = (min(grid.height, SAMPLE_CELLS), min(grid.width, SAMPLE_CELLS))
    cells = grid.read(number, out_shape=shape, masked=True).astype(float).compressed()
    cells = cells[np.isfinite(cells)] * grid.scales[number - 1] + grid.offsets[number - 1]
    tags = {**grid.tags(), **grid.tags(number)}
    return {
        "columns": grid.width,
        "rows": grid.height,
        "cell": abs(float(grid.transform.a)),
        "bands": len(bands),
        "kind": grid.dtypes[number - 1],
        "nodata": "not stated" if grid.nodatavals[number - 1] is None else f"{grid.nodatavals[number - 1]:g}",
        "lowest": float(cells.min()) if len(cells) else None,
        "highest": float(cells.max()) if len(cells) else None,
        "is_whole": bool(len(cells)) and bool((cells == np.round(cells)).all()),
        "words": " ".join([*map(str, tags.values()), *(text or "" for text in (*grid.descriptions, *grid.units))]),
    }


def _faults(grid: Any) -> list[str]:
    faults = []
    if grid.transform.is_identity:
        faults.append("no place on the map")
    if grid.count > 1:
        faults.append(f"{grid.count} bands; a card names one")
    if any(kind == ColorInterp.palette for kind in grid.colorinterp):
        faults.append("a colour table: its numbers stand for classes or colours")
    has_mask = any(MaskFlags.per_dataset in flags for flags in grid.mask_flag_enums)
    if grid.nodatavals[0] is None and not has_mask and not grid.dtypes[0].startswith("float"):
        faults.append("no value for no data")
    return faults
