"""Filters of cards: CQL2 on the cells of a file and on typed columns, and those still written as in Python."""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from layers.errors import ConfigRefusal, Refusal, SourceRefusal
from layers.sources import TABLES
from pipeline.project.filter_expressions import select
from pipeline.project.filter_language import keeps, misfits
from pipeline.project.old_filters import in_cql2
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig
from pipeline.stages.harmonise.typed_cells import typed_cells

CARD = {"layer": "noise_zones", "path": "x.csv", "licence": "l", "dated": dt.date(2026, 10, 1), "basis": "b"}


def selected(cells: dict[str, list[str | None]], where: str, **card: Any) -> list[bool]:
    """Which rows of a file whose cells are text the filter of a card keeps."""
    frame = pd.DataFrame(cells, dtype=object)
    source = SourceConfig.model_validate({**CARD, **card, "where": where})
    raw = RawTable(frame, np.arange(1, len(frame) + 1), None, None)
    return list(select(frame, source.where, typed_cells(raw, source)))


@pytest.mark.parametrize(
    ("where", "retained"),
    [
        pytest.param("a = 'x'", [True, False, False], id="equal"),
        pytest.param("n >= 50", [False, True, False], id="numbers in text compare as numbers"),
        pytest.param("a <> 'x'", [False, True, False], id="an empty cell is not other than something"),
        pytest.param("a IS NULL", [False, False, True], id="empty"),
        pytest.param("a IS NOT NULL", [True, True, False], id="filled"),
        pytest.param("a LIKE '%e%' OR a = 'x'", [True, True, False], id="part of a text"),
        pytest.param("a NOT IN ('x')", [False, True, False], id="not in"),
        pytest.param("NOT (a = 'x')", [False, True, False], id="the opposite of not known is not known"),
        pytest.param("NOT (a = 'x') OR a IS NULL", [False, True, True], id="or a part that holds"),
        pytest.param("NOT (a = 'x' AND n > 50)", [True, True, False], id="false and not known is false"),
        pytest.param("n BETWEEN 5 AND 99", [True, False, False], id="between"),
        pytest.param("n IN (5, 7)", [True, False, False], id="numbers in a list"),
        pytest.param("\"Soort bedrijf (nieuw)\" = 'it''s'", [True, False, False], id="any name of a column"),
        pytest.param("a LIKE 'y__'", [False, True, False], id="one character each"),
        pytest.param("flag = TRUE", [True, False, False], id="yes"),
    ],
)
def test_filters_on_the_text_of_a_file(where: str, retained: list[bool]) -> None:
    cells = {"a": ["x", "yes", None], "n": ["5", "100", None], "Soort bedrijf (nieuw)": ["it's", "", None]}
    assert selected(cells | {"flag": ["ja", "nee", None]}, where) == retained


@pytest.mark.parametrize(
    ("cells", "where", "card", "retained"),
    [
        pytest.param(
            ["31-12-2020", "01-01-2030"], "< DATE('2026-10-01')", {"dates": {"c": "%d-%m-%Y"}}, [1, 0], id="form"
        ),
        pytest.param(["2020-12-31", "2030-01-01"], "< DATE('2026-10-01')", {}, [1, 0], id="iso"),
        pytest.param(
            ["2026-09-30T22:00:00Z", "x"[:0] or None], ">= DATE('2026-10-01')", {}, [1, 0], id="midnight here"
        ),
        pytest.param(
            ["1/12/2020", "31/12/2019"], "> DATE('2020-01-01')", {"dates": {"c": "%d/%m/%Y"}}, [1, 0], id="slash"
        ),
        pytest.param(["9,5", "10,5"], "> 10", {"csv": {"delimiter": ";", "decimal": ","}}, [0, 1], id="decimal comma"),
        pytest.param(["9", "10"], "> 9", {}, [0, 1], id="numbers are no texts"),
    ],
)
def test_dates_and_numbers_compare_as_such(
    cells: list[Any], where: str, card: dict[str, Any], retained: list[int]
) -> None:
    assert selected({"c": cells}, f"c {where}", **card) == [bool(each) for each in retained]


def test_a_date_of_a_column_that_the_card_fills_has_its_form() -> None:
    columns = {"from_year": {"from": "c", "date": "%d-%m-%Y"}}
    assert selected({"c": ["31-12-2020", "01-01-2030"]}, "c < DATE('2026-10-01')", columns=columns) == [True, False]


