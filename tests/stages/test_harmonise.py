"""Harmonise: text becomes values, shapes come to RD New, and every row that cannot stand is told of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import square

from layers.errors import ConfigRefusal, SourceRefusal
from layers.sources import TABLES
from pipeline.project.raw_table import RawTable
from pipeline.project.source import SourceConfig
from pipeline.runner.stage import RunContext
from pipeline.spatial import geometry
from pipeline.stages.harmonise import harmonise
from pipeline.stages.harmonise.ingest import no_key_twice

RD = pyproj.CRS(28992)


def card(layer: str = "parcels", **more: Any) -> SourceConfig:
    columns = more.pop("columns", {"parcel_id": "KAVEL"})
    return SourceConfig.model_validate(
        {
            "layer": layer,
            "path": "drawn.gpkg",
            "columns": columns,
            "licence": "x",
            "dated": "2026-10-01",
            "basis": "drawn",
            "name": "drawn",
            **more,
        }
    )


def raw(cells: dict[str, list[str | None]], shapes: list[Any] | None = None, crs: pyproj.CRS | None = RD) -> RawTable:
    frame = pd.DataFrame(cells, dtype=object)
    drawn = None if shapes is None else np.array(shapes, dtype=object)
    return RawTable(frame, np.arange(1, len(frame) + 1), drawn, crs)


def plots(*shapes: Any) -> RawTable:
    return raw({"KAVEL": [f"K{n}" for n in range(1, len(shapes) + 1)]}, list(shapes))


HOLE_OUTSIDE = shapely.Polygon(square(0, 0).exterior, [square(3, 3, 0.2, 0.2).exterior])
BOW_TIE = shapely.Polygon(np.array([[0, 0], [100, 100], [100, 0], [0, 100]]) + [100_000, 400_000])
NESTED = shapely.MultiPolygon([square(0, 0), shapely.box(100_020, 400_020, 100_060, 400_060)])
OVERLAPPING = shapely.MultiPolygon([square(0, 0), square(0.5, 0)])


@pytest.mark.parametrize(
    ("drawn", "area_m2"),
    [
        pytest.param(BOW_TIE, 5_000, id="a bow-tie is two triangles"),
        pytest.param(HOLE_OUTSIDE, 10_000, id="a hole outside its shell is no land and no hole"),
        pytest.param(NESTED, 10_000, id="a shell inside a shell counts once"),
        pytest.param(OVERLAPPING, 15_000, id="parts that overlap count once"),
    ],
)
def test_an_invalid_shape_is_repaired_and_reported(drawn: Any, area_m2: float) -> None:
    done = harmonise(plots(drawn), card(), TABLES["parcels"])
    assert done.table.geometry.area.sum() == pytest.approx(area_m2, abs=0.01)
    assert done.refused["outcome"].tolist() == ["repaired"] and done.facts["rows_repaired"].iloc[0] == 1


CORNER = np.array([100_000, 400_000])
FLAP = shapely.Polygon(np.array([[0, 0], [100, 0], [100, 90], [90, 100], [100, 100], [90, 90], [0, 100]]) + CORNER)


@pytest.mark.parametrize(
    ("drawn", "before_m2", "lost_m2"),
    [
        pytest.param(BOW_TIE, 10_000, 5_000, id="a bow-tie loses half of the square that its corners span"),
        pytest.param(HOLE_OUTSIDE, 10_000, 0, id="a hole outside its shell loses nothing"),
        pytest.param(NESTED, 10_000, 0, id="a shell inside a shell loses nothing"),
        pytest.param(OVERLAPPING, 15_000, 0, id="parts that overlap lose nothing"),
        pytest.param(FLAP, 9_550, 50, id="a crossing in a corner loses what lies at that corner"),
    ],
)
def test_what_a_repair_loses_is_what_lies_within_the_outline_and_stands_no_more(
    drawn: Any, before_m2: float, lost_m2: float
) -> None:
    """Areas counted by hand on squares of 100 m."""
    source = raw({"KAVEL": ["K1"], "M2": ["9000"]}, [drawn])
    done = harmonise(source, card(columns={"parcel_id": "KAVEL", "registered_area_m2": "M2"}), TABLES["parcels"])
    parts = done.refused_shapes.set_index("part")
    whole = parts.loc["repaired"]
    assert whole["area_before_m2"] == pytest.approx(before_m2, abs=0.01) == done.refused["area_before_m2"].iloc[0]
    assert whole["registered_area_m2"] == 9_000 and whole["parcel_id"] == "K1"
    assert whole["lost_area_m2"] == pytest.approx(lost_m2, abs=0.01)
    assert ("lost" in parts.index) == (lost_m2 > 0)
    lost = parts.loc[parts.index == "lost"]
    assert not lost.geometry.intersects(whole.geometry.buffer(-0.01)).any()
    assert lost.geometry.area.sum() == pytest.approx(lost_m2, abs=0.01) == lost["area_m2"].sum()


def test_every_row_that_is_drawn_and_reported_has_one_place_on_the_map() -> None:
    line = shapely.LineString([(100_000, 400_000), (100_050, 400_000)])
    source = raw({"KAVEL": ["a", "a", "b", None, "c"]}, [square(0, 0), square(1, 0), line, BOW_TIE, BOW_TIE])
    parts = harmonise(source, card(max_refused=9), TABLES["parcels"]).refused_shapes.set_index(["row", "part"])
    once = [(1, "refused"), (2, "refused"), (3, "refused"), (4, "lost"), (4, "refused"), (5, "lost"), (5, "repaired")]
    assert sorted(parts.index) == once
    # A line is drawn as a strip of 1 m around it, and counts no m2.
    strip = parts.loc[(3, "refused")]
    assert pd.isna(strip["area_m2"]) and strip.geometry.area == pytest.approx(50 * 2 + np.pi, abs=0.1)


def test_what_lies_outside_the_netherlands_has_no_area() -> None:
    with pytest.raises(SourceRefusal) as fault:
        harmonise(plots(shapely.box(400_000, 100_000, 400_100, 100_100)), card(), TABLES["parcels"])
    assert fault.value.rows["area_before_m2"].isna().all()


def test_rows_in_are_rows_out_and_refused_and_merged() -> None:
    source = raw(
        {"KAVEL": ["a", "a", "b", "c", None]},
        [square(0, 0), square(0, 0), square(1, 0), shapely.Point(100_000, 400_000), square(2, 0)],
    )
    facts = harmonise(source, card(max_refused=3), TABLES["parcels"]).facts.iloc[0]
    assert facts["rows_in"] == 5 and facts["rows_out"] == 2
    assert facts["rows_in"] == facts["rows_out"] + facts["rows_refused"] + facts["rows_merged"]


def test_the_same_row_twice_counts_once_and_is_reported() -> None:
    done = harmonise(raw({"KAVEL": ["a", "a"]}, [square(0, 0)] * 2), card(), TABLES["parcels"])
    assert len(done.table) == 1 and done.refused["outcome"].tolist() == ["duplicate"]


def test_a_key_with_two_contents_is_refused() -> None:
    with pytest.raises(SourceRefusal, match="key stands there more than once"):
        harmonise(raw({"KAVEL": ["a", "a"]}, [square(0, 0), square(1, 0)]), card(), TABLES["parcels"])


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        pytest.param(shapely.Point(4.9, 52.4).buffer(0.01), "degrees", id="degrees in a file that says RD"),
        pytest.param(shapely.box(400_000, 100_000, 400_100, 100_100), "swapped", id="x and y swapped"),
        pytest.param(shapely.box(1e8, 4e8, 1.001e8, 4.001e8), "millimetres", id="millimetres"),
        pytest.param(shapely.box(545_000, 6_865_000, 545_100, 6_865_100), "Web Mercator", id="web mercator"),
        pytest.param(shapely.Polygon([(0, 0), (1, np.inf), (1, 1)]), "finite", id="infinity"),
    ],
)
def test_coordinates_outside_the_netherlands_are_named_for_what_they_look_like(shape: Any, words: str) -> None:
    with pytest.raises(SourceRefusal, match=words):
        harmonise(plots(shape), card(), TABLES["parcels"])


def test_without_a_crs_nothing_is_read() -> None:
    with pytest.raises(SourceRefusal, match="no coordinate system"):
        harmonise(raw({"KAVEL": ["a"]}, [square(0, 0)], None), card(), TABLES["parcels"])


def test_wgs84_is_taken_as_etrs89_and_that_is_said() -> None:
    degrees = shapely.Point(5.387206, 52.155172).buffer(0.001)
    done = harmonise(raw({"KAVEL": ["a"]}, [degrees], pyproj.CRS(4326)), card(), TABLES["parcels"])
    centre = done.table.geometry.iloc[0].centroid
    assert abs(centre.x - 155_000) < 5 and abs(centre.y - 463_000) < 5
    assert "ETRS89" in done.facts["crs_operation"].iloc[0] and done.facts["accuracy_m"].iloc[0] > 0


LEASE = {
    "contract_id": "NR",
    "parcel_id": "KAVEL",
    "right_type": "RECHT",
    "ends_on": {"from": "EINDE", "date": "%d-%m-%Y", "perpetual": ["eeuwigdurend"]},
}


@pytest.mark.parametrize(
    ("end", "date", "perpetual"),
    [
        pytest.param("01-02-2030", "2030-02-01", False, id="day before month"),
        pytest.param("2030-12-31", "2030-12-31", False, id="a true date cell beside text"),
        pytest.param("2030-12-31T23:00:00Z", "2031-01-01", False, id="a moment in UTC is the day in Amsterdam"),
        pytest.param("eeuwigdurend", None, True, id="a declared word for perpetual"),
        pytest.param(None, None, False, id="empty is not known, not perpetual"),
    ],
)
def test_ends_of_contracts(end: str | None, date: str | None, perpetual: bool) -> None:
    cells = {"NR": ["1"], "KAVEL": ["a"], "RECHT": ["huur"], "EINDE": [end]}
    lease = harmonise(raw(cells), card("ground_leases", columns=LEASE), TABLES["ground_leases"]).table.iloc[0]
    assert (None if pd.isna(lease["ends_on"]) else str(lease["ends_on"].date())) == date and lease[
        "is_perpetual"
    ] == perpetual


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        pytest.param("EINDE", "31-12-9999", "perpetual", id="9999-12-31 that nobody declared"),
        pytest.param("EINDE", "2030", "not a date", id="a year is no date"),
        pytest.param("EINDE", "02/01/2030", "not a date", id="another date format than declared"),
        pytest.param("EINDE", "45000", "not a date", id="an Excel day number in a text file"),
        pytest.param("RECHT", "verhuurd", "not one of", id="an unknown word"),
        pytest.param("NR", None, "empty", id="no key"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused_with_row_and_field(field: str, text: str | None, words: str) -> None:
    cells: dict[str, list[str | None]] = {"NR": ["1"], "KAVEL": ["a"], "RECHT": ["huur"], "EINDE": ["01-01-2030"]}
    cells[field] = [text]
    with pytest.raises(SourceRefusal, match=rf"row 1, field '{field}'.*{words}"):
        harmonise(raw(cells), card("ground_leases", columns=LEASE), TABLES["ground_leases"])


@pytest.mark.parametrize(
    ("words", "right"),
    [
        pytest.param({"bruikleen": "opstal"}, "superficies", id="the Dutch word"),
        pytest.param({"bruikleen": "superficies"}, "superficies", id="the word of the layer"),
        pytest.param({"BRUIKLEEN": "Opstal"}, "superficies", id="whatever its capitals"),
        pytest.param({"bruikleen": "opstalrecht"}, None, id="a word that is none"),
        pytest.param({"bruikleen": "rent", "x": "free"}, None, id="a word of another column"),
    ],
)
def test_words_of_a_card_are_those_of_the_layer_in_either_language(words: dict[str, str], right: str | None) -> None:
    source = raw({"NR": ["1"], "KAVEL": ["a"], "RECHT": ["bruikleen"], "EINDE": [None]})
    lease_card = card("ground_leases", columns=LEASE, values={"right_type": words})
    if right is None:
        with pytest.raises(ConfigRefusal, match=r"for 'right_type', expected for 'right_type' one of \['erfpacht'"):
            harmonise(source, lease_card, TABLES["ground_leases"])
        return
    assert harmonise(source, lease_card, TABLES["ground_leases"]).table["right_type"].tolist() == [right]


def test_refused_rows_are_grouped_by_field_and_fault_with_the_values_that_stand_there() -> None:
    rows = 30
    cells: dict[str, list[str | None]] = {
        "NR": [str(n) for n in range(rows)],
        "KAVEL": ["a"] * rows,
        "RECHT": ["huur"] * (rows - 1) + ["gratis"],
        "EINDE": ["n.t.b."] * 20 + ["ooit"] * (rows - 20),
    }
    with pytest.raises(SourceRefusal) as fault:
        harmonise(raw(cells), card("ground_leases", columns=LEASE), TABLES["ground_leases"])
    right, end = sorted(fault.value.actual, key=lambda words: "EINDE" in words)
    assert right.startswith("row 30, field 'RECHT': not one of") and right.endswith("found 'gratis'")
    assert end.startswith("30 rows, field 'EINDE': not a date") and "'n.t.b.' (20 times), 'ooit' (10 times)" in end
    assert end.endswith("(rows 1, 2, 3, 4, 5, 6, 7, 8, and 22 more)") and len(fault.value.rows) == 31


@pytest.mark.parametrize(
    ("field", "spec"),
    [
        pytest.param("KAVEL", "KAVEL", id="in the key"),
        pytest.param("EINDE", {"from": "EINDE", "date": "%d-%m-%Y"}, id="in a date that may be empty"),
        pytest.param("EINDE", {"from": "EINDE", "pattern": r"(\d+)"}, id="where no part of it fits"),
    ],
)
def test_a_formula_without_a_value_is_refused_with_its_cell(field: str, spec: Any) -> None:
    cells: dict[str, list[str | None]] = {"NR": ["1"], "KAVEL": ["a"], "RECHT": ["huur"], "EINDE": [None]}
    columns = {**LEASE, ("parcel_id" if field == "KAVEL" else "ends_on"): spec}
    source = raw(cells | {field: ["#FORMULA!G2"]})
    with pytest.raises(SourceRefusal, match=f"row 1, field '{field}': a formula without a stored value, found 'G2'"):
        harmonise(source, card("ground_leases", columns=columns), TABLES["ground_leases"])


@pytest.mark.parametrize("text", ["#REF!", "#N/A", "#NAAM?", "#DIV/0!"])
def test_an_error_of_a_spreadsheet_is_no_name_of_a_plot(text: str) -> None:
    cells: dict[str, list[str | None]] = {"NR": ["1"], "KAVEL": [text], "RECHT": ["huur"], "EINDE": [None]}
    with pytest.raises(SourceRefusal, match="row 1, field 'KAVEL': an error of the spreadsheet"):
        harmonise(raw(cells), card("ground_leases", columns=LEASE), TABLES["ground_leases"])


def test_refused_rows_are_counted_against_what_the_card_allows() -> None:
    cells = {"NR": ["1", "2"], "KAVEL": ["a", "b"], "RECHT": ["huur", "geschonken"], "EINDE": [None, None]}
    done = harmonise(raw(cells), card("ground_leases", columns=LEASE, max_refused=1), TABLES["ground_leases"])
    assert len(done.table) == 1 and done.refused.iloc[0]["finding"] == "geschonken"


def test_an_unknown_status_word_is_refused_and_an_empty_one_is_unknown() -> None:
    columns = {"parcel_id": "K", "issue_status": "S"}
    done = harmonise(
        raw({"K": ["a", "b"], "S": ["Uitgeefbaar", None]}),
        card("issue_register", columns=columns),
        TABLES["issue_register"],
    )
    assert done.table["issue_status"].tolist() == ["available", "unknown"]
    with pytest.raises(SourceRefusal, match="verhuurd"):
        harmonise(
            raw({"K": ["a"], "S": ["verhuurd"]}), card("issue_register", columns=columns), TABLES["issue_register"]
        )


def test_a_missing_column_is_refused_with_the_columns_that_are_there() -> None:
    with pytest.raises(SourceRefusal, match=r"columns \['NUMMER'\], expected a column 'KAVEL'"):
        harmonise(raw({"NUMMER": ["a"]}, [square(0, 0)]), card(), TABLES["parcels"])


def test_a_column_that_the_layer_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigRefusal, match="kleur"):
        harmonise(plots(square(0, 0)), card(columns={"parcel_id": "KAVEL", "kleur": "KLEUR"}), TABLES["parcels"])


def test_codes_keep_their_leading_zeros_and_decimals_their_comma() -> None:
    columns = {"parcel_id": "K", "registered_area_m2": "M2"}
    source = raw({"K": ["0363"], "M2": ["1.234,5"]}, [square(0, 0)])
    done = harmonise(source, card(columns=columns, csv={"decimal": ",", "thousands": "."}), TABLES["parcels"])
    assert done.table["parcel_id"].iloc[0] == "0363" and done.table["registered_area_m2"].iloc[0] == 1234.5


@pytest.mark.parametrize("cell", ["a, b", "a,b,", ",a,,b"])
def test_several_plots_in_one_cell_become_rows_and_empty_parts_none(cell: str) -> None:
    columns = {**LEASE, "parcel_id": {"from": "KAVEL", "split": ","}}
    cells = {"NR": ["1"], "KAVEL": [cell], "RECHT": ["huur"], "EINDE": [None]}
    assert harmonise(raw(cells), card("ground_leases", columns=columns), TABLES["ground_leases"]).table[
        "parcel_id"
    ].tolist() == ["a", "b"]


def test_parts_of_one_site_are_taken_together() -> None:
    source = raw({"N": ["x", "x"]}, [square(0, 0), square(0.5, 0)])
    done = harmonise(
        source,
        card("nature_sites", columns={"nature_site_id": "N"}, dissolve_on="nature_site_id"),
        TABLES["nature_sites"],
    )
    assert done.table.geometry.area.tolist() == [15_000] and done.facts["rows_merged"].iloc[0] == 1


CONTOUR = {"contour_id": "N", "contour_kind": "S", "contour_origin": "H"}
RING = shapely.difference(square(0, 0), square(0.25, 0.25, 0.5, 0.5))
TWO = shapely.union(RING, square(3, 0))


@pytest.mark.parametrize(
    ("kind", "origin", "drawn", "area_m2"),
    [
        pytest.param("location_risk", "site", RING, 10_000, id="around a site the risk only rises inwards"),
        pytest.param("location_risk", None, RING, 10_000, id="an origin that is not known may be a site"),
        pytest.param("location_risk", "site", TWO, 20_000, id="one part of two has a hole"),
        pytest.param("location_risk", "pipeline", RING, 7_500, id="a pipeline may go round land"),
        pytest.param("fire_attention_area", "site", RING, 7_500, id="an area of attention is no contour of risk"),
        pytest.param("location_risk", "site", square(0, 0), 10_000, id="no hole"),
    ],
)
def test_a_hole_in_a_risk_contour_is_filled_and_reported(
    kind: str, origin: str | None, drawn: Any, area_m2: float
) -> None:
    source = raw({"N": ["1"], "S": [kind], "H": [origin]}, [drawn])
    done = harmonise(source, card("safety_contours", columns=CONTOUR), TABLES["safety_contours"])
    assert done.table.geometry.area.tolist() == [area_m2]
    is_filled = area_m2 > drawn.area
    assert done.refused["outcome"].tolist() == ["repaired"] * is_filled and len(done.refused_shapes) == is_filled


numbers = st.integers(0, 40).map(lambda n: n * 10.0)


@given(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=9))
def test_repair_gives_a_valid_shape_and_repairing_twice_is_repairing_once(points: list[tuple[float, float]]) -> None:
    drawn = np.array([shapely.Polygon(np.array(points) + [100_000, 400_000])], dtype=object)
    once = geometry.repair(drawn, "polygon").shapes
    if once[0] is None:
        return
    twice = geometry.repair(once, "polygon").shapes
    assert shapely.is_valid(once[0]) and shapely.equals(once[0], twice[0])
    assert shapely.area(once[0]) <= shapely.area(shapely.convex_hull(drawn[0])) + 1e-6


def test_a_row_that_is_split_over_plots_is_not_merged(proefpolder: RunContext) -> None:
    facts = proefpolder.store.load("harmonise", "ground_leases", "source_facts").iloc[0]
    assert facts["rows_out"] > facts["rows_in"] - facts["rows_refused"] and facts["rows_merged"] == 0


@pytest.mark.parametrize(
    ("kind", "drawn", "refused"),
    [
        pytest.param("industrial_water", shapely.LineString([(0, 0), (100, 0)]), ["no area"], id="a line of water"),
        pytest.param("industrial_water", shapely.box(0, 0, 100, 100), [], id="the area of a supplier"),
        pytest.param("heat", shapely.LineString([(0, 0), (100, 0)]), [], id="a line of heat reaches some distance"),
    ],
)
def test_industrial_water_is_supplied_in_areas(kind: str, drawn: Any, refused: list[str]) -> None:
    place = shapely.transform(drawn, lambda xy: xy + [150_000, 450_000])
    columns = {name: {"from": name} for name in ("supply_id", "supply_kind")}
    source = card("supply_areas", columns=columns, max_refused=1, may_be_empty=True)
    result = harmonise(raw({"supply_id": ["1"], "supply_kind": [kind]}, [place]), source, TABLES["supply_areas"])
    assert result.refused["reason"].tolist() == refused and len(result.table) == 1 - len(refused)


PLOT_AND_RIGHT = {"contract_id": "NR", "right_type": {"value": "rent"}}


def plots_of(cell: str, **spec: Any) -> list[str]:
    columns = {**PLOT_AND_RIGHT, "parcel_id": {"from": "KAVEL", **spec}}
    done = harmonise(
        raw({"NR": ["1"], "KAVEL": [cell]}), card("ground_leases", columns=columns), TABLES["ground_leases"]
    )
    assert set(done.table["source"]) == {"drawn"}
    return list(done.table["parcel_id"])


@pytest.mark.parametrize(
    ("cell", "spec", "keys"),
    [
        ("P-1, P-2; P-3", {"split": [",", ";"]}, ["P-1", "P-2", "P-3"]),
        ("P-06 en P-07", {"split": " en "}, ["P-06", "P-07"]),
        ("P-01 t/m P-03", {"ranges": "t/m"}, ["P-01", "P-02", "P-03"]),
        ("P-01 T/M 03/P-09", {"ranges": ["t/m"], "split": "/"}, ["P-01", "P-02", "P-03", "P-09"]),
        ("P-09 t/m P-11, Q-1", {"ranges": ["t/m"], "split": ","}, ["P-09", "P-10", "P-11", "Q-1"]),
        ("P-01 t/m Q-05", {"ranges": ["t/m"]}, ["P-01 t/m Q-05"]),  # no range: it finds no plot, and says so
        ("1, 2", {"split": ",", "prefix": "A:"}, ["A:1", "A:2"]),
    ],
)
def test_lists_and_ranges_are_split_as_the_card_says(cell: str, spec: dict[str, Any], keys: list[str]) -> None:
    assert plots_of(cell, **spec) == keys


@pytest.mark.parametrize("cell", ["3,63E+13", "3.6310012345002E13", "３,63E+13", " 1e+20 "])
@pytest.mark.parametrize("prefix", ["", "A:"])
def test_a_key_that_a_spreadsheet_rounded_is_refused_and_a_key_with_an_e_is_not(cell: str, prefix: str) -> None:
    with pytest.raises(SourceRefusal, match="a key as a rounded number"):
        plots_of(cell, prefix=prefix)
    assert plots_of("12E3") == ["12E3"]


@pytest.mark.parametrize("column", ["ends_on", "ends_by_notice_on", "last_notice_on", "notice_given_on"])
def test_an_end_without_a_century_is_refused(column: str) -> None:
    with pytest.raises(ValueError, match="first_year"):
        card("ground_leases", columns={column: {"from": "EIND", "date": "%d-%m-%y"}})
    assert card("ground_leases", columns={"starts_on": {"from": "BEGIN", "date": "%d-%m-%y"}})


@pytest.mark.parametrize(
    ("cell", "year"),
    [("31-12-75", 2075), ("31-12-79", 2079), ("31-12-80", 1980), ("31-12-00", 2000), ("2075-12-31", 2075)],
)
def test_two_digits_are_a_year_from_the_first_that_the_card_names(cell: str, year: int) -> None:
    spec = {"from": "EIND", "date": "%d-%m-%y", "first_year": 1980}
    columns = {**PLOT_AND_RIGHT, "parcel_id": "KAVEL", "ends_on": spec}
    cells = {"NR": ["1"], "KAVEL": ["a"], "EIND": [cell]}
    done = harmonise(raw(cells), card("ground_leases", columns=columns), TABLES["ground_leases"])
    assert done.table["ends_on"].dt.year.tolist() == [year]


@pytest.mark.parametrize("cell", ["Lden", "dB(A)", "geluidzone"])
def test_a_level_without_its_number_is_refused(cell: str) -> None:
    columns = {"noise_zone_id": "KAVEL", "limit_dba_etmaal": {"from": "G", "pattern": r"(\d+) dB"}}
    cells = {"KAVEL": ["a", "b", "c"], "G": ["50 dB(A)", None, cell]}
    source = raw(cells, [square(0, 0), square(1, 0), square(2, 0)])
    with pytest.raises(SourceRefusal, match="row 3, field 'G': not a number"):
        harmonise(source, card("noise_zones", columns=columns), TABLES["noise_zones"])
    done = harmonise(source, card("noise_zones", columns=columns, max_refused=1), TABLES["noise_zones"])
    assert done.table["limit_dba_etmaal"].fillna(0).tolist() == [50, 0]


@pytest.mark.parametrize(
    ("layer", "columns", "value"),
    [
        ("housing_plans", {"plan_id": "KAVEL", "dwellings": "N"}, "1000000000"),
        ("feeding_areas", {"feeding_area_id": "KAVEL", "available_mw": "N"}, "1e9"),
        (
            "supply_areas",
            {"supply_id": "KAVEL", "supply_kind": {"value": "heat"}, "capacity_m3_year": "N"},
            "1e15",
        ),
    ],
)
def test_a_number_beyond_reason_is_refused(layer: str, columns: dict[str, Any], value: str) -> None:
    source = raw({"KAVEL": ["a"], "N": [value]}, [square(0, 0)])
    with pytest.raises(SourceRefusal, match="field 'N': above"):
        harmonise(source, card(layer, columns=columns), TABLES[layer])


def test_a_key_of_two_sources_is_refused_and_a_prefix_tells_them_apart() -> None:
    def leases(name: str, plot: str, prefix: str = "") -> pd.DataFrame:
        columns = {**PLOT_AND_RIGHT, "contract_id": {"from": "NR", "prefix": prefix}, "parcel_id": "KAVEL"}
        source = card("ground_leases", columns=columns, name=name)
        return harmonise(raw({"NR": ["1", "1"], "KAVEL": [plot, plot + "x"]}), source, TABLES["ground_leases"]).table

    # One number in two registers is two contracts, on whatever plots.
    with pytest.raises(SourceRefusal, match=r"prefix = \"A:\" }\)"):
        no_key_twice("ground_leases", {"a": leases("a", "P-1"), "b": leases("b", "P-2")})
    no_key_twice("ground_leases", {"a": leases("a", "P-1"), "b": leases("b", "P-1", "B:")})


@pytest.mark.parametrize("digest", [["SOORT"], []])
def test_a_key_of_row_and_place_stays_the_same_in_another_order(digest: list[str]) -> None:
    shapes = [shapely.box(x, 450_000, x + 100, 450_100) for x in (100_000, 100_200, 100_400)]
    cells = pd.DataFrame({"SOORT": ["weg", "weg", None]}, dtype=object)
    given = {"layer": "parcels", "path": "k.gpkg", "licence": "x", "dated": "2026-10-01", "basis": "x", "name": "k"}
    card = SourceConfig.model_validate({**given, "columns": {"parcel_id": {"digest": digest, "shape": True}}})
    crs = pyproj.CRS(28992)
    done = harmonise(RawTable(cells, np.arange(1, 4), np.array(shapes), crs), card, TABLES["parcels"])
    # The other way round, and each drawn from another corner.
    turned = np.array([shapely.reverse(shapely.Polygon([*ring[1:], ring[0]])) for ring in map(corners, shapes[::-1])])
    again = harmonise(
        RawTable(cells[::-1].reset_index(drop=True), np.arange(1, 4), turned, crs), card, TABLES["parcels"]
    )
    places = [
        dict(zip(table["parcel_id"], table.geometry.centroid.x, strict=True)) for table in (done.table, again.table)
    ]
    assert len(places[0]) == 3 and places[0] == places[1]


def corners(shape: shapely.Polygon) -> list[tuple[float, ...]]:
    return list(shape.exterior.coords)[:-1]
