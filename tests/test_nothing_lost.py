"""Nothing is lost: not by a kill, a full disk, a file that somebody holds or made, or a path with odd signs."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from drawn_haven import draw_project

from layers.errors import ConfigRefusal, SourceRefusal
from pipeline.cli.main import main
from pipeline.kernels import numba_cache
from pipeline.line import LINE
from pipeline.project.load import read_project
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig
from pipeline.queries.export import export_results
from pipeline.runner.run import Order, run
from pipeline.runner.stage import RunContext
from pipeline.stages.acquire.input_validation import inspect
from pipeline.stages.acquire.reading import read_source
from pipeline.stages.acquire.vectors import read_vector
from pipeline.stages.acquire.views import check_view
from pipeline.storage.delivered_files import READY_PREFIX, DeliveredFiles
from pipeline.storage.geopackages import free_place, refuse_other_layers
from pipeline.storage.store import Store


def context_of(project: Path, outputs: Path) -> RunContext:
    return RunContext(read_project(project), project, Store(outputs), line=LINE)


@dataclass(frozen=True)
class Finished:
    """A project and the results of its run."""

    project: Path
    outputs: Path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The drawn project, run once; its title has signs that XML cannot hold."""
    folder = tmp_path_factory.mktemp("haven")
    project = draw_project(folder / "project", title="Ha\x01v\x0be\x00n\ufffe", basis="a\x7fb \x01")
    list(run(context_of(project, folder / "outputs"), Order()))
    return Finished(project, folder / "outputs")


@pytest.fixture
def again(finished: Finished, tmp_path: Path) -> Finished:
    """The same, in a folder in which publishing is to be done again."""
    shutil.copytree(finished.outputs, tmp_path / "outputs")
    for receipt in (tmp_path / "outputs" / "receipts" / "publish").iterdir():
        receipt.unlink()
    return Finished(finished.project, tmp_path / "outputs")


def published(results: Finished) -> Result:
    words = ["run", "--config", str(results.project), "--data", str(results.project)]
    return CliRunner().invoke(main, [*words, "--outputs", str(results.outputs)])


# A GeoPackage and its journals


def database(path: Path, text: str, rows: int = 400) -> Path:
    """A database that says so in its rows."""
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE t (a TEXT)")
        base.executemany("INSERT INTO t VALUES (?)", [(text * 100,)] * rows)
        base.commit()
    return path


def says(path: Path) -> str:
    with closing(sqlite3.connect(path)) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return str(base.execute("SELECT DISTINCT substr(a, 1, 3) FROM t").fetchone()[0])


def broken_off(path: Path, mode: str) -> None:
    """What a program leaves that is killed in the middle of an edit."""
    pid = os.fork()
    if not pid:
        base = sqlite3.connect(path, isolation_level=None)
        base.execute(f"PRAGMA journal_mode={mode}")
        base.execute("PRAGMA cache_size=2")
        base.execute("BEGIN")
        base.execute("UPDATE t SET a = 'half'")
        if mode == "wal":
            base.execute("COMMIT")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)


def test_a_journal_next_to_the_delivered_file_is_not_played_back_into_the_new_one(tmp_path: Path) -> None:
    old, new = database(tmp_path / "x.gpkg", "old"), database(tmp_path / "new", "new", rows=900)
    broken_off(old, "delete")
    assert (tmp_path / "x.gpkg-journal").stat().st_size
    new.replace(free_place(old))
    assert says(old) == "new" and [path.name for path in tmp_path.iterdir()] == ["x.gpkg"]


def test_edits_in_a_wal_are_refused_and_stay(tmp_path: Path) -> None:
    old = database(tmp_path / "x.gpkg", "old")
    broken_off(old, "wal")
    with pytest.raises(SourceRefusal, match="niet opgeslagen"):
        free_place(old)
    assert says(old) == "hal"


@pytest.mark.parametrize("ending", ["-wal", "-journal"])
def test_a_journal_without_its_file_is_refused(tmp_path: Path, ending: str) -> None:
    old = database(tmp_path / "x.gpkg", "old")
    broken_off(old, "delete" if ending == "-journal" else "wal")
    old.unlink()
    with pytest.raises(SourceRefusal):
        free_place(old)
    assert (tmp_path / f"x.gpkg{ending}").stat().st_size


