"""Rounding of areas by largest remainder, so that rounded parts still add up."""

from typing import Any

import numpy as np
import pandas as pd

# Areas that are whole tenths already differ from them by the error of floating point.
FLOAT_ERROR = 1e-9


def rounded_to_sum(area_m2: pd.Series, headings: pd.Series, sum_tenths: int) -> Any:
    """Areas rounded to 0.1 m2 that add up to `sum_tenths` tenths: the largest
    remainders go up, of equal ones the first by heading."""
    tenths = area_m2.to_numpy() * 10.0
    floor = np.floor(tenths + FLOAT_ERROR)
    short = sum_tenths - int(floor.sum())
    if short >= 0:
        order = np.lexsort((headings.to_numpy().astype(str), -(tenths - floor)))
    else:  # too much already: the largest areas give a tenth each
        order = np.argsort(-floor, kind="stable")
    floor[order[: abs(short)]] += np.sign(short)
    return floor / 10.0
