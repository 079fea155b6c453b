"""The filters of cards (`where`, `leave_out`): CQL2 Text, read and held against columns here, without any table.

Of CQL2 (OGC 21-065r2) columns are compared with constants: =, <>, <, <=, >, >=, IN, BETWEEN, LIKE, IS NULL, joined by
AND, OR and NOT. As there, what is compared with an empty cell is neither true nor false; a filter retains what is true.
"""

import datetime as dt
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Annotated, Any

import cql2
from pydantic import AfterValidator

from layers.errors import ConfigRefusal
from layers.layer import Layer

COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ORDERED = ("<", "<=", ">", ">=", "between")
KIND_OF_COLUMN = {"int": "number", "float": "number", "bool": "flag", "date": "date"}  # of a layer; else text
WHOLE_FLOATS = 2**53  # from here on a number in a filter may be another
LONGEST, DEEPEST = 4000, 50  # characters; brackets and NOTs within each other, of which the parser takes no hundreds
EXAMPLE = (
    "CQL2 such as: kind = 'motorway' AND level_db >= 50, or: status IN ('a', 'b') AND \"column with blanks\" NOT LIKE "
    "'%part%' AND (ended IS NULL OR ended >= DATE('2026-10-01'))"
)


@dataclass(frozen=True)
class Comparison:
    """A column held against constants of one kind: text, number, flag or date; `isNull` has none."""

    column: str
    operator: str
    constants: tuple[Any, ...]
    kind: str | None


@dataclass(frozen=True)
class Joined:
    """Parts of a filter: all hold (`and`), one does (`or`), or the only one does not (`not`)."""

    operator: str
    parts: tuple["FilterTree", ...]


FilterTree = Comparison | Joined


@lru_cache(maxsize=256)  # the same few filters are read over and over
def read_filter(where: str) -> FilterTree:
    """The parts of a filter; refused where it is no CQL2, or asks more than comparing columns with constants."""
    if len(where) > LONGEST:
        raise refusal(where[:80] + "...", f"{len(where)} characters", f"at most {LONGEST}")
    if (depth := _depth(where)) > DEEPEST:
        raise refusal(where[:80] + "...", f"{depth} brackets and NOTs within each other", f"at most {DEEPEST}")
    try:
        tree = cql2.parse_text(where).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError) as fault:
        raise refusal(where, _said(str(fault))) from None
    return _node(tree, where)


def _depth(where: str) -> int:
    """At most so many brackets and NOTs stand within each other."""
    outside = re.sub(r"'[^']*'|\"[^\"]*\"", "", where).lower()
    depths = accumulate(1 if sign == "(" else -1 for sign in re.findall(r"[()]", outside))
    in_a_row = (len(run.split()) for run in re.findall(r"(?:\bnot\s+)+", outside))
    return max(depths, default=0) + max(in_a_row, default=0)


def comparisons(tree: FilterTree) -> Iterator[Comparison]:
    """Every comparison of a filter, in order."""
    if isinstance(tree, Comparison):
        yield tree
    else:
        for part in tree.parts:
            yield from comparisons(part)


def check_kind(comparison: Comparison, kind: str, where: str) -> None:
    """Refuse constants that a column of this kind cannot be compared with so."""
    if comparison.kind not in (None, kind):
        todo = "text in quotes, numbers without, TRUE or FALSE, dates as DATE('2026-10-01')"
        raise refusal(
            where,
            f"{comparison.kind} {comparison.constants[0]!s} against '{comparison.column}', which is a {kind}",
            todo,
        )


def misfits(where: str | None, layer: Layer) -> list[str]:
    """What a filter asks of a layer that can never be: a column that it does not have, a word outside a closed list."""
    if where is None:
        return []
    faults = []
    try:
        for comparison in comparisons(read_filter(where)):
            column = layer.columns.get(comparison.column)
            if column is None and not (
                layer.shape and comparison.column == "geometry" and comparison.operator == "isNull"
            ):
                faults.append(
                    f"filter {where!r}: no column '{comparison.column}', expected one of {sorted(layer.columns)}"
                )
            if column is None:
                continue
            check_kind(comparison, KIND_OF_COLUMN.get(column.kind, "text"), where)
            faults += [
                f"filter {where!r}: {word!r} is no '{comparison.column}', expected one of {list(column.choices)}"
                for word in comparison.constants
                if column.choices and comparison.operator != "like" and word not in column.choices
            ]
    except ConfigRefusal as fault:
        return [str(fault)]
    return faults