@pytest.mark.parametrize(
    ("ending", "content"),
    [("-wal", b""), ("-shm", b"\0" * 32768), ("-journal", b""), ("-journal", b"\0" * 512), ("-journal", b"x" * 512)],
)
def test_a_journal_in_which_nothing_is_goes(tmp_path: Path, ending: str, content: bytes) -> None:
    old = database(tmp_path / "x.gpkg", "old")
    (tmp_path / f"x.gpkg{ending}").write_bytes(content)
    assert free_place(old) == old and [path.name for path in tmp_path.iterdir()] == ["x.gpkg"]


@contextmanager
def locked_by_another(path: Path, *statements: str) -> Iterator[None]:
    """Another process that did this with the file, and holds it."""
    begun, end = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        base = sqlite3.connect(path, isolation_level=None)
        for statement in statements:
            base.execute(statement).fetchall()
        os.write(begun[1], b"x")
        os.read(end[0], 1)
        os._exit(0)
    os.read(begun[0], 1)
    try:
        yield
    finally:
        os.write(end[1], b"x")
        os.waitpid(pid, 0)


LOCKS = {
    "reads": ["BEGIN", "SELECT * FROM t"],
    "writes": ["BEGIN IMMEDIATE", "UPDATE t SET a = 'half'"],
    "alone": ["BEGIN EXCLUSIVE"],
    "open in wal": ["PRAGMA journal_mode=wal", "SELECT * FROM t"],
}


@pytest.mark.parametrize("statements", LOCKS.values(), ids=LOCKS)
def test_a_file_that_another_process_has_locked_is_left_alone(tmp_path: Path, statements: list[str]) -> None:
    old = database(tmp_path / "x.gpkg", "old")
    with locked_by_another(old, *statements):
        assert free_place(old).name == "x.nieuw.gpkg"
        with locked_by_another(database(tmp_path / "x.nieuw.gpkg", "new"), *statements), pytest.raises(SourceRefusal):
            free_place(old)
    assert says(old) == "old" and free_place(old) == old


def test_a_run_says_that_a_file_is_open_and_the_next_puts_it_right(again: Finished) -> None:
    delivered, neighbour = (again.outputs / name for name in ("haven.gpkg", "haven.nieuw.gpkg"))
    whole = delivered.read_bytes()
    with locked_by_another(delivered, "BEGIN IMMEDIATE"):
        result = published(again)
    assert result.exit_code == 0 and "haven.gpkg is open in another program" in result.output
    assert "of no cluster" not in result.output and delivered.read_bytes() == neighbour.read_bytes() == whole
    (again.outputs / "receipts" / "publish" / "haven.json").unlink()
    assert published(again).exit_code == 0 and delivered.read_bytes() == whole and not neighbour.exists()


# What is not ours


@pytest.mark.parametrize("name", ["haven.gpkg", "sources.lock"])
def test_a_file_that_no_run_made_is_refused_and_left_alone(again: Finished, name: str) -> None:
    shutil.rmtree(again.outputs / "receipts" / "files")
    (again.outputs / name).write_bytes(b"of somebody else")
    result = published(again)
    assert result.exit_code in (2, 4) and (again.outputs / name).read_bytes() == b"of somebody else"
    assert name in result.output and "Traceback" not in result.output


def refused_before_work(project: Path, outputs: Path, words: str) -> None:
    done: list[str] = []
    with pytest.raises(SourceRefusal, match=words):
        done.extend(report.stage for report in run(context_of(project, outputs), Order()))
    assert done == [] and not list(outputs.rglob("*.parquet"))
    assert list(run(context_of(project, outputs), Order(up_to="acquire")))  # which puts nothing there


@pytest.mark.parametrize("name", ["haven.gpkg", "report.html", "figures.csv", "figures/haven-kaart.svg"])
def test_a_file_of_somebody_else_is_refused_before_any_work(tmp_path: Path, name: str) -> None:
    place = tmp_path / "outputs" / name
    place.parent.mkdir(parents=True)
    place.write_bytes(b"of somebody else")
    refused_before_work(draw_project(tmp_path / "project"), tmp_path / "outputs", place.name)
    assert place.read_bytes() == b"of somebody else"


def test_edits_that_nobody_saved_are_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "outputs").mkdir()
    DeliveredFiles(tmp_path / "outputs", "haven").add("haven.gpkg")
    broken_off(database(tmp_path / "outputs" / "haven.gpkg", "old"), "wal")
    refused_before_work(draw_project(tmp_path / "project"), tmp_path / "outputs", "niet opgeslagen")
    assert says(tmp_path / "outputs" / "haven.gpkg") == "hal"


