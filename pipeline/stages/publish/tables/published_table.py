"""One layer or table as it is handed out, in Dutch, with all that a writer of any format needs to know of it."""

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import pandas as pd

from pipeline.stages.publish.styles.style import Field, LayerStyle


@dataclass(frozen=True)
class PublishedTable:
    """Dutch names, titles per column, description, and how it is drawn if it has geometry (RD New, column `geom`).

    derived: the layer in our words that it shows; looks: the first is the one that opens; rights:
    conditions and sources.
    """

    name: str
    title: str
    description: str
    content: pd.DataFrame
    fields: tuple[Field, ...]
    looks: tuple[LayerStyle, ...] = ()
    derived: str = ""
    rights: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> dict[str, Field]:
        """Its fields by our name for them."""
        return {field.column: field for field in self.fields}

    @cached_property
    def rows(self) -> pd.DataFrame:
        """What it holds, with our names for the columns; areas in ha, words in Dutch."""
        return self.content.rename(columns={field.name: field.column for field in self.fields})

    @property
    def is_spatial(self) -> bool:
        """Whether it has shapes."""
        return isinstance(self.content, gpd.GeoDataFrame)
