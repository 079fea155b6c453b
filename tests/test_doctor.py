"""The doctor: what is right is good, what would stop or spoil a run is amiss, and nothing is left behind."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from layers.errors import ConfigRefusal
from pipeline.cli.main import main
from pipeline.kernels import numba_cache
from pipeline.queries.doctor import libraries, places, session
from pipeline.queries.doctor.diagnosis import Diagnosis, diagnosed
from pipeline.runner import machine
from pipeline.storage import path_lengths


def ask(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["doctor", *map(str, words)])


def rows_of(result: Result) -> dict[str, dict[str, str]]:
    return {row["thing"]: row for row in json.loads(result.output)}


def test_on_this_machine_all_that_a_run_needs_is_there(tmp_path: Path) -> None:
    result = ask("--outputs", tmp_path / "new" / "outputs", "--json")
    rows = rows_of(result)
    assert result.exit_code == 0 and not list(tmp_path.iterdir())
    parts = {"Python", "tables", "GDAL", "GEOS", "PROJ", "PROJ grid", "numba", "compiled kernels", "memory"}
    parts |= {"processors", "text", "project", "results", "disk", "temporary files"}
    assert parts <= set(rows) and "amiss" not in {row["state"] for row in rows.values()}
    shown = ask("--outputs", tmp_path / "outputs").output
    assert shown.endswith("nothing amiss\n") and "good   GEOS" in shown
    assert max(len(line) for line in shown.splitlines() if "/" not in line) <= 100


@pytest.mark.parametrize(
    ("module", "thing"), [("pyogrio", "GDAL"), ("shapely", "GEOS"), ("pandas", "tables"), ("numba", "numba")]
)
def test_a_library_that_cannot_be_loaded_is_amiss(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str, thing: str
) -> None:
    """As where a managed machine blocks what it does not know."""
    checks = {"GDAL": libraries.gdal, "GEOS": libraries.geos, "tables": libraries.tables, "numba": libraries.kernels}
    monkeypatch.setitem(sys.modules, module, None)
    (row,) = diagnosed(thing, libraries.INSTALL_ANEW, checks[thing])
    assert row.state == "amiss" and "ModuleNotFoundError" in row.value and "install" in row.todo


def test_a_format_that_gdal_lacks_is_amiss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyogrio.list_drivers", lambda: {"GPKG": "r", "GML": "r", "GeoJSON": "rw"})
    (row,) = libraries.gdal()
    assert row.state == "amiss" and "gpkg" not in row.value.split("without")[1]
    assert all(word in row.value for word in ("shapefile", "flatgeobuf", "GPKG (to write)"))


def test_tables_of_another_program_are_amiss(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where PROJ_LIB of another program leads PROJ astray."""
    monkeypatch.setattr("pyogrio.raw.read", lambda _: ({"crs": None}, None, None, []))
    (row,) = libraries.proj()
    assert row.state == "amiss" and "28992" in row.value
    monkeypatch.setattr(libraries, "TOWER", (5.4, 52.2))
    (row,) = libraries.proj()
    assert row.state == "amiss" and "brings Amersfoort to" in row.value


@pytest.mark.parametrize(("accuracy_m", "state"), [(0.25, "note"), (0.001, "good")])
def test_the_grid_for_rd_new_is_looked_for(monkeypatch: pytest.MonkeyPatch, accuracy_m: float, state: str) -> None:
    moves = SimpleNamespace(transform=lambda *_: libraries.TOWER_RD)
    way = SimpleNamespace(transformer=moves, operation=SimpleNamespace(accuracy_m=accuracy_m))
    monkeypatch.setattr("pipeline.spatial.coordinate_systems.path_to_rd", lambda _: way)
    assert [row.state for row in libraries.proj()] == ["good", state]


def test_kernels_that_cannot_be_stored_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba_cache, "folder", lambda: None)
    rows = list(libraries.kernels())
    assert [row.state for row in rows] == ["good", "note"] and "INDUSTRIERUIMTE_KERNELS" in rows[1].todo


