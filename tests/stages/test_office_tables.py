"""Workbooks and text tables as offices write them: numbers with signs of their own, titles above and totals below."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from layers.errors import SourceRefusal
from layers.sources import TABLES
from pipeline.project.number_texts import with_points
from pipeline.project.raw_table import RawTable
from pipeline.project.source import CsvConfig, SourceConfig
from pipeline.queries.inspection.files import inspect_file
from pipeline.stages.acquire.reading import read_source
from pipeline.stages.harmonise import harmonise

COLUMNS = {
    "contract_id": "Contract",
    "parcel_id": "Kavel",
    "right_type": {"value": "ground_lease"},
    "certainty": {"value": "deed"},
    "ends_on": {"from": "Einde", "date": "%d-%m-%Y"},
    "rent_eur": "Huur",
}


def leases(folder: Path, path: str, **more: Any) -> tuple[pd.DataFrame, RawTable, pd.DataFrame]:
    given = {"layer": "ground_leases", "path": path, "columns": COLUMNS, "licence": "x", "dated": "2026-10-01"}
    source = SourceConfig.model_validate({**given, "basis": "x", "name": "s", **more})
    raw = read_source(source, folder)
    assert isinstance(raw, RawTable)
    done = harmonise(raw, source, TABLES["ground_leases"])
    return done.table.sort_values("contract_id"), raw, done.facts


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "number"),
    [
        ("1234,5", ",", "", 1234.5),
        ("1.234,50", ",", ".", 1234.5),
        ("€ 1.234,50", ",", ".", 1234.5),
        ("€\u00a01.234,50", ",", ".", 1234.5),
        ("1.234,50 EUR", ",", ".", 1234.5),
        ("EUR 1.234,-", ",", ".", 1234.0),
        ("€ 1.234,--", ",", ".", 1234.0),
        ("1.234,=", ",", ".", 1234.0),
        ("-€ 5", ",", ".", None),
        ("€ -5,25", ",", ".", -5.25),
        ("1 234 567,5", ",", " ", 1234567.5),
        ("1\u202f234\u00a0567,5", ",", " ", 1234567.5),
        ("1234.5", ".", "", 1234.5),
        ("€ 12.50", ".", "", 12.5),
        ("€ 1.250", ".", "", None),  # 1,250 or 1.25: the card does not say
        ("€ 1,250", ".", ",", 1250.0),
        ("1.234", ",", "", None),
        ("1e3", ".", "", 1000.0),
        ("euromast", ".", "", None),
        ("", ".", "", None),
    ],
)
def test_a_number_is_read_by_its_signs_or_not_at_all(
    text: str, decimal: str, thousands: str, number: float | None
) -> None:
    form = CsvConfig.model_validate({"decimal": decimal, "thousands": thousands})
    read = pd.to_numeric(with_points(pd.Series([text, None], dtype=object), form), errors="coerce")
    assert (None if pd.isna(read.iloc[0]) else read.iloc[0]) == number and pd.isna(read.iloc[1])


def workbook(folder: Path, *rows: list[Any]) -> str:
    book = openpyxl.Workbook()
    book.active.title = "Lijst"
    for row in rows:
        book.active.append(row)
    book.save(folder / "l.xlsx")
    return "l.xlsx"


HEAD = ["Contract", "Kavel", "Einde", "Huur"]


def test_numbers_of_a_workbook_may_be_text_and_numbers_by_turns(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        ["Contracten haven"],
        [],
        HEAD,
        ["C-1", "P-1", "31-12-2040", "€ 1.234,50"],
        ["C-2", "P-2", "31-12-2041", 2345.25],
        ["C-3", "P-3", "31-12-2042", 1000],
        ["C-4", "P-4", "31-12-2042", None],
        [],
        ["Totaal", None, None, "€ 4.579,75"],
        ["afgedrukt op 1 oktober"],
    )
    table, _, facts = leases(
        tmp_path, path, xlsx={"sheet": "Lijst", "decimal": ",", "thousands": ".", "footer": "totaal"}
    )
    assert table["rent_eur"].iloc[:3].tolist() == [1234.5, 2345.25, 1000.0] and pd.isna(table["rent_eur"].iloc[3])
    assert int(facts["rows_left_out"].iloc[0]) == 2
    (layer,) = inspect_file(tmp_path / path, path)
    assert layer.card["xlsx"] == {"sheet": "Lijst", "header_row": 3, "decimal": ",", "thousands": "."}


def test_signs_of_a_workbook_stand_in_its_own_place(tmp_path: Path) -> None:
    path = workbook(tmp_path, HEAD)
    with pytest.raises(ValueError, match="csv beside xlsx"):
        leases(tmp_path, path, xlsx={"sheet": "Lijst"}, csv={"decimal": ","})


BODY = "C-1;P-1;31-12-2040;1\nC-2;P-2;31-12-2041;2\n"


@pytest.mark.parametrize(
    ("text", "footer", "left_out"),
    [
        pytest.param("Contract;Kavel;Einde;Huur;;;\nC-1;P-1;31-12-2040;1;;;\nC-2;P-2;31-12-2041;2\n", None, 0,
                     id="a header with more separators than a row"),
        pytest.param("Contract;Kavel;Einde;Huur\nC-1;P-1;31-12-2040;1;;;\nC-2;P-2;31-12-2041;2; ;\n", None, 0,
                     id="rows with more separators than the header"),
        pytest.param("\ufeffsep=;\r\nContract;Kavel;Einde;Huur\r\n" + BODY.replace("\n", "\r\n"), None, 0,
                     id="a line that says the separator"),
        pytest.param("Contract;Kavel;Einde;\u00a0Huur\u00a0\n" + BODY.replace("C-1", "\u00a0C-1\u00a0"), None, 0,
                     id="hard blanks around names and words"),
        pytest.param("Contract;Kavel;Einde;Huur\n" + BODY + ";;;\nTotaal;;;3\n", "Totaal", 2, id="a total"),
        pytest.param("Contract;Kavel;Einde;Huur\n" + BODY + "Bron: register\nTotaal 3\n", "bron", 2,
                     id="a footer of other width"),
        pytest.param("Lijst 2026\n\nContract;Kavel;Einde;Huur\n" + BODY, "Totaal", 0, id="no footer this time"),
    ],
)  # fmt: skip
def test_what_offices_leave_around_a_table_is_no_row(
    tmp_path: Path, text: str, footer: str | None, left_out: int
) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8", newline="")
    table, _, facts = leases(tmp_path, "t.csv", csv={"delimiter": ";", "footer": footer})
    assert table["contract_id"].tolist() == ["C-1", "C-2"] and table["rent_eur"].tolist() == [1.0, 2.0]
    assert int(facts["rows_left_out"].iloc[0]) == left_out


def test_a_row_that_lacks_a_named_field_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"{';'.join(HEAD)}\nC-1;P-1;31-12-2040\n", encoding="utf-8")
    with pytest.raises(SourceRefusal, match="another number of fields than 4"):
        leases(tmp_path, "t.csv", csv={"delimiter": ";"})


def test_a_row_that_begins_as_the_footer_does_is_a_row_where_the_table_goes_on(tmp_path: Path) -> None:
    rows = [f"C-{number};P-{number};31-12-2040;1" for number in range(100)]
    rows[10] = "Totaal Energie;P-10;31-12-2040;1"
    (tmp_path / "t.csv").write_text("\n".join([";".join(HEAD), *rows, "Totaal;;;100"]), encoding="utf-8")
    table, _, _ = leases(tmp_path, "t.csv", csv={"delimiter": ";", "footer": "Totaal"})
    assert len(table) == 100


def test_words_with_hard_blanks_are_the_words_of_the_list(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"{';'.join(HEAD)};Recht\n{BODY.splitlines()[0]};recht\u00a0van opstal\n", "utf-8")
    given = {"columns": {**COLUMNS, "right_type": "Recht"}, "values": {"right_type": {"recht van opstal": "opstal"}}}
    table, _, _ = leases(tmp_path, "t.csv", csv={"delimiter": ";"}, **given)
    assert table["right_type"].tolist() == ["superficies"]
