"""From when to when each feature of a constraint counts, by the years that its card names or points at."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd

from pipeline.project.rules import ConstraintConfig, OutsideConfig

ALWAYS, FOR_GOOD = 0, 9999  # years, for reckoning with; shown to nobody


Years = tuple[int | None, int | None]  # the first and the last in which features count; None is open


def fixed_years(constraint: ConstraintConfig) -> Years:
    """The years that the rule itself names."""
    first, last = constraint.from_year, constraint.to_year
    return first if isinstance(first, int) else None, last if isinstance(last, int) else None


def periods(
    features: gpd.GeoDataFrame, constraint: ConstraintConfig, this_year: int = ALWAYS
) -> Iterator[tuple[Years, gpd.GeoDataFrame]]:
    """The features that count in the same years; a year of relief that is over by this year is stale, and
    ends nothing; of a constraint that lies outside its features each period in which
    these are the same, the features then, which may be none.

    A year says no day: a rule that relief ends holds in all of that year, and what is supplied counts from the next."""
    named = (constraint.from_year, constraint.to_year, constraint.until_year)
    is_outside = isinstance(constraint.geometry, OutsideConfig)
    if not any(isinstance(name, str) for name in named):
        if len(features) or is_outside:  # outside nothing is everywhere
            yield fixed_years(constraint), features
        return
    first, last = first_and_last(features, constraint, this_year)
    if is_outside:
        yield from _outside(features, first.mask(first > ALWAYS, first + 1), last)
        return
    for (begin, end), group in features.groupby([first, last]):
        if begin <= end:
            yield open_years(begin, end), group


def first_and_last(
    features: gpd.GeoDataFrame, constraint: ConstraintConfig, this_year: int
) -> tuple[pd.Series, pd.Series]:
    """The first and last year in which each feature counts."""

    def years(given: str | int | None, empty: int) -> pd.Series:
        if isinstance(given, str):
            return features[given].fillna(empty).astype(int)
        return pd.Series(empty if given is None else given, index=features.index)

    if constraint.until_year:
        until = years(constraint.until_year, FOR_GOOD)
        return years(constraint.from_year, ALWAYS), until.mask(until < this_year, FOR_GOOD)
    return years(constraint.from_year, ALWAYS), years(constraint.to_year, FOR_GOOD)


def _outside(features: gpd.GeoDataFrame, first: pd.Series, last: pd.Series) -> Iterator[tuple[Years, gpd.GeoDataFrame]]:
    turns = np.unique(np.concatenate([[ALWAYS], first, last + 1, [FOR_GOOD + 1]]))
    for begin, after in zip(turns[:-1].tolist(), turns[1:].tolist(), strict=True):
        yield open_years(begin, after - 1), features[((first <= begin) & (last >= begin)).to_numpy()]


def open_years(begin: int, end: int) -> Years:
    """A first and last year as they are written: empty where there is none."""
    return begin if begin > ALWAYS else None, end if end < FOR_GOOD else None
