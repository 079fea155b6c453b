"""Migrate: old names of keys and headers are read with one warning, and rewritten in place without touching the
rest."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from layers.errors import ConfigRefusal
from pipeline.project.load import read_project
from pipeline.project.migrate import migrate

ROOT = Path(__file__).parents[1]
OLD = (
    ("measure.toml", r"^caveat( *)=", r"why\1="),
    ("measure.toml", "who_advice = ", "who = "),
    ("balance.toml", r"^retained( *)=", r"kept\1="),
    ("publish.toml", r"^published = ", "of    = "),
    ("publish.toml", r"^entry( *)=", r"of\1="),
    ("overrides.csv", "^(what|target_id);.*", "what;value;who;why;until"),
    ("proefpolder/overrides.csv", "^(what|target_id);.*", "what;value;who;why;until"),
    ("proefpolder/project.toml", "^format.*\n", ""),
)


@pytest.fixture
def old_project(tmp_path: Path) -> Path:
    """The embedded project as it was written in format 1."""
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("data", "__pycache__"))
    for name, new, old in OLD:
        path = tmp_path / "config" / name
        path.write_text(re.sub(new, old, path.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8")
    return tmp_path / "config"


def test_old_names_are_read_as_before_with_one_warning(old_project: Path) -> None:
    old, new = read_project(old_project / "proefpolder"), read_project(ROOT / "config")
    (warning,) = old.warnings
    assert all(name in warning for name in ("levers.kept", "nature.why", "no2.who", "layers.of", "atlas.of", "what"))
    assert (old.measure, old.balance, old.publish) == (new.measure, new.balance, new.publish)


def test_a_migrated_project_has_no_old_names_and_stays_as_it_is(old_project: Path) -> None:
    before = {path: path.read_text(encoding="utf-8") for path in old_project.rglob("*.toml")}
    changed = migrate(old_project) + migrate(old_project / "proefpolder")
    assert {path.name for path in changed} == {name.split("/")[-1] for name, _, _ in OLD}
    assert read_project(old_project / "proefpolder").warnings == ()
    assert migrate(old_project) + migrate(old_project / "proefpolder") == []
    for path, text in before.items():  # comments and order stay: no line comes or goes but that of the format
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) - len(text.splitlines()) == (path.parts[-2:] == ("proefpolder", "project.toml"))


def test_a_key_that_text_cannot_rename_is_left_to_a_person_and_nothing_is_written(old_project: Path) -> None:
    balance = old_project / "balance.toml"
    balance.write_text(balance.read_text(encoding="utf-8").replace("kept ", '"kept" '), encoding="utf-8")
    before = {path: path.read_bytes() for path in old_project.rglob("*.*") if path.is_file()}
    with pytest.raises(ConfigRefusal, match=r"levers\.kept is now retained"):
        migrate(old_project)
    assert {path: path.read_bytes() for path in old_project.rglob("*.*") if path.is_file()} == before
