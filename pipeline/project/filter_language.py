"""The small language of `where`: a filter is read and checked against columns here, without any table.

Compares columns with constants and runs no code; `filter_expressions.py` selects rows of a table by it.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from layers.errors import ConfigRefusal
from layers.layer import Layer

COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
NUMERIC_KINDS = ("int", "float", "bool")
EXAMPLE = (
    "a comparison such as: kind == 'motorway' and level_db >= 50, "
    "or: status in ['a', 'b'] and 'part' not in name and ended is None"
)


def read_filter(where: str, is_numeric: Mapping[str, bool]) -> ast.expr:
    """The syntax of a filter on columns, each with whether it holds numbers; refused where it asks what cannot be."""
    try:
        # Read and walked, never run: of Python only the syntax of comparisons is borrowed.
        tree = ast.parse(where, mode="eval").body
    except SyntaxError as fault:
        raise refusal(where, str(fault.msg)) from None
    _check(tree, is_numeric, where)
    return tree


def misfits(where: str | None, layer: Layer) -> list[str]:
    """What a filter asks of a layer that can never be: a column that it does not have, a word outside a closed list."""
    if where is None:
        return []
    shapes = {"geometry": False} if layer.shape else {}
    try:
        tree = read_filter(where, {name: each.kind in NUMERIC_KINDS for name, each in layer.columns.items()} | shapes)
    except ConfigRefusal as fault:
        return [str(fault)]
    faults = []
    for node in ast.walk(tree):
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


def keeps(where: str | None, row: Mapping[str, Any]) -> bool:
    """Whether a filter that fits keeps a row (None: an empty cell), as it would in a table; all when there is none."""
    return where is None or _holds(ast.parse(where, mode="eval").body, row)


def _holds(node: ast.expr, row: Mapping[str, Any]) -> bool:
    if isinstance(node, ast.BoolOp):
        return (all if isinstance(node.op, ast.And) else any)(_holds(part, row) for part in node.values)
    if isinstance(node, ast.UnaryOp):
        return not _holds(node.operand, row)
    if not isinstance(node, ast.Compare):
        return False
    left, how, right = node.left, node.ops[0], node.comparators[0]
    if isinstance(left, ast.Constant) and isinstance(right, ast.Name):
        value = row[right.id]
        return value is not None and (str(left.value) in str(value)) == isinstance(how, ast.In)
    value, constant = row[left.id] if isinstance(left, ast.Name) else None, ast.literal_eval(right)
    if isinstance(how, ast.Is | ast.IsNot):
        return (value is None) == isinstance(how, ast.Is)
    if value is None:  # what is not known is neither the same as something nor other
        return False
    if isinstance(how, ast.In | ast.NotIn):
        return (value in constant) == isinstance(how, ast.In)
    return bool(COMPARE[type(how)](value, constant))


def _check(node: ast.expr, is_numeric: Mapping[str, bool], where: str) -> None:
    if isinstance(node, ast.BoolOp):
        for part in node.values:
            _check(part, is_numeric, where)
        return
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        _check(node.operand, is_numeric, where)
        return
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = node.left, node.comparators[0]
        if isinstance(left, ast.Constant) and isinstance(right, ast.Name):
            _known(right.id, is_numeric, where)
            if not isinstance(left.value, str) or not isinstance(node.ops[0], ast.In | ast.NotIn):
                raise refusal(where, ast.unparse(node))
            return
        if isinstance(left, ast.Name):
            _known(left.id, is_numeric, where)
            _check_constant(node.ops[0], constant_of(right, where), (left.id, is_numeric[left.id]), where)
            return
    raise refusal(where, ast.unparse(node))


def _check_constant(how: ast.cmpop, constant: Any, column: tuple[str, bool], where: str) -> None:
    """Refuse a constant that a column, by its name and whether it holds numbers, cannot be compared with so."""
    if isinstance(how, ast.Is | ast.IsNot) and constant is None:
        return
    many = isinstance(how, ast.In | ast.NotIn)
    if many != isinstance(constant, list | tuple) or type(how) not in {*COMPARE, ast.In, ast.NotIn}:
        raise refusal(where, f"{constant!r} after the comparison")
    name, is_numeric = column
    constants = list(constant) if isinstance(constant, list | tuple) else [constant]
    # Text that holds numbers may be compared with them: before columns have types, all cells are text.
    if not are_numbers(constants) and (is_numeric or not all(isinstance(item, str) for item in constants)):
        raise refusal(where, f"{constant!r} against '{name}'", "numbers against numbers, text against text")


def are_numbers(constants: list[Any]) -> bool:
    """Whether there are constants, and all are numbers."""
    return bool(constants) and all(isinstance(item, int | float) for item in constants)


def _known(name: str, is_numeric: Mapping[str, bool], where: str) -> None:
    if name not in is_numeric:
        raise refusal(where, f"no column '{name}'", f"one of {sorted(is_numeric)}")


def constant_of(node: ast.expr, where: str) -> Any:
    """The value of a constant; refused where it is none."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise refusal(where, ast.unparse(node), "a constant after the comparison") from None


def refusal(where: str, actual: str, expected: str = EXAMPLE) -> ConfigRefusal:
    """The refusal of a filter."""
    return ConfigRefusal(f"filter {where!r}", actual=actual, expected=expected)
