"""What cards may contain is said from their grammar: on the terminal, on a page, and as JSON Schema in a project."""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.main import main
from pipeline.project import cards
from pipeline.project.cards import CARDS, Schema, schema_of
from pipeline.queries.card_reference import card_text, schema_line, schemas

ROOT = Path(__file__).parents[1]
FOLDERS = (ROOT / "config", ROOT / "config" / "proefpolder")
IN_TOML = [name for name, card in CARDS.items() if card.is_toml]


def ask(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict, "array": list}
SILENT = {"description", "default", "examples", "title", "$defs", "$schema"}
KNOWN = SILENT | {"type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minItems", "minProperties"}
KNOWN |= {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "items", "properties", "required"}
KNOWN |= {"additionalProperties", "patternProperties", "propertyNames", "$ref", "allOf", "anyOf", "oneOf"}


def faults(part: Schema, value: Any, whole: Schema, place: str = "") -> Iterator[str]:
    """What does not fit a JSON Schema of draft 7, as far as ours go; dates are text in them."""
    assert set(part) <= KNOWN, set(part) - KNOWN
    if "$ref" in part:
        yield from faults(whole["$defs"][part["$ref"].removeprefix("#/$defs/")], value, whole, place)
    for each in part.get("allOf", []):
        yield from faults(each, value, whole, place)
    for name in ("anyOf", "oneOf"):
        if name in part and not any(not list(faults(each, value, whole)) for each in part[name]):
            yield f"{place}: none of {name}"
    kind = TYPES.get(part.get("type", ""), object)
    if not isinstance(value, kind) or (isinstance(value, bool) and part.get("type") in ("integer", "number")):
        yield f"{place}: no {part['type']}"
        return
    if value not in part.get("enum", [value]) or value != part.get("const", value):
        yield f"{place}: {value!r} not in the list"
    yield from _bounds(part, value, place)
    for number, each in enumerate(value if isinstance(value, list) else []):
        yield from faults(part.get("items", {}), each, whole, f"{place}.{number}")
    if isinstance(value, dict):
        yield from (f"{place}: no {key}" for key in part.get("required", []) if key not in value)
        for key, each in value.items():
            for pattern, form in part.get("patternProperties", {}).items():
                if re.search(pattern, key):
                    yield from faults(form, each, whole, f"{place}.{key}")
            below = part.get("properties", {}).get(key, part.get("additionalProperties", {}))
            if below is False:
                yield f"{place}: unknown {key}"
            elif below is not True:
                yield from faults(below, each, whole, f"{place}.{key}")


def _bounds(part: Schema, value: Any, place: str) -> Iterator[str]:
    if isinstance(value, int | float):
        if value < part.get("minimum", value) or value > part.get("maximum", value):
            yield f"{place}: {value} out of bounds"
        if value <= part.get("exclusiveMinimum", value - 1):
            yield f"{place}: {value} too low"
    if isinstance(value, str):
        if not re.search(part.get("pattern", ""), value) or len(value) < part.get("minLength", 0):
            yield f"{place}: {value!r} not of the form"
        if part.get("format") == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            yield f"{place}: {value!r} no date"


def content(path: Path) -> Any:
    """A card as an editor reads it: dates as text."""
    text = path.read_text(encoding="utf-8")
    return json.loads(json.dumps(tomllib.loads(text), default=dt.date.isoformat))


def kind_of(path: Path) -> str:
    return {"sources": "source", "clusters": "cluster", "scenarios": "scenario"}.get(path.parent.name, path.stem)


REAL = [
    path
    for folder in (ROOT / "config", ROOT / "tests" / "westpoort" / "config")
    for path in sorted(folder.rglob("*.toml"))
    if path != ROOT / "config" / "project.toml"  # which only points at another project
]


def test_every_card_that_there_is_fits_its_schema() -> None:
    of_name = {name: schema_of(CARDS[name]) for name in IN_TOML}
    wrong = {path: list(faults(of_name[kind_of(path)], content(path), of_name[kind_of(path)])) for path in REAL}
    assert len(REAL) > 80 and {kind_of(path) for path in REAL} == set(IN_TOML)
    assert {path: words for path, words in wrong.items() if words} == {}


WRONG = {
    "an unknown key": ("source", {"source": {"layr": "parcels"}}, "unknown layr"),
    "a layer that is none": ("source", {"source": {"layer": "kavels"}}, "not in the list"),
    "a date as a number": ("source", {"source": {"columns": {"x": {"from": "X", "date": 7}}}}, "none of anyOf"),
    "a day that is still to be filled in": ("project", {"reference_date": "TODO"}, "no date"),
    "a kind of cluster": ("cluster", {"kind": "haven"}, "not in the list"),
    "a number below its bound": ("constrain", {"quad_segs": 1}, "out of bounds"),
    "an effect": ("scenario", {"title": ""}, "not of the form"),
    "an address of a law": ("publish", {"law_links": {"Bkl": 7}}, "no string"),
}


