"""Vector files: shapes with their attributes as text; curves become lines of at most 1 degree of arc."""

import re
import tempfile
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import CRSError

from layers.errors import SourceRefusal, concerning
from pipeline.project.file_formats import SQLITE
from pipeline.project.raw_table import RawTable
from pipeline.project.source import InFileConfig, SourceConfig
from pipeline.spatial.boxes import boxes_in
from pipeline.stages.acquire import stated_counts
from pipeline.stages.acquire.attributes import as_text
from pipeline.stages.acquire.drawings import unread_entities
from pipeline.stages.acquire.gml import gml_copy
from pipeline.stages.acquire.input_validation import check_driver, format_of, refuse_markup
from pipeline.stages.acquire.stated_crs import stated_crs
from pipeline.stages.acquire.views import check_view, geometries_of, views_of, virtual_tables_of
from pipeline.storage.addresses import gdal_address

# Tables that QGIS keeps in a GeoPackage for itself.
QGIS_TABLES = ("layer_styles", "qgis_projects")
# Warnings of GDAL that something is not what stands in the file.
READ_OTHERWISE = re.compile(
    r"parsed incompletely|NULL geometry|Invalid coord|truncated|overflow|clamped|corrupt|out of range", re.I
)
MOST_WARNINGS = 5
# Formats that find what lies in a box without reading all, those that count rows from 0, and what a box is wider by.
INDEXED, COUNTED_FROM_0 = ("gpkg", "sqlite", "flatgeobuf", "shapefile", "filegdb"), ("flatgeobuf", "shapefile")
MARGIN = 0.01
MOST_DEPTH = 32  # as many as GDAL reads
COLLECTIONS = (4, 5, 6, 7, 9, 10, 11, 12, 15, 16)  # kinds of well-known binary whose parts are shapes themselves


def read_vector(card: SourceConfig, path: Path) -> RawTable:
    """A layer of a file that GDAL reads; the first layer unless the card names one with `inside`. Shapes in the CRS of
    the file."""
    known, thing = format_of(card), f"source '{card.name}', file '{card.path}'"
    if known.name == "shapefile":
        stated_counts.check_shapefile(thing, path)
    if SQLITE in known.magic:
        return _read_database(card, path)
    if not known.is_text:
        with gdal_address(path, known) as address:
            return _read_ogr(card, address)
    content = path.read_bytes()
    refuse_markup(thing, known, content)
    raw = _read_text(card, path, content)
    rows, layer = len(raw.cells), str(raw.file_layer)
    stated_counts.check_service_counts(thing, card, content, rows)
    match known.name:
        case "gml" | "lvbag":
            stated_counts.check_members(thing, content, layer, rows)
        case "geojsonseq":
            stated_counts.check_lines(thing, content, rows)
        case "mif":
            attributes = [part for ending in (".mid", ".MID") if (part := path.with_suffix(ending)).is_file()]
            stated_counts.check_lines(thing, attributes[0].read_bytes() if attributes else b"", rows)
        case "topojson":
            stated_counts.check_topology(thing, content, layer, rows)
        case "dxf":
            return replace(raw, blank_rows=unread_entities(content))
    return raw


def _read_text(card: SourceConfig, path: Path, content: bytes) -> RawTable:
    known = format_of(card)
    if known.name == "gml":  # GDAL reads and writes a schema next to a GML; never next to the user's
        with tempfile.TemporaryDirectory() as folder:
            return _read_ogr(card, str(gml_copy(card, content, Path(folder))))
    with gdal_address(path, known) as address:
        return _read_ogr(card, address)


def _read_database(card: SourceConfig, path: Path) -> RawTable:
    """A layer of a GeoPackage or SQLite file; a view only where the card takes it for a layer."""
    thing, views = f"source '{card.name}', file '{card.path}'", views_of(path)
    if card.view and card.inside in views:
        check_view(thing, path, str(card.inside))
    no_layers = (set() if card.view else views) | virtual_tables_of(path)
    with gdal_address(path, format_of(card)) as address:
        raw = _read_ogr(card, address, no_layers)
        stated_counts.check_table(thing, path, str(raw.file_layer), len(raw.cells) + raw.blank_rows)
        return _with_named_geometry(card, path, address, raw)


def _with_named_geometry(card: SourceConfig, path: Path, address: str, raw: RawTable) -> RawTable:
    """The table with the shapes that the card names, where it has several columns of them; GDAL takes the first."""
    thing, layer = f"source '{card.name}', file '{card.path}'", str(raw.file_layer)
    names = geometries_of(path, layer)
    named = card.geometry.name if isinstance(card.geometry, InFileConfig) else None
    if len(names) < 2 and named is None:
        return raw
    if named not in names:
        raise SourceRefusal(
            thing,
            actual=f"geometries {names}",
            expected=f"a geometry '{named}'" if named else "one geometry, or its name in the card",
            todo='name the one that counts in the card: geometry = "..."',
        )
    quoted = [part.replace('"', '""') for part in (str(named), layer)]
    query = 'SELECT "{}" FROM "{}" ORDER BY rowid'.format(*quoted)
    wkb = pyogrio.raw.read(address, sql=query, columns=[])[2]
    return replace(raw, shapes=from_wkb(thing, wkb))


