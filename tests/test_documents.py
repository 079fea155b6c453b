"""The pages in docs/ say what the layers and cards say now; every layer, column and rule has its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from layers.derived import DERIVED
from layers.errors import ConfigRefusal
from pipeline.project.load import read_project
from pipeline.project.project import Project
from pipeline.queries.docs import GENERATED, pages, write_pages

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def project() -> Project:
    return read_project(ROOT / "config" / "proefpolder")


def test_the_pages_are_those_of_the_contracts(project: Project) -> None:
    """When this fails: make docs."""
    stale = [
        name for name, text in pages(project).items() if (ROOT / "docs" / name).read_text(encoding="utf-8") != text
    ]
    stored = {f"regels/{page.name}" for page in (ROOT / "docs" / "regels").glob("*.md")}
    stored |= {f"schema/{schema.name}" for schema in (ROOT / "docs" / "schema").iterdir()}
    assert stale == [] and stored == set(pages(project)) - {"gegevenswoordenboek.md", "cards.md"}


def test_every_published_column_has_its_row(project: Project) -> None:
    text = pages(project)["gegevenswoordenboek.md"]
    for card in project.publish.published:
        section = text.split(f"(`{card.name}`)")[1].split("\n## ")[0]
        assert len(re.findall(r"^\| `", section, flags=re.M)) == len(DERIVED[card.layer].columns)


def test_a_page_of_a_rule_tells_every_effect(project: Project) -> None:
    for rule in project.constrain.constraint:
        text = pages(project)[f"regels/{rule.name}.md"].split("## Wat zij doet")[1]
        effects = [effect for effect in project.effects if effect.constraint == rule.name]
        assert len(re.findall(r"^\| ", text, flags=re.M)) == len(effects) + 1


def test_a_page_of_a_rule_that_is_no_more_goes(tmp_path: Path, project: Project) -> None:
    (tmp_path / "regels").mkdir()
    (tmp_path / "regels" / "vervallen.md").write_text(f"# Weg\n\n{GENERATED}")
    (tmp_path / "regels" / "notes.md").write_text("by hand")
    assert write_pages(project, tmp_path) == write_pages(project, tmp_path) == len(pages(project))
    assert not (tmp_path / "regels" / "vervallen.md").exists() and (tmp_path / "regels" / "notes.md").exists()
    (tmp_path / "regels" / "README.md").write_text("by hand")
    with pytest.raises(ConfigRefusal, match="by hand"):
        write_pages(project, tmp_path)
