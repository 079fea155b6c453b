"""A sample of the layers of a file that GDAL reads."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio
import pyproj
import shapely

from layers.errors import Refusal, reading
from pipeline.project.file_formats import SQLITE, FileFormat
from pipeline.queries.inspection.place import as_crs, likely_system, name_of, place_faults
from pipeline.queries.inspection.profile import IN_OTHER_ENCODING, FileLayer, faults_of, probe, profiles
from pipeline.spatial.coordinate_systems import RD_CODE, has_authority, is_same
from pipeline.stages.acquire.attributes import as_text
from pipeline.stages.acquire.gml import gml_copy
from pipeline.stages.acquire.input_validation import check_driver
from pipeline.stages.acquire.vectors import QGIS_TABLES, from_wkb
from pipeline.stages.acquire.views import views_of
from pipeline.storage.addresses import gdal_address

SAMPLE_ROWS = 20_000
SAMPLE_SHAPES = 2_000
LEAST_PART = 0.1  # share of the shapes by which a layer may be of a kind
DIMENSIONS = {0: "point", 1: "line", 2: "polygon"}


def layers_of(path: Path, shown: str, known: FileFormat) -> list[FileLayer]:
    """Each layer of a file."""
    with _opened(path, known) as (address, views):
        # A GeoJSON has one layer, and each look into it reads all of it.
        names = [""] if known.name == "geojson" else [str(name) for name in pyogrio.list_layers(address)[:, 0]]
        names = [name for name in names if name not in (*QGIS_TABLES, *views)]
        layers = [_layer(address, name, (shown, known), len(names) > 1) for name in names]
    if views:
        layers += [
            FileLayer(shown, "", known.name, name, faults=("a view; a card may take it with view = true",))
            for name in sorted(views)
        ]
    return layers or [FileLayer(shown, "", known.name, faults=("no layers",))]


@contextmanager
def _opened(path: Path, known: FileFormat) -> Iterator[tuple[str, set[str]]]:
    """What GDAL opens, and the views in it; of GML a copy, since GDAL writes next to it."""
    if known.name == "gml":
        with tempfile.TemporaryDirectory() as folder:
            yield str(_copy_of_gml(path.name, path.read_bytes(), Path(folder))), set()
        return
    views = views_of(path) if SQLITE in known.magic else set()
    with gdal_address(path, known) as address:
        yield address, views


def _copy_of_gml(name: str, content: bytes, folder: Path) -> Path:
    """A copy; of several geometries in a feature the one that GDAL takes, where none fits a layer of plots."""
    try:
        return gml_copy(probe(name, format="gml"), content, folder)
    except Refusal as refusal:
        if "in one feature" not in refusal.actual[0]:
            raise
    return folder / "copy.gml"


def _layer(address: str, name: str, place: tuple[str, FileFormat], is_one_of_several: bool) -> FileLayer:
    """A layer with what is wrong with it; rows as the format counts them."""
    shown, known = place
    inside = name if is_one_of_several else ""
    try:
        with reading(f"layer '{name}'"):
            return _sampled(address, name, inside, place)
    except Refusal as refusal:
        return FileLayer(shown, "", known.name, inside, faults=("; ".join(refusal.actual),))


def _sampled(address: str, name: str, inside: str, place: tuple[str, FileFormat]) -> FileLayer:
    shown, known = place
    info = pyogrio.read_info(address, layer=name or None, force_feature_count=True, force_total_bounds=True)
    check_driver(probe(shown, format=known.name), str(info["driver"]))
    has_shapes = bool(info["geometry_type"])
    is_curved = known.name != "geojson"  # Arrow drops curves, which need a look of their own
    _, table = pyogrio.raw.read_arrow(
        address,
        layer=name or None,
        read_geometry=has_shapes and not is_curved,
        return_fids=True,
        max_features=SAMPLE_ROWS,
    )
    name, shapes = str(info["layer_name"]), None
    if has_shapes and is_curved:
        shapes = _shapes(address, name)
    elif has_shapes:
        place_column = info["geometry_name"] or "wkb_geometry"
        shapes = from_wkb("", table.column(place_column).slice(0, SAMPLE_SHAPES).to_numpy())
        table = table.drop_columns([place_column])
    key, table = table.column(0), table.remove_column(0)
    if info["fid_column"] and info["fid_column"] not in table.column_names:
        table = table.append_column(info["fid_column"], key)
    cells, card, faults = _cells(table, known)
    shape, shape_faults = shape_of(shapes)
    crs = as_crs(info["crs"])
    extent = tuple(float(edge) for edge in info["total_bounds"]) if info["total_bounds"] is not None and shape else ()
    likely = likely_system(extent)
    if info["crs"] and crs is None:
        faults.append("a coordinate system that PROJ does not know")
    # MapInfo writes a definition of its own.
    if likely == "RD New" and shape and not (crs and (has_authority(crs) or is_same(crs, pyproj.CRS(RD_CODE)))):
        card["crs"] = "EPSG:28992"
    if not len(cells):
        faults.append("no rows")
    if inside or known.name == "filegdb":
        card["inside"] = name
    closed = _closed_share(shapes) if shapes is not None else 0.0
    if (shape == "line" and closed > 0.5) or (shape == "polygon" and closed > 0.0):
        card["close_lines"] = True
    rows = int(info["features"]) if info["features"] >= 0 else len(cells)
    return FileLayer(
        shown,
        "",
        known.name,
        name,
        rows,
        shape,
        name_of(crs),
        likely,
        extent,
        profiles(cells),
        (*faults, *faults_of(cells), *shape_faults, *(place_faults(crs, extent, likely) if shape else [])),
        card,
        cells=cells,
        is_whole=len(cells) >= rows,
    )


def _cells(table: Any, known: FileFormat) -> tuple[pd.DataFrame, dict[str, Any], list[str]]:
    """Attributes as text; where they are no UTF-8, as the encoding of old Windows programs, and that said."""
    try:
        cells = as_text("", table)
    except Refusal as refusal:
        fault = f"text in another encoding than the file says: {'; '.join(refusal.actual)}"
        return as_text("", table, "cp1252"), {"encoding": "cp1252"}, [fault]
    # GDAL read a Shapefile as its .cpg says; where that shows, it is most likely UTF-8.
    is_garbled = known.name == "shapefile" and any(
        IN_OTHER_ENCODING.search(text) for name in cells for text in cells[name] if text is not None
    )
    return cells, {"encoding": "utf-8"} if is_garbled else {}, []


def _shapes(address: str, name: str) -> Any:
    wkb = pyogrio.raw.read(address, layer=name, columns=[], force_2d=True, max_features=SAMPLE_SHAPES)[2]
    return None if wkb is None else from_wkb("", wkb)


def shape_of(shapes: Any) -> tuple[str, list[str]]:
    """Which kind of shapes these are, and what is wrong with them."""
    if shapes is None or not len(shapes):
        return "", []
    is_there = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    faults = [f"{int((~is_there).sum())} rows without a shape"] if not is_there.all() else []
    there = shapes[is_there]
    dimensions = sorted({int(dimension) for dimension in shapely.get_dimensions(there)})
    invalid = int((~shapely.is_valid(there)).sum())
    if invalid:
        faults.append(f"{invalid} shapes that are drawn wrong (crossing or unclosed rings)")
    if not dimensions:
        return "", [*faults, "no shape at all"]
    counts = {d: int((shapely.get_dimensions(there) == d).sum()) for d in dimensions}
    if len(counts) > 1:
        faults.append("several kinds of shapes: " + ", ".join(f"{n} {DIMENSIONS[d]}s" for d, n in counts.items()))
    # Labels beside areas are many, and yet the areas are what the layer is about.
    return DIMENSIONS[max(d for d, number in counts.items() if number >= LEAST_PART * len(there))], faults


def _closed_share(shapes: Any) -> float:
    lines = shapes[~shapely.is_missing(shapes) & (shapely.get_dimensions(shapes) == 1)]
    return float(shapely.is_closed(lines).mean()) if len(lines) else 0.0
