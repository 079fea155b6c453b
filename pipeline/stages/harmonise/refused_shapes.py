"""The shapes of rows that were refused, repaired or merged: what stands, what was lost, and what stands nowhere."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.refused_shapes import LAYER
from layers.layer import RD_NEW
from pipeline.spatial import geometry

REGISTERED = "registered_area_m2"
STRIP_M = 1.0  # around a line or point, so that it is seen on a map; it counts no m2
STANDS = "repaired"  # a row that stands in its layer, in another shape than it was drawn in


@dataclass(frozen=True)
class ReportedRows:
    """The rows of a source as they were drawn (RD New): their number in a file, shape after and before repair, what
    repair lost, and the m2 that the file itself states.
    """

    row: Any
    file: Any
    shapes: Any
    drawn: Any
    lost: Any
    registered_m2: Any = None


def refused_shapes(refused: gpd.GeoDataFrame, rows: ReportedRows | None) -> gpd.GeoDataFrame:
    """The rows of `refused` that have a shape (RD New), one row for each part: what became of it, and apart from that
    what was lost in its repair; areas in m2.
    """
    if rows is None or not len(refused):
        return LAYER.empty()
    # A row that was split over several plots has one shape.
    places = pd.MultiIndex.from_arrays([rows.file, rows.row])
    first = np.flatnonzero(~places.duplicated())
    where = first[places[first].get_indexer(_places(refused))]
    registered = rows.registered_m2[where] if rows.registered_m2 is not None else np.nan
    lost_m2 = geometry.area(rows.lost[where])
    reported = refused.assign(
        registered_area_m2=registered, lost_area_m2=lost_m2, part=refused["outcome"].astype(object)
    )
    stands = (reported["outcome"] == STANDS).to_numpy()
    # A row that is refused as well stands nowhere, though its shape was put right.
    is_whole = ~(stands & _places(reported).isin(_places(reported[~stands])))
    shapes = rows.shapes[where]
    missing = shapely.is_missing(shapes)
    shapes[missing] = rows.drawn[where][missing]
    whole = _parts(reported[is_whole], geometry.as_areas(shapes[is_whole], STRIP_M), shapes[is_whole])
    is_lost = stands & (lost_m2 > 0)
    lost = rows.lost[where][is_lost]
    return LAYER.conform(pd.concat([whole, _parts(reported[is_lost].assign(part="lost"), lost, lost)]))


def _places(refused: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(refused[["file", "row"]])


def _parts(reported: gpd.GeoDataFrame, areas: Any, drawn: Any) -> gpd.GeoDataFrame:
    """Rows with these areas (RD New), and the m2 of each; of what was drawn as a line or point none."""
    surface = shapely.get_dimensions(drawn) == 2
    area_m2 = np.where(surface, geometry.area(areas), np.nan)
    parts = gpd.GeoDataFrame(pd.DataFrame(reported.drop(columns="geometry")), geometry=areas, crs=RD_NEW)
    return parts.assign(area_m2=area_m2)[~shapely.is_missing(areas)]
