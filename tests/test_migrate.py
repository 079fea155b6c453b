"""Migrate: cards as they were written in format 1 (tests/format_1: the example's of that time, with every old name in
use) are read with one warning, and rewritten in place without touching the rest."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from layers.derived import DERIVED
from layers.errors import ConfigRefusal
from pipeline.cli.main import main
from pipeline.project.format_versions import RENAMED_COLUMNS, RENAMED_HEADERS, RENAMED_KEYS
from pipeline.project.load import read_project, read_sweeps
from pipeline.project.migrate import deprecation, migrate
from pipeline.project.toml_words import toml_words

ROOT = Path(__file__).parents[1]
OLD = ROOT / "tests" / "format_1"


@pytest.fixture
def old_project(tmp_path: Path) -> Path:
    """A project of format 1, which takes its rules from the folder above it."""
    rules = tmp_path / "config"
    shutil.copytree(ROOT / "config", rules, ignore=shutil.ignore_patterns("data", "__pycache__"))
    shutil.copytree(OLD, rules, dirs_exist_ok=True)
    shutil.copy(OLD / "overrides.csv", rules / "proefpolder")
    card = rules / "proefpolder" / "project.toml"
    card.write_text(card.read_text(encoding="utf-8").replace("format = 3\n", ""), encoding="utf-8")
    return rules / "proefpolder"


def files(project: Path) -> dict[Path, str]:
    """The text of every card and table of a project and its rules."""
    paths = [*project.parent.rglob("*.toml"), *project.parent.rglob("*.csv")]
    return {path: path.read_text(encoding="utf-8") for path in paths}


# Of a table without shapes, which has no style: no card names its columns.
RENAMED_IN_TABLES = {("housing_bounds", "category"): "dwelling_category"}


@pytest.mark.parametrize("line", (OLD / "columns.txt").read_text(encoding="utf-8").splitlines())
def test_a_column_that_a_card_of_format_1_may_name_is_still_there_or_has_a_new_name(line: str) -> None:
    layer, *columns = line.split()
    names = {RENAMED_IN_TABLES.get((layer, column), RENAMED_COLUMNS.get(column, column)) for column in columns}
    assert names <= set(DERIVED[layer].columns)
    assert not any(DERIVED[name].shape for name, _ in RENAMED_IN_TABLES)


def test_no_layer_has_a_column_of_an_old_name() -> None:
    assert not set(RENAMED_COLUMNS) & {column for layer in DERIVED.values() for column in layer.columns}


def test_the_old_cards_use_every_old_name_and_the_warning_names_each_by_folder(old_project: Path) -> None:
    (warning,) = deprecation(old_project)
    assert all(
        f"{card}.toml: {table}.{old} is now {new}" in warning for (card, table, old), new in RENAMED_KEYS.items()
    )
    assert all(
        re.search(re.escape(old) + r"(?!\w)[^;]* is now [^;]*" + re.escape(new), warning)
        for old, new in RENAMED_COLUMNS.items()
    )
    assert all(f"{old} is now {new}" in warning for old, new in RENAMED_HEADERS["overrides.csv"].items())
    assert "measure.air.no2.who is now measure.air.no2.who_advice" in warning
    assert f"in '{old_project}': " in warning and f"in '{old_project.parent}': " in warning


def test_a_project_reads_the_same_before_and_after(old_project: Path) -> None:
    readings = (None, "meer_uitleg")  # the scenario changes measure, balance and publish under old names
    before = [read_project(old_project, reading) for reading in readings]
    sweeps = read_sweeps(old_project)
    migrate(old_project)
    assert deprecation(old_project) == ()
    after = [read_project(old_project, reading) for reading in readings]
    # all but the format, and the headers that overrides.csv has
    assert [replace(new, card=old.card, sources=old.sources) for old, new in zip(before, after, strict=True)] == before
    assert read_sweeps(old_project) == sweeps
    today = read_project(ROOT / "config")
    assert (after[0].balance, after[0].measure) == (today.balance, today.measure)


def test_a_migrated_project_stays_as_it_is_but_for_the_names(old_project: Path) -> None:
    before = files(old_project)
    assert set(migrate(old_project)) == {path for path, text in files(old_project).items() if text != before[path]}
    assert migrate(old_project) == migrate(old_project.parent) == []
    for path, text in files(old_project).items():  # comments and order stay: no line comes or goes but that of format
        assert len(text.splitlines()) - len(before[path].splitlines()) == (path == old_project / "project.toml")
    shown = (old_project.parent / "publish.toml").read_text(encoding="utf-8")
    assert "{ fill = 'none', tip = ['contract_id', 'right_status', 'rationale'] }   # between single quotes" in shown


def test_migrate_follows_use_and_extends(old_project: Path) -> None:
    assert {path.parent for path in migrate(old_project.parent)} >= {old_project, old_project.parent}


def test_a_key_that_text_cannot_rename_is_left_to_a_person_and_nothing_is_written(old_project: Path) -> None:
    balance = old_project.parent / "balance.toml"
    balance.write_text(balance.read_text(encoding="utf-8").replace("kept ", r'"k\u0065pt" '), encoding="utf-8")
    before = files(old_project)
    with pytest.raises(ConfigRefusal, match=r"levers\.kept is now retained"):
        migrate(old_project)
    assert files(old_project) == before


def test_a_key_under_both_of_its_names_is_refused(old_project: Path) -> None:
    balance = old_project.parent / "balance.toml"
    balance.write_text(balance.read_text(encoding="utf-8").replace("kept ", "retained = 3\nkept "), encoding="utf-8")
    with pytest.raises(ConfigRefusal, match=r"balance\.levers.*both kept and retained"):
        read_project(old_project)


@pytest.mark.parametrize(
    "verb",
    [
        "check",
        "status",
        "run --dry-run",
        "publish --format xlsx --dry-run",
        "sweep",
        "compare base kleinere_kavels",
        "explain WH-0012",
        "impact {plan}",
        "describe rules",
    ],
)
def test_every_verb_on_a_project_warns_once(verb: str, old_project: Path, tmp_path: Path) -> None:
    words = verb.format(plan=old_project / "project.toml").split()
    where = [] if words[0] == "describe" else ["--outputs", str(tmp_path / "outputs")]
    result = CliRunner().invoke(main, [*words, "--config", str(old_project), *where])
    assert result.stderr.count("warning: old names") == 1


def texts_in(content: Any) -> Iterator[str]:
    """Every text that stands as a value in a card."""
    match content:
        case str():
            yield content
        case dict() | list():
            for value in content.values() if isinstance(content, dict) else content:
                yield from texts_in(value)


@pytest.mark.parametrize("path", sorted(OLD.rglob("*.toml")), ids=lambda path: path.name)
def test_the_words_of_a_card_are_those_that_toml_reads(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    spoken = sorted(word.text.replace(r"\n", "\n") for word in toml_words(text) if not word.is_key)
    assert spoken == sorted(texts_in(tomllib.loads(text)))


def test_a_word_is_known_by_the_keys_above_it() -> None:
    text = """[a.'b c']
d.e = { f = [ # }
  'x', 1.5, 1979-05-27 07:32:00 ], g = \'\'\']"\'\'\' }
[[h]]
i = "\\"}"
"""
    words = [(".".join(word.path), word.text) for word in toml_words(text)]
    assert words == [
        *(("", "a"), ("a", "b c"), ("a.b c", "d"), ("a.b c.d", "e"), ("a.b c.d.e", "f"), ("a.b c.d.e.f", "x")),
        *(("a.b c.d.e", "g"), ("a.b c.d.e.g", ']"'), ("", "h"), ("h", "i"), ("h.i", '\\"}')),
    ]
