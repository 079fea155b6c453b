"""Tables by the declaration of their layer: cast, put in order, and what is wrong with them in words.

Beside the declarations, since most questions need those and no table: pandas and geopandas are loaded with the first.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from layers.column import DTYPES
from layers.layer import RD_NEW, SHAPES, Layer


def conform(layer: Layer, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with exactly this layer's columns and types, in key order, on a fresh index; RD New."""
    columns = {name: _cast(frame[name], column.kind) for name, column in layer.columns.items()}
    if not layer.shape:
        ordered = pd.DataFrame(columns, index=frame.index)
    else:
        geometry = gpd.GeoSeries(frame.geometry, index=frame.index, crs=RD_NEW)
        ordered = gpd.GeoDataFrame(columns, geometry=geometry, index=frame.index, crs=RD_NEW)
    # A stable order by key, so that the same rows are the same bytes.
    return ordered.sort_values(list(layer.key), kind="stable", na_position="first").reset_index(drop=True)


def together(rows: list[Any]) -> pd.DataFrame:
    """Tables, or rows by column, at least one, as one table."""
    return pd.concat(rows) if isinstance(rows[0], pd.DataFrame) else pd.DataFrame(rows)


def no_rows(layer: Layer) -> pd.DataFrame:
    """No rows, but all columns of a layer with their types; RD New where it has shapes."""
    nothing = pd.DataFrame({name: [] for name in layer.columns})
    return conform(layer, gpd.GeoDataFrame(nothing, geometry=[], crs=RD_NEW) if layer.shape else nothing)


def column_faults(layer: Layer, frame: pd.DataFrame) -> list[str]:
    """What is wrong with the columns and keys of a frame, in words."""
    plain = pd.DataFrame(frame.drop(columns="geometry")) if layer.shape and "geometry" in frame else frame
    if _surely_holds(layer, plain):
        return []
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
    shapes = frame.geometry.dropna() if layer.geometry_optional else frame.geometry
    # A missing shape is counted as empty, and not once more as of another kind or invalid.
    missing = shapely.is_missing(shapes.to_numpy())
    # Of such shapes areas are wrong, and an overlay fails far from the file that brought them in.
    faulty = {
        "empty": missing | shapes.is_empty,
        f"not a {layer.shape}": ~shapes.geom_type.isin(SHAPES[layer.shape]) & ~missing,
        "invalid": ~shapes.is_valid & ~missing,
        "with Z": shapes.has_z,
    }
    for fault, where in faulty.items():
        if where.any():
            faults.append(f"geometry: {int(where.sum())} {fault}, first at {_name_row(layer, frame, where.idxmax())}")
    return faults


def _surely_holds(layer: Layer, plain: pd.DataFrame) -> bool:
    """Whether nothing is at fault, by whole columns; False: something may be, which pandera says, and words."""
    return (
        plain.columns.is_unique
        and set(plain.columns) == set(layer.columns)
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
