"""Run: what is fresh is left alone, what changed runs and no more, and the same input gives the same bytes."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from layers.errors import ConfigRefusal
from pipeline.run import Order, plan, run
from pipeline.stage import Context
from pipeline.store import Store

FILES = ("figures.csv", "nederland.gpkg", "westhaven.gpkg")


def ran(context: Context, order: Order | None = None) -> set[str]:
    return {report.stage for report in run(context, order or Order()) if report.reasons} - {"acquire"}


@pytest.fixture
def copy(proefpolder: Context, tmp_path: Path) -> Context:
    """The finished example in a folder that may be changed."""
    subprocess.run(["cp", "-r", f"{proefpolder.store.outputs}/.", str(tmp_path)], check=True)
    return dataclasses.replace(proefpolder, store=Store(tmp_path))


def test_running_twice_is_running_once(copy: Context) -> None:
    assert ran(copy) == set()


def test_another_folder_and_more_processes_give_the_same_bytes(proefpolder: Context, tmp_path: Path) -> None:
    list(run(dataclasses.replace(proefpolder, store=Store(tmp_path)), Order(jobs=2)))
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (proefpolder.store.outputs / name).read_bytes(), name


def test_a_profile_that_changes_cuts_nothing_anew(copy: Context) -> None:
    profiles = dict(copy.project.profiles)
    profiles["electrolyser"] = profiles["electrolyser"].model_copy(update={"least_area_ha": 5.0})
    changed = dataclasses.replace(copy, project=dataclasses.replace(copy.project, profiles=profiles))
    assert {report.stage for report in plan(changed, Order()) if report.reasons} == {
        "assess",
        "assemble",
        "balance",
        "publish",
    }
    assert not ran(changed) & {"harmonise", "resolve", "constrain", "overlay"}


def test_a_rerun_that_makes_the_same_table_stops_there(copy: Context) -> None:
    done = [report for report in run(copy, Order(anew_from="constrain", up_to="constrain")) if report.reasons]
    assert {report.stage for report in done} == {"acquire", "constrain"} and ran(copy) == set()


def test_a_lost_result_is_made_again(copy: Context) -> None:
    (copy.store.outputs / "westhaven.gpkg").unlink()
    assert ran(copy) == {"publish"} and (copy.store.outputs / "westhaven.gpkg").exists()


def test_a_damaged_table_is_made_again(copy: Context) -> None:
    copy.store.place("overlay", "westhaven", "pieces").write_bytes(b"half")
    assert "overlay" in ran(copy)


def test_the_public_edition_is_another_edition(copy: Context) -> None:
    assert ran(dataclasses.replace(copy, edition="public")) == {"publish"}


def test_two_runs_in_one_folder_do_not_meet(copy: Context) -> None:
    with copy.store.alone(), pytest.raises(ConfigRefusal, match="another run at work"):
        ran(copy)


def start_and_kill(context: Context, outputs: Path, when: Callable[[], bool]) -> None:
    """Start the line in a process of its own, and kill it without warning at a moment."""
    command = [
        sys.executable,
        "-m",
        "pipeline.cli",
        "run",
        "--config",
        str(context.project.folder),
        "--outputs",
        str(outputs),
    ]
    process = subprocess.Popen([*command, "-q"], start_new_session=True)
    while process.poll() is None and not when():
        time.sleep(0.005)
    assert process.poll() is None, "it was over before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


MOMENTS = {
    "while cutting": ("overlay", "westhaven/pieces.parquet"),
    "while assembling": ("assemble", "oosterpark/sites.parquet"),
}


@pytest.mark.parametrize("stage", MOMENTS.values(), ids=MOMENTS)
def test_a_run_killed_between_stages_goes_on_where_it_was(
    proefpolder: Context, tmp_path: Path, stage: tuple[str, str]
) -> None:
    start_and_kill(proefpolder, tmp_path, (tmp_path / "work" / stage[0] / stage[1]).exists)
    list(run(dataclasses.replace(proefpolder, store=Store(tmp_path)), Order()))
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (proefpolder.store.outputs / name).read_bytes()


def test_a_run_killed_while_publishing_leaves_whole_files_and_no_litter(proefpolder: Context, copy: Context) -> None:
    outputs = copy.store.outputs
    before = {name: (outputs / name).read_bytes() for name in FILES}
    for receipt in (outputs / "receipts" / "publish").glob("*.json"):
        receipt.unlink()
    start_and_kill(copy, outputs, lambda: any(any(folder.iterdir()) for folder in outputs.glob(".bouw-*")))
    assert list(outputs.glob(".bouw-*")) and {name: (outputs / name).read_bytes() for name in FILES} == before
    ran(copy)
    assert not list(outputs.glob(".bouw-*")) and {name: (outputs / name).read_bytes() for name in FILES} == before
