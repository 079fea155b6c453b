"""Contracts at rest: nobody but their maker reads them, and they go where that is asked for or their time is over."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from drawn_haven import draw_project

from layers.errors import ConfigRefusal, SourceRefusal
from pipeline.cli.main import main
from pipeline.line import LINE
from pipeline.project.load import read_project
from pipeline.runner import confidential
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.storage.delivered_files import DeliveredFiles
from pipeline.storage.store import Receipt, Store

DAY_S = 86_400
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has other rights than those of chmod")


def ask(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def write_results(outputs: Path, edition: str = "internal") -> Path:
    """A folder as a run leaves it: a table of contracts, its receipt, and one published file."""
    store = Store(outputs)
    with store.alone():
        checksum = store.save("harmonise", "ground_leases", "ground_leases", pd.DataFrame({"holder": ["Bedrijf A"]}))
        store.sign(Receipt("harmonise", "ground_leases", {}, {}, {}, {"ground_leases": checksum}))
        DeliveredFiles(outputs, "haven").add("haven.gpkg")
        (outputs / "haven.gpkg").write_text("Bedrijf A")
        store.sign(Receipt("publish", "haven", {}, {confidential.EDITION: edition}, {}))
    return outputs


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def age(folder: Path, days: int) -> None:
    """As if all that stands in a folder was written so many days ago."""
    for path in [*folder.rglob("*.parquet"), *folder.rglob("*.json")]:
        moment_s = path.stat().st_mtime - DAY_S * days
        os.utime(path, (moment_s, moment_s))


@POSIX
def test_only_its_maker_reads_what_holds_contracts(tmp_path: Path) -> None:
    project = draw_project(tmp_path / "project")
    lease = (project / "data" / "contracten.csv").read_text()
    (project / "data" / "contracten.csv").write_text(lease.replace("31-12-2050", "31-13-2050"))
    outputs = tmp_path / "outputs"
    before = os.umask(0o022)
    try:
        with pytest.raises(SourceRefusal):
            list(run(RunContext(read_project(project), project, Store(outputs), line=LINE), Order()))
    finally:
        os.umask(before)
    assert {oct((outputs / folder).stat().st_mode & 0o777) for folder in confidential.CONFIDENTIAL_FOLDERS} == {"0o700"}
    stored = [
        path for folder in confidential.CONFIDENTIAL_FOLDERS for path in (outputs / folder).rglob("*") if path.is_file()
    ]
    assert len(stored) >= 8 and {oct(path.stat().st_mode & 0o777) for path in stored} == {"0o600"}
    assert oct((outputs / "sources.lock").stat().st_mode & 0o777) == "0o644"


@POSIX
def test_rights_that_an_office_gave_a_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir(mode=0o750)
    write_results(tmp_path)
    assert oct((tmp_path / "work").stat().st_mode & 0o777) == "0o750"


def test_clean_removes_what_is_confidential_and_says_what(tmp_path: Path) -> None:
    outputs = write_results(tmp_path / "outputs")
    write_results(outputs / "scenarios" / "anders", edition="public")
    (outputs / "work" / "notes.txt").write_text("of somebody else")
    (outputs / "refused").mkdir()
    (outputs / "refused" / "mine.csv").write_text("of somebody else")
    said = ask("clean", "--confidential", "--outputs", outputs)
    assert said.exit_code == 0 and f"{outputs}: removed receipts/ (2 files), work/ (1 files)" in said.output
    assert (
        "2 files there that no run wrote stay" in said.output and f"{outputs / 'scenarios' / 'anders'}:" in said.output
    )
    assert "haven.gpkg in " in said.output and said.output.count("internal edition") == 1
    register = "receipts/files/haven.json"
    scenario = {f"scenarios/anders/{name}" for name in (".lock", "haven.gpkg", register)}
    assert names(outputs) == {".lock", "haven.gpkg", register, "work/notes.txt", "refused/mine.csv", *scenario}
    assert "nothing confidential" in ask("clean", "--confidential", "--outputs", outputs).output


def test_a_run_after_clean_takes_the_published_files_for_its_own(tmp_path: Path) -> None:
    outputs = write_results(tmp_path)
    shutil.rmtree(outputs / "receipts" / "files")  # as of a version that had no register
    receipt = Receipt("publish", "haven", {}, {}, {}, {"haven.gpkg": "a digest"})
    Store(outputs).sign(receipt)
    confidential.remove(outputs, LINE)
    DeliveredFiles(outputs, "haven").refuse_foreign(["haven.gpkg"])
    with pytest.raises(SourceRefusal):
        DeliveredFiles(outputs, "oost").refuse_foreign(["haven.gpkg"])


def test_clean_is_refused_while_a_run_is_at_work_and_where_none_was(tmp_path: Path) -> None:
    before = names(write_results(tmp_path / "outputs"))
    with Store(tmp_path / "outputs").alone(), pytest.raises(ConfigRefusal, match="another run at work"):
        confidential.remove(tmp_path / "outputs", LINE)
    assert names(tmp_path / "outputs") == before
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigRefusal, match="no results"):
        confidential.remove(tmp_path / "empty", LINE)
    assert ask("clean", "--outputs", tmp_path / "outputs").exit_code == 2  # says not what


def test_a_scenario_at_work_keeps_its_files(tmp_path: Path) -> None:
    write_results(tmp_path)
    scenario = write_results(tmp_path / "scenarios" / "anders")
    with Store(scenario).alone():
        (removal,) = confidential.remove(tmp_path, LINE)
    assert removal.outputs == tmp_path and "work/harmonise/ground_leases/ground_leases.parquet" in names(scenario)


@pytest.mark.parametrize(("days", "goes"), [(29, False), (31, True)])
def test_a_run_removes_what_is_older_than_the_project_says(tmp_path: Path, days: int, goes: bool) -> None:
    project = draw_project(tmp_path / "project")
    with (project / "project.toml").open("a", encoding="utf-8") as card:
        card.write('[retention]\nconfidential_days = 30\nbasis = "selectielijst"\n')
    outputs = write_results(tmp_path / "outputs")
    scenario = write_results(outputs / "scenarios" / "anders")
    age(outputs, days)
    context = RunContext(read_project(project), project, Store(outputs), line=LINE)
    first, *_ = run(context, Order(up_to="acquire"))
    said = [note for note in first.notes if "older than 30 days" in note]
    assert len(said) == (2 if goes else 0)
    for folder in (outputs, scenario):
        assert ("work/harmonise/ground_leases/ground_leases.parquet" in names(folder)) is not goes
        assert (folder / "haven.gpkg").exists()
    age(outputs, 31)
    cleaned = ask("clean", "--confidential", "--expired", "--config", project, "--outputs", outputs)
    assert cleaned.exit_code == 0 and f"{outputs}: removed" in cleaned.output


def test_expired_needs_a_time_in_the_project(tmp_path: Path) -> None:
    words = ["clean", "--confidential", "--expired", "--config", draw_project(tmp_path / "project")]
    refused = ask(*words, "--outputs", write_results(tmp_path / "outputs"))
    assert refused.exit_code == 2 and "no [retention] in project.toml" in refused.output