def keeps(where: str | None, row: Mapping[str, Any]) -> bool:
    """Whether a filter that fits keeps a row (None: an empty cell), as it would in a table; all when there is none."""
    return where is None or bool(_holds(read_filter(where), row))


def like_pattern(text: str) -> re.Pattern[str]:
    """The pattern of LIKE: % for any text, _ for one character, a backslash before either for itself."""
    parts = {"%": ".*", "_": "."}
    return re.compile(
        "".join(parts.get(part, re.escape(part[-1])) for part in re.findall(r"\\[%_\\]|.", text, re.DOTALL)), re.DOTALL
    )


def compared(comparison: Comparison, value: Any) -> bool:
    """Whether a value that is there is as comparison."""
    if comparison.operator == "in":
        return value in comparison.constants
    if comparison.operator == "between":
        return bool(comparison.constants[0] <= value <= comparison.constants[1])
    if comparison.operator == "like":
        return like_pattern(comparison.constants[0]).fullmatch(value) is not None
    return bool(COMPARE[comparison.operator](value, comparison.constants[0]))


def _holds(tree: FilterTree, row: Mapping[str, Any]) -> bool | None:
    if isinstance(tree, Comparison):
        value = row[tree.column]
        if tree.operator == "isNull":
            return value is None
        return None if value is None else compared(tree, value)
    held = [_holds(part, row) for part in tree.parts]
    if tree.operator == "not":
        return None if held[0] is None else not held[0]
    decisive = tree.operator == "or"
    return decisive if decisive in held else None if None in held else not decisive


def _node(node: Any, where: str) -> FilterTree:
    how, parts = (node.get("op"), node.get("args", [])) if isinstance(node, dict) else (None, [])
    if how in ("and", "or", "not"):
        return Joined(how, tuple(_node(part, where) for part in parts))
    column = parts[0].get("property") if parts and isinstance(parts[0], dict) else None
    if column is None or how not in (*COMPARE, "in", "between", "like", "isNull"):
        raise refusal(where, _described(node))
    given = parts[1] if how == "in" else parts[1:]
    constants = tuple(_constant(each, where) for each in given)
    kinds = {kind_of(each) for each in constants}
    if len(kinds) > 1:
        raise refusal(where, f"constants of several kinds for '{column}': {' and '.join(sorted(kinds))}", "one kind")
    kind = kinds.pop() if kinds else None
    if (kind in ("text", "flag") and how in ORDERED) or (how == "like" and kind != "text"):
        todo = f"a number, or a date: {column} {how} DATE('2026-10-01')"
        raise refusal(where, f"{how} with {kind} {constants[0]!s}, which has no order", todo)
    return Comparison(column, how, constants, kind)


def kind_of(constant: Any) -> str:
    """Whether a constant is text, a number, a flag or a date."""
    kinds = {bool: "flag", float: "number", dt.date: "date"}
    return kinds.get(type(constant), "text")


def _constant(given: Any, where: str) -> Any:
    if isinstance(given, dict) and set(given) == {"date"}:
        try:
            return dt.date.fromisoformat(given["date"])
        except ValueError:
            raise refusal(where, f"no date {given['date']!r}", "a day as in DATE('2026-10-01')") from None
    if isinstance(given, bool | str):
        return given
    if isinstance(given, int | float):
        if abs(given) >= WHOLE_FLOATS:
            raise refusal(where, f"the number {given:.0f}", "a key of so many digits as text, in quotes")
        return float(given)
    raise refusal(where, _described(given), f"a constant after the comparison; {EXAMPLE}")


def _described(node: Any) -> str:
    if isinstance(node, dict) and "property" in node:
        return f"the column '{node['property']}' without, or in place of, a constant"
    if isinstance(node, dict) and "op" in node:
        return f"{node['op']}, which a filter here cannot use so"
    return f"{node!r} where a comparison of a column is due"


def _said(text: str) -> str:
    """The place and expectation of the parser's message, in one line."""
    place = re.search(r"-->\s*1:(\d+)", text)
    return f"no CQL2 from character {place[1]} on" if place else "no CQL2"


def refusal(where: str, actual: str, expected: str = EXAMPLE) -> ConfigRefusal:
    """The refusal of a filter."""
    return ConfigRefusal(f"filter {where!r}", actual=actual, expected=expected)


def _readable(where: str) -> str:
    try:
        read_filter(where)
    except ConfigRefusal as fault:
        raise ValueError(str(fault)) from None
    return where


Filter = Annotated[str, AfterValidator(_readable)]
