"""Written for Windows too: locks, replaced files, names, paths, encodings and folders, on fake platforms."""

from __future__ import annotations

import ast
import io
import os
import re
import subprocess
import sys
import types
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote

import pytest
from as_windows import LockedBytes, faults_of_name, guarded
from click.testing import CliRunner
from drawn_haven import draw_project

from layers.derived import DERIVED
from layers.errors import ConfigRefusal, SourceRefusal
from layers.sources import SOURCES
from pipeline.cli import systems
from pipeline.cli.main import main
from pipeline.kernels import numba_cache, user_cache
from pipeline.project.load import read_project
from pipeline.project.models import is_file_name
from pipeline.queries.drafting.project import slug_of
from pipeline.storage import locks, path_lengths, whole_files
from pipeline.storage.addresses import plain_folder, sqlite_address
from pipeline.storage.delivered_files import DeliveredFiles
from pipeline.storage.locks import locked

ROOT = Path(__file__).parents[1]
PRODUCT = [path for folder in ("layers", "pipeline") for path in sorted((ROOT / folder).rglob("*.py"))]
WINDOWS = types.SimpleNamespace(platform="win32")
# What only POSIX has, and the modules that look first whether it is there.
POSIX_ONLY = {
    "fcntl": {"locks"},
    "resource": {"machine"},
    "getuid": {"numba_cache"},
    "sched_getaffinity": {"machine"},
    "sysconf": {"machine"},
    "setitimer": {"time_limit"},
    "SIGVTALRM": {"time_limit"},
    "symlink_to": {"addresses"},
}
NOWHERE = {"fork", "SIGKILL", "SIGALRM", "alarm", "geteuid", "statvfs", "getloadavg", "pwd", "grp", "mkfifo", "killpg"}


@pytest.fixture
def windows_locks(monkeypatch: pytest.MonkeyPatch) -> LockedBytes:
    fake = LockedBytes()
    monkeypatch.setitem(sys.modules, "msvcrt", fake)
    monkeypatch.setattr(locks, "sys", WINDOWS)
    return fake


def held_by_another(path: Path) -> OSError:
    fault = PermissionError(13, "The process cannot access the file", str(path))
    fault.winerror = 32  # type: ignore[attr-defined,unused-ignore]
    return fault


# A whole run


