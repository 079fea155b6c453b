"""By which words the files of others are known; read from synonyms.toml beside this file, with our own names and the
glossary."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from layers.glossary import columns as glossary_columns
from layers.glossary import dutch_choice, english_choice
from layers.layer import Layer
from layers.sources import SOURCES

PACKAGE_DATA = ("synonyms.toml",)  # files beside this module that it reads; freshness counts them
MOST_NAMES = 20_000  # names are compared with each other many times over


@dataclass(frozen=True)
class Synonyms:
    """What a layer, its columns and the values of its closed lists are called elsewhere, the likeliest first.

    patterns: how cells of a column are written. hints: words in cells of any column that speak for the layer. units: of
    a grid, words in its tags; coarse: the least size of its cells in metres.
    """

    files: tuple[str, ...] = ()
    columns: dict[str, list[str]] = field(default_factory=dict)
    patterns: dict[str, str] = field(default_factory=dict)
    words: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    hints: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    coarse: float = 0.0

    def choice_of(self, column: str, word: str, choices: tuple[str, ...]) -> str | None:
        """The value of a closed list that a word stands for, by the glossary or by our synonyms; None where by none."""
        known = english_choice(word, choices)
        if known is not None:
            return known
        wanted, listed = plain(word), self.words.get(column, {})
        return next(
            (key for key in choices if wanted in map(plain, (key, dutch_choice(key), *listed.get(key, ())))), None
        )


@lru_cache(MOST_NAMES)
def plain(text: str) -> str:
    """A text without capitals, accents and signs, by which names are compared."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^a-z0-9]+", "", letters)


@lru_cache(MOST_NAMES)
def parts_of_name(text: str) -> tuple[str, ...]:
    """The words in a name of a file or column: parted by signs, by capitals within, and from digits."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    letters = unicodedata.normalize("NFKD", spaced).casefold()
    return tuple(re.findall(r"[a-z]+|\d+", letters))


@cache
def synonyms() -> dict[str, Synonyms]:
    """Of every source layer what it is called elsewhere."""
    content = tomllib.loads(Path(__file__).with_name(PACKAGE_DATA[0]).read_text(encoding="utf-8"))
    dutch = glossary_columns()
    return {name: _of_layer(name, content.get(name, {}), dutch) for name in SOURCES}


def _of_layer(name: str, content: dict[str, Any], dutch: dict[str, str]) -> Synonyms:
    layer = SOURCES[name]
    columns: dict[str, list[str]] = {}
    for column, declared in (layer.columns if isinstance(layer, Layer) else {}).items():
        ours = [column, dutch.get(column, column), declared.title]
        columns[column] = list(dict.fromkeys([*ours, *content.get("columns", {}).get(column, [])]))
    files = (name, layer.title, *content.get("files", ()))
    return Synonyms(
        files=files,
        columns=columns,
        patterns=content.get("patterns", {}),
        words=content.get("words", {}),
        hints=tuple(content.get("hints", ())),
        units=tuple(content.get("units", ())),
        coarse=float(content.get("coarse", 0.0)),
    )
