"""Text becomes a value of the declared type, or a fault with row, field and what stood there."""

import hashlib
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.column import Column
from layers.errors import ConfigRefusal
from layers.glossary import dutch_choice, english_choice
from layers.sentences import Sentence
from pipeline.land.keys import is_scientific
from pipeline.project.number_texts import with_points
from pipeline.project.raw_table import UNVALUED
from pipeline.project.raw_table import column as column_of
from pipeline.project.source import ConstantConfig, DigestConfig, FromColumnConfig, SourceConfig
from pipeline.stages.harmonise.time_limit import time_limit

WANTED = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "yes or no",
    "date": 'a date (yyyy-mm-dd, or as the card says with date = "%d-%m-%Y")',
}
# What stands in a cell of which the formula has no outcome.
SHEET_ERRORS = (
    "#REF!",
    "#N/A",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "#NUM!",
    "#NULL!",
    "#N/B",
    "#VERW!",
    "#WAARDE!",
    "#NAAM?",
)
PATTERN_S = 60.0  # of one column: a pattern that tries its parts in every order would go on for ever
POWER = r"[eE\uff25\uff45]\W*\d+\s*$"
ROUNDED_KEY = "a key as a rounded number"
YES, NO = {"ja", "j", "true", "waar", "1", "yes"}, {"nee", "n", "false", "onwaar", "0", "no"}


def convert(
    cells: pd.DataFrame, name: str, column: Column, card: SourceConfig, shapes: Any = None
) -> tuple[pd.Series, pd.DataFrame]:
    """One column of the layer from the cells, and for keys from shapes as they stand in the file, as the card says; and
    for each bad cell the reason, text and field."""
    spec = card.columns.get(name)
    if isinstance(spec, FromColumnConfig):
        field, written = spec.from_, column_of(cells, spec.from_, card)
        texts = pluck(written, spec)
    elif isinstance(spec, ConstantConfig):
        field, texts = name, pd.Series(str(spec.value), index=cells.index, dtype=object)
        written = texts
    else:
        values = _digest(cells, spec, card, shapes) if spec is not None else _left_out(cells, name, column, card)
        return values, pd.DataFrame({"reason": [], "finding": [], "field": []}, dtype=object)
    values = _typed(texts, name, column, card)
    # What the spreadsheet could not work out is told as such, whatever else is wrong with it.
    faults = [_sheet_faults(written), _judge(texts, values, column)]
    if isinstance(spec, FromColumnConfig):
        faults += [_unread(written, texts, column), _rounded(texts.str.removeprefix(spec.prefix), name, column)]
    every = pd.concat(faults)
    return values, every[~every.index.duplicated()].assign(field=field)


def _sheet_faults(texts: pd.Series) -> pd.DataFrame:
    """Cells of a spreadsheet that hold no value: of which a part that the card asks for would be nothing at all."""
    failed = texts[texts.isin(SHEET_ERRORS)]
    unvalued = texts[texts.str.startswith(UNVALUED, na=False)].str.removeprefix(UNVALUED)
    return pd.concat(
        [
            pd.DataFrame({"reason": "an error of the spreadsheet", "finding": failed}),
            pd.DataFrame({"reason": "a formula without a stored value", "finding": unvalued}),
        ]
    )


def is_perpetual(texts: pd.Series, spec: FromColumnConfig) -> pd.Series:
    """Which cells hold a word that the card lists as perpetual."""
    return texts.str.casefold().isin([word.casefold() for word in spec.perpetual])


def pluck(texts: pd.Series, spec: FromColumnConfig) -> pd.Series:
    """The part of the text that the card asks for; None where its pattern does not fit."""
    if spec.pattern is not None:
        with time_limit(PATTERN_S, f"pattern '{spec.pattern}' of column '{spec.from_}'"):
            texts = texts.str.extract(re.compile(spec.pattern), expand=False)
    if spec.member:
        texts = texts.map(lambda text: _member(text, spec.member))
    if spec.highest is not None:
        texts = texts.map(lambda text: _highest(text, str(spec.highest)))
    if spec.perpetual:
        texts = texts.mask(is_perpetual(texts, spec))
    if spec.prefix:
        texts = spec.prefix + texts
    return texts.astype(object).where(texts.notna(), None)


def _member(text: str | None, names: tuple[str, ...]) -> str | None:
    """The first of these members that an object has, as text; text that is no object is itself."""
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return text
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return text
    member = next((content[name] for name in names if content.get(name)), None)
    return None if member is None else str(member)


