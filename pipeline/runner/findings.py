"""What was found in the source files, written beside the results when a run is refused, for who reads no terminal."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from layers.errors import Refusal, together
from layers.glossary import dutch_choice, dutch_column, dutch_reason, dutch_sentence
from layers.sentences import JoinedSentences, Sentence
from layers.sources import SOURCES
from pipeline.runner.stage import RunContext
from pipeline.runner.task import Report
from pipeline.storage.store import Store
from pipeline.storage.whole_files import PRIVATE, private_folder, replace

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

REFUSED_FOLDER, LIST_FILE, REPORT_TABLE = "refused", "bevindingen.csv", "refused"
LISTED_COLUMNS = ("source", "layer", "file", "file_layer", "row", "field", "outcome", "reason", "finding")
ROWS_ENDING = ".geojson"  # the rows of the list of this name, as QGIS opens them
# Beside the columns of `refused`: what was expected, and what can be done.
HEADINGS = {name: dutch_column(name) for name in LISTED_COLUMNS} | {"expected": "verwacht", "todo": "wat_te_doen"}


def clear(store: Store) -> None:
    """Take away what an earlier run that was refused left: of this one it says nothing. What is not ours stays."""
    folder = store.outputs / REFUSED_FOLDER
    for path in folder.glob("*.csv"):
        if _is_list(path):
            path.with_suffix(ROWS_ENDING).unlink(missing_ok=True)
    if _is_list(folder / LIST_FILE):
        (folder / LIST_FILE).unlink()


def lists(store: Store) -> list[Path]:
    """The lists of findings that stand beside the results, and the rows refused that go with them."""
    named = [path for path in sorted((store.outputs / REFUSED_FOLDER).glob("*.csv")) if _is_list(path)]
    return [part for path in named for part in (path, path.with_suffix(ROWS_ENDING)) if part.is_file()]


def written(context: RunContext, refusal: Refusal, done: Iterable[tuple[str, str]]) -> Refusal:
    """The refusal, with what was found written as a list, and the rows refused as a table and where QGIS can open them.

    The list has what is refused, and below it every row refused, repaired, merged or left out in the units of stages
    that were done before. A refusal that is about no source writes nothing.
    """
    parts = refusal.each()
    try:
        if any(part.rows is not None or part.place for part in parts):
            _write(context.store, parts, done)
    except OSError:  # a full disk must not hide what is refused
        pass
    return together(parts)


def _write(store: Store, parts: Sequence[Refusal], done: Iterable[tuple[str, str]]) -> None:
    import pandas as pd  # only where something is refused

    faults = [
        (_faults_of(part) if part.rows is None else _rows_of(part)).assign(expected=dutch_sentence(part.expected))
        for part in parts
    ]
    listed = pd.concat([*faults, *(_reported(store, stage, unit) for stage, unit in done)], ignore_index=True)
    path = store.outputs / REFUSED_FOLDER / LIST_FILE
    _replace_list(path, listed)
    for part, rows in zip(parts, faults, strict=True):
        places = [] if part.rows is None else [_rows_of_source(store, part.rows, rows)]
        part.todo = JoinedSentences("; ", [part.todo, *places])
    parts[-1].todo = JoinedSentences("; ", [parts[-1].todo, Sentence("all findings stand in {path}", path=path)])


def write_accepted(context: RunContext, reports: Iterable[Report]) -> None:
    """Write per source the rows that did not come through as they stood, of a run that went on without them; what
    stands of sources that were not read again stays."""
    sources, folder = context.project.sources, context.store.outputs / REFUSED_FOLDER
    read_again = [report for report in reports if report.reasons]
    layers = {report.unit for report in read_again if REPORT_TABLE in report.counts}
    for path in folder.glob("*.csv"):
        if (path.stem not in sources or sources[path.stem].layer in layers) and _is_list(path):
            path.unlink()
    for report in read_again:
        if report.counts.get(REPORT_TABLE, [0])[0]:
            rows = _reported(context.store, report.stage, report.unit)
            for source, part in rows.groupby("source") if rows is not None else ():
                _replace_list(folder / f"{source}.csv", part)


def _is_list(path: Path) -> bool:
    """Whether a file is there and begins with our headings."""
    headings = ",".join(HEADINGS[name] for name in LISTED_COLUMNS).encode("utf-8-sig")
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(len(headings)) == headings


def _replace_list(path: Path, rows: pd.DataFrame) -> None:
    """Write a list in the place of an earlier one, and of nothing else."""
    if path.exists() and not _is_list(path):
        raise FileExistsError(errno.EEXIST, "it stands there already and is no list of findings", str(path))
    private_folder(path.parent)
    replace(path, _csv(rows), PRIVATE)


def _csv(rows: pd.DataFrame) -> bytes:
    return bytes(_in_dutch(rows).to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))


def _rows_of(refusal: Refusal) -> pd.DataFrame:
    """The rows of a refusal, each with what can be done about it."""
    import pandas as pd

    rows = pd.DataFrame(refusal.rows[list(LISTED_COLUMNS)])
    todo = {reason: dutch_sentence(text) for reason, text in refusal.todo_by_reason.items()}
    return rows.assign(todo=rows["reason"].map(todo).where(rows["outcome"] == "refused"))


def _faults_of(refusal: Refusal) -> pd.DataFrame:
    """A row for each fault of a refusal that is about no rows, at its place."""
    import pandas as pd

    place = dict.fromkeys(LISTED_COLUMNS) | refusal.place
    words = {"outcome": "refused", "reason": dutch_sentence(refusal.thing), "todo": dutch_sentence(refusal.todo)}
    rows = [place | words | {"finding": dutch_sentence(fault)} for fault in refusal.actual]
    return pd.DataFrame(rows, columns=[*LISTED_COLUMNS, "todo"], dtype=object)


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


def _rows_of_source(store: Store, rows: Any, listed: pd.DataFrame) -> str:
    """Where every row of a source that is refused stands: as a table and as a layer."""
    path: Path = store.outputs / REFUSED_FOLDER / f"{rows['source'].iloc[0]}.csv"
    shapes = path.with_suffix(ROWS_ENDING)
    _replace_list(path, listed)  # first: by it the other is known for ours
    replace(shapes, rows.to_json(drop_id=True).encode(), PRIVATE)
    return Sentence("every row refused stands in {path} and {name}", path=shapes, name=path.name)
