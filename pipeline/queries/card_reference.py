"""What a card may contain, from the grammar that reads it: for a terminal, as a page, and as JSON Schema for editors.

Examples are values of the cards of the house and of the example, so that none is invented.
"""

import csv
import datetime as dt
import json
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.errors import ConfigRefusal
from layers.sources import SOURCES
from pipeline.project.cards import CARDS, Card, Schema, schema_of
from pipeline.queries.drafting.cards import as_toml
from pipeline.storage.whole_files import replace

SCHEMA_FOLDER = ".schema"  # of a project, in which its cards find their schemas
LONGEST_EXAMPLE = 60
LINE_WIDTH, KEY_WIDTH = 100, 22
INTRODUCTION = (
    "Every key of every card, with its type, unit, bounds and default. `industrieruimte describe card source` says the "
    "same on the terminal, with `--json` as JSON Schema; [schema/](schema/) has that for editors, and `init` puts it "
    "into a project. A key that is not required may be left out. Examples are values of the rules of the house and of "
    "the example."
)
TYPE_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "table",
    "array": "list",
}


@dataclass(frozen=True)
class Section:
    """A table of a card: where it stands (none: the card itself), what it is, and its keys."""

    place: str
    meaning: str
    keys: Sequence[tuple[str, Schema, bool]]


def schemas(folders: Sequence[Path]) -> dict[str, str]:
    """Return the JSON Schema of each card in TOML, by the name of its file; examples from the cards in folders."""
    return {
        f"{name}.json": json.dumps(_with_examples(card, folders), indent=1, ensure_ascii=False, default=str) + "\n"
        for name, card in CARDS.items()
        if card.is_toml
    }


def write_schemas(project: Path, folders: Sequence[Path]) -> list[Path]:
    """Write the schemas into a project, below SCHEMA_FOLDER; return those that were not there, or otherwise."""
    changed = []
    for name, text in schemas(folders).items():
        path = project / SCHEMA_FOLDER / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            replace(path, text.encode())
            changed.append(path)
    return changed


def schema_line(place: str) -> str:
    """Return the line by which a card in a project names its schema to editors; none for a file that has none."""
    for name, card in CARDS.items():
        if card.is_toml and Path(place).match(card.place):
            return f"#:schema {'../' * place.count('/') or './'}{SCHEMA_FOLDER}/{name}.json\n"
    return ""


def card_text(name: str, folders: Sequence[Path]) -> str:
    """Return what a card may contain, in lines of 100 signs; raises ConfigRefusal for a name that no card has."""
    card = _card(name)
    lines = [f"{name}: {_place(card)}"]
    for section in _sections(card, folders):
        lines += ["", *textwrap.wrap(f"{section.place}  {section.meaning}".strip(), LINE_WIDTH)]
        for key, entry, is_due in section.keys:
            text = f"{_facts(entry, is_due)}: {_said(entry)}"
            head = f"  {key:<{KEY_WIDTH}} "
            indent = " " * (KEY_WIDTH + 3)
            lines += textwrap.wrap(text, LINE_WIDTH, initial_indent=head, subsequent_indent=indent)
    return "\n".join(lines)


def cards_text() -> str:
    """Return all cards with their places, and what each is."""
    return "\n".join(
        textwrap.fill(
            f"{name:<10} {_place(card):<34} {_meaning(card)}",
            LINE_WIDTH,
            subsequent_indent=" " * 46,
        )
        for name, card in CARDS.items()
    )


def card_json(name: str, folders: Sequence[Path]) -> Schema:
    """Return the JSON Schema of a card; raises ConfigRefusal for a name that no card has."""
    return _with_examples(_card(name), folders)


def cards_page(folders: Sequence[Path], note: str) -> str:
    """Return the page of all cards, as Markdown; note: what stands below its title."""
    lines = [
        "# What cards may contain",
        "",
        note,
        *textwrap.wrap(INTRODUCTION, 110),
        "",
        *(f"- [{name}](#{name}): {_place(card)}" for name, card in CARDS.items()),
    ]
    for name, card in CARDS.items():
        lines += ["", f"## {name}", "", f"{_place(card)}."]
        for section in _sections(card, folders):
            lines += ["", *([f"### {name}: `{section.place}`", ""] if section.place else []), section.meaning, ""]
            lines += ["| key | what may stand there | meaning |", "|---|---|---|"]
            lines += [
                f"| `{key}` | {_in_cell(_facts(entry, is_due))} | {_in_cell(_said(entry))} |"
                for key, entry, is_due in section.keys
            ]
    return "\n".join(lines) + "\n"


def _card(name: str) -> Card:
    if name not in CARDS:
        raise ConfigRefusal("describe card", actual=f"no card '{name}'", expected=f"one of {list(CARDS)}")
    return CARDS[name]


def _place(card: Card) -> str:
    kind = f"table [{card.table}]" if card.table else "card" if card.is_toml else "a row per line"
    return f"{card.place} ({kind})"


def _meaning(card: Card) -> str:
    return " ".join((card.model.__doc__ or "").split())


def _in_cell(text: str) -> str:
    return text.replace("|", "\\|")


def _facts(entry: Schema, is_due: bool) -> str:
    """The type of a value, its default, or that it is required."""
    facts = [_type_words(entry)]
    facts += ["required"] if is_due else []
    default = entry.get("default")
    facts += [f"default {as_toml(default)}"] if default not in (None, "", [], ()) else []
    return "; ".join(facts)