@contextmanager
def _nothing_lost(thing: str) -> Iterator[None]:
    """Refuse what GDAL reads otherwise than it stands there, of which it only warns: 12x becomes 12."""
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        yield
    lost = list(
        dict.fromkeys(str(warning.message) for warning in raised if READ_OTHERWISE.search(str(warning.message)))
    )
    if lost:
        raise SourceRefusal(
            thing,
            actual=[f"GDAL warns: {text[:200]}" for text in lost[:MOST_WARNINGS]],
            expected="values and shapes that are read as they stand there",
            todo="mend them in the source; open the file in QGIS to see where",
        )


def _read_ogr(card: SourceConfig, address: str, no_layers: Collection[str] = ()) -> RawTable:
    """One layer of what GDAL opens at an address, but for views: attributes as text, shapes in the file's CRS."""
    thing = f"source '{card.name}', file '{card.path}'"
    options = {"encoding": card.encoding} if card.encoding and format_of(card).name == "shapefile" else {}
    try:
        listed = [str(name) for name in pyogrio.list_layers(address)[:, 0]]
        names = [name for name in listed if name not in (*QGIS_TABLES, *no_layers)]
        views = sorted(set(listed) & set(no_layers))
        layer = card.inside or (names[0] if len(names) == 1 else None)
        if layer not in names:
            raise SourceRefusal(
                thing,
                actual=f"layers {names}" + (f", and views {views}" if views else ""),
                expected=f"a layer '{card.inside}'" if card.inside else "one layer, or its name in the card",
                todo='name the layer in the card: inside = "..."' + ("; of a view, view = true" if views else ""),
            )
        info = pyogrio.read_info(address, layer=layer)
        check_driver(card, info["driver"])
        with _nothing_lost(thing):
            table, wkb, passed_by = _read_rows(card, address, info, options | {"layer": layer})
    except (DataSourceError, DataLayerError, UnicodeDecodeError, pa.ArrowException, OSError) as fault:
        raise SourceRefusal(
            thing,
            actual=f"a file that cannot be read ({str(fault)[:200]})",
            todo="open it in QGIS to see what is wrong",
        ) from None
    # The number of the row comes first; where it is the key of the table it is a column of it as well.
    key, table = table.column(0), table.remove_column(0)
    name = info["fid_column"] or ("id" if _is_stated(card, key) else "")
    if name and name not in table.column_names:
        table = table.append_column(name, key)
    shapes, rewound = None if wkb is None else from_wkb(thing, wkb), None
    if shapes is not None and len(shapes) != table.num_rows:
        raise stated_counts.short(thing, len(shapes), table.num_rows)
    if format_of(card).name == "flatgeobuf":
        stated_counts.check_header(thing, info["features"], table.num_rows + (passed_by or 0))
    # GDAL translated a shapefile by then, and GML is a copy in UTF-8.
    encoding = None if format_of(card).name in ("shapefile", "gml") else card.encoding
    cells = as_text(thing, table, encoding)
    if format_of(card).name == "shapefile":
        shapes, rewound = (shapes, None) if shapes is None else _by_nesting(shapes)
    # Of a part of a file the numbers of its rows are those that the format gives.
    first = 1 if format_of(card).name in COUNTED_FROM_0 else 0
    rows = np.arange(1, len(cells) + 1) if passed_by is None else key.to_numpy() + first
    raw = RawTable(cells, rows, shapes, _crs(thing, info["crs"]), layer, rewound)
    return replace(raw, blank_rows=passed_by or 0)


def _read_rows(
    card: SourceConfig, address: str, info: Mapping[str, Any], options: Mapping[str, Any]
) -> tuple[pa.Table, Any, int | None]:
    """Attributes with the number of each row first, and shapes as well-known binary; of a file with an index of places
    only those near the boxes of the card, and how many rows were passed by (None: the whole file was read)."""
    crs = stated_crs(card, _crs("", info["crs"]))
    is_indexed = format_of(card).name in INDEXED and info["geometry_type"] and card.geometry == InFileConfig()
    if not card.bbox or crs is None or not is_indexed:
        # Attributes through Arrow keep the digits of long numbers; shapes by themselves, for Arrow drops curves.
        _, table = pyogrio.raw.read_arrow(address, read_geometry=False, return_fids=True, **options)
        return table, pyogrio.raw.read(address, columns=[], force_2d=False, **options)[2], None
    tables, shapes = [], []
    for west, south, east, north in shapely.bounds(boxes_in(crs, card.bbox)):
        x, y = MARGIN * (east - west), MARGIN * (north - south)
        box = (west - x, south - y, east + x, north + y)
        # With their shapes: some formats find none in a box without them.
        _, part = pyogrio.raw.read_arrow(address, bbox=box, return_fids=True, **options)
        tables.append(part.drop_columns([info["geometry_name"] or "wkb_geometry"]))
        shapes.append(pyogrio.raw.read(address, bbox=box, columns=[], force_2d=False, **options)[2])
    table, wkb = pa.concat_tables(tables), np.concatenate(shapes)
    if len(wkb) != table.num_rows:
        return table, wkb, 0
    _, first = np.unique(table.column(0).to_numpy(), return_index=True)
    total = pyogrio.read_info(address, layer=options["layer"], force_feature_count=True)["features"]
    return table.take(first), wkb[first], total - len(first)


def _is_stated(card: SourceConfig, numbers: pa.ChunkedArray) -> bool:
    """Whether features of JSON state a number of their own, beside their properties: GDAL takes it for that of the row
    and counts from 0 where there is none."""
    return format_of(card).name.startswith("geojson") and numbers.to_pylist() != list(range(len(numbers)))


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
