"""How a column of a file becomes one of a layer, as a card says it; what cannot be known is left to be filled in."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from layers.column import Column
from layers.glossary import english_choice
from layers.sources import TABLES
from layers.synonyms import synonyms
from pipeline.project.unfinished import TODO
from pipeline.queries.inspection.matching import Candidate, ColumnMatch
from pipeline.queries.inspection.profile import DATE_FORMS, FOR_EVER, NOTHING_KNOWN, ColumnProfile, FileLayer

FAR_AWAY = r"\b9999\b"
SEPARATORS = (",", ";", "+", "/", "&")
MOST_OPEN_WORDS = 15  # of more words that nobody knows a column is no list
ENDS_FOR_EVER = "ends_on"
ISO = "%Y-%m-%d"
# What a card says where the file has nothing for a column that is due, and why that is safe.
SAFE = {("cluster_boundaries", "status"): ("indicative", "until a public body adopts it")}
# Columns that say the same where the file has the other alone.
AS_OTHER = {("cluster_boundaries", "site_name"): "cluster_id"}


@dataclass
class ColumnDraft:
    """What a card says of columns, and of words in them by column; notes stand behind the lines as comments.

    empty_words: words of the file for nothing is known.
    """

    columns: dict[str, Any] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    empty_words: list[str] = field(default_factory=list)


def draft_columns(file: FileLayer, candidate: Candidate, plots: Collection[str], version: str) -> ColumnDraft:
    """What a card says of the columns that matched and of those that are due; plots: keys of the plots there are."""
    draft, declared = ColumnDraft(), TABLES[candidate.layer].columns
    fields = {column.name: column for column in file.columns}
    shared = _shared_lists(candidate, declared)
    for match in candidate.matches:
        column = declared[match.column]
        if column.choices:
            counts = file.cells[match.field].value_counts().to_dict() if match.field in file.cells else {}
            _draft_list(draft, match, counts, (candidate.layer, column, match.field in shared))
        else:
            draft.columns[match.column] = _spec(file, fields[match.field], (match.column, column), plots, draft)
    _fill_key(draft, file, candidate)
    for name, column in declared.items():
        if name in draft.columns or column.optional or "unknown" in column.choices:
            continue
        value, note = SAFE.get((candidate.layer, name), ("", ""))
        if name == "version":
            value, note = version, "the day of the file"
        draft.columns[name] = {"value": value} if value else TODO
        if (candidate.layer, name) in AS_OTHER and AS_OTHER[candidate.layer, name] in draft.columns:
            draft.columns[name] = draft.columns[AS_OTHER[candidate.layer, name]]
            note = "the file has no column of its own for it"
        if note:
            draft.notes[name] = note
    draft.columns = {name: draft.columns[name] for name in declared if name in draft.columns}
    return draft


def _shared_lists(candidate: Candidate, declared: Mapping[str, Column]) -> set[str]:
    """The columns of the file that hold the words of two lists."""
    named = [match.field for match in candidate.matches if declared[match.column].choices]
    return {name for name in named if named.count(name) > 1}


def _draft_list(
    draft: ColumnDraft, match: ColumnMatch, words: Mapping[str, int], about: tuple[str, Column, bool]
) -> None:
    """A column with the words of a closed list, in so many rows each: those that the glossary has not get a line."""
    layer, column, is_shared = about
    known = synonyms()[layer]
    values = {word: known.choice_of(match.column, word, column.choices) for word in words}
    fitting = [word for word, value in values.items() if value is not None]
    if is_shared and len(fitting) < len(words) and column.optional:
        # The others are words of the other list, which would be no word of this.
        part = "|".join(re.escape(word).replace(r"\ ", " ") for word in fitting)
        draft.columns[match.column] = {"from": match.field, "pattern": f"^({part})$"}
        values = {word: value for word, value in values.items() if value is not None}
    elif len(words) - len(fitting) > MOST_OPEN_WORDS or (not fitting and _may_lack(column, words)):
        if not column.optional and "unknown" not in column.choices:
            draft.columns[match.column] = TODO
        return
    else:
        draft.columns[match.column] = match.field
    lines = {
        word: value or TODO
        for word, value in values.items()
        if value is None or english_choice(word, column.choices) is None
    }
    if lines:
        draft.values[match.column] = lines
        for word in lines:
            draft.notes[f"{match.column}.{word}"] = f"{words[word]:,} rows"


def _may_lack(column: Column, words: Mapping[str, int]) -> bool:
    """Whether a list may go without a column in which none of its words stands: numbers are likely something else."""
    return column.optional or ("unknown" in column.choices and all(word.isdigit() for word in words))


def _spec(
    file: FileLayer, field_: ColumnProfile, named: tuple[str, Column], plots: Collection[str], draft: ColumnDraft
) -> Any:
    """What a card says of a column that is no list: its name, and how its text is read."""
    name, column = named
    texts = list(file.cells[field_.name].dropna().unique()) if field_.name in file.cells else []
    more: dict[str, Any] = {}
    if column.kind in ("date", "int", "float"):
        unknown = [text for text in texts if text.casefold() in NOTHING_KNOWN and text not in draft.empty_words]
        draft.empty_words += unknown
        texts = [text for text in texts if text not in unknown]
    if column.kind == "date":
        more = _date(name, field_, texts)
    elif column.kind in ("int", "float"):
        more = _number(column, field_, texts)
    elif column.kind == "str" and texts and all(text.lstrip().startswith("{") for text in texts):
        more = _members(texts)
    elif name == "parcel_id":
        separators = [sign for sign in SEPARATORS if _is_list_of(texts, sign, plots)]
        more = {"split": separators[0] if len(separators) == 1 else separators} if separators else {}
    return {"from": field_.name, **more} if more else field_.name


def _date(name: str, field_: ColumnProfile, texts: list[str]) -> dict[str, Any]:
    """The form of dates, and the words for ever; days as yyyy-mm-dd are read whatever the form."""
    forms = [form for form in DATE_FORMS if form != ISO and any(re.match(DATE_FORMS[form], text) for text in texts)]
    named = field_.date_form if field_.date_form in forms else next(iter(forms), "")
    ever = [text for text in texts if text.casefold() in FOR_EVER or re.search(FAR_AWAY, text)]
    more: dict[str, Any] = {"date": named} if named else {}
    if ever and name == ENDS_FOR_EVER:
        more["perpetual"] = ever
    return more


def _number(column: Column, field_: ColumnProfile, texts: list[str]) -> dict[str, Any]:
    """The separator of several numbers in a cell, and the factor that brings them within the bounds of the column."""
    more: dict[str, Any] = {}
    if any(re.search(r"\d\s*;\s*\d", text) for text in texts):
        more["highest"] = ";"
    parts = [part.strip().replace(",", ".") for text in texts for part in text.split(";")]
    numbers = [float(part) for part in parts if re.fullmatch(r"-?\d+(\.\d+)?", part)]
    top = float(column.maximum) if isinstance(column.maximum, int | float) else None
    if numbers and top is not None and max(numbers) > top and column.kind == "float":
        low = float(column.minimum) if isinstance(column.minimum, int | float) else 0.0
        is_thousandth = max(numbers) / 1000 <= top and min(number for number in numbers if number) / 1000 >= low
        more |= {"factor": 0.001} if is_thousandth else {}
    return more


def _members(texts: list[str]) -> dict[str, Any]:
    """The members of objects in cells, those that are filled in most of them first; names before kinds."""
    counts: dict[str, int] = {}
    for text in texts:
        try:
            content = json.loads(text)
        except ValueError:
            return {}
        for key, value in content.items():
            counts[key] = counts.get(key, 0) + bool(value)
    return {"member": sorted(counts, key=lambda key: ("naam" not in key.lower(), "cat" in key.lower(), -counts[key]))}


def _is_list_of(texts: list[str], sign: str, plots: Collection[str]) -> bool:
    """Whether cells hold several keys of plots with this sign between."""
    several = [text for text in texts if sign in text and text not in plots]
    if not several:
        return False
    if not plots:
        return sign in ",;" and len(several) < len(texts)
    parts = [part.strip() for text in several for part in text.split(sign)]
    return sum(part in plots for part in parts) >= 0.5 * len(parts)


def _fill_key(draft: ColumnDraft, file: FileLayer, candidate: Candidate) -> None:
    """A key that no column of the file is named for: the first that is unique, else a digest of all."""
    layer = TABLES[candidate.layer]
    if len(layer.key) > 1 or layer.key[0] in draft.columns or layer.columns[layer.key[0]].pattern:
        return
    key = layer.key[0]
    if key in ("parcel_id", "contract_id") and not layer.shape:
        return  # it names something of another file, which only that can say
    used = {spec if isinstance(spec, str) else spec.get("from") for spec in draft.columns.values()}
    unique = [column.name for column in file.columns if column.is_key and column.name not in used]
    if unique:
        draft.columns[key] = unique[0]
        draft.notes[key] = "the only column that is unique" if len(unique) == 1 else "unique; named for no key"
    elif file.columns or file.shape:
        named = {"digest": [column.name for column in file.columns]}
        draft.columns[key] = named | ({"shape": True} if file.shape else {})
        draft.notes[key] = "the file has no key"
