"""The boxes around clusters to which sources are clipped."""

from collections.abc import Callable, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from layers.layer import RD_NEW
from layers.sources import TABLES
from pipeline.project.data_folders import Folders
from pipeline.project.source import SourceConfig, about_file
from pipeline.spatial.boxes import boxes_around
from pipeline.stages.acquire.reading import read_source

BOUNDARIES = "cluster_boundaries"


def cluster_boxes(
    sources: Mapping[str, SourceConfig], folders: Mapping[str, Folders], harmonise: Callable[..., Any]
) -> dict[str, str]:
    """For each source that is clipped to the clusters the boxes around them (RD New, m), as text."""
    distances = {name: card.clip_distance_m for name, card in sources.items()}
    wanted = {name: distance for name, distance in distances.items() if distance is not None}
    if not wanted:
        return {}
    tables = []
    for name, card in sources.items():
        if card.layer == BOUNDARIES:
            with about_file(card):
                tables.append(harmonise(read_source(card, folders[name]), card, TABLES[BOUNDARIES]).table)
    areas = gpd.GeoDataFrame(pd.concat(tables), crs=RD_NEW).dissolve("cluster_id").geometry.to_numpy()
    return {
        name: "; ".join(" ".join(f"{edge:.0f}" for edge in box) for box in boxes_around(areas, distance))
        for name, distance in wanted.items()
    }
