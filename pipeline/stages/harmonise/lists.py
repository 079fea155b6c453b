"""Cells that hold several values, such as the plots of one contract, as a row for each."""

import re
from typing import Any

import pandas as pd

from pipeline.land.keys import expanded
from pipeline.project.source import FromColumnConfig, SourceConfig


def explode(cells: pd.DataFrame, card: SourceConfig) -> pd.DataFrame:
    """One row per part where the card splits a cell, or names the words of a range; empty parts are no part."""
    for spec in card.columns.values():
        if isinstance(spec, FromColumnConfig) and (spec.split or spec.ranges) and spec.from_ in cells:
            parts = cells[spec.from_].map(lambda text, by=spec: _parts(text, by))
            cells = cells.assign(**{spec.from_: parts}).explode(spec.from_)
    return cells


def _parts(text: Any, spec: FromColumnConfig) -> list[str | None]:
    """The values in a cell; what is no range by its ends stays as it is, and is no key on the map."""
    if not isinstance(text, str):
        return [None]
    ranges, signs = (_pattern(words) for words in (spec.ranges, spec.split))
    # The sign of a list may stand in the word of a range (`t/m`), and that is no end of a value.
    pattern = re.compile("|".join(part for part in (ranges, signs and f"(?P<sign>{signs})") if part), re.IGNORECASE)
    ends = [match.span() for match in pattern.finditer(text) if match.groupdict().get("sign")]
    starts, stops = [0, *(end for _, end in ends)], [*(start for start, _ in ends), len(text)]
    parts = [text[start:stop].strip() for start, stop in zip(starts, stops, strict=True)]
    return [value for part in parts if part for value in _range(part, ranges)] or [None]


def _range(part: str, words: str) -> list[str]:
    ends = re.split(words, part, flags=re.IGNORECASE) if words else [part]
    return (expanded(ends[0].strip(), ends[1].strip()) if len(ends) == 2 else None) or [part]


def _pattern(words: tuple[str, ...]) -> str:
    """A pattern of any of these words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
