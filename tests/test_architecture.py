"""The pictures of docs/architecture.md show the rooms that import-linter holds and the line that runs."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from itertools import pairwise
from pathlib import Path

from layers.derived import DERIVED
from pipeline.line import LINE
from pipeline.runner.inputs import tables_of

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def floors() -> list[list[str]]:
    """The rooms of the contract, from top to bottom."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(entry for entry in settings["tool"]["importlinter"]["contracts"] if entry["type"] == "layers")
    return [re.findall(r"pipeline\.(\w+)", floor) for floor in contract["layers"]]


def drawn_arrows(picture: str) -> set[tuple[str, str]]:
    """The arrows of a Mermaid flowchart, from each name to each name after it."""
    arrows = set()
    for text in picture.splitlines():
        steps = [re.findall(r"\w+", step) for step in text.split("-->")]
        arrows |= {(start, end) for left, right in pairwise(steps) for start in left for end in right}
    return arrows


def pictures() -> tuple[str, str]:
    rooms, line = re.findall(r"```mermaid\n(.*?)```", PAGE, flags=re.DOTALL)
    return rooms, line


def test_the_picture_of_the_rooms_is_the_contract() -> None:
    contract = floors()
    arrows = {(upper, lower) for above, below in pairwise(contract) for upper in above for lower in below}
    assert drawn_arrows(pictures()[0]) == arrows
    rooms = {path.parent.name for path in (ROOT / "pipeline").glob("*/__init__.py")}
    assert {room for floor in contract for room in floor} == rooms == set(re.findall(r'(\w+)\["', pictures()[0]))


def test_the_picture_of_the_line_is_the_line() -> None:
    names = [stage.name for stage in LINE]
    assert drawn_arrows(pictures()[1]) == set(pairwise(names))
    rows = re.findall(r"^\| (\w+) \| .* \| (.*) \|$", PAGE, flags=re.MULTILINE)
    assert [name for name, _ in rows if name in names] == names


def test_every_table_on_the_page_is_written_by_its_stage() -> None:
    rows = re.findall(r"^\| (\w+) \| .* \| (.*) \|$", PAGE, flags=re.MULTILINE)
    tables = {name: re.findall(r"`(\w+)`", cell) for name, cell in rows}
    wrong = [(stage, name) for stage, names in tables.items() for name in names if DERIVED[name].stage != stage]
    assert not wrong


def test_the_head_of_a_stage_names_all_that_it_writes() -> None:
    """Where it names its tables one by one."""
    wrong = {}
    for stage in LINE:
        package = ".".join(stage.run.partition(":")[0].split(".")[:3])
        head = re.search(r"writes\s+(.*?)\n(keeps|$)", import_module(package).__doc__ or "", flags=re.DOTALL)
        text = head[1] if head else ""
        named = set(re.findall(r"\w+", text)) & set(DERIVED)
        if named and "tables of" not in text and named != set(tables_of([stage.name])):
            wrong[stage.name] = named ^ set(tables_of([stage.name]))
    assert wrong == {}


def test_every_path_on_the_page_is_there() -> None:
    pages = PAGE + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = re.findall(r"`((?:pipeline|layers|config|tests|tools|docs)/[\w./]*?[\w/]+\.?\w*)`", pages)
    missing = [path for path in paths if not (ROOT / path).exists() and "NAME" not in path]
    assert len(paths) > 15 and missing == []


def test_every_module_that_a_page_names_is_there() -> None:
    modules = [
        str(path.relative_to(ROOT))
        for room in ("pipeline", "layers", "tools", "tests")
        for path in (ROOT / room).rglob("*.py")
    ]
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        (page.name, name) for page in pages for name in re.findall(r"`([\w./]+\.py)`", page.read_text(encoding="utf-8"))
    }
    missing = {
        (page, name)
        for page, name in named
        if "NAME" not in name and not any(f"/{path}".endswith(f"/{name}") for path in modules)
    }
    assert missing == set()
