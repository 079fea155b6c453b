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
    (
        "pipeline.project.models",
        "pipeline.land.dates",
        "pipeline.project.decibels",
        "pipeline.spatial.raster",
        "pipeline.kernels.numba_cache",
    ),
    (
        "pipeline.project.source",
        "pipeline.project.resolve",
        "pipeline.project.rules",
        "pipeline.project.measure",
        "pipeline.project.investment_projects",
        "pipeline.project.publish",
        "pipeline.project.scenario",
    ),
    ("pipeline.project.assemble",),
    (
        "pipeline.project.raw_table",
        "pipeline.project.filter_expressions",
        "pipeline.spatial.geometry",
        "pipeline.project.effect_conditions",
    ),
    ("pipeline.project.validate_rules", "pipeline.project.project", "pipeline.project.validate_publish"),
    ("pipeline.project.validate",),
    (
        "pipeline.spatial.reference_overlay",
        "pipeline.kernels.rings",
        "pipeline.storage.parquet_stream",
        "pipeline.spatial.adjacency",
        "pipeline.land.tenure_timeline",
        "pipeline.spatial.frontage",
        "pipeline.project.load",
    ),
    ("pipeline.storage.store",),
    (
        "pipeline.runner.stage",
        "pipeline.kernels.wkb",
        "pipeline.land.suitability",
        "pipeline.land.blocking_factors",
        "pipeline.land.land",
    ),
    ("pipeline.land.blocking_by_piece",),
    ("pipeline.stages", "pipeline.line.catalog"),
    ("pipeline.line.ingest", "pipeline.stages.overlay.dask_workers"),
    ("pipeline.line",),
    ("pipeline.line.snapshot",),
    ("pipeline.runner.task",),
    ("pipeline.runner.run",),
    ("pipeline.queries.land_changes",),
    ("pipeline.queries.rules",),
    (
        "pipeline.cli.messages",
        "pipeline.queries.docs",
        "pipeline.queries.scenarios",
        "pipeline.queries.diff",
        "pipeline.queries.explain",
        "pipeline.queries.export",
        "pipeline.queries.housing_impact",
    ),
    ("pipeline.cli.options", "pipeline.cli.progress"),
    ("pipeline.cli.main",),
]
WITHIN = {"layers.layer": {"layers.errors"}, "pipeline.spatial.geometry": set(), "pipeline.project.raw_table": set()}


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
