"""A library that stops on a file ends its process without a word: the run says which file that was, and stays whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from drawn_haven import draw_project

from layers.errors import SourceRefusal
from pipeline.line import LINE
from pipeline.project.load import read_project
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.storage.store import Store


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunContext:
    """The drawn project on a line whose reader stops at plots; that reader is no code that results depend on."""
    monkeypatch.setattr("pipeline.runner.freshness.code_of", lambda _: {})
    project = draw_project(tmp_path / "project")
    stages = [
        replace(stage, uses={**stage.uses, "read_source": "aborting_reader:read_until_plots"})
        if "read_source" in stage.uses
        else stage
        for stage in LINE
    ]
    assert stages != list(LINE)
    return RunContext(read_project(project), project, Store(tmp_path / "outputs"), line=tuple(stages))


def test_a_worker_that_dies_leaves_word_of_what_it_read(context: RunContext) -> None:
    with pytest.raises(SourceRefusal, match=r"source 'parcels', file 'data/kavels\.gpkg'") as fault:
        list(run(context, Order(up_to="harmonise", jobs=2)))
    assert "ended without a word" in str(fault.value) and fault.value.exit_code == 4
    # The next run, with a file that can be read, goes on, and leaves nothing half of the one before.
    sound = replace(context, line=LINE)
    assert {report.unit for report in run(sound, Order(up_to="harmonise", jobs=2))} >= {"parcels", "ground_leases"}
    assert not list(context.store.outputs.rglob("*.new"))