@pytest.mark.skipif(sys.platform != "linux", reason="plays Windows with /proc")
def test_a_project_is_run_under_the_rules_of_windows(tmp_path: Path) -> None:
    """In folders with signs that part an address; every table of a first run is replaced by a second."""
    project, outputs = draw_project(tmp_path / "haven & [co]"), tmp_path / "uit {1} & meer"
    given = ["--config", str(project), "--outputs", str(outputs)]
    commands = [["run", "-q", "--to", "overlay"], ["run", "-q", "--from", "harmonise"], ["explain", "P-01"]]
    words = [word for command in commands for word in (*command, *given, "then")]
    words += ["clean", "--confidential", "--outputs", str(outputs), "then"]
    call = [sys.executable, "-X", "warn_default_encoding", ROOT / "tests" / "as_windows.py", tmp_path, *words]
    environment = os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(call, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode("cp1252")[-2000:]
    assert b"Kavel P-01" in done.stdout and b"removed receipts/" in done.stdout
    assert {path.name for path in outputs.glob("[!.]*")} >= {"haven.gpkg", "report.html", "figures.csv", "figures"}


@pytest.mark.skipif(sys.platform != "linux", reason="plays Windows with /proc")
def test_the_rules_of_windows_are_those_that_a_run_can_break(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).touch()
    replace, unlink = guarded(os.replace, tmp_path), guarded(os.unlink, tmp_path)
    with (tmp_path / "a").open(), pytest.raises(PermissionError):
        replace(tmp_path / "b", tmp_path / "a")
    with (tmp_path / "c").open(), pytest.raises(PermissionError):
        unlink(tmp_path / "c")
    replace(tmp_path / "b", tmp_path / "a")
    assert faults_of_name(tmp_path / ("x" * 200), tmp_path) and faults_of_name(tmp_path / "nul.csv", tmp_path)
    assert faults_of_name(tmp_path / "a" / "b:c", tmp_path) and not faults_of_name(tmp_path / "a" / "b.csv", tmp_path)


# Locks


def test_a_lock_is_alone_or_shared(tmp_path: Path, windows_locks: LockedBytes) -> None:
    place = tmp_path / "lock"
    with locked(place, is_shared=True) as first, locked(place, is_shared=True) as second:
        assert first is not None and second is not None
        with locked(place, is_shared=False) as third:
            assert third is None
    with locked(place, is_shared=False) as first, locked(place, is_shared=True) as second:
        assert first is not None and second is None
        first.write(b"the run")
        assert place.read_bytes() == b"the run"
    assert not windows_locks.held


def test_a_folder_without_locks_is_used_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = LockedBytes()
    monkeypatch.setitem(sys.modules, "msvcrt", fake)
    monkeypatch.setattr(locks, "sys", WINDOWS)

    def unknown(*_: object) -> None:
        raise OSError(22, "Invalid argument")

    fake.locking = unknown  # type: ignore[method-assign]
    with locked(tmp_path / "lock", is_shared=False) as handle:
        assert handle is not None


# Files that another program has open


@pytest.mark.parametrize(("tries", "is_put"), [(2, True), (99, False)])
def test_a_file_that_is_held_for_a_moment_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tries: int, is_put: bool
) -> None:
    new, place, waits = tmp_path / "new", tmp_path / "place", list[float]()
    new.write_text("new")
    replace = Path.replace

    def held(path: Path, target: Path) -> Path:
        if len(waits) < tries:
            raise held_by_another(target)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", held)
    monkeypatch.setattr(whole_files.time, "sleep", waits.append)
    if is_put:
        assert whole_files.put(new, place).read_text() == "new" and len(waits) == tries
    else:
        with pytest.raises(PermissionError):
            whole_files.put(new, place)
        assert new.exists() and sum(waits) < 10


def test_a_folder_without_rights_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refused)
    monkeypatch.setattr(whole_files.time, "sleep", lambda _: pytest.fail("waited"))
    with pytest.raises(PermissionError):
        whole_files.put(tmp_path / "new", tmp_path / "place")


def test_a_file_that_excel_has_open_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "figures.csv").touch()
    delivered = DeliveredFiles(tmp_path, "nederland")
    delivered.refuse_open(["figures.csv", "report.html"])

    def held(path: Path, _: Path) -> Path:
        raise held_by_another(path)

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(SourceRefusal, match=r"figures\.csv"):
        delivered.refuse_open(["figures.csv", "nederland.gpkg"])


def test_what_a_program_holds_all_along_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*_: object, **__: object) -> None:
        raise held_by_another(tmp_path / "figures.csv")

    monkeypatch.setattr("pipeline.cli.commands.migrate.Path.is_dir", lambda _: True)
    monkeypatch.setattr("pipeline.project.migrate.migrate", held)
    refused = CliRunner().invoke(main, ["migrate", str(tmp_path)])
    assert refused.exit_code == 2 and "close the program that has it open" in refused.output


def test_where_nobody_may_link_files_are_brought_to_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(22, "A required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refused)
    (tmp_path / "a [b]").mkdir()
    with plain_folder(tmp_path / "a [b]") as folder:
        (folder / "x.gdb").mkdir()
        (folder / "x.gdb" / "table").write_text("x")
        (folder / "y.gpkg").write_text("y")
    assert {path.name for path in (tmp_path / "a [b]").rglob("*")} == {"x.gdb", "table", "y.gpkg"}


# Names and paths


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("westhaven", True),
        ("con", False),
        ("NUL.tabel", False),
        ("com1", False),
        ("com10", True),
        ("console", True),
        ("haven.", False),
        ("haven ", False),
        ("a:b", False),
        ("wat?", False),
        ("a/b", False),
        ("kavels (def) 2026", True),
    ],
)
def test_names_that_files_can_have(name: str, fits: bool) -> None:
    assert is_file_name(name) is fits


