"""The declaration of a table, from which its check, its documentation and its Dutch words follow."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import pandas as pd
import shapely

from layers.column import DTYPES, Column
from layers.columns import SHARED
from layers.errors import ContractRefusal

if TYPE_CHECKING:
    import pandera.pandas as pa

RD_NEW = "EPSG:28992"
SHAPES = {
    "polygon": {"Polygon", "MultiPolygon"},
    "line": {"LineString", "MultiLineString"},
    "point": {"Point", "MultiPoint"},
    "any": {"Polygon", "MultiPolygon", "LineString", "MultiLineString", "Point", "MultiPoint"},
}


@dataclass(frozen=True)
class Layer:
    """A table on the line: its meaning, key, shape ("" for a plain table) and columns; geometry is always RD New.

    columns: without those of the key that are shared (layers/columns.py), which come first by themselves. stage: the
    stage that writes it ("" for a source layer and for the result of a query). shared: several clusters hold the same
    rows, which count once when clusters are put together: rows that are the same altogether ("row"), or rows of one
    key ("key"). is_published: it may be named by a card in publish.toml; as it stands, or as an overview makes it.
    published_as: its Dutch name where no card names it; it is published under its title then, as a plain table.
    """

    name: str
    meaning: str
    title: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    shape: str = ""
    geometry_optional: bool = False
    stage: str = ""
    shared: Literal["", "row", "key"] = ""
    is_published: bool = False
    published_as: str = ""
    todo: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Put the columns of the key that are shared before the others."""
        of_key = {name: SHARED[name] for name in self.key if name not in self.columns}
        object.__setattr__(self, "columns", of_key | dict(self.columns))

    def for_years(self, years: Iterable[int]) -> Layer:
        """This layer with each column named `..._{year}` written out for the given years."""
        columns: dict[str, Column] = {}
        for is_yearly, group in groupby(self.columns.items(), key=lambda item: "{year}" in item[0]):
            run = list(group)
            for year in years if is_yearly else [0]:  # all of a year before the next
                for name, column in run:
                    title = column.title.format(year=year)
                    columns[name.format(year=year)] = dataclasses.replace(column, title=title)
        return dataclasses.replace(self, columns=columns)

    def schema(self) -> pa.DataFrameSchema:
        """The pandera schema of the plain columns; no column beyond it passes."""
        import pandera.pandas as pa  # takes half a second, and only what is at fault needs it

        return pa.DataFrameSchema(
            {
                name: pa.Column(DTYPES[column.kind], column.checks(), nullable=column.optional)
                for name, column in self.columns.items()
            },
            strict=True,
            unique=list(self.key),
            name=self.name,
        )

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with exactly this layer's columns and types, in key order, on a fresh index; RD New."""
        columns = {name: _cast(frame[name], column.kind) for name, column in self.columns.items()}
        if not self.shape:
            ordered = pd.DataFrame(columns, index=frame.index)
        else:
            geometry = gpd.GeoSeries(frame.geometry, index=frame.index, crs=RD_NEW)
            ordered = gpd.GeoDataFrame(columns, geometry=geometry, index=frame.index, crs=RD_NEW)
        # A stable order by key, so that the same rows are the same bytes.
        return ordered.sort_values(list(self.key), kind="stable", na_position="first").reset_index(drop=True)

    def collect(self, parts: Iterable[Any], **constants: Any) -> pd.DataFrame:
        """Tables, or rows by column, together as this layer, with `constants` in each row; RD New. Without
        parts no rows."""
        rows = list(parts)
        if not rows:
            return self.empty()
        whole = pd.concat(rows) if isinstance(rows[0], pd.DataFrame) else pd.DataFrame(rows)
        return self.conform(whole.assign(**constants))

    def empty(self) -> pd.DataFrame:
        """No rows, but all columns with their types; RD New where it has shapes."""
        return self._no_rows.copy()

    @cached_property
    def _no_rows(self) -> pd.DataFrame:
        # every filter of every card is tried on it, in each scenario anew
        nothing = pd.DataFrame({name: [] for name in self.columns})
        return self.conform(gpd.GeoDataFrame(nothing, geometry=[], crs=RD_NEW) if self.shape else nothing)

    def check(self, frame: pd.DataFrame, label: str = "", todo: str = "") -> None:
        """Refuse with every fault at once, each with a count and one example key; checks CRS (RD New) and validity."""
        faults = self._column_faults(frame) + (self._geometry_faults(frame) if self.shape else [])
        if faults:
            owner = f" of {label}" if label else ""
            raise ContractRefusal(
                f"layer '{self.name}'{owner} breaks its contract", actual=faults, todo=todo or self.todo
            )

    def _column_faults(self, frame: pd.DataFrame) -> list[str]:
        plain = pd.DataFrame(frame.drop(columns="geometry")) if self.shape and "geometry" in frame else frame
        if self._surely_holds(plain):
            return []
        from pandera.errors import SchemaErrors

        try:
            # lazy: all faults, not the first.
            self.schema().validate(plain, lazy=True)
        except SchemaErrors as broken:
            return [
                self._word(group, plain) for _, group in broken.failure_cases.groupby(["column", "check"], sort=False)
            ]
        return []

    def _surely_holds(self, plain: pd.DataFrame) -> bool:
        """Whether nothing is at fault, by whole columns; False: something may be, which pandera says, and words."""
        return (
            plain.columns.is_unique
            and set(plain.columns) == set(self.columns)
            and all(column.surely_holds(plain[name]) for name, column in self.columns.items())
            and self.has_unique_keys(plain)
        )

    def has_unique_keys(self, frame: pd.DataFrame) -> bool:
        """Whether no key stands in two rows."""
        return not frame.duplicated(list(self.key)).any()

    def _word(self, group: pd.DataFrame, frame: pd.DataFrame) -> str:
        first = group.iloc[0]
        place = f", first at {self._name_row(frame, first['index'])}" if pd.notna(first["index"]) else ""
        check = str(first["check"])
        named = {
            "not_nullable": f"column '{first['column']}': {len(group)} empty{place}",
            "column_in_schema": f"column '{first['failure_case']}': not in the contract",
            "column_in_dataframe": f"column '{first['failure_case']}': missing",
            "multiple_fields_uniqueness": f"key {list(self.key)}: {len(group)} values that are not unique{place}",
        }
        if check in named:
            return named[check]
        values = sorted({str(value) for value in group["failure_case"]})
        more = f" and {len(values) - 5} more" if len(values) > 5 else ""
        return f"column '{first['column']}': found {values[:5]}{more} in {len(group)} rows{place}, expected {check}"

    def _name_row(self, frame: pd.DataFrame, index: Any) -> str:
        return ", ".join(f"{name} {frame.loc[index, name]!r}" for name in self.key if name in frame)

    def _geometry_faults(self, frame: gpd.GeoDataFrame) -> list[str]:
        if "geometry" not in frame:
            return ["geometry: missing"]
        faults = []
        if frame.crs is None or frame.crs.to_epsg() != 28992:
            faults.append(f"geometry: CRS {frame.crs}, expected {RD_NEW}")
        shapes = frame.geometry.dropna() if self.geometry_optional else frame.geometry
        # A missing shape is counted as empty, and not once more as of another kind or invalid.
        missing = shapely.is_missing(shapes.to_numpy())
        # Of such shapes areas are wrong, and an overlay fails far from the file that brought them in.
        faulty = {
            "empty": missing | shapes.is_empty,
            f"not a {self.shape}": ~shapes.geom_type.isin(SHAPES[self.shape]) & ~missing,
            "invalid": ~shapes.is_valid & ~missing,
            "with Z": shapes.has_z,
        }
        for fault, where in faulty.items():
            if where.any():
                faults.append(f"geometry: {int(where.sum())} {fault}, first at {self._name_row(frame, where.idxmax())}")
        return faults


@dataclass(frozen=True)
class RasterLayer:
    """A grid in RD New: meaning, Dutch title, kind, unit and the range outside which a value cannot be right.

    The kind says which statistics mean something: `level` (decibels: energetic mean, maximum, share above), `depth`
    (mean, maximum), `concentration` (the cell with the largest part) and `class` (share of each class, the largest).
    """

    name: str
    meaning: str
    title: str
    kind: Literal["level", "depth", "concentration", "class"]
    unit: str
    minimum: float
    maximum: float


def _cast(values: pd.Series, kind: str) -> pd.Series:
    if values.dtype == DTYPES[kind]:
        return values
    if kind == "date":
        values = pd.to_datetime(values)
    if kind in ("int", "float"):
        values = pd.to_numeric(values)
    return values.astype(DTYPES[kind])


def area_m2(frame: gpd.GeoDataFrame) -> float:
    """Sum of the areas in m2; overlapping shapes count each time."""
    shapes = frame.geometry.dropna().to_numpy()
    return float(shapely.area(shapes).sum())
