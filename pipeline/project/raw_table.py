"""A table as a file holds it, every cell still text."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyproj

from layers.errors import SourceRefusal
from layers.sentences import Sentence
from pipeline.project.source import SourceConfig

# Before the place of a cell (G2) whose formula has no stored value, where the text of the cell would stand.
UNVALUED = "#FORMULA!"


@dataclass(frozen=True)
class RawTable:
    """Cells as text (None is empty), rows as numbered in the file, shapes in the file's own CRS (None: no geometry).

    files: of a table put together from several files the one in which each row stands, as a path below the data folder.
    rewound: rows whose rings were drawn the wrong way round, and were put right by which lies within which.
    blank_rows: rows without anything in them, which are no rows of the table.
    """

    cells: pd.DataFrame
    rows: Any
    shapes: Any | None
    crs: pyproj.CRS | None
    file_layer: str | None = None
    rewound: Any | None = None
    blank_rows: int = 0
    files: Any | None = None

    def file_of(self, position: Any, card: SourceConfig) -> Any:
        """The file in which rows stand, by their positions (one, or an array of them)."""
        if self.files is not None:
            return self.files[position]
        return np.full(np.shape(position), card.path, dtype=object) if np.ndim(position) else card.path


def column(cells: pd.DataFrame, name: str, card: SourceConfig) -> pd.Series:
    """A column of the file by its name, as text; refused when the file has none."""
    if name in cells:
        return cells[name]
    raise SourceRefusal(
        Sentence("source '{source}', file '{file}'", source=card.name, file=card.path),
        actual=Sentence("columns {names}", names=sorted(map(str, cells.columns))),
        expected=Sentence("a column '{name}'", name=name),
        todo="the file changed, or the card names it otherwise",
    )
