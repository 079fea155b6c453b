"""The register of truth: every measure and table stands in it once, and what it names as a check is one."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from tools.list_truth import families, page

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext

ROOT = Path(__file__).parents[2]


def test_every_measure_and_table_stands_in_the_register_once(proefpolder: RunContext) -> None:
    figures = pd.read_csv(proefpolder.store.outputs / "figures.csv", usecols=["measure"])
    cards = tomllib.loads((ROOT / "config" / "publish.toml").read_text(encoding="utf-8"))["published"]
    wanted = {f"measure.{name}" for name in figures["measure"].unique()} | {card["name"] for card in cards}
    held = [name for family in families() for name in family["holds"]]
    assert sorted(held) == sorted(set(held)) and set(held) == wanted


def test_every_check_is_a_test_and_says_how_and_when() -> None:
    for family in families():
        if family["check"] == "none":
            assert len(family["by"]) > 20, family["title"]
            continue
        file, name = family["check"].split("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, family["check"]
        assert {"by", "tolerance", "date"} <= set(family)


def test_oracles_import_nothing_of_the_product() -> None:
    """But for types; the port by hand hands its records to the product, and `test_truth` reads the register."""
    for path in Path(__file__).parent.glob("*.py"):
        if path.name in ("test_oracle.py", "test_truth.py"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]
        names += [alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names]
        assert not [name for name in names if name.split(".")[0] in ("pipeline", "layers")], path.name


def test_the_page_says_what_the_register_says() -> None:
    assert (ROOT / "docs" / "truth.md").read_text(encoding="utf-8") == page()
