"""Other takers: every format holds the rows, words and land of the sheets; nothing is run, nothing is half written."""

from __future__ import annotations

import datetime as dt
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
from squared_paper import day, square

from layers.errors import SourceRefusal
from layers.layer import RD_NEW
from pipeline.stages.publish.files.formats import OUTPUT_FORMATS, write_as
from pipeline.stages.publish.files.postgis import write_postgis
from pipeline.stages.publish.styles.style import Field
from pipeline.stages.publish.tables.published_table import PublishedTable

DATE = day("2026-10-01")
HOSTILE = [
    "=1+1",
    "+SOM(A1)",
    "-2",
    "@x",
    "\t=1",
    "gewoon",
    "a\x07b",
    " =HYPERLINK(1)",
    "'; DROP TABLE kavels; --",
    "<b>",
]
FIELDS = (
    Field("kavel_id", "Kavel"),
    Field("oppervlakte_ha", "Oppervlakte (ha)", kind="float"),
    Field("aantal", "Aantal", kind="int"),
    Field("vrij_vroegst", "Vrij op zijn vroegst", kind="date"),
    Field("stil", "Stil", kind="bool"),
)


def content() -> pd.DataFrame:
    count = len(HOSTILE)
    return pd.DataFrame(
        {
            "kavel_id": HOSTILE,
            "oppervlakte_ha": [1.25, None, *[0.5] * (count - 2)],
            "aantal": pd.array([1, None, *range(count - 2)], dtype="Int64"),
            "vrij_vroegst": pd.array([dt.date(2030, 1, 2), None, *[dt.date(2031, 1, 1)] * (count - 2)], dtype=object),
            "stil": pd.array([True, None, *[False] * (count - 2)], dtype="boolean"),
        }
    )


@pytest.fixture
def sheets() -> list[PublishedTable]:
    rows = content()
    land = gpd.GeoDataFrame(rows, geometry=[square(index, 0) for index in range(len(rows))], crs=RD_NEW)
    return [
        PublishedTable("kavels", "Kavels", "Alle kavels.", land.rename_geometry("geom"), FIELDS),
        PublishedTable("tabel_met_een_naam_die_te_lang_is_1", "Een", "", content(), FIELDS),
        PublishedTable("tabel_met_een_naam_die_te_lang_is_2", "Twee", "", content(), FIELDS),
        PublishedTable("leeg", "Leeg", "", content().head(0), FIELDS),
    ]


def test_geoparquet_holds_land_and_tables(tmp_path: Path, sheets: list[PublishedTable]) -> None:
    target_path = write_as("geoparquet", sheets, (tmp_path, "nederland"), DATE)
    back = gpd.read_parquet(target_path / "kavels.parquet")
    assert (
        back.crs == RD_NEW and back["kavel_id"].tolist() == HOSTILE and back.area.tolist() == [10_000.0] * len(HOSTILE)
    )
    assert len(pd.read_parquet(target_path / "tabel_met_een_naam_die_te_lang_is_1.parquet")) == len(HOSTILE)
    assert not (target_path / "leeg.parquet").exists()


@pytest.mark.parametrize(("kind", "name"), [("flatgeobuf", "kavels.fgb"), ("geojson", "kavels.geojson")])
def test_a_file_per_layer_of_land(tmp_path: Path, sheets: list[PublishedTable], kind: str, name: str) -> None:
    target_path = write_as(kind, sheets, (tmp_path, "nederland"), DATE)
    back = gpd.read_file(target_path / name)
    assert [path.name for path in target_path.iterdir()] == [name] and sorted(back["kavel_id"]) == sorted(HOSTILE)
    assert back.crs.to_epsg() == (4326 if kind == "geojson" else 28992)
    assert back.to_crs(RD_NEW).area.sum() == pytest.approx(10_000 * len(HOSTILE), rel=1e-4)


def test_a_file_geodatabase_holds_every_layer(tmp_path: Path, sheets: list[PublishedTable]) -> None:
    target_path = write_as("filegdb", sheets, (tmp_path, "nederland"), DATE)
    assert set(pyogrio.list_layers(target_path)[:, 0]) == {sheet.name for sheet in sheets[:3]}
    assert gpd.read_file(target_path, layer="kavels").area.sum() == pytest.approx(10_000 * len(HOSTILE))


def test_a_spreadsheet_runs_nothing_of_the_data(tmp_path: Path, sheets: list[PublishedTable]) -> None:
    target_path = write_as("xlsx", sheets, (tmp_path, "nederland"), DATE)
    book = openpyxl.load_workbook(target_path)
    assert book.sheetnames == ["kavels", "tabel_met_een_naam_die_te_lang_", "tabel_met_een_naam_die_te_lan_2"]
    rows = list(book["kavels"].iter_rows())
    assert [cell.value for cell in rows[0]] == [field.title for field in FIELDS]
    assert [cell.value for cell in rows[1]] == [field.name for field in FIELDS]
    first_cells = [row[0] for row in rows[2:]]
    assert [cell.value for cell in first_cells] == [text.replace("\x07", "") for text in HOSTILE]
    assert {cell.data_type for cell in first_cells} == {"s"}
    assert [bool(cell.quotePrefix) for cell in first_cells] == [True] * 5 + [False, False, True, False, False]
    assert rows[3][1].value is None and rows[2][1].value == 1.25