def _said(entry: Schema) -> str:
    """The meaning of a key, with an example."""
    examples = [f"such as {_as_written(value, entry)}" for value in entry.get("examples", [])[:1]]
    return "; ".join([entry["description"].rstrip("."), *examples])


def _as_written(value: Any, entry: Schema) -> str:
    # Of a row of a table every value is text.
    is_bare = entry.get("format") == "date" or entry.get("type") in ("integer", "number")
    return str(value) if is_bare else as_toml(value)


def _type_words(entry: Schema) -> str:
    kinds = [kind for several in ("anyOf", "oneOf") for kind in entry.get(several, [])]
    if kinds:
        return " or ".join(dict.fromkeys(_type_words(kind) for kind in kinds))
    if "$ref" in entry or "allOf" in entry:
        return "table"
    if "const" in entry or len(entry.get("enum", [])) == 1:
        return as_toml(entry.get("const", *entry.get("enum", [])))
    if "enum" in entry:
        return "one of " + ", ".join(as_toml(value) for value in entry["enum"])
    words = "date" if entry.get("format") == "date" else TYPE_WORDS.get(str(entry.get("type")), "any value")
    if isinstance(entry.get("items"), dict):
        words += f" of {_type_words(entry['items'])}"
    if isinstance(entry.get("additionalProperties"), dict):
        words += f" by name, of {_type_words(entry['additionalProperties'])}"
    return words + _bounds(entry)


def _bounds(entry: Schema) -> str:
    words = [
        f"{word} {entry[key]:.15g}"
        for key, word in (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"))
        if key in entry
    ]
    return f" {' '.join(words)}" if words else ""


def _sections(card: Card, folders: Sequence[Path]) -> Iterator[Section]:
    """The card itself, and each table in it once, at the first place where it stands."""
    schema = _with_examples(card, folders)
    root = schema["properties"][card.table] if card.table else schema
    waiting: list[tuple[str, Schema]] = [("", root)]
    seen: list[Schema] = []
    while waiting:
        place, part = waiting.pop(0)
        if any(part is other for other in seen):
            continue
        seen.append(part)
        due = part.get("required", [])
        keys = [(key, entry, key in due) for key, entry in part["properties"].items()]
        yield Section(place, part["description"], keys)
        for key, entry in part["properties"].items():
            waiting += [
                (f"{place}.{key}{path}".lstrip("."), inside) for path, inside in _tables_in(entry, schema["$defs"])
            ]


def _tables_in(entry: Schema, definitions: Mapping[str, Schema]) -> Iterator[tuple[str, Schema]]:
    """The tables that may stand at a key, with what comes behind it: a name, or a kind."""
    for part in _alternatives(entry, definitions):
        if "properties" in part:
            kind = part["properties"].get("kind", {}).get("const")
            yield (f' with kind = "{kind}"' if kind else ""), part
        elif isinstance(part.get("additionalProperties"), dict):
            yield from (
                (f".NAME{path}", inside) for path, inside in _tables_in(part["additionalProperties"], definitions)
            )
        elif isinstance(part.get("items"), dict):
            yield from ((f"[]{path}", inside) for path, inside in _tables_in(part["items"], definitions))


def _alternatives(entry: Schema, definitions: Mapping[str, Schema]) -> Iterator[Schema]:
    """What an entry may be, references followed."""
    if "$ref" in entry:
        yield definitions[entry["$ref"].rpartition("/")[2]]
    several = [part for name in ("allOf", "anyOf", "oneOf") for part in entry.get(name, [])]
    for part in several:
        yield from _alternatives(part, definitions)
    if not several and "$ref" not in entry:
        yield entry


def _with_examples(card: Card, folders: Sequence[Path]) -> Schema:
    """The schema of a card, in which each key has the first value that the cards in folders give it."""
    schema = schema_of(card)
    for content in _contents(card, folders):
        _add_examples(schema, content, schema["$defs"])
    if card is CARDS["source"]:
        schema["properties"]["source"]["properties"]["layer"]["enum"] = sorted(set(SOURCES) - {"overrides"})
    return schema


def _contents(card: Card, folders: Sequence[Path]) -> Iterator[Any]:
    for path in sorted(path for folder in folders for path in folder.glob(card.place)):
        text = path.read_text(encoding="utf-8-sig")
        if card.is_toml:
            yield tomllib.loads(text)
        else:
            yield from csv.DictReader(text.splitlines(), delimiter=";")


def _add_examples(entry: Schema, value: Any, definitions: Mapping[str, Schema]) -> None:
    for part in _alternatives(entry, definitions):
        if isinstance(value, list) and isinstance(part.get("items"), dict):
            for each in value:
                _add_examples(part["items"], each, definitions)
        if not isinstance(value, dict):
            continue
        known = part.get("properties", {})
        kind = known.get("kind", {}).get("const")
        if kind is not None and value.get("kind") != kind:
            continue
        if known and not set(value) <= set(known):
            continue
        for key, inside in value.items():
            below = known.get(key) or part.get("additionalProperties")
            if not isinstance(below, dict):
                continue
            if key in known and inside not in ("", [], below.get("default")) and _is_short(inside):
                below.setdefault("examples", [inside.isoformat() if isinstance(inside, dt.date) else inside])
            _add_examples(below, inside, definitions)


def _is_short(value: Any) -> bool:
    return len(as_toml(value)) <= LONGEST_EXAMPLE and not (
        isinstance(value, list) and value and isinstance(value[0], dict)
    )
