"""Several files of one source as one table: those of a pattern, or members of a zip."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from layers.errors import SourceRefusal
from pipeline.project.raw_table import RawTable, column
from pipeline.project.source import SourceConfig
from pipeline.spatial.coordinate_systems import is_same


def stacked(card: SourceConfig, tables: Sequence[tuple[SourceConfig, RawTable]]) -> RawTable:
    """The rows of all files one after the other, with the columns that all have and shapes in the CRS that they share;
    refused where one lacks a column that the card names, or is in another CRS."""
    for part, raw in tables:
        for name in sorted(card.file_columns()):
            column(raw.cells, name, part)
    _check_crs(card, tables)
    raws = [raw for _, raw in tables]
    shared = [name for name in raws[0].cells if all(name in raw.cells for raw in raws)]
    layers = {raw.file_layer for raw in raws}
    shapes = [np.full(len(raw.cells), None) if raw.shapes is None else raw.shapes for raw in raws]
    rewound = [np.zeros(len(raw.cells), dtype=bool) if raw.rewound is None else raw.rewound for raw in raws]
    return RawTable(
        cells=pd.concat([raw.cells[shared] for raw in raws], ignore_index=True),
        rows=np.concatenate([raw.rows for raw in raws]),
        shapes=None if all(raw.shapes is None for raw in raws) else np.concatenate(shapes),
        crs=next((raw.crs for raw in raws if raw.crs is not None), None),
        file_layer=layers.pop() if len(layers) == 1 else None,
        rewound=np.concatenate(rewound),
        blank_rows=sum(raw.blank_rows for raw in raws),
        files=np.repeat(np.array([part.path for part, _ in tables], dtype=object), [len(raw.cells) for raw in raws]),
    )


def _check_crs(card: SourceConfig, tables: Sequence[tuple[SourceConfig, RawTable]]) -> None:
    placed = [(part.path, raw.crs) for part, raw in tables if raw.shapes is not None]
    for path, crs in placed[1:]:
        first_path, first = placed[0]
        if (crs is None) != (first is None) or (crs is not None and not is_same(crs, first)):
            names = [
                f"{name}: {'none' if system is None else system.name}" for name, system in (placed[0], (path, crs))
            ]
            raise SourceRefusal(
                f"source '{card.name}', files '{first_path}' and '{path}'",
                actual=f"coordinate systems {names}",
                expected="one that all files share",
                todo="give each of them a card of its own",
            )
