"""What was found in the source files, written beside the results when a run is refused, for who reads no terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from layers.errors import Refusal
from layers.glossary import dutch_choice, dutch_column, dutch_reason
from layers.sources import SOURCES
from pipeline.runner.stage import RunContext
from pipeline.storage.store import Store
from pipeline.storage.whole_files import replace

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

REFUSED_FOLDER, LIST_FILE, REPORT_TABLE = "refused", "bevindingen.csv", "refused"
LISTED_COLUMNS = ("source", "layer", "file", "file_layer", "row", "field", "outcome", "reason", "finding")
# Beside the columns of `refused`: what was expected, and what can be done.
HEADINGS = {name: dutch_column(name) for name in LISTED_COLUMNS} | {"expected": "verwacht", "todo": "wat_te_doen"}


def clear(store: Store) -> None:
    """Take away what an earlier run that was refused left: of this one it says nothing."""
    for path in [store.outputs / REFUSED_FOLDER / LIST_FILE, *(store.outputs / REFUSED_FOLDER).glob("*.geojson")]:
        path.unlink(missing_ok=True)


def written(context: RunContext, refusal: Refusal, done: Iterable[tuple[str, str]]) -> Refusal:
    """The refusal, with what was found written as a list, and the rows refused where QGIS can open them.

    The list has what is refused, and below it every row refused, repaired, merged or left out in the units of stages
    that were done before. A refusal that is about no source writes nothing.
    """
    rows = refusal.rows
    refusal.rows = None
    if rows is None and not refusal.place:
        return refusal
    try:
        return _written(context, refusal, rows, done)
    except OSError:  # a full disk must not hide what is refused
        return refusal


def _written(context: RunContext, refusal: Refusal, rows: Any, done: Iterable[tuple[str, str]]) -> Refusal:
    import pandas as pd  # only where something is refused

    store = context.store
    faults = _rows_of(refusal) if rows is None else pd.DataFrame(rows[list(LISTED_COLUMNS)])
    refused = faults.assign(expected=refusal.expected, todo=refusal.todo)
    listed = pd.concat([refused, *(_reported(store, stage, unit) for stage, unit in done)], ignore_index=True)
    path = store.outputs / REFUSED_FOLDER / LIST_FILE
    replace(path, _in_dutch(listed).to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))
    notes = [refusal.todo, *([_rows_for_map(store, rows)] if rows is not None else []), f"all findings stand in {path}"]
    refusal.todo = "; ".join(filter(None, notes))
    return refusal


def _rows_of(refusal: Refusal) -> pd.DataFrame:
    """A row for each fault of a refusal that is about no rows, at its place."""
    import pandas as pd

    place = dict.fromkeys(LISTED_COLUMNS) | refusal.place
    rows = [place | {"outcome": "refused", "reason": refusal.thing, "finding": fault} for fault in refusal.actual]
    return pd.DataFrame(rows, columns=list(LISTED_COLUMNS), dtype=object)


def _reported(store: Store, stage: str, unit: str) -> pd.DataFrame | None:
    """What a unit reported of its rows; None of a stage that reports none."""
    import pandas as pd

    receipt = store.receipt(stage, unit)
    if receipt is None or REPORT_TABLE not in receipt.outputs:
        return None
    return pd.DataFrame(store.load(stage, unit, REPORT_TABLE)[list(LISTED_COLUMNS)])


def _in_dutch(rows: pd.DataFrame) -> pd.DataFrame:
    """The list as it is read: headings, outcomes and reasons in Dutch, where the glossary has them."""
    texts = {
        "layer": rows["layer"].replace({name: layer.title for name, layer in SOURCES.items()}),
        "outcome": rows["outcome"].map(dutch_choice, na_action="ignore"),
        "reason": rows["reason"].map(dutch_reason, na_action="ignore"),
        "finding": rows["finding"].map(dutch_reason, na_action="ignore"),
    }
    return rows.assign(**texts).rename(columns=HEADINGS)


def _rows_for_map(store: Store, rows: Any) -> str:
    path: Path = store.outputs / REFUSED_FOLDER / f"{rows['source'].iloc[0]}.geojson"
    replace(path, rows.to_json(drop_id=True).encode())
    return f"every row refused stands in {path}"
