"""What is refused as JSON: one document on stdout, in which every row that is refused can be traced."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from test_gate import edit, project, table, twice

from pipeline.cli.main import main

__all__ = ["project"]  # a fixture
NAMES = {"source", "file", "layer", "row", "field", "fault", "value", "todo", "severity"}


def answer(verb: str, folder: Path, *more: object) -> tuple[int, list[dict[str, Any]]]:
    result = CliRunner().invoke(main, [verb, "--json", "--config", str(folder), *map(str, more)])
    findings = json.loads(result.stdout)
    assert all(set(each) >= NAMES for each in findings)
    return result.exit_code, findings


def refusals_of(findings: list[dict[str, Any]], source: str) -> list[dict[str, Any]]:
    return [each for each in findings if each["source"] == source and each["severity"] == "refused"]


def test_every_row_that_is_refused_stands_in_a_group_with_its_count(project: Path) -> None:
    path = project / "data" / "contracten.csv"
    written = path.read_bytes().decode("cp1252").splitlines()
    due = [number for number, line in enumerate(written, start=1) if ";ondererfpacht;" in line]
    table(project, "contracten.csv", ";ondererfpacht;", ";bruikleen;")
    twice(project)
    exit_code, findings = answer("check", project)
    (words,) = refusals_of(findings, "ground_leases")
    assert exit_code == 4 and words["rows"] == due and words["count"] == len(due) and words["row"] == due[0]
    assert words["value"] == "bruikleen" and words["file"] == "data/contracten.csv"
    assert words["layer"] == "ground_leases" and words["fault"].startswith("not one of") and "values =" in words["todo"]
    (keys,) = refusals_of(findings, "parcels")
    assert keys["value"] == "WH-0001" and keys["rows"] == [1, 2] and "dissolve_on" in keys["todo"]
    assert "values =" not in keys["todo"]
    assert {each["severity"] for each in findings if each["source"] == "quays"} <= {"good", "note"}


def test_each_fault_has_its_place_and_a_file_that_is_absent_has_none_in_it(project: Path) -> None:
    (project / "data" / "kades.gpkg").unlink()
    path = project / "data" / "contracten.csv"
    lines = path.read_bytes().splitlines()
    lines[4] += b";x;"
    path.write_bytes(b"\n".join(lines) + b"\n")
    exit_code, findings = answer("check", project)
    (quays,), (leases,) = refusals_of(findings, "quays"), refusals_of(findings, "ground_leases")
    assert exit_code == 4 and quays["row"] is None and "is not there" in quays["fault"] and quays["todo"]
    assert leases["row"] == 5 and leases["rows"] == [5] and "delimiter" in leases["todo"]


def test_rows_refused_within_what_a_card_allows_are_warnings(project: Path) -> None:
    twice(project)
    edit(project, "sources/parcels.toml", "columns =", "max_refused = 2\ncolumns =")
    exit_code, findings = answer("check", project)
    keys = [each for each in findings if each["source"] == "parcels" and each["severity"] == "warning"]
    assert exit_code == 0 and [each["rows"] for each in keys] == [[1, 2]]


@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_card_that_is_refused_is_a_document_as_well(project: Path, tmp_path: Path, verb: str) -> None:
    edit(project, "sources/parcels.toml", "columns =", "colums =")
    exit_code, (card,) = answer(verb, project, "--outputs", tmp_path / "out")
    assert exit_code == 2 and "unknown key" in card["fault"] and "parcels.toml" in card["about"]


def test_a_run_that_is_refused_answers_with_the_rows_of_its_list(project: Path, tmp_path: Path) -> None:
    table(project, "contracten.csv", ";ondererfpacht;", ";bruikleen;")
    exit_code, findings = answer("run", project, "--outputs", tmp_path / "out")
    (words,) = refusals_of(findings, "ground_leases")
    listed = pd.read_csv(tmp_path / "out" / "refused" / "ground_leases.csv", dtype=str)
    refused = listed[listed["afloop"] == "geweigerd"]
    assert exit_code == 4 and words["rows"] == refused["rij"].astype(int).tolist() and set(refused["wat_te_doen"])


def test_a_run_that_is_done_has_no_findings(project: Path, tmp_path: Path) -> None:
    assert answer("run", project, "--outputs", tmp_path / "out", "--to", "acquire") == (0, [])
