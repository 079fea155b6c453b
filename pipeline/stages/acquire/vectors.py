"""Vector files: shapes with their attributes as text; curves become lines of at most 1 degree of arc."""

import json
import math
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import CRSError

from layers.errors import SourceRefusal, concerning
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig
from pipeline.stages.acquire.input_validation import (
    FORBIDDEN_MARKUP,
    HEAD_BYTES,
    check_driver,
    format_of,
    inspect_head,
)
from pipeline.stages.acquire.tables import blank_to_none

# Tables that QGIS keeps in a GeoPackage for itself.
QGIS_TABLES = ("layer_styles", "qgis_projects")
MOST_DEPTH = 32  # as many as GDAL reads
COLLECTIONS = (4, 5, 6, 7, 9, 10, 11, 12, 15, 16)  # kinds of well-known binary whose parts are shapes themselves


def read_vector(card: SourceConfig, path: Path) -> RawTable:
    """A layer of a file that GDAL reads; the first layer unless the card names one with `inside`. Shapes in the CRS of
    the file."""
    if format_of(card).name == "gml":  # GDAL reads and writes a schema next to a GML; never next to the user's
        with tempfile.TemporaryDirectory() as folder:
            return _read_ogr(card, str(_recode(card, path, Path(folder))))
    is_zip = path.suffix.lower() == ".zip"
    return _read_ogr(card, f"/vsizip/{path}/{_member(card, path)}" if is_zip else str(path))


def _member(card: SourceConfig, path: Path) -> str:
    """The one member of a zip that is of the card's format; a folder such as a FileGDB counts as one member."""
    known, thing = format_of(card), f"source '{card.name}', file '{card.path}'"
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith(known.in_zip())]
        if known.is_folder:
            inner = f"{known.endings[0]}/"
            names = sorted({name.split(inner)[0] + known.endings[0] for name in archive.namelist() if inner in name})
        if len(names) != 1:
            raise SourceRefusal(
                thing,
                actual=f"{len(names)} members of format {known.name}",
                expected="one",
                todo="pack one file in the zip",
            )
        if not known.is_folder:
            with archive.open(names[0]) as member:
                inspect_head(thing, known, member.read(HEAD_BYTES))
    return names[0]


def _recode(card: SourceConfig, path: Path, folder: Path) -> Path:
    """A copy in another folder, in UTF-8 where the card names the encoding that the file really has."""
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            content = archive.read(_member(card, path))
    else:
        content = path.read_bytes()
    if FORBIDDEN_MARKUP.search(content):
        raise SourceRefusal(
            f"source '{card.name}', file '{card.path}'",
            actual="definitions or references in the GML",
            expected="plain data",
        )
    copy = folder / "copy.gml"
    try:
        copy.write_bytes(content.decode(card.encoding).encode("utf-8") if card.encoding else content)
    except (UnicodeDecodeError, LookupError) as fault:
        raise SourceRefusal(
            f"source '{card.name}', file '{card.path}'", actual=str(fault), expected=f"text in {card.encoding}"
        ) from None
    return copy


def _read_ogr(card: SourceConfig, address: str) -> RawTable:
    """One layer of what GDAL opens at an address: attributes as text, shapes in the file's CRS."""
    thing = f"source '{card.name}', file '{card.path}'"
    options = {"encoding": card.encoding} if card.encoding and format_of(card).name == "shapefile" else {}
    try:
        names = [str(name) for name in pyogrio.list_layers(address)[:, 0]]
        names = [name for name in names if name not in QGIS_TABLES]
        layer = card.inside or (names[0] if len(names) == 1 else None)
        if layer not in names:
            raise SourceRefusal(
                thing,
                actual=f"layers {names}",
                expected=f"a layer '{card.inside}'" if card.inside else "one layer, or its name in the card",
                todo='name the layer in the card: inside = "..."',
            )
        info = pyogrio.read_info(address, layer=layer)
        check_driver(card, info["driver"])
        # Attributes through Arrow keep the digits of long numbers; shapes by themselves, for Arrow drops curves.
        _, table = pyogrio.raw.read_arrow(address, layer=layer, read_geometry=False, return_fids=True, **options)
        _, _, wkb, _ = pyogrio.raw.read(address, layer=layer, columns=[], force_2d=False, **options)
    except (DataSourceError, DataLayerError, UnicodeDecodeError, pa.ArrowInvalid) as fault:
        raise SourceRefusal(
            thing,
            actual=f"a file that cannot be read ({str(fault)[:200]})",
            todo="open it in QGIS to see what is wrong",
        ) from None
    fid = info["fid_column"] or "OGC_FID"
    cells = as_text(table.drop_columns([name for name in (fid, "OGC_FID", "fid") if name in table.column_names][:1]))
    shapes, rewound = None if wkb is None else from_wkb(thing, wkb), None
    if shapes is not None and format_of(card).name == "shapefile":
        shapes, rewound = _by_nesting(shapes)
    return RawTable(cells, np.arange(1, len(cells) + 1), shapes, _crs(thing, info["crs"]), layer, rewound)


