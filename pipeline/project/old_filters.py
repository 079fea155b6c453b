"""Filters as cards wrote them up to format 2, in the syntax of Python, brought to CQL2 with the same rows."""

import ast
import re
from typing import Any

from layers.errors import ConfigRefusal
from pipeline.project.filter_language import read_filter

CQL2_WORDS: dict[type[ast.cmpop], str] = {
    ast.Eq: "=",
    ast.NotEq: "<>",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "IN",
    ast.NotIn: "NOT IN",
    ast.Is: "IS",
    ast.IsNot: "IS NOT",
}
OTHER_WAY = {"=": "<>", "<": ">=", "<=": ">", "IN": "NOT IN", "LIKE": "NOT LIKE", "IS": "IS NOT"}
OTHER_WAY |= {inverse: word for word, inverse in OTHER_WAY.items()}
A_DATE = re.compile(r"\d{4}-\d\d-\d\d|\{reference_date\}")


def in_cql2(where: str) -> str:
    """The filter in CQL2: itself where it is that already, or is neither.

    The old language compared dates as text, and `not` turned empty cells into a yes: where both languages read a
    filter, it is the old one if it does either.
    """
    try:
        tree = ast.parse(where.strip(), mode="eval").body
        old, is_other = _text(tree), _reads_otherwise(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return where
    if not is_other:
        try:
            read_filter(where)
        except ConfigRefusal:
            return old
        return where
    return old


def _reads_otherwise(tree: ast.expr) -> bool:
    """Whether CQL2 would keep other rows: `not` (small letters, else it is no Python), or an order of texts."""
    nodes = list(ast.walk(tree))
    orders = [
        isinstance(right, ast.Constant) and isinstance(right.value, str)
        for node in nodes
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE)
        for right in node.comparators
    ]
    return any(isinstance(node, ast.Not) for node in nodes) or any(orders)


def _text(node: ast.expr, *, turned: bool = False) -> str:
    if isinstance(node, ast.BoolOp):
        word = "AND" if isinstance(node.op, ast.And) != turned else "OR"
        other = " OR " if word == "AND" else " AND "
        parts = [_text(part, turned=turned) for part in node.values]
        return f" {word} ".join(f"({part})" if other in part else part for part in parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _text(node.operand, turned=not turned)
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        raise ValueError(ast.unparse(node))
    left, word, right = node.left, CQL2_WORDS[type(node.ops[0])], node.comparators[0]
    if isinstance(left, ast.Constant) and isinstance(right, ast.Name) and word in ("IN", "NOT IN"):
        part = re.sub(r"([%_\\])", r"\\\1", str(left.value))
        column, word, constant = _column(right), word.replace("IN", "LIKE"), f"'%{_escaped(part)}%'"
    elif isinstance(left, ast.Name):
        column, constant = _column(left), _constant(ast.literal_eval(right), word)
    else:
        raise ValueError(ast.unparse(node))
    if not turned:
        return f"{column} {word} {constant}"
    turned_around = f"{column} {OTHER_WAY[word]} {constant}"
    # What was not asked of an empty cell did not hold there, and so its opposite did.
    return turned_around if word.startswith("IS") else f"{column} IS NULL OR {turned_around}"


def _column(node: ast.Name) -> str:
    return f'"{node.id}"' if node.id.upper() in ("NOT", "NULL", "TRUE", "FALSE", "DATE", "TIMESTAMP") else node.id


def _escaped(text: str) -> str:
    return text.replace("'", "''")


def _constant(value: Any, word: str) -> str:
    if word in ("IS", "IS NOT"):
        if value is not None:
            raise ValueError(f"is {value}")
        return "NULL"
    if word in ("IN", "NOT IN"):
        if not isinstance(value, list | tuple) or not value:
            raise ValueError(f"in {value}")
        return f"({', '.join(_constant(each, '=') for each in value)})"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return repr(value)
    if not isinstance(value, str):
        raise ValueError(f"{value}")
    quoted = f"'{_escaped(value)}'"
    is_ordered = word in ("<", "<=", ">", ">=")
    return f"DATE({quoted})" if is_ordered and A_DATE.fullmatch(value) else quoted
