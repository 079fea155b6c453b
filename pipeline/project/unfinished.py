"""What is still to be filled in on cards: the text TODO, by which `init` says that it could not know."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from layers.errors import ConfigRefusal
from layers.glossary import dutch_choice
from layers.sources import TABLES
from pipeline.project.toml_words import TomlWord, toml_words

TODO = "TODO"
PLACES_OF_CARDS = (".", "sources", "clusters")
OF_PROJECT_CARD = {
    "reference_date": "the day that counts as today, without quotes, such as 2026-10-01",
    "horizons": "the years to answer for, such as [2030, 2050]",
}
OF_SOURCE_CARD = {
    "path": "the file, counted from the data folder",
    "licence": "under which terms the file may be used",
    "dated": "the day of which the file is, without quotes, such as 2026-10-01",
    "basis": "what the file is, and of whom",
}


def refuse_unfinished(folder: Path) -> None:
    """Refuse a project in whose cards something is still to be filled in, with all of it at once: file, line and key,
    and what is due there."""
    faults = [
        fault for place in PLACES_OF_CARDS for path in sorted((folder / place).glob("*.toml")) for fault in _open(path)
    ]
    if faults:
        raise ConfigRefusal(
            f"project '{folder}'",
            actual=[f"still to be filled in: {fault}" for fault in faults],
            todo="write there what you know; a line that you have nothing for may go, if the card does not need it",
        )


def _open(path: Path) -> Iterator[str]:
    content = path.read_bytes()
    if TODO.encode() not in content:
        return
    text = content.decode("utf-8", errors="replace")
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:  # which is refused as such where the card is read
        return
    words = list(toml_words(text))
    layer = next((word.text for word in words if word.path == ("source", "layer") and not word.is_key), "")
    name = path.name if path.parent.name not in PLACES_OF_CARDS else f"{path.parent.name}/{path.name}"
    for word in words:
        if word.text == TODO and not word.is_key:
            line = text.count("\n", 0, word.start) + 1
            key = ".".join(part if " " not in part else f"'{part}'" for part in word.path)
            yield f"{name}, line {line}: {key}: {_due(word, layer)}"


def _due(word: TomlWord, layer: str) -> str:
    """What is to be written there, in words."""
    columns = TABLES[layer].columns if layer in TABLES else {}
    match word.path:
        case ("source", "values", column, text) if column in columns:
            choices = [dutch_choice(choice) for choice in columns[column].choices]
            return f"what '{text}' stands for, one of {choices}"
        case ("source", "columns", column, *_) if column in columns:
            declared = columns[column]
            words = f" ({', '.join(dutch_choice(choice) for choice in declared.choices)})" if declared.choices else ""
            return f"the column of the file with {declared.meaning}{words}, or {{ value = ... }} for every row"
        case ("source", key) if key in OF_SOURCE_CARD:
            return OF_SOURCE_CARD[key]
        case (key,) if key in OF_PROJECT_CARD:
            return OF_PROJECT_CARD[key]
    return "not known to init"
