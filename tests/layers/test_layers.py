"""Every layer has a contract, a meaning, units where they are due, and words in the glossary."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import pandas as pd
import pandera.pandas as pa
import pytest
import shapely
from pandera.errors import SchemaErrors
from squared_paper import parcels, square, table

from layers import glossary
from layers.column import DTYPES, Column
from layers.derived import DERIVED
from layers.errors import ContractRefusal
from layers.layer import RD_NEW, Layer
from layers.sources import RASTERS, SOURCES, TABLES

ALL = {**TABLES, **DERIVED}
COLUMNS = [(name, key, column) for name, layer in ALL.items() for key, column in layer.columns.items()]
UNITS = {  # by the end of a column's name; the longest that fits counts
    "_dba_m2": "dB(A)/m2",
    "_db_lden": "dB Lden",
    "_db_lnight": "dB Lnight",
    "_dba_etmaal": "dB(A) etmaalwaarde",
    "_m_nap": "m NAP",
    "_mw": "MW",
    "_m2": "m2",
    "_m3_year": "m3/jaar",
    "_m": "m",
    "_year": "year",
    "_db": "dB Lden",
    "_kv": "kV",
    "_share": "0-1",
    "_years": "year",
}
SAME_IN_DUTCH = {"open", "contract", "register", "water", "none"}


def test_a_source_layer_is_named_for_its_file() -> None:
    assert [name for name, layer in SOURCES.items() if layer.name != name or not layer.meaning or not layer.title] == []


def test_a_layer_has_a_key_that_stands_in_it() -> None:
    assert [name for name, layer in ALL.items() if layer.name != name or not set(layer.key) <= set(layer.columns)] == []


def test_an_empty_layer_keeps_its_contract() -> None:
    for layer in ALL.values():
        concrete = layer.for_years([2026, 2030])
        concrete.check(concrete.empty())


def test_a_grid_has_a_unit_and_a_range() -> None:
    assert [name for name, grid in RASTERS.items() if not grid.unit or grid.minimum >= grid.maximum] == []


def test_a_column_has_meaning_title_and_published_name() -> None:
    published = glossary.columns()
    nameless = [(name, key) for name, key, column in COLUMNS if not (column.meaning and column.title)]
    assert nameless == []
    assert sorted({key for _, key, _ in COLUMNS} - {key for key, word in published.items() if word}) == []


def test_a_column_that_names_its_unit_declares_it() -> None:
    wrong = []
    for name, key, column in COLUMNS:
        ending = max((end for end in UNITS if key.endswith(end)), key=len, default=None)
        if ending and column.unit != UNITS[ending]:
            wrong.append((name, key, column.unit))
    assert wrong == []


def test_every_choice_has_a_dutch_word() -> None:
    words = glossary.choices()
    english = {
        (key, choice)
        for _, key, column in COLUMNS
        for choice in column.choices
        if words.get(choice, choice) == choice and choice.islower() and not choice[0].isdigit()
    }
    assert sorted(pair for pair in english if pair[1] not in SAME_IN_DUTCH) == []


def test_published_names_are_plain() -> None:
    for name in glossary.columns().values():
        assert name.replace("{year}", "2030").replace("_", "").isalnum() and name == name.lower() and len(name) <= 57


def test_dutch_words_lead_back_to_one_english_word() -> None:
    for layer in TABLES.values():
        for column in layer.columns.values():
            for choice in column.choices:
                assert glossary.english_choice(glossary.dutch_choice(choice), column.choices) == choice


def test_a_refusal_names_all_faults_at_once() -> None:
    frame = parcels(a=square(0, 0), b=square(1, 0)).assign(plan_category=["9.9", None], extra=1)
    with pytest.raises(ContractRefusal) as refusal:
        TABLES["parcels"].check(frame, "test")
    assert (
        "'9.9'" in str(refusal.value)
        and "'extra'" in str(refusal.value)
        and "first at parcel_id 'a'" in str(refusal.value)
    )


def around(column: Column) -> list[object]:
    """Values that a column may hold and may not, at its bounds and beside them; an empty cell among them."""
    if column.kind == "bool":
        return [True, None]
    if column.kind == "str":
        return [*column.choices, "x", "", "NL.IMRO.0363", "2026-01", "A1", None]
    limits = [column.limit(bound) for bound in (column.minimum, column.maximum) if bound is not None]
    if column.kind == "date":
        days = pd.to_timedelta([-1, 0, 1], unit="D")
        return [*(limit + day for limit in limits for day in days), pd.Timestamp("2026-01-01"), None]
    return [*(limit + step for limit in limits for step in (-1, 0, 1)), 0, 2026, None]


def faults(column: Column, values: pd.Series) -> pd.DataFrame:
    """What pandera refuses of a column: a row per cell, with its `index`; for a wrong type one without."""
    schema = pa.DataFrameSchema({"x": pa.Column(DTYPES[column.kind], column.checks(), nullable=column.optional)})
    try:
        schema.validate(values.to_frame("x"), lazy=True)
    except SchemaErrors as errors:
        return errors.failure_cases
    return pd.DataFrame({"index": []})


def test_what_is_checked_by_whole_columns_is_what_pandera_checks() -> None:
    """Pandera refuses cell by cell: it answers once for all values, and cells together are right if each of them is."""
    words = ("meaning", "title", "unit", "confidential")
    columns = {dataclasses.replace(column, **dict.fromkeys(words, "")) for _, _, column in COLUMNS}
    for column in columns:
        values = around(column)
        wrong = {values[row] for row in faults(column, pd.Series(values, dtype=DTYPES[column.kind]))["index"]}
        for value in values:
            for cells in ([value], [value, None], [], [value, value]):
                series = pd.Series(cells, dtype=DTYPES[column.kind])
                assert column.surely_holds(series) == wrong.isdisjoint(cells), (column, cells)
    for kind, dtype in [(kind, other) for kind in DTYPES for other in ["object", "int64", "string", *DTYPES.values()]]:
        series = pd.Series([], dtype=dtype)
        column = Column(kind, "", "")
        assert not column.surely_holds(series) or faults(column, series).empty


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        pytest.param(shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]), "1 invalid", id="a bow-tie"),
        pytest.param(shapely.Point(1, 1), "not a polygon", id="a point among polygons"),
        pytest.param(shapely.Polygon(), "1 empty", id="an empty polygon"),
        pytest.param(shapely.force_3d(square(0, 0), 5), "with Z", id="heights"),
    ],
)
def test_geometry_that_cannot_stand_is_refused(shape: object, words: str) -> None:
    frame = parcels(a=square(0, 0)).set_geometry(gpd.GeoSeries([shape], crs=RD_NEW))
    with pytest.raises(ContractRefusal, match=words):
        TABLES["parcels"].check(frame)


def test_a_table_in_another_crs_is_refused() -> None:
    with pytest.raises(ContractRefusal, match="EPSG:4258"):
        TABLES["parcels"].check(parcels(a=square(0, 0)).to_crs(4258))


def test_a_key_that_stands_twice_is_refused() -> None:
    twice = table("issue_register", [{"parcel_id": "a", "issue_status": "available"}] * 2)
    with pytest.raises(ContractRefusal, match="not unique"):
        TABLES["issue_register"].check(twice)


def test_an_empty_cell_that_is_due_is_refused() -> None:
    with pytest.raises(ContractRefusal, match="'issue_status': 1 empty"):
        TABLES["issue_register"].check(table("issue_register", [{"parcel_id": "a", "issue_status": None}]))


def test_years_are_written_out() -> None:
    layer: Layer = DERIVED["cluster_overview"].for_years([2026, 2030])
    assert {"free_2026_m2", "free_2030_m2"} <= set(layer.columns) and layer.columns[
        "free_2030_m2"
    ].title == "2030: vrij"
