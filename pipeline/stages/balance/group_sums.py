"""Sums by group on columns: most tables of a cluster are small, and a groupby costs more than what it adds up."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.kernels.group_sums import kahan_sums


def group_sums(keys: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    """Columns: each distinct key in rising order, the sums of the values (float, in their unit) and `count`, the rows.

    Rows with an empty key are left out; the sums are those of pandas to the bit.
    """
    number: Any = 0
    is_known: Any = True
    words_of = {}
    for name, column in keys.items():
        codes, words_of[name] = pd.factorize(_array(column), sort=True)
        is_known = is_known & (codes >= 0)
        number = number * max(len(words_of[name]), 1) + codes
    distinct, place = np.unique(number[is_known], return_inverse=True)
    group = np.full(len(number), -1)
    group[is_known] = place
    shape = tuple(max(len(words), 1) for words in words_of.values())
    codes_of = np.unravel_index(distinct, shape)
    columns = {name: words[codes] for (name, words), codes in zip(words_of.items(), codes_of, strict=True)}
    sums = {name: kahan_sums(group, np.asarray(part, dtype=float), len(distinct)) for name, part in values.items()}
    return {**columns, **sums, "count": np.bincount(place, minlength=len(distinct))}


def _array(column: Any) -> Any:
    """A column as an array; whole numbers as such, for sums are looked up by them."""
    is_whole = isinstance(column, pd.Series) and column.dtype == "Int64" and not column.hasnans
    return column.to_numpy(dtype=np.int64) if is_whole else np.asarray(column)