@pytest.mark.parametrize("name", ["haven.gpkg", "haven.gdb", "report.html", "figures/haven-kaart.svg"])
@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_nothing_is_put_over_what_is_not_ours(tmp_path: Path, name: str, kind: str) -> None:
    place = tmp_path / name
    place.parent.mkdir(exist_ok=True)
    {"file": place.touch, "folder": place.mkdir, "link": lambda: place.symlink_to("nowhere")}[kind]()
    with pytest.raises(SourceRefusal, match=place.name):
        DeliveredFiles(tmp_path, "haven").put(tmp_path / "built", [name])
    assert os.path.lexists(place)


def test_the_receipt_of_an_older_version_says_what_is_ours(tmp_path: Path) -> None:
    (tmp_path / "receipts" / "publish").mkdir(parents=True)
    (tmp_path / "receipts" / "publish" / "haven.json").write_text('{"outputs": {"haven.gpkg": "a digest"}}')
    assert DeliveredFiles(tmp_path, "haven").names() == {"haven.gpkg"}


def test_what_no_register_names_stays_and_what_it_names_goes_with_the_next_run(again: Finished) -> None:
    others = ["haven.xlsx", "nederland.gpkg", "figures/haven-other.svg", "figures/notes.txt", "refused/mine.csv"]
    for name in others:
        (again.outputs / name).parent.mkdir(exist_ok=True)
        (again.outputs / name).write_bytes(b"of somebody else")
    DeliveredFiles(again.outputs, "haven").add("haven.gdb")
    (again.outputs / "haven.gdb").mkdir()
    result = published(again)
    assert result.exit_code == 0 and not (again.outputs / "haven.gdb").exists()
    assert [name for name in others if (again.outputs / name).read_bytes() == b"of somebody else"] == others


def test_an_export_does_not_replace_a_workbook_of_somebody_else(
    again: Finished, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(finished.outputs / "receipts", again.outputs / "receipts", dirs_exist_ok=True)
    place = again.outputs / "haven.xlsx"
    monkeypatch.setattr("pipeline.queries.export.write_as", lambda *_: place.write_text("ours"))
    place.write_text("of somebody else")
    context = context_of(again.project, again.outputs)
    with pytest.raises(SourceRefusal, match=r"haven\.xlsx"):
        list(export_results(context, [], ["xlsx"], None))
    assert place.read_text() == "of somebody else"
    place.unlink()
    for _ in range(2):
        assert list(export_results(context, [], ["xlsx"], None)) and place.read_text() == "ours"


@pytest.mark.parametrize("where", ["project", "project/data", "."])
def test_a_folder_of_results_that_holds_a_source_is_refused(tmp_path: Path, where: str) -> None:
    project = draw_project(tmp_path / "project")
    before = sorted(tmp_path.rglob("*"))
    for order in (Order(), Order(up_to="acquire", pin=True)):
        with pytest.raises(ConfigRefusal, match=r"in it and \d more files"):
            list(run(context_of(project, tmp_path / where), order))
    assert sorted(tmp_path.rglob("*")) == before


def test_results_may_stand_below_the_project(tmp_path: Path) -> None:
    project = draw_project(tmp_path / "project")
    assert list(run(context_of(project, project / "outputs"), Order(up_to="acquire")))


def test_a_question_does_not_write_over_another_geopackage(finished: Finished, tmp_path: Path) -> None:
    path = shutil.copy(finished.outputs / "haven.gpkg", tmp_path / "x.gpkg")
    with pytest.raises(SourceRefusal, match="staat er al"):
        refuse_other_layers(path, "wijzigingen")
    (tmp_path / "text.gpkg").write_bytes(b"of somebody else")
    with pytest.raises(SourceRefusal, match="staat er al"):
        refuse_other_layers(tmp_path / "text.gpkg", "wijzigingen")
    refuse_other_layers(tmp_path / "new.gpkg", "wijzigingen")


# Kills: at every step of putting the files of a unit in their places

MOST_STEPS = 400
FIGURE_COUNT = 12


def results_of(outputs: Path) -> dict[str, str]:
    """What stands there for people."""
    paths = [path for path in outputs.rglob("*") if path.is_file()]
    names = {path.relative_to(outputs).as_posix(): path for path in paths}
    return {
        name: says(path) if path.suffix == ".gpkg" else path.read_text()
        for name, path in names.items()
        if not name.startswith(("receipts/", ".lock", READY_PREFIX, ".bouw-"))
    }


def placed_by(outputs: Path, text: str, names: list[str]) -> None:
    built = outputs / ".bouw-x"
    (built / "figures").mkdir(parents=True)
    for name in names:
        (built / name).write_text(text)
    database(built / "haven.gpkg", text)
    DeliveredFiles(outputs, "haven").put(built, ["haven.gpkg", *names])


def killed_at(step: int, work: Callable[[], None]) -> bool:
    """Do work in a process that is killed at this call to the system; whether it came so far."""
    pid = os.fork()
    if not pid:
        left = step

        def count(event: str, _: object) -> None:
            nonlocal left
            left -= event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "sqlite3.connect")
            if left == 0:
                left = -1  # to kill is a call too
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(count)
            work()
        finally:
            os._exit(0)
    return os.waitpid(pid, 0)[1] == signal.SIGKILL


