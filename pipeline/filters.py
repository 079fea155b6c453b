"""Filter: the small language of `where`, read from cards; compares columns with constants and runs no code."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from layers.errors import ConfigRefusal

Mask: TypeAlias = Any
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
EXAMPLE = "a comparison such as: kind == 'motorway' and level_db >= 50, or: status in ['a', 'b'] and 'part' not in name and ended is None"


def select(frame: pd.DataFrame, where: str | None) -> Mask:
    """Which rows the filter keeps; all when there is none. An empty cell never compares as true."""
    if where is None:
        return np.ones(len(frame), dtype=bool)
    try:
        tree = ast.parse(where, mode="eval").body
    except SyntaxError as fault:
        raise ConfigRefusal(f"filter {where!r}", found=str(fault.msg), expected=EXAMPLE) from None
    return _evaluate(tree, frame, where)


def _evaluate(node: ast.expr, frame: pd.DataFrame, where: str) -> Mask:
    if isinstance(node, ast.BoolOp):
        masks = [_evaluate(value, frame, where) for value in node.values]
        join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return np.asarray(join.reduce(masks), dtype=bool)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ~_evaluate(node.operand, frame, where)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        right = node.comparators[0]
        if isinstance(node.left, ast.Constant) and isinstance(right, ast.Name):
            return _contains(_column(right.id, frame, where), node, where)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.left, ast.Name):
        return _compare(_column(node.left.id, frame, where), node.ops[0], _constant(node.comparators[0], where))
    raise ConfigRefusal(f"filter {where!r}", found=ast.unparse(node), expected=EXAMPLE)


def _contains(values: pd.Series, node: ast.Compare, where: str) -> Mask:
    part = ast.literal_eval(node.left)
    if not isinstance(part, str) or not isinstance(node.ops[0], ast.In | ast.NotIn):
        raise ConfigRefusal(f"filter {where!r}", found=ast.unparse(node), expected=EXAMPLE)
    inside = values.astype("str").str.contains(part, regex=False).fillna(False).to_numpy(dtype=bool)
    return inside if isinstance(node.ops[0], ast.In) else ~inside


def _compare(values: pd.Series, how: ast.cmpop, constant: Any) -> Mask:
    if isinstance(how, ast.Is | ast.IsNot):
        empty = values.isna().to_numpy()
        return empty if isinstance(how, ast.Is) else ~empty
    if isinstance(how, ast.In | ast.NotIn):
        inside = values.isin(list(constant)).to_numpy(dtype=bool)
        return inside if isinstance(how, ast.In) else ~inside
    numeric = isinstance(constant, int | float) and not pd.api.types.is_numeric_dtype(values)
    left = pd.to_numeric(values, errors="coerce") if numeric else values
    return np.asarray(COMPARE[type(how)](left, constant).fillna(False), dtype=bool) & values.notna().to_numpy()


def _column(name: str, frame: pd.DataFrame, where: str) -> pd.Series:
    if name not in frame:
        raise ConfigRefusal(
            f"filter {where!r}", found=f"no column '{name}'", expected=f"one of {sorted(map(str, frame.columns))}"
        )
    return frame[name]


def _constant(node: ast.expr, where: str) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise ConfigRefusal(
            f"filter {where!r}", found=ast.unparse(node), expected="a constant after the comparison"
        ) from None
