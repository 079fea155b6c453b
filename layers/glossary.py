"""The glossary: one Dutch term for one English word, both ways; read from glossary.toml beside this file."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from layers.closed_lists import CLOSED_LISTS, HOLDING_TERMS, ROOM_TERMS
from layers.columns import ASPECTS
from layers.sentences import JoinedSentences, Sentence

PACKAGE_DATA = ("glossary.toml",)  # files beside this module that it reads; freshness counts them


@cache
def _content() -> dict[str, Any]:
    content = tomllib.loads(Path(__file__).with_name(PACKAGE_DATA[0]).read_text(encoding="utf-8"))
    listed = {term.key: term.dutch for terms in CLOSED_LISTS.values() for term in terms}
    reasons = {f"holding.{term.key}": f"bezit: {term.dutch}" for term in HOLDING_TERMS if term.key != "free"}
    aspects = {
        f"{aspect}.{room.key}": f"{content['choices'][aspect]}: {room.dutch}"
        for aspect in ASPECTS
        for room in ROOM_TERMS
    }
    return content | {"choices": listed | reasons | aspects | content["choices"]}


def dutch_column(name: str) -> str:
    """The published name of a column; a year at its end stays."""
    stem, year = _without_year(name)
    return str(_content()["columns"][stem]).replace("{year}", year)


def dutch_choice(value: str) -> str:
    """The Dutch word for a value of a closed list; other text as it is."""
    return str(_content()["choices"].get(value, value))


def dutch_reason(text: str) -> str:
    """A reason in Dutch: the words that the glossary knows at its start are translated, the rest stays."""
    known = _content()["reasons"]
    # The longest that is known: by a shorter one the rest of the reason would stay English.
    start = max((words for words in known if text.startswith(words)), key=len, default="")
    rest, separator, end = text[len(start) :].rpartition("; ")
    if separator and end in known:
        return f"{known.get(start, start)}{rest}{separator}{known[end]}"
    return str(known[start]) + text[len(start) :] if start else dutch_choice(text)


def dutch_sentence(text: str) -> str:
    """What a refusal says, in Dutch where the glossary has it; a value with the name `reason` is a reason. What stands
    in a user's file stays as it is."""
    known = _content()["refusals"]
    if isinstance(text, JoinedSentences):
        return str(known.get(text.separator, text.separator)).join(map(dutch_sentence, text.parts))
    if not isinstance(text, Sentence):
        return str(known.get(text, text))
    values = {
        name: dutch_reason(value)
        if name == "reason"
        else dutch_sentence(value)
        if isinstance(value, Sentence | JoinedSentences)
        else value
        for name, value in text.values.items()
    }
    return str(known.get(text.template, text.template)).format(**values)


def refusals() -> dict[str, str]:
    """All sentences of refusals by their English template."""
    return dict(_content()["refusals"])


def english_choice(text: str, choices: tuple[str, ...]) -> str | None:
    """The value of a closed list that an English or Dutch word stands for, whatever its capitals; None when
    no such word."""
    words = {choice.casefold(): choice for choice in choices}
    words |= {dutch_choice(choice).casefold(): choice for choice in choices}
    return words.get(text.strip().casefold())


def columns() -> dict[str, str]:
    """All published column names by English name; `{year}` stands for a year."""
    return dict(_content()["columns"])


def choices() -> dict[str, str]:
    """All Dutch values by English value."""
    return dict(_content()["choices"])


def terms() -> list[dict[str, str]]:
    """The terms that a planner may look up: Dutch term, meaning in Dutch, English word."""
    return [
        {"term": entry["dutch"], "definition": entry["meaning"], "english": name}
        for name, entry in _content()["terms"].items()
    ]


def _without_year(name: str) -> tuple[str, str]:
    parts = name.split("_")
    # Four digits: any other number in a name is no year.
    years = [part for part in parts if part.isdigit() and len(part) == 4]
    return ("_".join("{year}" if part in years else part for part in parts), years[0] if years else "")