def _highest(text: str | None, separator: str) -> str | None:
    if not isinstance(text, str):
        return None
    numbers = [part.strip() for part in text.split(separator) if re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", part)]
    return max(numbers, key=float) if numbers else None


def _digest(cells: pd.DataFrame, spec: DigestConfig, card: SourceConfig, shapes: Any) -> pd.Series:
    if spec.shape and shapes is None:
        raise ConfigRefusal(
            Sentence("source '{source}'", source=card.name),
            actual="a key by shape",
            expected="a file with shapes",
            todo="leave out shape",
        )
    joined = pd.Series("", index=cells.index, dtype=object)
    if spec.shape:
        # From whichever corner it was drawn.
        joined += pd.Series(shapely.to_wkb(shapely.normalize(shapes), hex=True), cells.index, dtype=object).fillna("")
    for name in spec.digest:
        # With a sign between that no cell holds: a and bc are not ab and c.
        joined = joined + "\x1f" + column_of(cells, name, card).fillna("")
    return joined.map(lambda text: hashlib.sha256(text.encode()).hexdigest()[:16])


def _left_out(cells: pd.DataFrame, name: str, column: Column, card: SourceConfig) -> pd.Series:
    if not column.optional and "unknown" not in column.choices:
        raise ConfigRefusal(
            f"source '{card.name}'",
            actual=f"nothing in [columns] for '{name}' ({column.meaning})",
            expected="a column of the file, or { value = ... }",
        )
    return pd.Series(None if column.optional else "unknown", index=cells.index, dtype=object)


def _typed(texts: pd.Series, name: str, column: Column, card: SourceConfig) -> pd.Series:
    spec = card.columns.get(name)
    if column.kind == "str":
        return _words(texts, card.values.get(name, {}), column)
    if column.kind == "date":
        form = (spec.date, spec.first_year) if isinstance(spec, FromColumnConfig) else (None, None)
        return dates_of(texts, *form)
    if column.kind == "bool":
        return flags_of(texts)
    values = numbers_of(texts, card, spec.factor if isinstance(spec, FromColumnConfig) else None)
    return values.where(values.isna() | (values == values.round())) if column.kind == "int" else values


def flags_of(texts: pd.Series) -> pd.Series:
    """Yes or no, by the words for them; empty what is neither."""
    words = texts.str.casefold()
    return words.isin(YES).astype("boolean").where(words.isin(YES | NO))


def dates_of(texts: pd.Series, form: str | None, first_year: int | None = None) -> pd.Series:
    """Whole days in the card's form, or as yyyy-mm-dd; two digits are a year from the first that the card names on."""
    days = _whole_days(texts)
    if form is None:
        return days
    formed = pd.to_datetime(texts, format=form, errors="coerce")
    if first_year is not None and "%y" in form:
        parts = pd.DataFrame({"year": formed.dt.year, "month": formed.dt.month, "day": formed.dt.day})
        formed = pd.to_datetime(parts.assign(year=first_year + (parts["year"] - first_year) % 100), errors="coerce")
    return formed.fillna(days)


def _whole_days(texts: pd.Series) -> pd.Series:
    """Days written as yyyy-mm-dd; a moment in UTC is the day that it was in Amsterdam."""
    whole = texts.where(texts.str.match(r"^\d{4}-\d{2}-\d{2}([T ].*)?$", na=False))
    days = pd.to_datetime(whole.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    # Registers write midnight in Amsterdam as 22 or 23 o'clock of the day before in UTC.
    zoned = whole.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True, na=False)
    if zoned.any():
        moments = pd.to_datetime(whole[zoned], utc=True, format="ISO8601", errors="coerce")
        days[zoned] = moments.dt.tz_convert("Europe/Amsterdam").dt.normalize().dt.tz_localize(None).astype(days.dtype)
    return days


def _words(texts: pd.Series, dictionary: dict[str, str], column: Column) -> pd.Series:
    if not column.choices:
        return texts.map(lambda text: dictionary.get(text, text)) if dictionary else texts
    # The card's own words come first, then the glossary.
    translations = {
        text.casefold(): english_choice(value, column.choices) or value for text, value in dictionary.items()
    }
    blank = translations.get("", "unknown" if "unknown" in column.choices else None)

    values = {
        text: translations.get(text.casefold()) or english_choice(text, column.choices)
        for text in texts.dropna().unique()
    }
    return texts.map(values).where(texts.notna(), blank).astype(object)


def _unread(cells: pd.Series, texts: pd.Series, column: Column) -> pd.DataFrame:
    """Cells with a text in which the card finds no number: a level without its number is not no level."""
    bad = texts.isna() & cells.notna() & (column.kind in ("int", "float"))
    return pd.DataFrame({"reason": f"not {WANTED[column.kind]}", "finding": cells[bad]})


def _rounded(texts: pd.Series, name: str, column: Column) -> pd.DataFrame:
    """Keys that a spreadsheet rounded and wrote in powers of ten."""
    is_key = column.kind == "str" and name.endswith("_id")
    # Most keys are none by their end, which is looked at first.
    likely = texts[texts.str.contains(POWER, na=False)] if is_key else texts.iloc[:0]
    bad = likely[likely.map(is_scientific).astype(bool)]
    return pd.DataFrame({"reason": ROUNDED_KEY, "finding": bad})


def numbers_of(texts: pd.Series, card: SourceConfig, factor: float | None = None) -> pd.Series:
    """Numbers as the card writes them, times a factor; empty what is none."""
    numbers = pd.to_numeric(with_points(texts, card.table), errors="coerce").astype(float)
    return numbers.where(np.isfinite(numbers)) * (1.0 if factor is None else factor)


def _judge(texts: pd.Series, values: pd.Series, column: Column) -> pd.DataFrame:
    """Rows that cannot stand: text without a meaning, nothing where something is due, or a value out of bounds."""
    # Later tests go before earlier ones: text without a meaning is told as such, not as nothing.
    reasons = pd.Series(None, index=texts.index, dtype=object)
    for bound, beyond, is_beyond in ((column.minimum, "below", values.lt), (column.maximum, "above", values.gt)):
        if bound is not None:
            limit = pd.Timestamp(bound) if column.kind == "date" else bound
            hint = "; a word for perpetual?" if column.kind == "date" and beyond == "above" else ""
            reasons[is_beyond(limit)] = f"{beyond} {bound} {column.unit}".strip() + hint
    if column.pattern:
        reasons[values.notna() & ~values.astype(str).str.match(column.pattern)] = f"not like {column.pattern}"
    if not column.optional:
        reasons[values.isna()] = "empty"
    wanted = f"one of {[dutch_choice(choice) for choice in column.choices]}" if column.choices else WANTED[column.kind]
    reasons[values.isna() & texts.notna()] = f"not {wanted}"
    bad = reasons.notna()
    return pd.DataFrame({"reason": reasons[bad], "finding": texts[bad]})