@pytest.mark.parametrize("name", ["clusters/aux.toml", "sources/nul.toml", "sources/a_b?.toml"])
def test_a_card_with_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    project = draw_project(tmp_path / "project")
    kind = name.split("/")[0]
    card = next((project / kind).glob("*.toml"))
    card.rename(project / name)
    with pytest.raises(ConfigRefusal, match="on Windows too"):
        read_project(project)


def test_cards_that_differ_in_capitals_alone_are_refused(tmp_path: Path) -> None:
    project = draw_project(tmp_path / "project")
    text = (project / "sources" / "parcels.toml").read_text()
    (project / "sources" / "Parcels.toml").write_text(text)
    if len(list((project / "sources").glob("[pP]arcels.toml"))) == 1:
        pytest.skip("a disk on which capitals make no other file")
    with pytest.raises(ConfigRefusal, match="but for capitals"):
        read_project(project)


def test_a_drafted_cluster_gets_a_name_that_files_can_have() -> None:
    assert slug_of("CON") == "con-cluster" and slug_of("Haven West") == "haven-west"


def test_a_scenario_with_the_name_of_a_device_is_no_scenario(tmp_path: Path) -> None:
    project = draw_project(tmp_path / "project")
    (project / "scenarios").mkdir()
    (project / "scenarios" / "prn.toml").write_text('title = "x"\nbasis = "x"\n')
    with pytest.raises(ConfigRefusal, match="no such scenario"):
        read_project(project, "prn")


@pytest.mark.parametrize(("allowed", "is_refused"), [(0, True), (1, False), (None, True)])
def test_a_folder_that_is_too_deep_is_refused(
    monkeypatch: pytest.MonkeyPatch, allowed: int | None, is_refused: bool
) -> None:
    class Key(io.StringIO):
        pass

    def value_of(*_: object) -> tuple[int | None]:
        if allowed is None:
            raise FileNotFoundError(2, "no such value")
        return (allowed,)

    registry = types.SimpleNamespace(HKEY_LOCAL_MACHINE=0, OpenKey=lambda *_: Key(), QueryValueEx=value_of)
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(path_lengths, "sys", WINDOWS)
    deep = Path("/" + "m" * 150)
    path_lengths.refuse_long_paths(Path("/werk"), ["haven"])
    if is_refused:
        with pytest.raises(ConfigRefusal, match="259 on this Windows"):
            path_lengths.refuse_long_paths(deep, ["haven", "oosterpark"])
    else:
        path_lengths.refuse_long_paths(deep, ["haven"])


def test_no_path_below_the_results_is_longer_than_is_reckoned_with() -> None:
    ending = ".parquet.1234567-12345678.new"
    tables = [f"work/{layer.stage}//.{name}{ending}" for name, layer in DERIVED.items()]
    tables += [f"work/harmonise/{name}/.{name}{ending}" for name in SOURCES]
    ranges = f"work/overlay//ranges/{'x' * 16}/.000001.npz.1234567-12345678.new"
    published = [
        f".bouw-12345678/.geoparquet/{card.name}.parquet"
        for card in read_project(ROOT / "config" / "proefpolder").publish.published
    ]
    assert max(map(len, [*tables, ranges, *published])) <= path_lengths.STORED_SIGNS


def test_sqlite_opens_a_path_of_windows_as_it_is() -> None:
    for path in (r"C:\Users\J. de Vries\a & b\x.gpkg", r"\\server\deel\100% af\x.gpkg"):
        address = sqlite_address(PureWindowsPath(path))  # type: ignore[arg-type]
        assert address.startswith("file:") and unquote(address.removeprefix("file:").split("?")[0]) == path


def test_compiled_kernels_stand_in_the_local_folder_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_cache, "sys", WINDOWS)
    monkeypatch.setenv("LOCALAPPDATA", r"C:\Users\x\AppData\Local")
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert user_cache.user_cache() == Path(r"C:\Users\x\AppData\Local") / "industrieruimte"


