"""Numbers beyond reason in what a planner fills in by hand: refused with file, line and key, never counted with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from drawn_haven import draw_project

from layers.errors import ConfigRefusal
from layers.sources import TABLES
from pipeline.cli.main import main
from pipeline.project.load import read_project
from pipeline.project.rules import ProfileConfig

PROJECT = {
    "project_id": "X1",
    "title": "Fabriek",
    "cluster_id": "haven",
    "profile": "general_industry",
    "area_ha": "4",
    "first_year": "2028",
    "last_year": "2034",
    "source": "x",
}
DEMAND = {
    "cluster_id": "haven",
    "year": "2030",
    "scenario": "laag",
    "segment": "economie",
    "demand_ha": "60",
    "source": "x",
    "version": "1",
    "page": "1",
}


def read_with(folder: Path, name: str, row: dict[str, str]) -> Any:
    """The drawn project with one row in a table of it."""
    project = draw_project(folder / "project")
    (project / name).write_text(f"{';'.join(row)}\n{';'.join(row.values())}\n", encoding="utf-8")
    return read_project(project)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("area_ha", value) for value in ("-4", "0", "1e9", "100001", "inf", "nan", "4,5")),
        *(("first_year", value) for value in ("20300", "30", "-2030", "2030.5")),
        *(("last_year", value) for value in ("20340", "1e9")),
        *(("priority", value) for value in ("-1", "0", "1e9", "inf")),
        *(("quay_m", value) for value in ("-1", "1e9", "nan")),
        *(("build_years", value) for value in ("-1", "2030", "1e9")),
        *(("life_years", value) for value in ("-1", "0", "20300")),
        *(("both_stand_years", value) for value in ("-1", "2030")),
    ],
)
def test_a_number_of_a_project_beyond_reason_is_refused(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(ConfigRefusal, match=rf"projects\.csv' line 2[\s\S]*{key}"):
        read_with(tmp_path, "projects.csv", {**PROJECT, key: value})


@pytest.mark.parametrize("metres", ["-1", "1e9", "nan"])
def test_a_distance_of_a_project_beyond_reason_is_refused(tmp_path: Path, metres: str) -> None:
    with pytest.raises(ConfigRefusal, match=r"projects\.csv' line 2[\s\S]*near_m"):
        read_with(tmp_path, "projects.csv", {**PROJECT, "near": "P-01", "near_m": metres})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("demand_ha", value) for value in ("-60", "1e9", "inf", "nan", "1.000,5")),
        *(("year", value) for value in ("20300", "203", "-2030", "2030.5")),
    ],
)
def test_a_number_of_demand_beyond_reason_is_refused(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(ConfigRefusal, match=rf"demand\.csv' line 2[\s\S]*{key}"):
        read_with(tmp_path, "demand.csv", {**DEMAND, key: value})


def test_ordinary_numbers_are_read(tmp_path: Path) -> None:
    more = {"priority": "3", "quay_m": "200", "build_years": "2", "life_years": "30", "near": "P-01", "near_m": "5000"}
    (row,) = read_with(tmp_path / "a", "projects.csv", {**PROJECT, **more}).projects
    assert (row.area_ha, row.first_year, row.quay_m, row.life_years, row.near_m) == (4.0, 2028, 200.0, 30, 5000.0)
    (row,) = read_with(tmp_path / "b", "demand.csv", DEMAND).demand
    assert (row.demand_ha, row.year) == (60.0, 2030)


def unbounded(config: type[Any]) -> set[str]:
    """The numbers of a card that may be as large as one likes."""
    numbers = {name: field for name, field in config.model_fields.items() if field.annotation in (float, int)}
    return {name for name, field in numbers.items() if not any(hasattr(bound, "le") for bound in field.metadata)}


def test_every_number_of_an_activity_has_bounds() -> None:
    assert unbounded(ProfileConfig) == set()


def test_every_area_sum_and_power_of_a_source_has_bounds() -> None:
    """Shares of a load or a room to press on surroundings are in whatever unit their source has."""
    columns = {
        f"{table}.{name}": column
        for table, layer in TABLES.items()
        for name, column in layer.columns.items()
        if column.kind in ("float", "int") and column.unit not in ("", None, "m")
    }
    assert {name for name, column in columns.items() if column.maximum is None} == set()


CORRECTION = "P-01;free;ik;gezien;2027-01-01"


@pytest.mark.parametrize(
    ("rows", "field", "words"),
    [
        pytest.param([CORRECTION.replace("free", "onzin")], "new_value", "onzin", id="a word of nobody"),
        pytest.param([CORRECTION.replace("2027-01-01", "01-02-2027")], "until", "01-02-2027", id="another form of day"),
        pytest.param([CORRECTION.replace("2027", "20270")], "until", "20270-01-01", id="a year beyond reason"),
        pytest.param([CORRECTION.replace("2027", "1990")], "until", "1990-01-01", id="long ago"),
        pytest.param([CORRECTION.replace("2027-01-01", "")], "until", None, id="without a last day"),
        pytest.param([CORRECTION.replace("ik", "")], "author", None, id="of nobody"),
        pytest.param([CORRECTION.replace("P-01", "")], "target_id", None, id="of no plot"),
        pytest.param([CORRECTION, CORRECTION.replace("free", "leased")], "corrected_id", "P-01", id="a plot twice"),
    ],
)
def test_a_correction_that_is_refused_stands_in_the_list_of_its_source(
    tmp_path: Path, rows: list[str], field: str, words: str | None
) -> None:
    project = draw_project(tmp_path / "project")
    lines = ["target_id;new_value;author;reason;until", "P-09;free;ik;gezien;2027-01-01", *rows]
    (project / "overrides.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = ["--config", str(project), "--outputs", str(tmp_path / "out"), "--to", "harmonise"]
    ran = CliRunner().invoke(main, ["run", *options])
    assert ran.exit_code == 4 and "mend these rows in overrides.csv" in ran.output and "in the card" not in ran.output
    listed = pd.read_csv(tmp_path / "out" / "refused" / "overrides.csv", dtype=str)
    assert listed["rij"].tolist() == [str(number) for number in range(3, 3 + len(rows))]
    assert set(listed["veld"]) == {field} and listed["gevonden"].dropna().tolist() == [words] * len(rows) * bool(words)
