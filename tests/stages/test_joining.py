"""Rows that are parts of one thing become one row, by rules that the card names; where none does, they are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
from squared_paper import square

from layers.errors import ConfigRefusal, SourceRefusal
from layers.sources import TABLES
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig
from pipeline.stages.harmonise import Harmonised, harmonise

PLAN = {"plan_id": "id", "plan_status": "st", "dwellings": "n", "from_year": "van", "to_year": "tot"}
LEASE = {
    "contract_id": "NR",
    "parcel_id": "KAVEL",
    "right_type": "RECHT",
    "holder": "HOUDER",
    "starts_on": "VAN",
    "ends_on": {"from": "TOT", "perpetual": ["eeuwig"]},
    "rent_eur": "CANON",
    "area_m2": "M2",
}


def read(layer: str, rows: list[dict[str, str | None]], shapes: list[Any] | None = None, **card: Any) -> Harmonised:
    config = SourceConfig.model_validate(
        {"layer": layer, "path": "a.gpkg", "licence": "x", "dated": "2026-10-01", "basis": "x", "name": "s", **card}
    )
    drawn = None if shapes is None else np.array(shapes, dtype=object)
    crs = None if shapes is None else pyproj.CRS(28992)
    raw = RawTable(pd.DataFrame(rows, dtype=object), np.arange(1, len(rows) + 1), drawn, crs)
    return harmonise(raw, config, TABLES[layer])


def plans(*phases: tuple[str | None, str | None], **card: Any) -> Harmonised:
    """Phases of one plan (dwellings, year), each a hectare beside the last."""
    rows: list[dict[str, str | None]] = [
        {"id": "W1", "st": "vastgesteld", "n": dwellings, "van": year, "tot": year} for dwellings, year in phases
    ]
    shapes = [square(place, 0) for place in range(len(phases))]
    return read("housing_plans", rows, shapes, columns=PLAN, dissolve_on="plan_id", **card)


def leases(*rows: dict[str, str | None], **card: Any) -> Harmonised:
    same: dict[str, str | None] = {
        "NR": "C1",
        "KAVEL": "a",
        "RECHT": "huur",
        "HOUDER": "A",
        "VAN": "2000-01-01",
        "TOT": "2040-12-31",
        "CANON": "10",
        "M2": "500",
    }
    return read("ground_leases", [same | row for row in rows], columns=LEASE, **card)


PHASES = {"dwellings": "sum", "from_year": "min", "to_year": "max"}


def test_phases_of_a_plan_add_up_where_the_card_says_so() -> None:
    plan = plans(("100", "2028"), ("100", "2031"), ("50", "2040"), combine=PHASES).table
    assert plan[["dwellings", "from_year", "to_year"]].to_numpy().tolist() == [[250, 2028, 2040]]
    assert plan.geometry.area.tolist() == [30_000]


@pytest.mark.parametrize(
    ("combine", "columns"),
    [
        pytest.param({}, ["from_year", "to_year"], id="nothing said"),
        pytest.param({"from_year": "min"}, ["to_year"], id="one column said"),
        pytest.param({**PHASES, "to_year": "refuse"}, ["to_year"], id="refused on purpose"),
    ],
)
def test_columns_that_differ_are_refused_and_named(combine: dict[str, str], columns: list[str]) -> None:
    with pytest.raises(SourceRefusal) as fault:
        plans(("100", "2028"), ("100", "2031"), combine=combine)
    text = str(fault.value)
    assert all(f"differ in {name}, found '2028, 2031'" in text and f"{name} = " in text for name in columns)
    # A number that adds up may be the same in each part by chance: the card is to say so.
    assert 'dwellings = "sum"' in text


def test_columns_that_agree_need_no_rule() -> None:
    done = plans(("100", "2028"), ("100", "2028"))
    assert done.table["dwellings"].tolist() == [100] and done.facts["rows_merged"].tolist() == [1]
    assert done.refused.empty


@pytest.mark.parametrize(
    ("rule", "dwellings"),
    [
        pytest.param("sum", None, id="a sum with an unknown part is not known"),
        pytest.param("min", None, id="nor is the least"),
        pytest.param("first", 100, id="the first that is known"),
    ],
)
def test_a_part_that_is_not_known_stays_unknown(rule: str, dwellings: int | None) -> None:
    plan = plans(("100", "2028"), (None, "2028"), combine={"dwellings": rule}).table.iloc[0]
    assert (None if pd.isna(plan["dwellings"]) else plan["dwellings"]) == dwellings


def test_an_empty_cell_next_to_a_value_is_a_difference() -> None:
    with pytest.raises(SourceRefusal, match="differ in dwellings, found '100, empty'"):
        plans(("100", "2028"), (None, "2028"))


def test_the_same_row_twice_adds_up_once() -> None:
    row: dict[str, str | None] = {"id": "W1", "st": "vastgesteld", "n": "100", "van": None, "tot": None}
    done = read(
        "housing_plans",
        [row, row, row],
        [square(0, 0), square(0, 0), square(1, 0)],
        columns=PLAN,
        dissolve_on="plan_id",
        combine={"dwellings": "sum"},
    )
    assert done.table["dwellings"].tolist() == [200] and done.refused["outcome"].tolist() == ["duplicate"]
    facts = done.facts.iloc[0]
    assert facts["rows_in"] == facts["rows_out"] + facts["rows_refused"] + facts["rows_merged"]


def test_rows_of_other_keys_stay_as_they_are() -> None:
    rows: list[dict[str, str | None]] = [
        {"id": name, "st": "visie", "n": n, "van": None, "tot": None}
        for name, n in (("b", "1"), ("a", "2"), ("b", "4"))
    ]
    shapes = [square(0, 0), square(1, 0), square(5, 0)]
    card = {"columns": PLAN, "dissolve_on": "plan_id", "combine": {"dwellings": "sum"}}
    table = read("housing_plans", rows, shapes, **card).table.set_index("plan_id")
    assert table["dwellings"].to_dict() == {"a": 2, "b": 5}
    assert table.geometry.area.to_dict() == {"a": 10_000, "b": 20_000}


def test_polygons_of_one_contract_are_parts_of_its_land() -> None:
    done = read(
        "lease_polygons",
        [{"NR": "C"}, {"NR": "C"}, {"NR": "D"}],
        [square(0, 0), square(3, 0), square(5, 0)],
        columns={"contract_id": "NR"},
    )
    assert done.table.geometry.area.tolist() == [20_000, 10_000] and done.facts["rows_merged"].tolist() == [1]


def test_polygons_of_one_contract_that_overlap_count_once() -> None:
    done = read(
        "lease_polygons", [{"NR": "C"}, {"NR": "C"}], [square(0, 0), square(0.5, 0)], columns={"contract_id": "NR"}
    )
    assert done.table.geometry.area.tolist() == [15_000]


def test_slices_in_time_are_one_contract_from_the_first_day_to_the_last() -> None:
    slices = [{"VAN": "2010-01-01", "TOT": "2039-12-31"}, {"VAN": "2000-01-01", "TOT": "2009-12-31"}]
    lease = leases(*slices, together="slices").table
    assert lease[["starts_on", "ends_on"]].astype(str).to_numpy().tolist() == [["2000-01-01", "2039-12-31"]]


@pytest.mark.parametrize(
    ("last", "end", "perpetual"),
    [
        pytest.param(None, None, False, id="the last slice has no end that is known"),
        pytest.param("eeuwig", None, True, id="the last slice is perpetual"),
    ],
)
def test_the_end_of_slices_is_that_of_the_last(last: str | None, end: str | None, perpetual: bool) -> None:
    slices = [{"VAN": "2000-01-01", "TOT": "2009-12-31"}, {"VAN": "2010-01-01", "TOT": last}]
    lease = leases(*slices, together="slices").table.iloc[0]
    assert pd.isna(lease["ends_on"]) is (end is None) and lease["is_perpetual"] == perpetual


@pytest.mark.parametrize(
    ("first_end", "second_start"),
    [
        pytest.param("2028-12-31", "2035-01-01", id="free for six years between"),
        pytest.param(None, "2035-01-01", id="an end that is not known before another begins"),
        pytest.param("2028-12-31", None, id="a start that is not known"),
    ],
)
def test_slices_that_do_not_follow_on_one_another_are_refused(first_end: str | None, second_start: str | None) -> None:
    slices = [{"VAN": "2000-01-01", "TOT": first_end}, {"VAN": second_start, "TOT": "2040-12-31"}]
    with pytest.raises(SourceRefusal, match="leave a gap, or lack a day"):
        leases(*slices, together="slices")


def test_a_contract_is_perpetual_if_one_of_its_slices_is() -> None:
    """In a column that is filled where it is so alone."""
    columns = {**LEASE, "ends_on": "TOT", "is_perpetual": "EEUWIG"}
    same = {"NR": "C1", "KAVEL": "a", "RECHT": "huur", "HOUDER": "A", "CANON": "10", "M2": "500"}
    rows: list[dict[str, str | None]] = [
        {**same, "VAN": "2000-01-01", "TOT": "2020-12-31", "EEUWIG": None},
        {**same, "VAN": "2021-01-01", "TOT": "2030-12-31", "EEUWIG": "ja"},
    ]
    assert read("ground_leases", rows, columns=columns, together="slices").table["is_perpetual"].tolist() == [True]


def test_shares_of_tenants_are_one_contract_with_all_their_names() -> None:
    lease = leases({"HOUDER": "A", "CANON": "30"}, {"HOUDER": "B", "CANON": "70"}, together="shares").table
    assert lease[["holder", "rent_eur", "area_m2"]].to_numpy().tolist() == [["A, B", 100, 500]]


def test_shares_that_end_on_other_days_are_refused() -> None:
    with pytest.raises(SourceRefusal, match='ends_on = "max"'):
        leases({"HOUDER": "A"}, {"HOUDER": "B", "TOT": "2050-12-31"}, together="shares")


def test_parts_of_the_area_add_up() -> None:
    lease = leases({"M2": "500", "CANON": "5"}, {"M2": "700", "CANON": "7"}, together="parts").table
    assert lease[["area_m2", "rent_eur"]].to_numpy().tolist() == [[1200, 12]]


def test_parts_of_another_holder_are_no_parts() -> None:
    with pytest.raises(SourceRefusal, match="differ in holder"):
        leases({"M2": "500"}, {"M2": "700", "HOUDER": "B"}, together="parts")


def test_without_a_word_rows_of_one_contract_are_refused_with_what_to_write() -> None:
    with pytest.raises(SourceRefusal, match="together = "):
        leases({"M2": "500"}, {"M2": "700"})


@pytest.mark.parametrize(
    ("layer", "card"),
    [
        pytest.param("ground_leases", {"columns": LEASE, "combine": {"area_m2": "sum"}}, id="rules without a key"),
        pytest.param("ground_leases", {"columns": LEASE, "together": "parts", "combine": {"x": "sum"}}, id="no column"),
        pytest.param("ground_leases", {"columns": LEASE, "together": "parts", "combine": {"holder": "sum"}}, id="text"),
        pytest.param("issue_register", {"columns": {"parcel_id": "KAVEL"}, "together": "slices"}, id="no days"),
        pytest.param("lease_polygons", {"columns": {"contract_id": "NR"}, "together": "shares"}, id="shares of shapes"),
    ],
)
def test_a_card_that_joins_what_cannot_be_joined_is_refused(layer: str, card: dict[str, Any]) -> None:
    with pytest.raises(ConfigRefusal):
        read(layer, [{"NR": "C1", "KAVEL": "a"}], [square(0, 0)], **card)
