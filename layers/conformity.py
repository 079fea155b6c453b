"""Tables by the declaration of their layer: cast, put in order, and what is wrong with them in words.

Beside the declarations, since most questions need those and no table: pandas and geopandas are loaded with the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.column import DTYPES
from layers.layer import RD_NEW, SHAPES, Layer

# The kinds of shapes of a layer as GEOS numbers them.
SHAPE_CODES = {name: [shapely.GeometryType[kind.upper()] for kind in kinds] for name, kinds in SHAPES.items()}


def conform(layer: Layer, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with exactly this layer's columns and types, in key order, on a fresh index; RD New."""
    plain = pd.DataFrame(frame)  # of a table with shapes each look at a column would ask for these
    columns = {name: _cast(plain[name], column.kind).array for name, column in layer.columns.items()}
    order = _order(layer, columns)
    ordered = pd.DataFrame({name: cells.take(order) for name, cells in columns.items()}, copy=False)  # new already
    if not layer.shape:
        return ordered
    shapes = gpd.GeoSeries(frame.geometry, crs=RD_NEW).array.take(order)
    return gpd.GeoDataFrame(ordered, geometry=shapes, crs=RD_NEW)


def _order(layer: Layer, columns: Mapping[str, Any]) -> Any:
    """The positions of rows in the order of their key, empty cells first; rows of one key as they were."""
    # A stable order, so that the same rows are the same bytes.
    key = pa.table({name: pa.array(columns[name], from_pandas=True) for name in layer.key})
    if any(column.null_count for column in key.columns):
        cells = pd.DataFrame({name: columns[name] for name in layer.key})
        return cells.sort_values(list(layer.key), kind="stable", na_position="first").index.to_numpy()
    return pc.sort_indices(key, sort_keys=[(name, "ascending") for name in layer.key]).to_numpy()


def are_unique(layer: Layer, frame: pd.DataFrame) -> bool:
    """Whether no two rows have the same key."""
    columns = [pa.array(frame[name].array, from_pandas=True) for name in layer.key]
    # Mostly rows stand in the order of their key: then a row can only be the same as the one before.
    rises, is_same = np.False_, np.True_
    for before, after in ((column[:-1], column[1:]) for column in columns):
        rises = rises | (is_same & pc.less(before, after).fill_null(False).to_numpy(zero_copy_only=False))
        is_same = is_same & pc.equal(before, after).fill_null(False).to_numpy(zero_copy_only=False)
    return bool(np.all(rises)) or not frame.duplicated(list(layer.key)).any()


def together(rows: list[Any]) -> pd.DataFrame:
    """Tables, or rows by column, at least one, as one table."""
    return pd.concat(rows) if isinstance(rows[0], pd.DataFrame) else pd.DataFrame(rows)


def no_rows(layer: Layer) -> pd.DataFrame:
    """No rows, but all columns of a layer with their types; RD New where it has shapes."""
    nothing = pd.DataFrame({name: [] for name in layer.columns})
    return conform(layer, gpd.GeoDataFrame(nothing, geometry=[], crs=RD_NEW) if layer.shape else nothing)


def column_faults(layer: Layer, frame: pd.DataFrame) -> list[str]:
    """What is wrong with the columns and keys of a frame, in words."""
    if _surely_holds(layer, pd.DataFrame(frame)):
        return []
    plain = pd.DataFrame(frame.drop(columns="geometry")) if layer.shape and "geometry" in frame else frame
    from pandera.errors import SchemaErrors

    try:
        # lazy: all faults, not the first.
        layer.schema().validate(plain, lazy=True)
    except SchemaErrors as broken:
        return [
            _word(layer, group, plain) for _, group in broken.failure_cases.groupby(["column", "check"], sort=False)
        ]
    return []


def geometry_faults(layer: Layer, frame: gpd.GeoDataFrame) -> list[str]:
    """What is wrong with the shapes of a frame, in words: of another CRS than RD New, of another kind, or invalid."""
    if "geometry" not in frame:
        return ["geometry: missing"]
    faults = []
    if frame.crs is None or frame.crs.to_epsg() != 28992:
        faults.append(f"geometry: CRS {frame.crs}, expected {RD_NEW}")
    shapes = frame.geometry.to_numpy()
    # A missing shape is counted as empty, and not once more as of another kind or invalid.
    missing = shapely.is_missing(shapes)
    # Of such shapes areas are wrong, and an overlay fails far from the file that brought them in.
    faulty = {
        "empty": shapely.is_empty(shapes) | (missing & (not layer.geometry_optional)),
        f"not a {layer.shape}": ~np.isin(shapely.get_type_id(shapes), SHAPE_CODES[layer.shape]) & ~missing,
        "invalid": ~shapely.is_valid(shapes) & ~missing,
        "with Z": shapely.has_z(shapes),
    }
    for fault, where in faulty.items():
        if where.any():
            faults.append(
                f"geometry: {int(where.sum())} {fault}, first at {_name_row(layer, frame, frame.index[where.argmax()])}"
            )
    return faults


def _surely_holds(layer: Layer, plain: pd.DataFrame) -> bool:
    """Whether nothing is at fault, by whole columns; False: something may be, which pandera says, and words."""
    return (
        plain.columns.is_unique
        and set(plain.columns) - ({"geometry"} if layer.shape else set()) == set(layer.columns)
        and all(column.surely_holds(plain[name]) for name, column in layer.columns.items())
        and layer.has_unique_keys(plain)
    )


def _word(layer: Layer, group: pd.DataFrame, frame: pd.DataFrame) -> str:
    first = group.iloc[0]
    place = f", first at {_name_row(layer, frame, first['index'])}" if pd.notna(first["index"]) else ""
    check = str(first["check"])
    named = {
        "not_nullable": f"column '{first['column']}': {len(group)} empty{place}",
        "column_in_schema": f"column '{first['failure_case']}': not in the contract",
        "column_in_dataframe": f"column '{first['failure_case']}': missing",
        "multiple_fields_uniqueness": f"key {list(layer.key)}: {len(group)} values that are not unique{place}",
    }
    if check in named:
        return named[check]
    values = sorted({str(value) for value in group["failure_case"]})
    more = f" and {len(values) - 5} more" if len(values) > 5 else ""
    return f"column '{first['column']}': found {values[:5]}{more} in {len(group)} rows{place}, expected {check}"


def _name_row(layer: Layer, frame: pd.DataFrame, index: Any) -> str:
    return ", ".join(f"{name} {frame.loc[index, name]!r}" for name in layer.key if name in frame)


def _cast(values: pd.Series, kind: str) -> pd.Series:
    if values.dtype == DTYPES[kind]:
        return values
    if kind == "date":
        values = pd.to_datetime(values)
    if kind in ("int", "float"):
        values = pd.to_numeric(values)
    return values.astype(DTYPES[kind])