def test_without_numbers_of_users_kernels_are_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "getuid")
    monkeypatch.setattr(user_cache, "user_cache", lambda: tmp_path)
    assert len(numba_cache._user_folders()) == 2
    state = types.SimpleNamespace(st_uid=0)
    assert numba_cache._is_ours(
        types.SimpleNamespace(stat=lambda: state, parent=types.SimpleNamespace(stat=lambda: state))
    )  # type: ignore[arg-type]


# What is shown


@pytest.mark.parametrize(
    ("path", "typed"), [("haven", "haven"), (r"C:\onze data", r'"C:\onze data"'), (r"D:\a&b c", r'"D:\a&b c"')]
)
def test_a_path_is_quoted_as_cmd_and_powershell_take_it(monkeypatch: pytest.MonkeyPatch, path: str, typed: str) -> None:
    monkeypatch.setattr(systems, "sys", WINDOWS)
    assert systems.quoted(PureWindowsPath(path)) == typed  # type: ignore[arg-type]


def test_signs_that_a_code_page_lacks_are_shown_as_codes() -> None:
    stream = io.TextIOWrapper(raw := io.BytesIO(), encoding="cp1252")
    systems.show_all_signs((stream, None))
    stream.write("€ 5, é, ≥ 2, Łódź")
    stream.flush()
    assert raw.getvalue().decode("cp1252") == "€ 5, é, \\u2265 2, \\u0141ód\\u017a"


def test_windows_says_which_language_it_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = types.SimpleNamespace(GetUserDefaultUILanguage=lambda: 0x0413)
    library = types.SimpleNamespace(windll=types.SimpleNamespace(kernel32=kernel))
    monkeypatch.setitem(sys.modules, "ctypes", library)
    assert systems.language_of_windows() == ""
    monkeypatch.setattr(systems, "sys", WINDOWS)
    assert systems.language_of_windows() == "nl_NL"


# The code


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]


def mode_of(call: ast.Call) -> str | None:
    """The mode in which a file is opened; None of a call that opens none."""
    first = call.args[0] if call.args else ast.Constant("r")
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


@pytest.mark.parametrize("name", ["open", "read_text", "write_text"])
def test_text_is_read_and_written_in_an_encoding_that_is_named(name: str) -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in PRODUCT
        for call in calls(path)
        if getattr(call.func, "attr", "") == name
        and (name != "open" or not {"b", None} & {*(mode_of(call) or [None])})
        and "encoding" not in {word.arg for word in call.keywords}
    ]
    assert faults == []


def test_what_only_posix_has_is_used_where_that_is_looked_at() -> None:
    faults = []
    for path in PRODUCT:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        faults += [f"{path.stem}: {name}" for name in names & NOWHERE]
        faults += [f"{path.stem}: {name}" for name in names & set(POSIX_ONLY) if path.stem not in POSIX_ONLY[name]]
    assert faults == []


def test_every_target_of_make_has_its_command_in_the_manual() -> None:
    """For who has no make; the verbs are commands already."""
    menu = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", menu, flags=re.M)) - {"help"}
    manual = (ROOT / "docs" / "manual.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `make ([a-z-]+)[^`]*` \| `([^|]+)` \|$", manual, flags=re.M))
    assert set(rows) == targets and len(targets) > 10
    programs = {word.split()[0] for command in rows.values() for word in command.split("` then `")}
    recipes = set(re.findall(r"^\t@?(?:\.venv/bin/)?([a-z-]+)", menu, flags=re.M)) | {"industrieruimte", "python"}
    assert programs <= recipes, programs - recipes
    for command in rows.values():
        for script in re.findall(r"tools[\\/](\w+)\.py", command):
            assert (ROOT / "tools" / f"{script}.py").is_file()
        for verb in re.findall(r"^industrieruimte ([a-z]+)", command):
            assert verb in main.commands
