"""Contours that were drawn as lines, taken as the areas that they enclose."""

from typing import Any

import numpy as np
import shapely

CLOSE_M = 0.01


def close_lines(shapes: Any) -> tuple[Any, Any]:
    """Lines that end where they begin (RD New, within a centimetre) as the areas that they enclose, and which they are;
    open lines stay lines."""
    closed = shapes.copy()
    rings: Any = np.zeros(len(shapes), dtype=bool)
    for index in np.flatnonzero(np.isin(shapely.get_type_id(shapes), (1, 2, 5))):  # contours drawn as lines: few
        parts = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.get_parts(shapes[index]))))
        ends = shapely.distance(shapely.get_point(parts, 0), shapely.get_point(parts, -1))
        if len(parts) and (ends <= CLOSE_M).all() and (shapely.get_num_coordinates(parts) >= 4).all():
            closed[index] = shapely.union_all([shapely.Polygon(shapely.get_coordinates(part)) for part in parts])
            rings[index] = True
    return closed, rings
