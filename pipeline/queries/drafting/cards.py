"""Cards as text: one source card per file and layer, with what is wrong with the file above it."""

import re
import textwrap
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from layers.layer import Layer
from layers.sources import SOURCES, TABLES
from pipeline.project.unfinished import TODO
from pipeline.queries.drafting.columns import SAFE, ColumnDraft, draft_columns
from pipeline.queries.inspection.matching import Candidate
from pipeline.queries.inspection.profile import FileLayer

WIDTH_OF_COMMENTS = 110
# Columns of registers that say when an object ended; rows that ended are no more.
ENDED = (
    "eind_geldigheid",
    "eindgeldigheid",
    "eindregistratie",
    "eind_registratie",
    "objecteindtijd",
    "object_eind_tijd",
)
FAKE = "Placeholder"
NOT_STATED = "niet opgegeven"


def source_card(file: FileLayer, candidate: Candidate, plots: Collection[str], dated: str) -> str:
    """The card of a file that fills a layer; dated: the day of which the file is, as ISO text."""
    head = _comment(f"{SOURCES[candidate.layer].meaning}.")
    head += _comment(f"Drafted by init, {candidate.score} of 100: " + "; ".join(candidate.reasons))
    head += "".join(_comment(f"Seen in the file: {fault}") for fault in file.faults)
    card: dict[str, Any] = {"layer": candidate.layer, "path": file.path, **file.card}
    if candidate.layer in TABLES and TABLES[candidate.layer].shape != "polygon":
        card.pop("close_lines", None)
    tables: list[str] = []
    notes: Mapping[str, str] = {}
    if candidate.layer in TABLES:
        draft = draft_columns(file, candidate, plots, dated)
        notes = draft.notes
        card |= _more(file, candidate, draft)
        tables = _tables(draft, notes)
    card |= {"licence": NOT_STATED, "dated": dated, "basis": f"bestand {file.path.rpartition('/')[2]}"}
    lines = [_line(key, value, bare_date=key == "dated") for key, value in card.items()]
    return head + "\n".join(["[source]", *lines, *tables]) + "\n"


def join_card(table: FileLayer, shapes: FileLayer, candidate: Candidate, keys: tuple[str, str], dated: str) -> str:
    """The card of a table whose shapes are in another file by a key; keys: its column in the table and there."""
    place = {"kind": "join", "path": shapes.path, "column": keys[0], "key": keys[1]}
    return source_card(_with_card(table, {"geometry": place}), candidate, (), dated)


def _with_card(file: FileLayer, more: Mapping[str, Any]) -> FileLayer:
    return replace(file, card={**file.card, **more})


def _more(file: FileLayer, candidate: Candidate, draft: ColumnDraft) -> dict[str, Any]:
    """What else a card says: rows left out, rows of one key, words for nothing known."""
    more: dict[str, Any] = {}
    layer = TABLES[candidate.layer]
    if draft.empty_words:
        more["empty_words"] = draft.empty_words
    left_out = _left_out(file)
    if left_out:
        more["leave_out"] = left_out
    if layer.shape and len(layer.key) == 1 and not layer.has_parts and _has_parts(file, draft, layer):
        more["dissolve_on"] = layer.key[0]
    return more


def _left_out(file: FileLayer) -> dict[str, str]:
    """Filters for objects that ended and for those that are no real ones."""
    filters = {}
    for column in file.columns:
        if not re.fullmatch(r"[A-Za-z_]\w*", column.name):
            continue
        if column.name.casefold() in ENDED and column.kind == "date" and column.date_form == "%Y-%m-%d":
            filters["ended"] = f"{column.name} < DATE('{{reference_date}}')"
        if column.name in file.cells and file.cells[column.name].str.contains(FAKE, na=False).any():
            filters["placeholder, no real area"] = f"{column.name} LIKE '%{FAKE}%'"
    return filters


def _has_parts(file: FileLayer, draft: ColumnDraft, layer: Layer) -> bool:
    """Whether a key stands in several rows that say the same of it, so that they are parts of one area."""
    key = draft.columns.get(layer.key[0])
    if not isinstance(key, str) or key == TODO or key not in file.cells:
        return False
    named = [spec for spec in draft.columns.values() if isinstance(spec, str) and spec != TODO and spec in file.cells]
    rows = file.cells[list(dict.fromkeys(named))]
    return bool(rows[key].duplicated().any()) and not rows.drop_duplicates()[key].duplicated().any()


def _tables(draft: ColumnDraft, notes: Mapping[str, str]) -> list[str]:
    lines = ["", "[source.columns]"]
    for name, spec in draft.columns.items():
        lines.append(_noted(_line(name, spec), notes.get(name, "")))
    for name, words in draft.values.items():
        lines += ["", f"[source.values.{name}]"]
        for word, value in words.items():
            lines.append(_noted(f"{_text(word)} = {_text(value)}", notes.get(f"{name}.{word}", "")))
    return lines


def empty_card(name: str) -> str:
    """A card for a layer that no file fills yet, with every column that it may have as a comment."""
    layer = TABLES[name]
    lines = [f"layer = {as_toml(name)}"]
    lines += [f"{key} = {as_toml(TODO)}" for key in ("path", "licence", "dated", "basis")]
    lines += ["", "[source.columns]"]
    for column, declared in layer.columns.items():
        if column == "source":
            continue
        words = f"; one of: {', '.join(declared.choices)}" if declared.choices else ""
        mark = "# " if declared.optional or "unknown" in declared.choices else ""
        value, note = SAFE.get((name, column), ("", ""))
        spec = as_toml({"value": value} if value else TODO)
        lines.append(f"{mark}{column} = {spec}  # {declared.meaning}{words}{f'; {note}' if note else ''}")
    return _comment(f"{layer.meaning}.") + "\n".join(["[source]", *lines]) + "\n"


def _comment(text: str) -> str:
    plain_text = " ".join(text.split())
    return "".join(f"# {line}\n" for line in textwrap.wrap(plain_text, WIDTH_OF_COMMENTS))


def _noted(line: str, note: str) -> str:
    return f"{line}  # {note}" if note else line


def _line(key: str, value: Any, *, bare_date: bool = False) -> str:
    return f"{key} = {value if bare_date and value != TODO else as_toml(value)}"


def as_toml(value: Any) -> str:
    """A value on one line of TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(as_toml(part) for part in value)}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(key))} = {as_toml(part)}" for key, part in value.items()) + " }"
    return _text(str(value))


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else _text(text)


def _text(text: str) -> str:
    signs = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    escaped = "".join(signs.get(sign, sign if sign.isprintable() else f"\\u{ord(sign):04x}") for sign in text)
    return f'"{escaped}"'
