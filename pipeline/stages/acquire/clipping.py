"""Parts of national files: the rows that reach into a box."""

from dataclasses import replace

import numpy as np
import shapely

from layers.errors import ConfigRefusal
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig
from pipeline.spatial.boxes import boxes_in


def with_boxes(card: SourceConfig, clip: str) -> SourceConfig:
    """The card of a source with the boxes (RD New, m) that it is clipped to, as `cluster_boxes` wrote them."""
    if not clip:
        return card
    boxes = tuple(tuple(float(edge) for edge in box.split()) for box in clip.split(";"))
    return card.model_copy(update={"bbox": boxes})


def clipped(card: SourceConfig, raw: RawTable) -> RawTable:
    """The rows of which the shape reaches into a box of the card, by its own box; the others are counted as rows that
    hold nothing, and so are those without a shape."""
    if not card.bbox or (raw.shapes is not None and raw.crs is None):  # refused for that
        return raw
    if raw.shapes is None or raw.crs is None:
        raise ConfigRefusal(
            f"source '{card.name}'",
            actual="a table without shapes, clipped to a place",
            expected="bbox or clip where rows have a place on the map",
            todo="leave out bbox and clip, or pick rows with where",
        )
    near = shapely.STRtree(raw.shapes).query(boxes_in(raw.crs, card.bbox))[1]
    rows = np.unique(near)
    return replace(
        raw,
        cells=raw.cells.iloc[rows].reset_index(drop=True),
        rows=raw.rows[rows],
        shapes=raw.shapes[rows],
        rewound=None if raw.rewound is None else raw.rewound[rows],
        files=None if raw.files is None else raw.files[rows],
        blank_rows=raw.blank_rows + len(raw.cells) - len(rows),
    )