def test_a_full_disk_is_amiss_and_sets_the_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10_000_000))
    result = ask("--outputs", tmp_path, "--json")
    assert result.exit_code == 2 and rows_of(result)["disk"]["state"] == "amiss"
    assert ask("--outputs", tmp_path).output.endswith("2 amiss\n")


def test_a_folder_that_may_not_be_written_is_amiss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(places, "replace", refused)
    row = rows_of(ask("--outputs", tmp_path, "--json"))["results"]
    assert row["state"] == "amiss" and "Permission denied" in row["value"] and "--outputs" in row["todo"]
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights than those of chmod")
def test_contracts_that_others_can_read_are_noted(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir(mode=0o755)
    (tmp_path / "receipts").mkdir(mode=0o750)
    noted = [row for row in places.outputs(tmp_path, []) if row.thing == "rights"]
    assert [row.state for row in noted] == ["note"] and "work" in noted[0].value and "receipts" not in noted[0].value


def test_a_deep_or_synchronised_folder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "most_signs", lambda: path_lengths.MOST_SIGNS)
    deep = tmp_path / ("OneDrive - Gemeente Haven " + "x" * 150)
    states = {row.thing: row.state for row in places.outputs(deep, ["haven"])}
    assert states["paths"] == "amiss" and states["synchronised"] == "note"
    assert not {"paths", "synchronised"} & {row.thing for row in places.outputs(Path("/werk"), ["haven"])}


def test_a_folder_without_locks_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.storage.locks._posix_lock", lambda *_: True)
    monkeypatch.setattr("pipeline.storage.locks._windows_lock", lambda *_: ())
    assert "locks" in {row.thing for row in places.outputs(tmp_path, [])}


def test_a_project_for_reading_only_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    (row,) = places.project(tmp_path)
    assert row.state == "note" and "sources.lock" in row.value


def test_little_memory_is_amiss_or_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise ConfigRefusal("memory", actual="at most 0.3 GB may be addressed", todo="raise the limit")

    monkeypatch.setattr(session, "refuse_little_memory", refuse)
    monkeypatch.setattr(session, "memory_bytes", lambda: 2 * 2**30)
    rows = [row for row in session.memory() if row.thing == "memory"]
    assert [row.state for row in rows] == ["amiss", "note"] and rows[0].todo == "raise the limit"


def test_memory_is_that_of_the_machine_or_its_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "CONTAINER_LIMIT", tmp_path / "memory.max")
    whole = machine.memory_bytes()
    (tmp_path / "memory.max").write_text("max\n")
    assert machine.memory_bytes() == whole
    (tmp_path / "memory.max").write_text("1000000\n")
    assert machine.memory_bytes() == 1_000_000


def test_windows_says_how_much_memory_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def installed(size: Any) -> int:
        size._obj.value = 16 * 2**20
        return 1

    kernel = SimpleNamespace(GetPhysicallyInstalledSystemMemory=installed)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.setattr(machine, "sys", SimpleNamespace(platform="win32"))
    assert machine.memory_bytes() == 16 * 2**30


@pytest.mark.parametrize(
    ("names", "shown", "state"), [("utf-8", "UTF-8", "good"), ("utf-8", "cp1252", "note"), ("ascii", "utf-8", "amiss")]
)
def test_encodings_are_looked_at(monkeypatch: pytest.MonkeyPatch, names: str, shown: str, state: str) -> None:
    fake: Any = SimpleNamespace(
        getfilesystemencoding=lambda: names, stdout=SimpleNamespace(encoding=shown, isatty=lambda: False)
    )
    monkeypatch.setattr(session, "sys", fake)
    assert [row.state for row in session.text()] == [state]


def test_variables_of_other_programs_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in session.LEADING_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert not list(session.variables())
    monkeypatch.setenv("PROJ_LIB", r"C:\PostgreSQL\share\contrib\proj")
    assert [row.state for row in session.variables()] == ["note"]


def test_an_old_python_is_amiss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "LEAST_PYTHON", (99, 0))
    assert [row.state for row in session.program()] == ["good", "amiss"]


def test_a_line_says_what_to_do_below_it() -> None:
    assert Diagnosis("disk", "0.1 GB", "amiss", "make room").line().splitlines()[1].strip() == "make room"