def test_killed_at_any_step_the_results_are_all_old_or_all_new(tmp_path: Path) -> None:
    old_names = [f"figures/{number}.svg" for number in range(FIGURE_COUNT)]
    new_names = [f"figures/{number}.svg" for number in range(2, FIGURE_COUNT + 2)]
    first = tmp_path / "first"
    first.mkdir()
    placed_by(first, "old", old_names)
    states = [dict.fromkeys(["haven.gpkg", *old_names], "old"), dict.fromkeys(["haven.gpkg", *new_names], "new")]
    assert results_of(first) == states[0]
    ended_new = []
    for step in range(1, MOST_STEPS):
        outputs = tmp_path / str(step)
        shutil.copytree(first, outputs)
        if not killed_at(step, lambda outputs=outputs: placed_by(outputs, "new", new_names)):  # type: ignore[misc]
            break
        assert set(results_of(outputs).values()) <= {"old", "new"}
        with Store(outputs).alone():
            ended_new.append(results_of(outputs) == states[1])
        assert ended_new[-1] or results_of(outputs) == states[0]
        assert sorted(path.name for path in outputs.iterdir()) == [".lock", "figures", "haven.gpkg", "receipts", "work"]
        shutil.rmtree(outputs)
    assert len(ended_new) >= 60 and ended_new == sorted(ended_new) and any(ended_new) and not all(ended_new)


# Two runs at once


def words_of(verb: str, project: Path, outputs: Path) -> list[str]:
    options = ["-q", "--config", str(project), "--outputs", str(outputs)]
    return [sys.executable, "-m", "pipeline.cli.main", verb, *options]


@pytest.mark.parametrize("verb", ["run", "publish"])
def test_a_second_run_is_refused_while_one_is_at_work(again: Finished, verb: str) -> None:
    before = {path: path.read_bytes() for path in again.outputs.glob("[!.]*") if path.is_file()}
    with Store(again.outputs).alone():
        second = subprocess.run(words_of(verb, again.project, again.outputs), capture_output=True, text=True)
        assert second.returncode == 2 and "another run at work in it" in second.stderr
        assert {path: path.read_bytes() for path in before} == before
    third = subprocess.run(words_of(verb, again.project, again.outputs), capture_output=True, text=True)
    assert third.returncode == 0, third.stderr


def test_of_two_runs_begun_at_once_every_file_is_of_one(finished: Finished, tmp_path: Path) -> None:
    """Of two projects that differ in one sentence, published into one folder by two processes."""
    other = draw_project(tmp_path / "other", title="Haven twee")
    each = {}
    for name, project in (("first", finished.project), ("second", other)):
        shutil.copytree(finished.outputs, tmp_path / name)
        assert subprocess.run(words_of("run", project, tmp_path / name)).returncode == 0
        each[name] = delivered_by(tmp_path / name)
    assert each["first"]["haven.gpkg"] != each["second"]["haven.gpkg"]
    shared = shutil.copytree(tmp_path / "second", tmp_path / "shared")
    for verb in ("run", "publish"):
        pair = [
            subprocess.Popen(words_of(verb, project, shared), stderr=subprocess.PIPE, text=True)
            for project in (finished.project, other)
        ]
        said = [(process.communicate()[1], process.returncode) for process in pair]
        assert 0 in [code for _, code in said]
        assert all(code == 0 or (code == 2 and "another run at work in it" in text) for text, code in said), said
        assert delivered_by(shared) in each.values()
        assert not [path for path in shared.iterdir() if path.name.startswith((".bouw-", READY_PREFIX))]


