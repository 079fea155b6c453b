"""Filters: the small language of `where`, read from cards; compares columns with constants and runs no code."""

import ast
import operator
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from layers.errors import ConfigRefusal
from layers.layer import Layer

Mask: TypeAlias = Any
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
EXAMPLE = (
    "a comparison such as: kind == 'motorway' and level_db >= 50, "
    "or: status in ['a', 'b'] and 'part' not in name and ended is None"
)


def select(frame: pd.DataFrame, where: str | None) -> Mask:
    """Which rows the filter keeps; all when there is none.

    An empty cell never compares as true; `not (...)` turns around what stands inside it, and so keeps empty cells.
    """
    if where is None:
        return np.ones(len(frame), dtype=bool)
    try:
        # Read and walked, never run: of Python only the syntax of comparisons is borrowed.
        tree = ast.parse(where, mode="eval").body
    except SyntaxError as fault:
        raise _refusal(where, str(fault.msg)) from None
    return _evaluate(tree, frame, where)


def misfits(where: str | None, layer: Layer) -> list[str]:
    """What a filter asks of a layer that can never be: a column that it does not have, a word outside a closed list."""
    try:
        # On no rows a filter finds nothing, but is refused as on many: a column that is not there, numbers against
        # text.
        select(layer.empty(), where)
    except ConfigRefusal as refusal:
        return [str(refusal)]
    faults = []
    for node in ast.walk(ast.parse(where, mode="eval")) if where else []:
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name):
            if node.left.id not in layer.columns:
                faults.append(f"filter {where!r}: no column '{node.left.id}', expected one of {sorted(layer.columns)}")
                continue
            choices = layer.columns[node.left.id].choices
            constant = ast.literal_eval(node.comparators[0])
            values = constant if isinstance(constant, list | tuple) else [constant]
            faults += [
                f"filter {where!r}: {value!r} is no '{node.left.id}', expected one of {list(choices)}"
                for value in values
                if choices and value is not None and value not in choices
            ]
    return faults


def _evaluate(node: ast.expr, frame: pd.DataFrame, where: str) -> Mask:
    if isinstance(node, ast.BoolOp):
        masks = [_evaluate(value, frame, where) for value in node.values]
        join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return np.asarray(join.reduce(masks), dtype=bool)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ~_evaluate(node.operand, frame, where)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = node.left, node.comparators[0]
        if isinstance(left, ast.Constant) and isinstance(right, ast.Name):
            return _contains(_column(right.id, frame, where), node, where)
        if isinstance(left, ast.Name):
            return _compare(_column(left.id, frame, where), node.ops[0], _constant(right, where), where)
    raise _refusal(where, ast.unparse(node))


def _contains(values: pd.Series, node: ast.Compare, where: str) -> Mask:
    part = ast.literal_eval(node.left)
    if not isinstance(part, str) or not isinstance(node.ops[0], ast.In | ast.NotIn):
        raise _refusal(where, ast.unparse(node))
    inside = values.astype("str").str.contains(part, regex=False).fillna(False).to_numpy(dtype=bool)
    return (inside == isinstance(node.ops[0], ast.In)) & values.notna().to_numpy()


def _compare(values: pd.Series, how: ast.cmpop, constant: Any, where: str) -> Mask:
    filled = values.notna().to_numpy()
    if isinstance(how, ast.Is | ast.IsNot) and constant is None:
        return filled == isinstance(how, ast.IsNot)
    many = isinstance(how, ast.In | ast.NotIn)
    if many != isinstance(constant, list | tuple) or type(how) not in {*COMPARE, ast.In, ast.NotIn}:
        raise _refusal(where, f"{constant!r} after the comparison")
    left = _like(values, constant, where)
    if many:
        inside = left.isin(list(constant)).to_numpy(dtype=bool)
        return (inside == isinstance(how, ast.In)) & filled
    # `!=` holds for an empty cell in pandas: what is not known must not be kept as other than something.
    return np.asarray(COMPARE[type(how)](left, constant).fillna(False), dtype=bool) & filled


def _like(values: pd.Series, constant: Any, where: str) -> pd.Series:
    """The column as numbers where it is compared with numbers, as it is where it is compared with its own kind."""
    constants = list(constant) if isinstance(constant, list | tuple) else [constant]
    is_numeric = pd.api.types.is_numeric_dtype(values)
    if not constants or not all(isinstance(item, int | float) for item in constants):
        if is_numeric or not all(isinstance(item, str) for item in constants):
            raise _refusal(where, f"{constant!r} against '{values.name}'", "numbers against numbers, text against text")
        return values
    if is_numeric:
        return values
    # A source is filtered before its columns have types: numbers are still text there.
    numbers = pd.to_numeric(values, errors="coerce")
    odd = values[numbers.isna() & values.notna()]
    if len(odd):
        raise _refusal(where, f"{odd.iloc[0]!r} in '{values.name}'", "a number with a decimal point in every row")
    return numbers


def _column(name: str, frame: pd.DataFrame, where: str) -> pd.Series:
    if name not in frame:
        raise _refusal(where, f"no column '{name}'", f"one of {sorted(map(str, frame.columns))}")
    return frame[name]


def _constant(node: ast.expr, where: str) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise _refusal(where, ast.unparse(node), "a constant after the comparison") from None


def _refusal(where: str, actual: str, expected: str = EXAMPLE) -> ConfigRefusal:
    return ConfigRefusal(f"filter {where!r}", actual=actual, expected=expected)