@pytest.mark.parametrize(
    ("cells", "where", "words"),
    [
        pytest.param(["31-12-2020"], "c < DATE('2026-10-01')", ("31-12-2020", "row 1", "[source.dates]"), id="no form"),
        pytest.param(["5", "five"], "c > 4", ("'five'", "row 2", "a number"), id="no number"),
        pytest.param(["ja", "misschien"], "c = TRUE", ("'misschien'", "row 2"), id="neither yes nor no"),
        pytest.param(["x"], "d = 'x'", ("column 'd'",), id="no such column"),
    ],
)
def test_a_cell_that_is_not_what_the_filter_asks_is_refused(
    cells: list[str], where: str, words: tuple[str, ...]
) -> None:
    with pytest.raises(SourceRefusal) as refused:
        selected({"c": cells}, where)
    assert all(word in str(refused.value) for word in words)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        pytest.param("c < '2026-10-01'", "DATE(", id="an order of texts"),
        pytest.param("c == 'x'", "no CQL2", id="Python"),
        pytest.param("c = d", "column 'd'", id="two columns"),
        pytest.param("c IN (1, 'x')", "several kinds", id="kinds"),
        pytest.param("c", "column 'c'", id="no comparison"),
        pytest.param("c = DATE('2026-02-31')", "no date", id="no such day"),
        pytest.param("c = 12345678901234567890", "in quotes", id="a key as a number"),
        pytest.param("c + 1 > 2", "+", id="sum"),
        pytest.param("S_INTERSECTS(c, POINT(0 0))", "cannot use", id="shapes"),
        pytest.param("c = 'x" + "x" * 5000 + "'", "4000", id="long"),
        pytest.param("(" * 60 + "c = 1" + ")" * 60, "at most 50", id="deep"),
        pytest.param("NOT " * 900 + "c = 1", "at most 50", id="not not"),
        pytest.param("", "no CQL2", id="nothing"),
        pytest.param("__import__('os')", "no CQL2", id="code"),
    ],
)
def test_a_filter_that_asks_more_is_refused_when_the_card_is_read(where: str, words: str) -> None:
    with pytest.raises(ValueError, match="filter") as refused:
        SourceConfig.model_validate({**CARD, "where": where})
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        pytest.param("defence_zone = 'core'", None, id="fits"),
        pytest.param("defence_zone = 'cor'", "'cor' is no 'defence_zone'", id="a word outside the list"),
        pytest.param("zone = 'core'", "no column 'zone'", id="no such column"),
        pytest.param("defence_zone = 5", "against 'defence_zone', which is a text", id="a number against text"),
        pytest.param("geometry IS NULL", None, id="rows without shape"),
    ],
)
def test_a_filter_of_a_rule_is_held_against_the_layer(where: str, fault: str | None) -> None:
    faults = misfits(where, TABLES["flood_defences"])
    assert (not faults) if fault is None else fault in faults[0]


ROWS = [{"a": a, "n": n, "d": d} for a in ("x", "yes", None) for n in (5, 100, None) for d in ("2020-01-01", None)]
# In the syntax of Python and what it said; the rows that it kept: an empty cell compared false, and `not` turned that.
OLD = {
    "a == 'x' or n > 50": lambda a, n, d: a == "x" or (n or 0) > 50,
    "a != 'x'": lambda a, n, d: a not in ("x", None),
    "n <= 100 and a not in ['x']": lambda a, n, d: n is not None and a == "yes",
    "not (a in ['x', 'yes'])": lambda a, n, d: a is None,
    "'e' in a": lambda a, n, d: a == "yes",
    "'e' not in a": lambda a, n, d: a == "x",
    "n is None or a is not None and not ('x' in a)": lambda a, n, d: n is None or a == "yes",
    "n in [5, 7]": lambda a, n, d: n == 5,
    "not (a == 'x' or n > 50)": lambda a, n, d: not (a == "x" or (n or 0) > 50),
    "not (a == 'x' and not (n >= 50))": lambda a, n, d: not (a == "x" and not (n or 0) >= 50),
    "not (n > 50)": lambda a, n, d: not (n or 0) > 50,
    "d < '2026-10-01'": lambda a, n, d: d is not None,
    "not (d is None)": lambda a, n, d: d is not None,
    "a == 'x' and (n == 5 or n is None)": lambda a, n, d: a == "x" and n != 100,
}


@pytest.mark.parametrize("where", OLD)
def test_an_old_filter_becomes_cql2_that_keeps_the_same_rows(where: str) -> None:
    new = in_cql2(where)
    assert in_cql2(new) == new and (new != where or where == "a != 'x'")  # != is read as <>
    days = [None if row["d"] is None else dt.date.fromisoformat(row["d"]) for row in ROWS]
    frame = pd.DataFrame(ROWS).assign(d=pd.to_datetime(pd.Series(days))).astype({"a": "str", "n": "Int64"})
    expected = [bool(OLD[where](**row)) for row in ROWS]
    assert list(select(frame, new)) == expected
    assert [keeps(new, row | {"d": day}) for row, day in zip(ROWS, days, strict=True)] == expected


@pytest.mark.parametrize(
    "where",
    ["a = 'x'", "a > 5 and b < 3", "a NOT IN ('x')", "NOT (a > 5)", "a = 'not (b == 3)'", "nonsense ==", "1 == 1"],
)
def test_what_is_cql2_or_neither_stays_as_it_is(where: str) -> None:
    assert in_cql2(where) == where


@pytest.mark.parametrize("operator", ["=", "<>", "<", "<=", ">", ">=", "IN", "BETWEEN"])
def test_rows_and_tables_answer_alike(operator: str) -> None:
    """Of two comparisons of a column that may be empty, joined and turned around in each way."""
    constant = {"IN": "(1, 2)", "BETWEEN": "1 AND 2"}.get(operator, "1")
    frame = pd.DataFrame({"n": [0, 1, 2, None] * 4, "m": np.repeat([0, 1, 2, None], 4)}).astype("Int64")
    rows = [{"n": None if n is pd.NA else n, "m": None if m is pd.NA else m} for n, m in frame.itertuples(index=False)]
    for word, first, second in product(("AND", "OR"), ("", "NOT "), ("", "NOT ")):
        where = f"NOT ({first}n {operator} {constant} {word} {second}m {operator} {constant})"
        assert list(select(frame, where)) == [keeps(where, row) for row in rows]


def test_columns_of_a_table_have_a_kind() -> None:
    with pytest.raises(ConfigRefusal, match=r"number 5\.0 against 'a', which is a text"):
        select(pd.DataFrame({"a": ["x"]}), "a = 5")
    with pytest.raises(Refusal, match="no column 'b'"):
        select(pd.DataFrame({"a": ["x"]}), "b = 5")
