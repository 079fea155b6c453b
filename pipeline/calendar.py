"""Kalender: whole days as arrays; FAR stands for a day that is not known or never comes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

FAR = np.datetime64("9999-12-31", "D")


def days(values: pd.Series, missing: Any = FAR) -> Any:
    """Days of a date column as datetime64[D]; `missing` where there is none."""
    found = values.to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(found), missing, found)


def add_months(start: Any, months: Any) -> Any:
    """Each day so many whole months later, the last of the month at most; FAR stays FAR."""
    month = start.astype("datetime64[M]") + np.asarray(months).astype("timedelta64[M]")
    day_of_month = (start - start.astype("datetime64[M]")).astype(int)
    last = ((month + np.timedelta64(1, "M")).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int) - 1
    later = month.astype("datetime64[D]") + np.minimum(day_of_month, last).astype("timedelta64[D]")
    return np.where(start >= FAR, FAR, np.minimum(later, FAR))


def dates(values: Any) -> pd.Series:
    """A date column again; FAR becomes empty."""
    return pd.Series(np.where(values >= FAR, np.datetime64("NaT", "D"), values)).astype("datetime64[ms]")
