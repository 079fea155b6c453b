"""Filters on tables: which rows a `where` of a card keeps."""

from collections.abc import Callable
from functools import reduce
from operator import and_, or_
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from pipeline.project.filter_language import (
    COMPARE,
    Comparison,
    FilterTree,
    check_kind,
    like_pattern,
    read_filter,
    refusal,
)

Mask: TypeAlias = Any
# The values of a column, by its name, as the kind that its constants have; None as kind where none are due.
TypedColumn: TypeAlias = Callable[[str, str | None], pd.Series]


def select(frame: pd.DataFrame, where: str | None, typed: TypedColumn | None = None) -> Mask:
    """Which rows the filter keeps; all when there is none. typed: the values of columns that are still text."""
    if where is None:
        return np.ones(len(frame), dtype=bool)
    tree = read_filter(where)
    return _evaluate(tree, where, frame, typed).fillna(False).to_numpy(dtype=bool)


def _evaluate(tree: FilterTree, where: str, frame: pd.DataFrame, typed: TypedColumn | None) -> pd.Series:
    """Per row true, false, or not known."""
    if isinstance(tree, Comparison):
        values = typed(tree.column, tree.kind) if typed else _values(frame, tree, where)
        is_empty = values.isna()
        if tree.operator == "isNull":
            return is_empty.astype("boolean")
        return _compare(values[~is_empty], tree).reindex(values.index)
    masks = [_evaluate(part, where, frame, typed) for part in tree.parts]
    return ~masks[0] if tree.operator == "not" else reduce(and_ if tree.operator == "and" else or_, masks)


def _values(frame: pd.DataFrame, comparison: Comparison, where: str) -> pd.Series:
    """A column of a table of a layer, whose kind its constants must have."""
    if comparison.column not in frame:
        raise refusal(where, f"no column '{comparison.column}'", f"one of {sorted(map(str, frame.columns))}")
    values = frame[comparison.column]
    kind = "text"
    if pd.api.types.is_bool_dtype(values):
        kind = "flag"
    elif pd.api.types.is_numeric_dtype(values):
        kind = "number"
    elif pd.api.types.is_datetime64_any_dtype(values):
        kind = "date"
    check_kind(comparison, kind, where)
    return values


def _compare(values: pd.Series, comparison: Comparison) -> pd.Series:
    """Values that are there, against constants of their kind."""
    constants = [pd.Timestamp(each) if comparison.kind == "date" else each for each in comparison.constants]
    if comparison.operator == "in":
        held = values.isin(constants)
    elif comparison.operator == "between":
        held = values.between(*constants)
    elif comparison.operator == "like":
        held = values.astype("str").str.fullmatch(like_pattern(constants[0]))
    else:
        held = COMPARE[comparison.operator](values, constants[0])
    return held.astype("boolean")
