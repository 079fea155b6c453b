"""Known dirt of a register, named in its card: rows left out for a reason, lines that are areas, shapes sent twice."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.derived.refused import LAYER as REFUSED
from layers.layer import RD_NEW
from pipeline.project.filter_expressions import select
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig

CLOSE_M = 0.01


def leave_out(cells: pd.DataFrame, chosen: Any, card: SourceConfig) -> tuple[Any, pd.Series]:
    """The rows (positions) that stay, and for those that go the first reason of the card that holds for them."""
    reasons = pd.Series(None, index=pd.RangeIndex(len(cells)), dtype=object)
    for reason, where in card.leave_out.items():
        reasons[select(cells, where) & reasons.isna().to_numpy()] = reason
    left_out = reasons.iloc[chosen].dropna()
    return chosen[reasons.iloc[chosen].isna().to_numpy()], left_out


def left_out_rows(left_out: pd.Series, raw: RawTable, card: SourceConfig) -> gpd.GeoDataFrame:
    """The rows left out, as rows of `refused`: each with its reason and the filter that it answered to."""
    rows = pd.DataFrame(
        {
            "source": card.name,
            "layer": card.layer,
            "file": card.path,
            "file_layer": raw.file_layer,
            "row": raw.rows[left_out.index.to_numpy()] if len(left_out) else [],
            "field": "leave_out",
            "outcome": "left_out",
            "reason": left_out.to_numpy(),
            "finding": [card.leave_out[reason][:200] for reason in left_out],
        },
        columns=list(REFUSED.columns),
    )
    return REFUSED.conform(gpd.GeoDataFrame(rows, geometry=[None] * len(rows), crs=RD_NEW))


def close_lines(shapes: Any) -> tuple[Any, Any]:
    """Lines that end where they begin (within CLOSE_M) as the areas that they enclose, and which they are; open lines
    stay lines."""
    closed = shapes.copy()
    rings: Any = np.zeros(len(shapes), dtype=bool)
    for index in np.flatnonzero(np.isin(shapely.get_type_id(shapes), (1, 2, 5))):  # contours drawn as lines: few
        parts = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.get_parts(shapes[index]))))
        ends = shapely.distance(shapely.get_point(parts, 0), shapely.get_point(parts, -1))
        if len(parts) and (ends <= CLOSE_M).all() and (shapely.get_num_coordinates(parts) >= 4).all():
            closed[index] = shapely.union_all([shapely.Polygon(shapely.get_coordinates(part)) for part in parts])
            rings[index] = True
    return closed, rings


def twice(frame: gpd.GeoDataFrame, columns: tuple[str, ...]) -> pd.Series:
    """Which rows repeat an earlier one in these columns and in shape, under another key."""
    compared = pd.DataFrame({name: frame[name].astype(object).where(frame[name].notna(), None) for name in columns})
    shape = shapely.to_wkb(shapely.normalize(frame.geometry.to_numpy()))
    return compared.assign(shape=shape).duplicated()
