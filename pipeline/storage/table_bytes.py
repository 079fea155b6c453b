"""What stands in the file of a table or a grid: its bytes, and how it is read back."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj.exceptions import CRSError

from layers.errors import ConfigRefusal
from pipeline.spatial.raster import Grid
from pipeline.storage.checksums import checksum_of_bytes
from pipeline.storage.parquet_stream import GROUP_ROWS

# What libraries raise at bytes that are not what they were.
DAMAGED = (
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    RecursionError,
    pa.ArrowException,
    shapely.errors.GEOSException,
    CRSError,
    OSError,
)


@contextmanager
def undamaged(path: Path, thing: str = "table") -> Iterator[None]:
    """Refuse in words a table or grid whose file is damaged, or is not there."""
    try:
        yield
    except DAMAGED as fault:
        if isinstance(fault, OSError) and fault.errno is not None and not isinstance(fault, FileNotFoundError):
            raise  # not what stands in it
        raise ConfigRefusal(
            f"{thing} '{path}'",
            actual="no such file" if isinstance(fault, FileNotFoundError) else f"a damaged file ({str(fault)[:80]})",
            todo="run again: industrieruimte run",
        ) from None


def checksum_of(content: Any) -> str:
    """The checksum that a table or grid would be saved under."""
    return checksum_of_bytes(as_bytes(content))


def as_bytes(content: Any) -> bytes:
    """The file of a table (GeoParquet) or grid."""
    raw = io.BytesIO()
    if isinstance(content, Grid):
        # Two arrays behind each other: corner and cell size (m), then the levels row by row.
        origin = np.array([content.west, content.north, content.cell_x_m, content.cell_y_m])
        np.save(raw, origin)
        np.save(raw, np.ascontiguousarray(content.levels))
    elif isinstance(content, gpd.GeoDataFrame):
        content.to_parquet(raw, index=False, row_group_size=GROUP_ROWS)
    else:
        # As pandas writes it, but for the threads that it begins for each table.
        pq.write_table(pa.Table.from_pandas(content, preserve_index=False, nthreads=1), raw, row_group_size=GROUP_ROWS)
    return raw.getvalue()


def read_grid(path: Path) -> Grid:
    """A grid whose levels stay on disk: only the windows that are asked for are read."""
    with undamaged(path, "grid"), path.open("rb") as stream:
        origin = np.load(stream)
        # The header by hand, since np.load would take the whole grid into memory.
        np.lib.format.read_magic(stream)
        shape, _, kind = np.lib.format.read_array_header_1_0(stream)
        levels: Any = np.memmap(path, dtype=kind, mode="r", offset=stream.tell(), shape=shape)
    return Grid(levels, *map(float, origin))
