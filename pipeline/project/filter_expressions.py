"""Filters on tables: which rows a `where` of a card keeps."""

import ast
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from pipeline.project.filter_language import COMPARE, are_numbers, constant_of, read_filter, refusal

Mask: TypeAlias = Any


def select(frame: pd.DataFrame, where: str | None) -> Mask:
    """Which rows the filter keeps; all when there is none.

    An empty cell never compares as true; `not (...)` turns around what stands inside it, and so keeps empty cells.
    """
    if where is None:
        return np.ones(len(frame), dtype=bool)
    kinds = {str(name): pd.api.types.is_numeric_dtype(kind) for name, kind in frame.dtypes.items()}
    return _evaluate(read_filter(where, kinds), frame, where)


def _evaluate(node: ast.expr, frame: pd.DataFrame, where: str) -> Mask:
    if isinstance(node, ast.BoolOp):
        masks = [_evaluate(value, frame, where) for value in node.values]
        join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return np.asarray(join.reduce(masks), dtype=bool)
    if isinstance(node, ast.UnaryOp):
        return ~_evaluate(node.operand, frame, where)
    if isinstance(node, ast.Compare):
        left, how, right = node.left, node.ops[0], node.comparators[0]
        if isinstance(left, ast.Constant) and isinstance(right, ast.Name):
            return _contains(frame[right.id], str(left.value), is_inside=isinstance(how, ast.In))
        if isinstance(left, ast.Name):
            return _compare(frame[left.id], how, constant_of(right, where), where)
    raise refusal(where, ast.unparse(node))


def _contains(values: pd.Series, part: str, *, is_inside: bool) -> Mask:
    inside = values.astype("str").str.contains(part, regex=False).fillna(False).to_numpy(dtype=bool)
    return (inside == is_inside) & values.notna().to_numpy()


def _compare(values: pd.Series, how: ast.cmpop, constant: Any, where: str) -> Mask:
    filled = values.notna().to_numpy()
    if isinstance(how, ast.Is | ast.IsNot):
        return filled == isinstance(how, ast.IsNot)
    left = _like(values, constant, where)
    if isinstance(how, ast.In | ast.NotIn):
        inside = left.isin(list(constant)).to_numpy(dtype=bool)
        return (inside == isinstance(how, ast.In)) & filled
    # `!=` holds for an empty cell in pandas: what is not known must not be kept as other than something.
    return np.asarray(COMPARE[type(how)](left, constant).fillna(False), dtype=bool) & filled


def _like(values: pd.Series, constant: Any, where: str) -> pd.Series:
    """The column as numbers where it is compared with numbers, as it is where it is compared with its own kind."""
    constants = list(constant) if isinstance(constant, list | tuple) else [constant]
    if pd.api.types.is_numeric_dtype(values) or not are_numbers(constants):
        return values
    # A source is filtered before its columns have types: numbers are still text there.
    numbers = pd.to_numeric(values, errors="coerce")
    odd = values[numbers.isna() & values.notna()]
    if len(odd):
        raise refusal(where, f"{odd.iloc[0]!r} in '{values.name}'", "a number with a decimal point in every row")
    return numbers
