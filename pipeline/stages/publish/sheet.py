"""Blad: one layer or table as it is handed out, in Dutch, with all that a writer of any format needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from pipeline.stages.publish.look import Field, Look


@dataclass(frozen=True)
class Sheet:
    """Dutch names, titles per column, description, and how it is drawn if it has geometry (RD New, column `geom`).

    derived: the layer in our words that it shows; looks: the first is the one that opens; rights: conditions and sources.
    """

    name: str
    title: str
    description: str
    content: pd.DataFrame
    fields: tuple[Field, ...]
    looks: tuple[Look, ...] = ()
    derived: str = ""
    rights: tuple[str, ...] = ()

    @property
    def is_spatial(self) -> bool:
        """Whether it has shapes."""
        return isinstance(self.content, gpd.GeoDataFrame)
