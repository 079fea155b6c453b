"""A table in our words becomes one in Dutch; square metres become hectares here and nowhere else."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa

from layers.column import Column
from layers.glossary import dutch_choice, dutch_column, dutch_reason
from layers.layer import Layer
from layers.units import M2_PER_HA
from pipeline.spatial.geometry import without_noise

MONTHS = (
    *("januari", "februari", "maart", "april", "mei", "juni"),
    *("juli", "augustus", "september", "oktober", "november", "december"),
)
GEOMETRY = "geom"
DATE = pd.ArrowDtype(pa.date32())
# Units that are not told: of years, and of what is counted, the title says what it is.
UNTOLD = ("year", "areas", "hexagons", "dwellings", "buildings", "plans", "class", "rows", "plots", "gaps")
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
    "draught_class",
)
# Columns that list constraints or source layers, space between.
LISTED = (
    *("limiting", "blocking", "lifted", "inside", "short_of", "fails_by", "factors_removed", "factors_added"),
    *("as_none", "as_unknown"),
)
OF_CAUSES = ("shortage", "shortage_quality")  # measures whose headings are a scenario and a cause, a dot between
# Decimals that are told: hectares to the m2 (accounts to 0.1 m2), other measures to 0.1; all else to 0.001.
TENTHS = ("m", "dB Lden", "dB Lnight", "dB(A)", "dB(A)/m2", "dB(A) etmaalwaarde", "m NAP", "ug/m3", "MW", "m2/woning")
DECIMALS = {"m2": 4, "kV": 0, "mol/ha": 0} | dict.fromkeys(TENTHS, 1)


def translate(frame: pd.DataFrame, layer: Layer, titles: Mapping[str, str], account: bool = False) -> pd.DataFrame:
    """Published columns in Dutch: names, closed lists, hectares; `titles` gives the names of profiles and clusters."""
    columns: dict[str, Any] = {}
    if {"measure", "heading"} <= layer.columns.keys():
        frame = frame.assign(heading=_spoken_causes)
    for name, column in layer.columns.items():
        values = frame[name]
        if column.kind == "str":
            texts = _words(values, name, column, titles)
            # Without any text it is a column of nothing, also in GeoParquet.
            columns[name] = texts.to_numpy() if values.array.isna().all() else texts
        elif column.kind == "date":
            # A date, not a moment: QGIS would show a time of day, and the day before in another time zone.
            columns[name] = pd.array(values.dt.date.where(values.notna(), None), dtype=DATE)
        elif column.kind == "float":
            decimals = 5 if account and column.unit == "m2" else DECIMALS.get(column.unit, 3)
            scaled = values / M2_PER_HA if column.unit == "m2" else values
            columns[name] = scaled.round(decimals).to_numpy()
        else:
            columns[name] = values.array
    content = {published_name(name, layer.columns[name]): values for name, values in columns.items()}
    if not layer.shape:
        return pd.DataFrame(content)
    shapes = without_noise(frame.geometry.to_numpy())
    return gpd.GeoDataFrame(content | {GEOMETRY: shapes}, geometry=GEOMETRY, crs=frame.crs)


def published_name(name: str, column: Column) -> str:
    """The Dutch column name; an area in m2 is told in hectares."""
    dutch = dutch_column(name)
    return dutch if column.unit != "m2" else dutch.removesuffix("_m2").removesuffix("_ha") + "_ha"


def published_title(column: Column) -> str:
    """The Dutch title, with the unit that is told: ha for m2."""
    unit = "ha" if column.unit == "m2" else column.unit
    return f"{column.title} ({unit})" if unit and unit not in UNTOLD else column.title


def dutch_number(value: float, decimals: int | None = None) -> str:
    """A number with so many decimals, or with those that it needs."""
    return (f"{value:g}" if decimals is None else f"{value:.{decimals}f}").replace(".", ",")


def dutch_day(day: dt.date) -> str:
    """A day as it is written in a sentence: 2 maart 2032."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def dutch_ha(m2: float, decimals: int = 2) -> str:
    """An area in m2 as hectares with their unit."""
    return f"{dutch_number(m2 / M2_PER_HA, decimals)} ha"


def _spoken_causes(table: pd.DataFrame) -> pd.Series:
    """Headings of an account; those of a scenario and a cause say the cause in Dutch."""

    def spoken(heading: str) -> str:
        scenario, _, cause = heading.rpartition(".")
        return f"{scenario}: {dutch_choice(cause)}"

    return table["heading"].mask(table["measure"].isin(OF_CAUSES), each_distinct(table["heading"], spoken))


def _words(values: pd.Series, name: str, column: Column, titles: Mapping[str, str]) -> Any:
    """Texts in Dutch, where they are words of ours."""
    if not (column.choices or name in SPOKEN or name in LISTED):
        return values.array
    speak = dutch_reason if name in ("reason", "finding") else dutch_choice
    # A word of a closed list is never the name of a layer or activity, though it may look like one (water).
    named = {} if column.choices and name not in LISTED else titles

    def spoken(text: str) -> str:
        """The words of a text in Dutch."""
        words = text.split(" ") if name in LISTED else [text]
        return "; ".join(named.get(word) or speak(word) for word in words)

    return each_distinct(values, spoken)


def each_distinct(values: pd.Series, words: Callable[[str], str | None]) -> Any:
    """What is said of each text, asked once for texts that are the same; of none nothing."""
    places, distinct = pd.factorize(values)
    return pd.array(list(map(words, distinct)), dtype="str").take(places, allow_fill=True)
