"""Shared by all tests: the paper to draw on, the house rules, and the example project, run once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.line import LINE
from pipeline.project.load import Project, read_project
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.storage.store import Store

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"

settings.register_profile("line", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("line")


@pytest.fixture(scope="session")
def rules() -> Project:
    """The example project with the rules of the house."""
    return read_project(ROOT / "config" / "proefpolder")


@pytest.fixture(scope="session")
def proefpolder(tmp_path_factory: pytest.TempPathFactory, rules: Project) -> RunContext:
    """The example project, run once into a folder of its own."""
    context = RunContext(rules, rules.folder, Store(tmp_path_factory.mktemp("proefpolder")), line=LINE)
    list(run(context, Order()))
    return context


@pytest.fixture(scope="session")
def westpoort(tmp_path_factory: pytest.TempPathFactory) -> RunContext:
    """The Amsterdam port on the shared data, run once; skipped, saying so, where these are not there."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared data are not at {SHARED}")
    project = read_project(ROOT / "tests" / "westpoort" / "config")
    given = os.environ.get("WESTPOORT_OUTPUTS")
    outputs = Path(given) if given else tmp_path_factory.mktemp("westpoort")
    context = RunContext(project, SHARED, Store(outputs), line=LINE)
    list(run(context, Order()))
    return context
