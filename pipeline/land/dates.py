"""Whole days as numbers since 1 January 1970; FAR_DAY stands for a day that is not known or never comes."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

FAR = np.datetime64("9999-12-31", "D")
FAR_DAY = int(FAR.astype(int))
WIDE = 1 << 23  # more days than the calendar has, so that a holding and a day make one whole number
FIRST = 1 << 20  # days before 1970, so that none of them is negative


def day_number(day: dt.date) -> int:
    """Days since 1970."""
    return int(np.datetime64(day, "D").astype(int))


def moment(holding: Any, day: Any) -> Any:
    """Holdings (positions) and days as one number each, in order of holding, then day."""
    return np.asarray(holding, dtype=np.int64) * WIDE + np.asarray(day, dtype=np.int64) + FIRST


def parted(moments: Any) -> tuple[Any, Any]:
    """The holding (position) and the day of each moment."""
    return moments // WIDE, moments % WIDE - FIRST


def numbered(values: pd.Series, missing: int = FAR_DAY) -> Any:
    """The days of a date column as numbers since 1970; `missing` where there is none."""
    days = values.to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(days), missing, days.astype(np.int64))


def after(days: Any) -> Any:
    """The day after each; after FAR_DAY nothing comes."""
    return np.where(days >= FAR_DAY, FAR_DAY, days + 1)


def later(days: Any, months: Any) -> Any:
    """Each day so many whole months later, the last of the month at most; FAR_DAY stays."""
    start = np.asarray(days).astype("datetime64[D]")
    month = start.astype("datetime64[M]") + np.asarray(months).astype("timedelta64[M]")
    same_day = month.astype("datetime64[D]") + (start - start.astype("datetime64[M]"))
    moved = np.minimum(same_day, (month + 1).astype("datetime64[D]") - 1)
    return np.where(start >= FAR, FAR_DAY, np.minimum(moved, FAR).astype(np.int64))


def dates(days: Any) -> pd.Series:
    """A date column from day numbers; FAR_DAY becomes empty."""
    dated = np.asarray(days).astype("datetime64[D]")
    return pd.Series(np.where(dated >= FAR, np.datetime64("NaT", "D"), dated)).astype("datetime64[ms]")
