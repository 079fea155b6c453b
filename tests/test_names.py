"""Names of the code are the field's words: no identifier, key or column is called by a private one, and none for
two things.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from layers.derived import DERIVED
from layers.glossary import columns as glossary_columns
from layers.sources import TABLES
from pipeline.project import assemble, investment_projects, measure, models, publish, resolve, rules, scenario, source

ROOT = Path(__file__).parents[1]
PRODUCT = [path for folder in ("layers", "pipeline") for path in sorted((ROOT / folder).rglob("*.py"))]
TREE = PRODUCT + [path for folder in ("tests", "tools") for path in sorted((ROOT / folder).rglob("*.py"))]
PRIVATE = {
    "told",
    "asked",
    "kept",
    "made",
    "found",
    "gone",
    "came",
    "beside",
    "of",
    "at",
    "one",
    "own",
    "who",
    "what",
    "why",
}
PRIVATE_PARTS = {"told", "asked", "kept", "gone", "came", "beside", "knives", "blade", "blades", "fate"}
PER_MODULE = {"LAYER", "PACKAGE_DATA"}  # one in each module of its kind, by which it is found


def is_private(name: str) -> bool:
    """Whether a name is one of the words, or has one as a part (never_told)."""
    parts = set(re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower().split("_"))
    return name.lower().strip("_") in PRIVATE or bool(parts & PRIVATE_PARTS)


def names_in(tree: ast.AST) -> Iterator[str]:
    """Every identifier, those within f-strings among them."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Attribute(attr=name) if name != "at":  # pandas and numpy have a method of that name
                yield name
            case ast.keyword(arg=str(name)) | ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield name


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "private"),
    [("told", True), ("_own", True), ("OfAsked", True), ("asked_m2", True), ("at_least", False), ("one_of", False)],
)
def test_a_private_word_is_known_by_itself_and_as_a_part(name: str, private: bool) -> None:
    assert is_private(name) == private


def test_a_name_within_a_text_with_fields_is_seen() -> None:
    assert "told" in set(names_in(ast.parse("f'{told:.1f}'")))


def test_no_identifier_is_called_by_a_private_word() -> None:
    private = {
        f"{path.relative_to(ROOT)}: {name}" for path in TREE for name in names_in(parsed(path)) if is_private(name)
    }
    assert sorted(private) == []


def test_no_column_or_word_of_the_glossary_is_called_by_a_private_word() -> None:
    columns = {f"{name}.{column}" for name, layer in {**TABLES, **DERIVED}.items() for column in layer.columns}
    private = {column for column in columns if is_private(column.split(".")[1])}
    private |= {key for key in glossary_columns() if is_private(key)}
    assert sorted(private) == []


def config_models() -> Iterator[type[BaseModel]]:
    for module in (assemble, investment_projects, measure, models, publish, resolve, rules, scenario, source):
        yield from (kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, BaseModel))


def test_no_key_of_a_card_is_called_by_a_private_word() -> None:
    private = {f"{kind.__name__}.{key}" for kind in config_models() for key in kind.model_fields if is_private(key)}
    assert sorted(private) == []


DUTCH_LABELS = r"Bladen?|Zinnen|Vertalen|Rapport|Webkaart|Inrichten|Uiterlijk|Ruitjespapier|Kaart|Opmaak|Verhaal"


def test_no_docstring_of_a_module_begins_with_a_dutch_label() -> None:
    labelled = [str(path.relative_to(ROOT)) for path in TREE if re.match(rf"({DUTCH_LABELS}):", doc_of(path))]
    assert labelled == []


def doc_of(path: Path) -> str:
    return ast.get_docstring(parsed(path)) or ""


def test_no_class_or_constant_stands_for_two_things() -> None:
    places: defaultdict[str, set[str]] = defaultdict(set)
    for path in PRODUCT:
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].add(str(path.relative_to(ROOT)))
            # Constants are written in capitals, and names for types with a capital; several may be set in one line.
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", ast.Pass())]
            for name in (
                name for target in targets for name in names_in(target) if len(name) > 1 and name[0].isupper()
            ):
                places[name].add(str(path.relative_to(ROOT)))
    twice = {name: sorted(where) for name, where in places.items() if len(where) > 1 and name not in PER_MODULE}
    assert twice == {}
