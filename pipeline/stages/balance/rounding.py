"""Rounding of areas by largest remainder, so that rounded parts still add up."""

from typing import Any

import numpy as np
import pandas as pd

# Areas that are whole tenths already differ from them by the error of floating point.
FLOAT_ERROR = 1e-9


def apportion(table: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """The rows in groups by their key, areas rounded to 0.1 m2 so that those of each group add up to their rounded
    sum."""
    ordered = table.sort_values(key, kind="stable")
    group = ordered.groupby(key).ngroup().to_numpy()
    parts = np.split(ordered["area_m2"].to_numpy() * 10.0, np.flatnonzero(np.diff(group)) + 1)
    sums = np.array([round(float(part.sum())) for part in parts])
    return ordered.assign(area_m2=rounded_to_sums(ordered["area_m2"], ordered["heading"], group, sums))


def rounded_to_sums(area_m2: pd.Series, headings: pd.Series, group: Any, sum_tenths: Any) -> Any:
    """Areas rounded to 0.1 m2 that add up to so many tenths in each group (a number per row): the largest remainders
    go up, of equal ones the first by heading."""
    tenths = area_m2.to_numpy() * 10.0
    floor = np.floor(tenths + FLOAT_ERROR)
    short = sum_tenths - np.bincount(group, floor)
    # Where there is too much already, the largest areas give a tenth each.
    is_short = short[group] >= 0
    first = np.where(is_short, floor - tenths, -floor)
    then = np.where(is_short, np.unique(headings.to_numpy().astype(str), return_inverse=True)[1], np.arange(len(floor)))
    order = np.lexsort((then, first, group))
    count = np.bincount(group)
    place: Any = np.empty(len(floor), dtype=int)
    place[order] = np.arange(len(floor)) - np.repeat(np.cumsum(count) - count, count)
    floor += np.where(place < np.abs(short)[group], np.sign(short)[group], 0.0)
    return floor / 10.0
