"""Publish: the same figures in Dutch, steady bytes, nothing half written, nothing confidential."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from squared_paper import day, square

from layers.errors import ContractRefusal, SourceRefusal
from layers.layer import RD_NEW
from pipeline.project.load import Project
from pipeline.project.publish import SwatchConfig
from pipeline.spatial.geometry import without_noise
from pipeline.stages.publish.files.geopackage import write
from pipeline.stages.publish.styles.style import Field, LayerStyle, LegendEntry
from pipeline.stages.publish.tables.confidential import prove_public
from pipeline.stages.publish.tables.published import left_out
from pipeline.stages.publish.tables.published_table import PublishedTable

DATE = day("2026-10-01")


def sheet(name: str = "kavels", **columns: list[object]) -> PublishedTable:
    content = gpd.GeoDataFrame(
        {"kavel_id": ["a", "b"], **columns}, geometry=[square(0, 0), square(1, 0)], crs=RD_NEW
    ).rename_geometry("geom")
    fields = (Field("kavel_id", "Kavel"), *(Field(column, column.title()) for column in columns))
    plain = LayerStyle("Kavels", None, (LegendEntry(None, "", SwatchConfig(colour="#009e73")),), "#222222", 0.2)
    return PublishedTable(name, "Kavels", "Alle kavels.", content, fields, (plain,))


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as base:
        return base.execute(sql).fetchall()


def test_titles_styles_and_version_stand_in_the_file(tmp_path: Path) -> None:
    path = write([sheet()], tmp_path / "x.gpkg", DATE)
    assert query(path, "SELECT identifier, description, srs_id FROM gpkg_contents WHERE table_name='kavels'") == [
        ("Kavels", "Alle kavels.", 28992)
    ]
    assert query(path, "SELECT f_table_name, useAsDefault FROM layer_styles") == [("kavels", 1)]
    assert query(path, "SELECT title FROM gpkg_data_columns") == [("Kavel",)]
    assert query(path, "PRAGMA user_version") == [(10300,)] and query(path, "PRAGMA journal_mode") == [("delete",)]


def test_the_same_sheets_give_the_same_bytes(tmp_path: Path) -> None:
    first, two = (write([sheet()], tmp_path / folder / "x.gpkg", DATE) for folder in ("a", "b"))
    assert hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(two.read_bytes()).digest()


def test_a_layer_without_rows_is_left_out(tmp_path: Path) -> None:
    empty = PublishedTable("leeg", "Leeg", "", pd.DataFrame({"a": []}), ())
    assert query(
        write([sheet(), empty], tmp_path / "x.gpkg", DATE), "SELECT count(*) FROM gpkg_contents WHERE table_name='leeg'"
    ) == [(0,)]


def test_a_file_with_unsaved_edits_is_left_alone(tmp_path: Path) -> None:
    path = write([sheet()], tmp_path / "x.gpkg", DATE)
    before = path.read_bytes()
    (tmp_path / "x.gpkg-wal").write_bytes(b"edits")
    with pytest.raises(SourceRefusal, match="niet opgeslagen"):
        write([sheet()], path, DATE)
    assert path.read_bytes() == before


def test_a_failure_while_writing_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write([sheet()], tmp_path / "x.gpkg", DATE)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("pipeline.stages.publish.files.geopackage._finish", full)
    with pytest.raises(OSError, match="no space"):
        write([sheet("anders")], path, DATE)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["x.gpkg"]


def test_a_full_disk_is_said_in_words_and_the_old_file_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write([sheet()], tmp_path / "x.gpkg", DATE)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("pipeline.stages.publish.files.geopackage._steady", full)
    with pytest.raises(SourceRefusal, match="disk is full"):
        write([sheet("anders")], path, DATE)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["x.gpkg"]


def test_a_file_that_another_program_holds_gets_a_neighbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write([sheet()], tmp_path / "x.gpkg", DATE)
    real = Path.replace

    def held(self: Path, target: Path) -> Path:
        """As Windows says it of a file that is open."""
        if Path(target).name == "x.gpkg":
            fault = PermissionError(13, "in use")
            fault.winerror = 32
            raise fault
        return real(self, target)

    monkeypatch.setattr(Path, "replace", held)
    assert write([sheet()], path, DATE).name == "x.nieuw.gpkg" and path.exists()


@pytest.mark.parametrize("texts", [["Zuidás Chemie 1 B.V.", "x"], ["contract met Zuidás Chemie 1 B.V.", "x"]])
def test_a_confidential_value_anywhere_is_refused(texts: list[object]) -> None:
    with pytest.raises(ContractRefusal, match="confidential"):
        prove_public([sheet(toelichting=texts)], {"Zuidás Chemie 1 B.V.": "ground_leases.holder"})


def test_the_columns_left_out_are_named(rules: Project) -> None:
    rows = left_out(rules, "public")
    assert {("ground_leases", "holder"), ("ground_leases", "rent_eur"), ("Rechten per vlak", "all")} <= set(
        zip(rows["layer"], rows["column"], strict=True)
    )
    assert left_out(rules, "internal").empty


def test_noise_is_not_drawn() -> None:
    speck = shapely.MultiPolygon([square(0, 0), shapely.box(100_500, 400_500, 100_500.0001, 400_500.0001)])
    (drawn,) = without_noise(pd.Series([speck]).to_numpy())
    assert drawn.geom_type == "Polygon" and shapely.is_ccw(drawn.exterior)