@pytest.mark.parametrize(("name", "card", "words"), WRONG.values(), ids=WRONG)
def test_a_schema_says_what_is_wrong(name: str, card: dict[str, Any], words: str) -> None:
    schema = json.loads(schemas(FOLDERS)[f"{name}.json"])
    assert any(words in fault for fault in faults(schema, card, schema))


def parts(name: str) -> Iterator[tuple[str, Schema]]:
    schema = schema_of(CARDS[name])
    root = schema["properties"][CARDS[name].table] if CARDS[name].table else schema
    yield from ((place, part) for place, part in [(name, root), *schema["$defs"].items()] if "properties" in part)


@pytest.mark.parametrize("name", CARDS)
def test_every_key_of_every_card_has_a_meaning(name: str) -> None:
    """When this fails: write the meaning as a text below the field of the model."""
    silent = [
        (place, key)
        for place, part in parts(name)
        for key, entry in part["properties"].items()
        if len(entry["description"]) < 5
    ]
    assert silent == [] and not [place for place, part in parts(name) if len(part["description"]) < 10]


def test_every_text_below_a_field_is_of_a_field() -> None:
    for model in cards._models().values():
        assert set(cards.field_meanings(model)) <= set(model.model_fields)


@pytest.mark.parametrize("name", CARDS)
def test_what_a_card_may_contain_is_said_within_a_hundred_signs(name: str) -> None:
    text = card_text(name, FOLDERS)
    assert max(map(len, text.splitlines())) <= 100
    for _, part in parts(name):
        assert all(f"  {key} " in text for key in part["properties"])
    assert not re.search(r"\w+Config\b|null|anyOf|\bNone\b", text)


def test_describe_says_of_a_source_card_type_unit_default_and_example() -> None:
    text = " ".join(ask("describe", "card", "source").output.split())
    assert 'delimiter text; default ",": the sign between fields; such as ";"' in text
    assert "dated date; required: the day of which the file is; such as 2026-10-01" in text
    assert "columns.NAME A column of the file" in text
    profile = " ".join(ask("describe", "card", "profiles").output.split())
    assert "least_area_ha number from 0 to 100000; required: the smallest site, in one (ha); such as 2.0" in profile


def test_describe_lists_the_cards_and_refuses_others() -> None:
    assert [line.split()[0] for line in ask("describe", "card").output.splitlines() if line[0] != " "] == list(CARDS)
    result = ask("describe", "card", "bron")
    assert result.exit_code == 2 and "no card 'bron'" in result.stderr and "'source'" in result.stderr
    assert ask("describe", "parcels", "source").exit_code == 2


def test_describe_gives_the_schema_as_json() -> None:
    assert json.loads(ask("describe", "card", "source", "--json").stdout) == json.loads(schemas(FOLDERS)["source.json"])
    assert set(json.loads(ask("describe", "card", "--json").stdout)) == set(CARDS)


def test_a_card_names_its_schema_from_where_it_stands() -> None:
    assert schema_line("resolve.toml") == "#:schema ./.schema/resolve.json\n"
    assert schema_line("sources/parcels.toml") == "#:schema ../.schema/source.json\n"
    assert schema_line("verdicts.csv") == ""


def test_init_puts_the_schemas_into_the_project_and_names_them_in_every_card(tmp_path: Path) -> None:
    folder = tmp_path / "haven"
    assert ask("init", folder).exit_code == 0
    drafted = sorted(folder.rglob("*.toml"))
    for path in drafted:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        schema = path.parent / first.removeprefix("#:schema ")
        assert schema.resolve() == (folder / ".schema" / f"{kind_of(path)}.json").resolve() and schema.is_file(), path
    assert len(drafted) > 10 and {path.name for path in (folder / ".schema").iterdir()} == set(schemas(FOLDERS))


def test_migrate_brings_the_schemas_of_a_project_up_to_date(tmp_path: Path) -> None:
    folder = tmp_path / "haven"
    ask("init", folder)
    old = folder / ".schema" / "source.json"
    old.write_text("{}", encoding="utf-8")
    assert f"rewritten: {old}" in ask("migrate", folder).output
    assert old.read_text(encoding="utf-8") == schemas(FOLDERS)["source.json"]
    assert "nothing to rewrite" in ask("migrate", folder).output
