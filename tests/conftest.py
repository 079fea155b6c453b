"""Shared by all tests: the paper to draw on, the house rules, and the example project, run once."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

from pipeline.cli import heartbeat
from pipeline.line import LINE
from pipeline.project.load import Project, read_project
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.storage.locks import locked
from pipeline.storage.store import Store

# What kills, limits and forks processes as POSIX does is not tried on Windows.
collect_ignore = (
    ["test_nothing_lost.py", "test_reliability.py", "test_elsewhere.py", "stages/test_execution.py", "test_run.py"]
    if os.name == "nt"
    else []
)
USER = getattr(os, "getuid", int)()  # on Windows each user has temporary files of their own

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"

# Nothing is written into the tree; what is compiled stays for the next session, and for processes that tests start.
TEMPORARY = Path(tempfile.gettempdir())
set_hypothesis_home_dir(TEMPORARY / f"hypothesis-{USER}")
os.environ.setdefault("INDUSTRIERUIMTE_KERNELS", str(TEMPORARY / f"industrieruimte-tests-{USER}"))
for name in ("LC_ALL", "LC_MESSAGES", "LANG"):  # refusals are said in English, whatever this session speaks
    os.environ.pop(name, None)
heartbeat.SILENCE_S = 600.0  # tests read what a command says, however slow the machine is
settings.register_profile("line", max_examples=25, deadline=None, derandomize=True)
settings.load_profile("line")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that need a whole run, so that `-m "not whole_run"` leaves the quick ones."""
    for item in items:
        given = getattr(getattr(item, "callspec", None), "params", {}).values()  # a test may name its project
        names = {*getattr(item, "fixturenames", ()), *(value for value in given if isinstance(value, str))}
        if names & {"proefpolder", "westpoort"}:
            item.add_marker(pytest.mark.whole_run)


@pytest.fixture(scope="session")
def rules() -> Project:
    """The example project with the rules of the house."""
    return read_project(ROOT / "config" / "proefpolder")


@pytest.fixture(scope="session")
def proefpolder(tmp_path_factory: pytest.TempPathFactory, rules: Project) -> RunContext:
    """The example project, run once for all processes of a session; no test may write into its outputs."""
    return _run_once("proefpolder", rules, rules.folder, tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def westpoort(tmp_path_factory: pytest.TempPathFactory) -> RunContext:
    """The Amsterdam port on the shared data, run once; skipped, saying so, where these are not there."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared data are not at {SHARED}")
    project = read_project(ROOT / "tests" / "westpoort" / "config")
    return _run_once("westpoort", project, SHARED, tmp_path_factory.getbasetemp())


@contextmanager
def _in_turn(path: Path) -> Iterator[None]:
    """Wait until no other process has the lock on a file."""
    while True:
        with locked(path, is_shared=False) as handle:
            if handle is not None:
                yield
                return
        time.sleep(0.2)


def _run_once(name: str, project: Project, data: Path, temporary: Path) -> RunContext:
    """Run a project unless a process of this session has; PROEFPOLDER_OUTPUTS and WESTPOORT_OUTPUTS name a run."""
    shared = temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary
    outputs = Path(os.environ.get(f"{name.upper()}_OUTPUTS") or shared / name)
    context = RunContext(project, data, Store(outputs), line=LINE)
    ended = shared / f"{name}.ended"
    with _in_turn(shared / f"{name}.lock"):  # the first runs, the others wait for its results
        if not ended.exists():
            list(run(context, Order()))
            ended.touch()
    return context
