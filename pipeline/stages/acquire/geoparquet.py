"""GeoParquet: shapes and attributes; what its metadata says of itself is held against what stands in it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
from pyproj.exceptions import CRSError

from layers.errors import SourceRefusal
from pipeline.project.raw_table import RawTable
from pipeline.project.source import InFileConfig, SourceConfig
from pipeline.stages.acquire.attributes import as_text
from pipeline.stages.acquire.vectors import from_wkb

# As much as a table of a whole nation has; beyond it the memory would be full before anything could be said.
MOST_CELLS_OF_TABLE, UNPACKED_BYTES = 500_000_000, 8 * 2**30


def read_parquet(card: SourceConfig, path: Path) -> RawTable:
    """A GeoParquet file; without a CRS in it the standard says longitude and latitude. Without metadata a table."""
    thing = f"source '{card.name}', file '{card.path}'"
    try:
        # By its content: from a folder named a=b/ a column would be made.
        with path.open("rb") as stream:
            file = pq.ParquetFile(stream)
            _check_size(thing, file.metadata)
            table = file.read()
    except (pa.ArrowException, OSError) as fault:
        raise SourceRefusal(
            thing, actual=f"a file that cannot be read ({str(fault)[:200]})", expected="GeoParquet"
        ) from None
    return raw_of_table(card, table)


def raw_of_table(card: SourceConfig, table: pa.Table) -> RawTable:
    """Rows of a GeoParquet file as a table of text with shapes in the CRS that its metadata states."""
    thing = f"source '{card.name}', file '{card.path}'"
    meta = _metadata(thing, table)
    rows = np.arange(1, table.num_rows + 1)
    if meta is None:
        return RawTable(as_text(thing, table, card.encoding), rows, None, None)
    name, described = _geometry_column(thing, card, meta, table.column_names)
    if described.get("encoding") != "WKB":
        raise SourceRefusal(thing, actual=f"geometry encoded as {described.get('encoding')}", expected="WKB")
    crs = _crs(thing, described.get("crs", "OGC:CRS84"))
    shapes = from_wkb(thing, table.column(name).to_numpy())
    return RawTable(as_text(thing, table.drop_columns([name]), card.encoding), rows, shapes, crs)


def _check_size(thing: str, meta: pq.FileMetaData) -> None:
    """Refuse what would fill the memory once it is unpacked; equal values take hardly any room in such a file."""
    unpacked = sum(meta.row_group(group).total_byte_size for group in range(meta.num_row_groups))
    if meta.num_rows * meta.num_columns > MOST_CELLS_OF_TABLE or unpacked > UNPACKED_BYTES:
        raise SourceRefusal(
            thing,
            actual=f"{meta.num_rows:,} rows of {meta.num_columns} columns, {unpacked:,} bytes when unpacked",
            expected=f"at most {MOST_CELLS_OF_TABLE:,} cells and {UNPACKED_BYTES:,} bytes",
            todo="cut out the clusters, or leave out columns that the card does not read",
        )


def _metadata(thing: str, table: pa.Table) -> dict[str, Any] | None:
    """What the file says of its geometry; None where it says nothing."""
    text = (table.schema.metadata or {}).get(b"geo")
    if text is None:
        return None
    try:
        meta = json.loads(text)
        if isinstance(meta, dict) and isinstance(meta.get("columns"), dict) and meta["columns"]:
            return meta
        fault = "no columns in it"
    except ValueError as broken:
        fault = str(broken)
    raise SourceRefusal(
        thing,
        actual=f"metadata 'geo' that cannot be read ({fault})",
        expected="GeoParquet metadata: primary_column and columns",
        todo="write the file anew, from QGIS or with geopandas",
    )


def _geometry_column(
    thing: str, card: SourceConfig, meta: dict[str, Any], names: list[str]
) -> tuple[str, dict[str, Any]]:
    """The column of shapes and what the metadata says of it: the one that the card names, else the primary one."""
    named = card.geometry.name if isinstance(card.geometry, InFileConfig) else None
    primary, columns = named or meta.get("primary_column"), meta["columns"]
    if primary not in columns or primary not in names or not isinstance(columns[primary], dict):
        raise SourceRefusal(
            thing,
            actual=f"primary column {primary!r}; the metadata describes {sorted(columns)}, the file has {names}",
            expected="a geometry column that is described and is there",
            todo='name the geometry column in the card: geometry = "...", or write the file anew',
        )
    return primary, columns[primary]


def _crs(thing: str, stated: Any) -> pyproj.CRS | None:
    if stated is None:
        return None
    try:
        # Of a list pyproj makes a code of an authority, which no standard says it is.
        return pyproj.CRS.from_user_input(stated if isinstance(stated, dict) else str(stated))
    except (CRSError, TypeError, ValueError) as fault:
        raise SourceRefusal(
            thing,
            actual=f"no coordinate system that can be read: crs {str(stated)[:80]} ({str(fault)[:80]})",
            expected="a CRS as PROJJSON, or none at all (longitude and latitude)",
            todo="write the file anew with its coordinate system, from QGIS or with geopandas",
        ) from None
