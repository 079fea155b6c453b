"""Vertalen: a table in our words becomes one in Dutch; square metres become hectares here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa

from layers.glossary import dutch_choice, dutch_column, dutch_reason
from layers.layer import Column, Layer
from layers.units import M2_PER_HA
from pipeline.spatial.geometry import without_noise

GEOMETRY = "geom"
DATE = pd.ArrowDtype(pa.date32())
# Units of what is counted: the title says what it is.
COUNTED = ("areas", "hexagons", "dwellings", "buildings", "plans", "class", "rows", "plots", "gaps")
# Columns that hold our words without being a closed list.
SPOKEN = (
    "band",
    "crs_operation",
    "plan_category",
    "heading",
    "reason",
    "finding",
    "layer",
    "profile",
    "cluster_id",
    "period",
    "column",
    "constraint",
    "category",
    "other_reason",
)
# Columns that list constraints, space between.
LISTED = ("limiting", "blocking", "lifted", "short_of", "factors_removed", "factors_added")
# Decimals that are told: hectares to the m2 (accounts to 0.1 m2), other measures to 0.1; shares to 0.001.
DECIMALS = {
    "m2": 4,
    "m": 1,
    "0-1": 3,
    "dB Lden": 1,
    "dB Lnight": 1,
    "dB(A)": 1,
    "dB(A)/m2": 1,
    "dB(A) etmaalwaarde": 1,
    "kV": 0,
    "m NAP": 1,
    "ug/m3": 1,
    "MW": 1,
    "mol/ha": 0,
    "m2/woning": 1,
}


def translate(frame: pd.DataFrame, layer: Layer, titles: Mapping[str, str], account: bool = False) -> pd.DataFrame:
    """Published columns in Dutch: names, closed lists, hectares; `titles` gives the names of profiles and clusters."""
    columns: dict[str, Any] = {}
    for name, column in layer.columns.items():
        columns[published_name(name, column)] = _values(frame[name], name, column, (titles, account))
    if not layer.shape:
        return pd.DataFrame(columns)
    shapes = without_noise(frame.geometry.to_numpy())
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=frame.crs).rename_geometry(GEOMETRY)


def published_name(name: str, column: Column) -> str:
    """The Dutch column name; an area in m2 is told in hectares."""
    return (
        dutch_column(name)
        if column.unit != "m2"
        else dutch_column(name).removesuffix("_m2").removesuffix("_ha") + "_ha"
    )


def published_title(column: Column) -> str:
    """The Dutch title, with the unit that is told."""
    unit = {"m2": "ha", "year": "", "rows": "", "plots": "", "gaps": "", "bytes": "bytes", "0-1": "0-1"}.get(
        column.unit, "" if column.unit in COUNTED else column.unit
    )
    return f"{column.title} ({unit})" if unit else column.title


def _values(values: pd.Series, name: str, column: Column, how: tuple[Mapping[str, str], bool]) -> Any:
    titles, account = how
    if column.kind == "str":
        speak = dutch_reason if name in ("reason", "finding") else dutch_choice
        if name in LISTED:
            texts = {
                text: "; ".join(titles.get(word) or speak(word) for word in text.split(" "))
                for text in values.dropna().astype(str).unique()
            }
            return values.map(texts).astype("str").to_numpy()
        if column.choices or name in SPOKEN:
            # A word of a closed list is never the name of a layer or activity, though it may look like one (water).
            named = {} if column.choices else titles
            texts = {text: named.get(text) or speak(text) for text in values.dropna().astype(str).unique()}
            return values.map(texts).astype("str").to_numpy()
        return values.to_numpy()
    if column.kind == "date":
        return pd.array(values.dt.date.where(values.notna(), None), dtype=DATE)
    if column.kind == "float":
        decimals = 5 if account and column.unit == "m2" else DECIMALS.get(column.unit, 3)
        scaled = values / M2_PER_HA if column.unit == "m2" else values
        return scaled.round(decimals).to_numpy()
    return values.array