@pytest.mark.parametrize("kind", ["geoparquet", "flatgeobuf", "geojson", "xlsx"])
def test_the_same_sheets_give_the_same_bytes(tmp_path: Path, sheets: list[PublishedTable], kind: str) -> None:
    target_path = [write_as(kind, sheets, (tmp_path / name, "nederland"), DATE) for name in "ab"]
    files = [sorted(path.rglob("*")) if path.is_dir() else [path] for path in target_path]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]] and files[0]


@pytest.mark.parametrize("kind", OUTPUT_FORMATS)
def test_a_second_time_replaces_the_first_and_leaves_nothing_else(
    tmp_path: Path, sheets: list[PublishedTable], kind: str
) -> None:
    write_as(kind, sheets, (tmp_path, "nederland"), DATE)
    target_path = write_as(kind, sheets[:1], (tmp_path, "nederland"), DATE)
    assert [path.name for path in tmp_path.iterdir()] == [target_path.name]


@pytest.mark.parametrize("kind", OUTPUT_FORMATS)
def test_what_cannot_be_put_in_its_place_leaves_what_stood_there(
    tmp_path: Path, sheets: list[PublishedTable], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target_path = write_as(kind, sheets, (tmp_path, "nederland"), DATE)
    before = {
        path.name: path.read_bytes() for path in ([target_path] if target_path.is_file() else target_path.iterdir())
    }
    rename, place = Path.rename, Path.replace

    def full(path: Path, target: Path) -> Path:
        if target == target_path and path.parent != target_path.parent:
            raise OSError(28, "no space left")
        return (place if path.is_file() else rename)(path, target)

    monkeypatch.setattr(Path, "rename", full)
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(SourceRefusal, match="nog heel"):
        write_as(kind, sheets[:1], (tmp_path, "nederland"), DATE)
    assert {
        path.name: path.read_bytes() for path in ([target_path] if target_path.is_file() else target_path.iterdir())
    } == before
    assert [path.name for path in tmp_path.iterdir()] == [target_path.name]


def test_a_folder_that_a_killed_run_had_moved_aside_comes_back(
    tmp_path: Path, sheets: list[PublishedTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    target_path = write_as("geojson", sheets, (tmp_path, "nederland"), DATE)
    target_path.rename(target_path.with_name(f".{target_path.name}.oud"))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr("pyogrio.write_dataframe", full)
    with pytest.raises(SourceRefusal):
        write_as("geojson", sheets, (tmp_path, "nederland"), DATE)
    assert (target_path / "kavels.geojson").is_file()


def test_a_file_in_use_is_left_alone_and_reported(
    tmp_path: Path, sheets: list[PublishedTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    target_path = write_as("xlsx", sheets, (tmp_path, "nederland"), DATE)
    before = target_path.read_bytes()

    def used(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "replace", used)
    with pytest.raises(SourceRefusal, match="in gebruik"):
        write_as("xlsx", sheets[:1], (tmp_path, "nederland"), DATE)
    assert target_path.read_bytes() == before


def test_nothing_to_export_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SourceRefusal, match="niets uit te geven"):
        write_as("filegdb", [], (tmp_path, "nederland"), DATE)


# PostGIS, in a cluster of the test's own

PROGRAMS = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="module")
def postgis() -> Iterator[str]:
    """The address of a database with PostGIS that lives as long as these tests; on loopback, in a folder of its own."""
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL")
    if not (PROGRAMS / "initdb").is_file() or not list(
        Path("/usr/share/postgresql/15/extension").glob("postgis.control")
    ):
        pytest.skip("Debian's postgresql-15-postgis-3 is not installed")
    base = Path(tempfile.mkdtemp(prefix="pg-"))  # short: the path of a socket may have 107 signs
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL does not run as root
        user = pwd.getpwnam("postgres")
        os.chown(base, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    env = {"PATH": f"{PROGRAMS}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(base)}
    how: dict[str, Any] = {
        "cwd": base,
        "env": env,
        "check": True,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
        **as_user,
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        subprocess.run(["initdb", "-D", "d", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], **how)
        options = f"-p {port} -k {base} -c listen_addresses=127.0.0.1 -c fsync=off"
        subprocess.run(["pg_ctl", "-D", "d", "-l", "log", "-w", "-t", "60", "-o", options, "start"], **how)
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        query(url, "CREATE EXTENSION postgis")
        yield url
    finally:
        subprocess.run(["pg_ctl", "-D", "d", "-m", "immediate", "-w", "stop"], **{**how, "check": False})
        shutil.rmtree(base, ignore_errors=True)


def query(url: str, question: str) -> list[Any]:
    import psycopg

    with psycopg.connect(url, autocommit=True) as base:
        cursor = base.execute(question)
        return cursor.fetchall() if cursor.description else []


def test_postgis_holds_rows_titles_and_land(postgis: str, sheets: list[PublishedTable]) -> None:
    assert write_postgis(sheets, postgis, "haven") == 4
    rows = query(postgis, "SELECT kavel_id, oppervlakte_ha, aantal, vrij_vroegst, stil FROM haven.kavels ORDER BY fid")
    assert [row[0] for row in rows] == HOSTILE
    assert rows[0][1:] == (1.25, 1, dt.date(2030, 1, 2), True) and rows[1][1:] == (None, None, None, None)
    land = (
        "SELECT sum(ST_Area(geom)), min(ST_SRID(geom)), bool_and(ST_IsValid(geom)), "
        "min(GeometryType(geom)) FROM haven.kavels"
    )
    assert query(postgis, land) == [(10_000.0 * len(HOSTILE), 28992, True, "MULTIPOLYGON")]
    assert query(postgis, "SELECT obj_description('haven.kavels'::regclass)") == [
        ("industrieruimte: Kavels. Alle kavels.",)
    ]
    assert query(postgis, "SELECT count(*) FROM pg_indexes WHERE tablename = 'kavels' AND indexdef LIKE '%gist%'") == [
        (1,)
    ]


def test_all_of_it_or_none_of_it_goes_in(postgis: str, sheets: list[PublishedTable]) -> None:
    write_postgis(sheets[:1], postgis, "heel")
    bad = PublishedTable("later", "Later", "", content().assign(aantal="geen getal"), FIELDS)
    with pytest.raises(SourceRefusal, match="nothing was changed"):
        write_postgis([PublishedTable("kavels", "Kavels", "", content().head(1), FIELDS), bad], postgis, "heel")
    assert query(postgis, "SELECT count(*), count(geom) FROM heel.kavels") == [(len(HOSTILE), len(HOSTILE))]


def test_a_second_time_replaces_and_leaves_what_is_not_ours(postgis: str, sheets: list[PublishedTable]) -> None:
    write_postgis(sheets, postgis, "eigen")
    query(postgis, "CREATE TABLE eigen.van_een_ander (a int)")
    write_postgis(sheets[:1], postgis, "eigen")
    assert query(postgis, "SELECT count(*) FROM eigen.kavels") == [(len(HOSTILE),)]
    assert query(postgis, "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'eigen' ORDER BY 1") == [
        ("kavels",),
        ("van_een_ander",),
    ]
    assert query(postgis, "SELECT count(*) FROM eigen.van_een_ander") == [(0,)]


def test_a_database_that_does_not_answer_is_refused_without_its_password(sheets: list[PublishedTable]) -> None:
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL")
    with pytest.raises(SourceRefusal) as refusal:
        write_postgis(sheets, "postgresql://iemand:geheimwoord@127.0.0.1:1/niets", "x")
    assert "geheimwoord" not in str(refusal.value) and "reached" in str(refusal.value)


@pytest.mark.parametrize(
    "url", ["postgresql://u:p@ss@127.0.0.1:1/x", "postgresq://u:ge heim@h/db", "postgresql://u:ge%zzheim@127.0.0.1:1/x"]
)
def test_nothing_of_a_password_is_shown(sheets: list[PublishedTable], url: str) -> None:
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL")
    with pytest.raises(SourceRefusal) as refusal:
        write_postgis(sheets, url, "x")
    assert not [part for part in ("p@ss", "'ss", "ss@", "heim", "zz") if part in str(refusal.value)]


def test_a_table_of_another_is_refused(postgis: str, sheets: list[PublishedTable]) -> None:
    query(postgis, "CREATE SCHEMA vreemd; CREATE TABLE vreemd.kavels (a int)")
    with pytest.raises(SourceRefusal, match="did not write"):
        write_postgis(sheets, postgis, "vreemd")
    assert query(postgis, "SELECT count(*) FROM vreemd.kavels") == [(0,)]


def test_a_view_that_rests_on_a_table_is_named(postgis: str, sheets: list[PublishedTable]) -> None:
    write_postgis(sheets, postgis, "bekeken")
    query(postgis, "CREATE VIEW bekeken.mijn AS SELECT kavel_id FROM bekeken.kavels")
    with pytest.raises(SourceRefusal, match="drop the views"):
        write_postgis(sheets, postgis, "bekeken")
    assert query(postgis, "SELECT count(*) FROM bekeken.mijn") == [(len(HOSTILE),)]