def _by_nesting(shapes: Any) -> tuple[Any, Any]:
    """Areas of a Shapefile in which a ring is a hole where it lies within another, and which were put right by that.

    The format tells holes by the direction of their rings alone, which many writers do not mind.
    """
    put_right: Any = np.zeros(len(shapes), dtype=bool)
    is_area = np.isin(shapely.get_type_id(shapes), (3, 6))
    for row in np.flatnonzero(is_area & ~shapely.is_valid(shapes)):  # few
        parts = shapely.get_parts(shapes[row])
        rings = shapely.multilinestrings(shapely.get_rings(shapely.force_2d(parts)))
        # Rings that touch or cross are at fault otherwise.
        if len(shapely.get_parts(rings)) > 1 and shapely.is_simple(rings):
            shapes[row] = shapely.build_area(rings)
            put_right[row] = True
    return shapes, put_right


def read_parquet(card: SourceConfig, path: Path) -> RawTable:
    """A GeoParquet file; without a CRS in it the standard says longitude and latitude."""
    thing = f"source '{card.name}', file '{card.path}'"
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as fault:
        raise SourceRefusal(
            thing, actual=f"a file that cannot be read ({str(fault)[:200]})", expected="GeoParquet"
        ) from None
    meta = json.loads((table.schema.metadata or {}).get(b"geo", b"{}"))
    column = meta.get("primary_column")
    if column is None:  # plain Parquet
        return RawTable(as_text(table), np.arange(1, table.num_rows + 1), None, None)
    described = meta["columns"][column]
    if described.get("encoding") != "WKB":
        raise SourceRefusal(thing, actual=f"geometry encoded as {described.get('encoding')}", expected="WKB")
    stated = described.get("crs", "OGC:CRS84")
    crs = None if stated is None else pyproj.CRS(stated)
    shapes = from_wkb(thing, table[column].to_numpy(zero_copy_only=False))
    return RawTable(as_text(table.drop_columns([column])), np.arange(1, table.num_rows + 1), shapes, crs)


def as_text(table: pa.Table) -> pd.DataFrame:
    """Every column as text, empty as None; whole numbers keep their digits, dates are ISO."""
    columns: dict[str, Any] = {}
    for name in table.column_names:
        column = table[name]
        # Lists and bytes have no text that a card could translate.
        if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
            continue
        if pa.types.is_floating(column.type):
            texts = column.to_pandas().map(_number_text, na_action="ignore").astype(object)
        else:
            texts = column.cast(pa.string()).to_pandas().astype(object)
        columns[name] = blank_to_none(texts)
    return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows), dtype=object)


def _number_text(number: float) -> str:
    return f"{number:.0f}" if math.isfinite(number) and number == math.floor(number) else repr(float(number))


def check_depth(thing: str, is_deep: Any) -> None:
    """Refuse rows (a flag each) whose shapes hold one another so deeply that GEOS would end the whole program."""
    if any(is_deep):
        row = int(np.argmax(is_deep)) + 1
        with concerning(row=row, field="geometry"):
            raise SourceRefusal(
                thing, actual=f"shapes within shapes in row {row}", expected=f"at most {MOST_DEPTH} deep"
            )


def is_nested(wkb: bytes | None) -> bool:
    """Whether collections in well-known binary hold one another more than MOST_DEPTH times, each as the first part."""
    depth, start = 0, 0
    # A mark of byte order, a kind, a place code where the kind says so, and a number of parts.
    while wkb is not None and depth <= MOST_DEPTH and start + 9 <= len(wkb):
        order: Any = "little" if wkb[start] == 1 else "big"
        kind = int.from_bytes(wkb[start + 1 : start + 5], order)
        if (kind & 0x0FFFFFFF) % 1000 not in COLLECTIONS:
            return False
        depth, start = depth + 1, start + (13 if kind & 0x20000000 else 9)
    return depth > MOST_DEPTH


def from_wkb(thing: str, wkb: Any) -> Any:
    """Shapes from well-known binary, in its CRS; what GEOS cannot build is refused with its row."""
    check_depth(thing, [is_nested(value) for value in wkb])
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    lost = shapely.is_missing(shapes) & np.array([value is not None for value in wkb], dtype=bool)
    if lost.any():
        row = int(np.argmax(lost)) + 1
        with concerning(row=row, field="geometry"):
            raise SourceRefusal(
                thing,
                actual=f"{int(lost.sum())} geometries that cannot be built, first in row {row}",
                expected="rings of at least four points that close",
                todo="repair these in the source",
            )
    return shapes


def _crs(thing: str, stated: str | None) -> pyproj.CRS | None:
    if not stated:
        return None
    try:
        return pyproj.CRS(stated)
    except CRSError as fault:
        raise SourceRefusal(thing, actual=f"CRS {stated[:80]!r} ({fault})", expected="a CRS that PROJ knows") from None
