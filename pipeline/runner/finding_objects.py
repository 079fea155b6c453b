"""What is wrong with the input as plain objects, for programs that read what a command answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from layers.errors import Refusal

if TYPE_CHECKING:
    import pandas as pd

# How much an outcome of a row matters: a row refused within what its card allows leaves land unknown.
SEVERITIES = {"refused": "warning", "duplicate": "note", "repaired": "note", "left_out": "note"}
PLACE = ("source", "file", "file_layer", "layer")


def finding(severity: str, fault: str, **more: Any) -> dict[str, Any]:
    """One finding; what is not known of it is None.

    `rows` has all rows of the file in which `value` is at fault in this way, `row` the first and `count` how many.
    """
    names = (*PLACE, "row", "field", "fault", "value", "todo", "severity", "count", "rows", "about", "expected")
    return dict.fromkeys(names) | {"fault": fault, "severity": severity, "count": 1, "rows": []} | more


def findings_of(refusal: Refusal) -> list[dict[str, Any]]:
    """Each fault of a refusal and of the others with it; of rows one for each fault and value of a field."""
    return [each for part in (refusal, *refusal.others) for each in _findings(part)]


def _findings(refusal: Refusal) -> Iterator[dict[str, Any]]:
    about = {"about": refusal.thing, "expected": refusal.expected or None}
    if refusal.rows is not None:
        for each in findings_of_rows(refusal.rows, "refused", **about):
            yield each | {"todo": refusal.todo_by_reason.get(each["fault"]) if each["severity"] == "refused" else None}
        return
    place = {name: refusal.place.get(name) for name in (*PLACE, "row", "field")}
    row = int(place["row"]) if place["row"] else None
    rows = {"row": row, "rows": [] if row is None else [row]}
    for fault in refusal.actual:
        yield finding("refused", fault, **place | rows, **about, todo=refusal.todo or None)


def findings_of_rows(refused: pd.DataFrame, severity: str = "", **more: Any) -> Iterable[dict[str, Any]]:
    """One finding for each fault and value of a field in rows of `refused`; rows that are refused have this severity,
    where it is given."""
    import pandas as pd  # only where something is at fault

    plain = pd.DataFrame(refused.drop(columns="geometry", errors="ignore")).astype(object)
    cells = plain.where(plain.notna(), None)
    severities = SEVERITIES | ({"refused": severity} if severity else {})
    columns = [*PLACE, "field", "outcome", "reason", "finding"]
    for key, rows in cells.groupby(columns, sort=False, dropna=False):
        place = {name: None if pd.isna(value) else value for name, value in zip(columns, key, strict=True)}
        numbers = [int(row) for row in rows["row"].drop_duplicates()]
        named = {name: place[name] for name in (*PLACE, "field")}
        counted = {"value": place["finding"], "row": numbers[0], "count": len(numbers), "rows": numbers}
        yield finding(severities[str(place["outcome"])], str(place["reason"]), **named, **counted, **more)
