"""Imports go down only: cli > run, stages > settings, store, geometry, stage > layers.sources, layers.derived > layer, errors."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Floors from the ground up; a module may import from its own floor only where that is said below.
FLOORS = [
    ("layers.errors", "layers.layer", "layers.glossary"),
    ("layers.columns",),
    ("layers.sources",),
    ("layers.derived",),
    ("pipeline.cards", "pipeline.calendar", "pipeline.decibels", "pipeline.grid", "pipeline.kernels"),
    (
        "pipeline.source_card",
        "pipeline.resolve_card",
        "pipeline.rules_card",
        "pipeline.measure_card",
        "pipeline.projects_card",
        "pipeline.publish_card",
        "pipeline.scenario_card",
    ),
    ("pipeline.assemble_card",),
    ("pipeline.raw", "pipeline.filters", "pipeline.geometry", "pipeline.conditions"),
    ("pipeline.contradictions", "pipeline.project", "pipeline.publish_faults"),
    ("pipeline.project_faults",),
    (
        "pipeline.arrangement",
        "pipeline.rings",
        "pipeline.parts",
        "pipeline.patches",
        "pipeline.timeline",
        "pipeline.frontage",
        "pipeline.settings",
    ),
    ("pipeline.store",),
    ("pipeline.stage", "pipeline.wkb", "pipeline.fitness", "pipeline.reasons", "pipeline.ground"),
    ("pipeline.standing",),
    ("pipeline.stages", "pipeline.origins"),
    ("pipeline.intake", "pipeline.elsewhere"),
    ("pipeline.line",),
    ("pipeline.snapshot",),
    ("pipeline.unit",),
    ("pipeline.run",),
    ("pipeline.monitoring",),
    ("pipeline.written_rules",),
    (
        "pipeline.answers",
        "pipeline.documents",
        "pipeline.scenarios",
        "pipeline.comparison",
        "pipeline.explanation",
        "pipeline.handing_out",
        "pipeline.housing_question",
    ),
    ("pipeline.options", "pipeline.progress"),
    ("pipeline.cli",),
]
WITHIN = {"layers.layer": {"layers.errors"}, "pipeline.geometry": set(), "pipeline.raw": set()}


def floor_of(module: str) -> tuple[int, str] | None:
    for height, names in enumerate(FLOORS):
        for name in names:
            if module == name or module.startswith(f"{name}."):
                return height, name
    return None


def modules() -> list[Path]:
    return sorted(path for folder in ("layers", "pipeline") for path in (ROOT / folder).rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return found | {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_imports_only_from_below_itself(path: Path) -> None:
    own = floor_of(name_of(path))
    if own is None:
        assert name_of(path) in ("layers", "pipeline")
        return
    for imported in imports_of(path):
        other = floor_of(imported)
        if other is not None and other[1] != own[1]:
            assert other[0] < own[0] or other[1] in WITHIN.get(own[1], set()), f"{name_of(path)} imports {imported}"


@pytest.mark.parametrize("path", [p for p in modules() if "stages" in p.parts], ids=name_of)
def test_stages_do_not_know_each_other(path: Path) -> None:
    verb = path.relative_to(ROOT / "pipeline" / "stages").parts[0].removesuffix(".py")
    others = {name.split(".")[2] for name in imports_of(path) if name.startswith("pipeline.stages.")}
    assert others <= {verb}


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_the_clock_is_never_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not any(call in text for call in ("date.today(", "datetime.now(", "time.time(", "Timestamp.now("))


def test_every_module_of_a_stage_is_on_a_floor() -> None:
    assert [name_of(path) for path in modules() if floor_of(name_of(path)) is None] == ["layers", "pipeline"]
