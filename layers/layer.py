"""The declaration of a table, from which its check, its documentation and its Dutch words follow."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from layers.column import DTYPES, Column
from layers.columns import SHARED
from layers.errors import ContractRefusal

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
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
    key ("key"). has_parts: rows of one key that say the same are parts of one area. solid: the rows (a filter) of which
    areas have no holes. is_published: it may be named by a card in publish.toml; as it stands, or as an overview makes
    it.
    published_as: its Dutch name where no card names it; it is published under its title then, as a plain table.
    areas_only: a column of a layer of any shape, and the words in it of which rows must be areas: a line holds no land.
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
    has_parts: bool = False
    solid: str = ""
    is_published: bool = False
    published_as: str = ""
    areas_only: tuple[str, tuple[str, ...]] | None = None
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
        from layers.conformity import conform

        return conform(self, frame)

    def collect(self, parts: Iterable[Any], **constants: Any) -> pd.DataFrame:
        """Tables, or rows by column, together as this layer, with `constants` in each row; RD New. Without
        parts no rows."""
        from layers.conformity import together

        rows = list(parts)
        return self.conform(together(rows).assign(**constants)) if rows else self.empty()

    def empty(self) -> pd.DataFrame:
        """No rows, but all columns with their types; RD New where it has shapes."""
        return self._no_rows.copy()

    @cached_property
    def _no_rows(self) -> pd.DataFrame:
        from layers.conformity import no_rows

        return no_rows(self)

    def check(self, frame: pd.DataFrame, label: str = "", todo: str = "") -> None:
        """Refuse with every fault at once, each with a count and one example key; checks CRS (RD New) and validity."""
        from layers.conformity import column_faults, geometry_faults

        faults = column_faults(self, frame) + (geometry_faults(self, frame) if self.shape else [])
        if faults:
            owner = f" of {label}" if label else ""
            raise ContractRefusal(
                f"layer '{self.name}'{owner} breaks its contract", actual=faults, todo=todo or self.todo
            )

    def has_unique_keys(self, frame: pd.DataFrame) -> bool:
        """Whether no key stands in two rows."""
        from layers.conformity import are_unique

        return are_unique(self, frame)


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


def area_m2(frame: gpd.GeoDataFrame) -> float:
    """Sum of the areas in m2; overlapping shapes count each time."""
    import shapely

    shapes = frame.geometry.dropna().to_numpy()
    return float(shapely.area(shapes).sum())
