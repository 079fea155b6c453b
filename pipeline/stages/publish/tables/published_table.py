"""Blad: one layer or table as it is handed out, in Dutch, with all that a writer of any format needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from layers.derived import DERIVED
from pipeline.stages.publish.styles.style import Field, LayerStyle
from pipeline.stages.publish.text.translate import published_name


@dataclass(frozen=True)
class PublishedTable:
    """Dutch names, titles per column, description, and how it is drawn if it has geometry (RD New, column `geom`).

    derived: the layer in our words that it shows; looks: the first is the one that opens; rights: conditions and
    sources.
    """

    name: str
    title: str
    description: str
    content: pd.DataFrame
    fields: tuple[Field, ...]
    looks: tuple[LayerStyle, ...] = ()
    derived: str = ""
    rights: tuple[str, ...] = ()

    def name_of(self, column: str) -> str | None:
        """The published name of a column of ours; None where this sheet does not have it."""
        years = tuple({field.year for field in self.fields if field.year})
        known = DERIVED[self.derived].for_years(years).columns
        name = published_name(column, known[column]) if column in known else None
        return name if name in {field.name for field in self.fields} else None

    def series(self, column: str) -> pd.Series:
        """A column by our name for it."""
        return self.content[self.name_of(column)]

    @property
    def is_spatial(self) -> bool:
        """Whether it has shapes."""
        return isinstance(self.content, gpd.GeoDataFrame)
