"""What can be said of a layer of a file and of its columns, from a sample of its rows."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pipeline.land.keys import is_scientific
from pipeline.project.raw_table import UNVALUED
from pipeline.project.source import SourceConfig
from pipeline.stages.acquire.attributes import GARBLED
from pipeline.stages.harmonise.convert import NO, POWER, SHEET_ERRORS, YES

MOST_WORDS = 30  # as many different cells as can be the words of a list
FEW_WORDS = 12  # as many may be words of a list even where none stands there twice
MOST_SAMPLES = 3
MOST_DIFFERENT = 2_000  # cells of a column by which its type is known
MOST_SHOWN = 40  # signs of a cell
MOSTLY = 0.9  # share of the cells by which a column is of a type
WHOLE_NUMBER = r"^[-+]?\d+$"
NUMBER = r"^(?:€|EUR)?\s*[-+]?(?:\d+|\d{1,3}(?:\.\d{3})+(?=,))(?:[.,](?:\d+|-+))?(?:[eE][-+]?\d+)?$"
DATE_FORMS = {
    "%Y-%m-%d": r"^\d{4}-\d{2}-\d{2}([T ].*)?$",
    "%d-%m-%Y": r"^(0?[1-9]|[12]\d|3[01])-(0?[1-9]|1[0-2])-\d{4}$",
    "%d/%m/%Y": r"^(0?[1-9]|[12]\d|3[01])/(0?[1-9]|1[0-2])/\d{4}$",
    "%d.%m.%Y": r"^(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.\d{4}$",
    "%Y/%m/%d": r"^\d{4}/\d{2}/\d{2}$",
    "%Y%m%d": r"^(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$",
}
# Words among dates and numbers, for no end and for nothing known.
FOR_EVER = (
    "eeuwigdurend",
    "voor onbepaalde tijd",
    "onbepaalde tijd",
    "onbepaald",
    "altijddurend",
    "perpetual",
    "afgekocht",
)
NOTHING_KNOWN = (
    *("n.v.t.", "nvt", "n.t.b.", "ntb", "n.b.", "onbekend", "null", "<null>", "none", "-", "--", "leeg"),
    "nader te bepalen",
)
WKT = r"(?i)^\s*(SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON|CURVE|SURFACE|GEOMETRYCOLLECTION)"
ENDS_IN_POWER, IN_OTHER_ENCODING = re.compile(POWER), re.compile(GARBLED)


@dataclass(frozen=True)
class ColumnProfile:
    """A column of a file: type of its cells, how many are filled and differ, samples, and the words with their counts
    where they are few; whether it may be a key; how its dates are written."""

    name: str
    kind: str
    filled: int
    distinct: int
    samples: tuple[str, ...]
    words: Mapping[str, int] = field(default_factory=dict)
    is_key: bool = False
    date_form: str = ""
    decimal: str = "."


@dataclass(frozen=True)
class FileLayer:
    """A layer, sheet, table or grid in a file; rows as the format counts them, of which `cells` hold a sample as text.

    card: how a source card would say to read it, without path and columns. shape: polygon, line, point, several or "".
    declared, likely: coordinate systems; extent: west, south, east, north in that of the file. grid: of a grid, what
    can be said of its values.
    """

    path: str
    member: str = ""
    format: str = ""
    name: str = ""
    rows: int | None = None
    shape: str = ""
    declared: str = ""
    likely: str = ""
    extent: tuple[float, ...] = ()
    columns: tuple[ColumnProfile, ...] = ()
    faults: tuple[str, ...] = ()
    card: Mapping[str, Any] = field(default_factory=dict)
    grid: Mapping[str, Any] = field(default_factory=dict)
    cells: pd.DataFrame = field(default_factory=pd.DataFrame)
    is_whole: bool = True

    @property
    def label(self) -> str:
        """What it is called in a list: the file, a member of it, and the layer."""
        inner = [part for part in (self.member, self.name) if part]
        return " > ".join([self.path, *inner])


def profiles(cells: pd.DataFrame) -> tuple[ColumnProfile, ...]:
    """Each column of these cells of text."""
    return tuple(_profile(str(name), cells[name]) for name in cells.columns)


def _profile(name: str, texts: pd.Series) -> ColumnProfile:
    counts = Counter(text for text in texts if text is not None)
    filled, words = sum(counts.values()), list(counts)[:MOST_DIFFERENT]
    kind, form = _kind(words)
    is_list = kind in ("text", "number", "whole number", "yes or no") and 0 < len(counts) <= MOST_WORDS
    are_few = is_list and (len(counts) < filled or len(counts) <= FEW_WORDS)
    is_key = 0 < filled == len(texts) == len(counts) and kind in ("text", "whole number")
    has_commas = kind == "number" and any("," in word for word in words)
    return ColumnProfile(
        name,
        kind,
        filled,
        len(counts),
        tuple(short(word) for word in words[:MOST_SAMPLES]),
        dict(counts.most_common()) if are_few else {},
        is_key,
        form,
        "," if has_commas else ".",
    )


def short(text: Any, most: int = MOST_SHOWN) -> str:
    """A cell on one line, cut to so many signs."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else f"{line[: most - 3]}..."


def _kind(words: Sequence[str]) -> tuple[str, str]:
    """The type of these different cells, and the form of dates; but for words that say that nothing is known."""
    words = [word for word in words if word.casefold() not in (*FOR_EVER, *NOTHING_KNOWN)] or words
    if not words:
        return "empty", ""
    if _share(WKT, words) > MOSTLY:
        return "shapes as text", ""
    if {word.casefold() for word in words} <= YES | NO and not all(word.isdigit() for word in words):
        return "yes or no", ""
    shares = {form: _share(pattern, words) for form, pattern in DATE_FORMS.items()}
    form = max(shares, key=lambda name: shares[name])
    if shares[form] > 0.5:  # words for 'for ever' and the like may stand among them
        return "date", form
    if _share(NUMBER, words) > MOSTLY:
        return ("whole number" if _share(WHOLE_NUMBER, words) > MOSTLY else "number"), ""
    return "text", ""


def _share(pattern: str, words: Sequence[str]) -> float:
    """The share of these texts that are written like a pattern."""
    written = re.compile(pattern)
    return sum(written.match(word) is not None for word in words) / len(words)


def faults_of(cells: pd.DataFrame) -> list[str]:
    """What is wrong with cells, by column: rounded keys, formulas without outcome, text in another encoding."""
    faults = []
    for name in cells.columns:
        words = dict.fromkeys(text for text in cells[name] if text is not None)
        tests: dict[str, Callable[[str], Any]] = {
            "numbers that a spreadsheet rounded": lambda word: ENDS_IN_POWER.search(word) and is_scientific(word),
            "formulas without a stored value": lambda word: word.startswith(UNVALUED),
            "errors of the spreadsheet": lambda word: word in SHEET_ERRORS,
            "text read in another encoding than it is in": IN_OTHER_ENCODING.search,
        }
        for fault, is_wrong in tests.items():
            wrong = [word for word in words if is_wrong(word)]
            if wrong:
                faults.append(f"column '{name}': {fault} ({len(wrong)}, such as {short(wrong[0])!r})")
    return faults


def probe(path: str, **given: Any) -> SourceConfig:
    """A card that says no more of a file than how to read it."""
    card = {
        "layer": "parcels",
        "path": path,
        "licence": "-",
        "dated": "2000-01-01",
        "basis": "-",
        "name": path,
        **given,
    }
    return SourceConfig.model_validate(card)