def delivered_by(outputs: Path) -> dict[str, bytes]:
    """What stands there for people, by name."""
    paths = [*outputs.glob("[!.]*.*"), *(outputs / "figures").glob("*")]
    return {path.relative_to(outputs).as_posix(): path.read_bytes() for path in paths}


# A disk, a session and a folder that refuse


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS])
def test_what_the_system_refuses_names_folder_file_and_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    project = draw_project(tmp_path / "project")

    def refused(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("pipeline.storage.whole_files.os.fsync", refused)
    words = ["acquire", "--config", str(project), "--outputs", str(tmp_path / "outputs")]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2 and not list((tmp_path / "outputs").glob("*.new"))
    assert f"folder '{tmp_path / 'outputs'}', 'sources.lock'" in result.output and os.strerror(code) in result.output
    assert "bytes to write" in result.output and "--outputs" in result.output


def command(results: Finished, limit: int, most: int) -> subprocess.CompletedProcess[str]:
    words = ["-m", "pipeline.cli.main", "run", "-q", "--config", results.project, "--outputs", results.outputs]
    given = {"capture_output": True, "text": True, "check": False}
    return subprocess.run([sys.executable, *words], preexec_fn=lambda: resource.setrlimit(limit, (most, most)), **given)


def test_a_session_that_allows_no_large_file_keeps_the_old_one(again: Finished) -> None:
    before = {path: path.read_bytes() for path in again.outputs.glob("[!.]*") if path.is_file()}
    done = command(again, resource.RLIMIT_FSIZE, 600 << 10)
    assert done.returncode in (2, 4) and str(again.outputs) in done.stderr and "Traceback" not in done.stderr
    assert "bytes" in done.stderr and {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("megabytes", [300, 2000])
def test_a_session_with_little_memory_is_refused_in_words(finished: Finished, megabytes: int) -> None:
    done = command(finished, resource.RLIMIT_AS, megabytes << 20)
    assert done.returncode == 2 and f"at most {megabytes / 1024:.1f} GB may be addressed" in done.stderr


def test_memory_that_runs_out_is_said(again: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("pipeline.stages.publish.publication.build", full)
    before = (again.outputs / "haven.gpkg").read_bytes()
    result = published(again)
    assert result.exit_code == 2 and "no memory is left" in result.output
    assert (again.outputs / "haven.gpkg").read_bytes() == before and not list(again.outputs.glob(".bouw-*"))


# Views

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, i AS KAVEL FROM n"


def viewed(folder: Path, **views: str) -> Path:
    """The twelve plots with views beside them, one of the first three plots."""
    path = draw_project(folder) / "data" / "kavels.gpkg"
    with closing(sqlite3.connect(path)) as base:
        for name, query in {"first": "SELECT * FROM kavels LIMIT 3", "endless": ENDLESS, **views}.items():
            base.execute(f"CREATE VIEW {name} AS {query}")
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
            "VALUES ('first', 'features', 'first', 28992)"
        )
        base.execute("INSERT INTO gpkg_geometry_columns VALUES ('first', 'geom', 'POLYGON', 28992, 0, 0)")
        base.commit()
    return path


def card(**given: object) -> SourceConfig:
    base = {"name": "parcels", "layer": "parcels", "path": "kavels.gpkg", "licence": "x", "dated": "2026-10-01"}
    return SourceConfig.model_validate({**base, "basis": "x", **given})


def test_a_view_is_a_layer_only_where_its_card_says_so(tmp_path: Path) -> None:
    path = viewed(tmp_path / "project")
    assert len(read_vector(card(), path).cells) == 12
    with pytest.raises(SourceRefusal, match=r"views \['endless', 'first'\][\s\S]*view = true"):
        read_vector(card(inside="first"), path)
    assert len(read_vector(card(inside="first", view=True), path).cells) == 3


def test_a_view_in_a_zip_is_no_layer_either(tmp_path: Path) -> None:
    viewed(tmp_path / "project")
    shutil.make_archive(str(tmp_path / "kavels.gpkg"), "zip", tmp_path / "project" / "data", "kavels.gpkg")
    raw = read_source(card(path="kavels.gpkg.zip", columns={"parcel_id": "KAVEL"}), tmp_path)
    assert isinstance(raw, RawTable) and len(raw.cells) == 12
    with pytest.raises(SourceRefusal, match="views"):
        read_source(card(path="kavels.gpkg.zip", inside="endless"), tmp_path)


@pytest.mark.parametrize(
    "query", [ENDLESS, f"SELECT 1 AS a, (SELECT count(*) FROM ({ENDLESS})) AS b", "SELECT ST_X(1)"]
)
def test_a_view_that_does_not_end_or_cannot_run_is_refused(tmp_path: Path, query: str) -> None:
    path = viewed(tmp_path / "project", query_view=query)
    with pytest.raises(SourceRefusal, match="view 'query_view'"):
        check_view("source", path, "query_view", seconds=0.05)


def test_a_view_in_the_place_of_a_table_of_the_format_is_refused(tmp_path: Path) -> None:
    path = viewed(tmp_path / "project", gpkg_other=ENDLESS)
    with pytest.raises(SourceRefusal, match="gpkg_other is a view"):
        inspect(card(), path)


# Texts: the lock is TOML and figures are XML whatever stands in a card


def test_the_lock_of_a_project_with_odd_texts_is_read_back(finished: Finished) -> None:
    lock = tomllib.loads((finished.project / "sources.lock").read_text(encoding="utf-8"))
    assert lock["parcels"]["basis"] == "a\x7fb \x01" and len(lock) == 5
    assert list(run(context_of(finished.project, finished.outputs), Order(up_to="acquire", locked=True)))


def test_every_figure_style_and_project_is_xml_whatever_the_title(finished: Finished) -> None:
    texts = [path.read_text(encoding="utf-8") for path in (finished.outputs / "figures").glob("*.svg")]
    with closing(sqlite3.connect(finished.outputs / "haven.gpkg")) as base:
        texts += [text for row in base.execute("SELECT styleQML, styleSLD FROM layer_styles") for text in row if text]
        texts += [text for (text,) in base.execute("SELECT metadata FROM gpkg_metadata")]
    assert len(texts) > 20 and all(ElementTree.fromstring(text) is not None for text in texts)


# Compiled kernels


def test_kernels_are_stored_among_temporary_files_where_all_else_is_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(numba_cache.OTHER_FOLDER)
    real = numba_cache._is_usable
    monkeypatch.setattr(numba_cache, "_is_usable", lambda place: place.is_relative_to(tmp_path) and real(place))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    place = numba_cache.folder.__wrapped__()
    assert place is not None and place.is_relative_to(tmp_path)


def test_where_no_kernel_can_be_stored_a_run_says_so(again: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba_cache, "folder", lambda: None)
    words = ["run", "--config", str(again.project), "--outputs", str(again.outputs)]
    result = CliRunner().invoke(main, [*words, "--from", "resolve", "--to", "constrain"])
    assert result.exit_code == 0 and result.output.count("INDUSTRIERUIMTE_KERNELS") == 1


# Odd signs in paths

SIGNS = {"excl": "!", "semicolon": ";", "question": "?", "hash": "#", "percent": "%20", "ampersand": "&", "quote": "'"}
SIGNS |= {"double quote": '"', "brackets": "[a]", "braces": "{a}", "dollar": "$HOME", "blank": " a ", "accent": "é"}
SIGNS |= {"star": "*", "backslash": "\\", "colon": "C:", "newline": "a\nb"}


@pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)
def test_a_path_may_have_any_sign(tmp_path: Path, sign: str) -> None:
    """In the folders of cards, data and results: what is read and written is the same."""
    project = draw_project(tmp_path / f"config{sign}x")
    data, outputs = tmp_path / f"data{sign}x", tmp_path / f"out{sign}x"
    data.mkdir()
    (project / "data").rename(data / "data")
    context = RunContext(read_project(project), data, Store(outputs), line=LINE)
    counts = [report.counts for report in run(context, Order(up_to="harmonise")) if report.unit == "parcels"]
    assert counts[0]["parcels"] == [12, 120_000.0]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in (project, data, outputs))


def test_a_whole_run_in_folders_with_all_odd_signs(finished: Finished, tmp_path: Path) -> None:
    odd = "".join(SIGNS.values())
    shutil.copytree(finished.project, tmp_path / f"c{odd}")
    shutil.copytree(finished.outputs, tmp_path / f"o{odd}")
    shutil.rmtree(tmp_path / f"o{odd}" / "receipts" / "publish")
    list(run(context_of(tmp_path / f"c{odd}", tmp_path / f"o{odd}"), Order()))
    for name in ("haven.gpkg", "report.html", "figures.csv"):
        assert (tmp_path / f"o{odd}" / name).read_bytes() == (finished.outputs / name).read_bytes()
    assert len(list(tmp_path.iterdir())) == 2
