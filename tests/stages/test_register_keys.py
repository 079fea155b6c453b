"""Land is never free because a key was typed otherwise, or because a contract contradicts itself: twelve plots of one
site, all on offer, and a register as people write it.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import shapely
from paper_port import changed, classes, port, sequence_of_states, settle, state_of_today
from squared_paper import lease, parcels, square, table

from layers.errors import SourceRefusal
from pipeline.project.load import Project
from pipeline.project.source import SourceConfig
from pipeline.stages.harmonise.names import refuse_lost_rows

TWELVE = [f"P-{number:02d}" for number in range(1, 13)]
LEASED = {"starts_on": "2000-01-01", "ends_on": "2050-12-31"}


def site(keys: list[str] | None = None, site_name: str = "Haven", **given: Any) -> dict[str, Any]:
    """Plots of 1 ha in a row on one site, all on offer, with the registers given."""
    keys = keys or TWELVE
    plots = parcels(**{key: square(number, 0) for number, key in enumerate(keys)}).assign(site_name=site_name)
    status = [{"parcel_id": key, "issue_status": "available"} for key in keys]
    land = square(0, 0, len(keys), 1)
    return port(**{"land": land, "plots": plots, "issue_register": status, **given})


def held(done: dict[str, Any]) -> dict[str, list[str]]:
    """The plots of today that are not free, by state."""
    states: dict[str, list[str]] = {}
    for holding, state in state_of_today(done).items():
        if state != "free":
            states.setdefault(state, []).append(holding.removeprefix("paper.").removesuffix(".1"))
    return {state: sorted(plots) for state, plots in states.items()}


def about(done: dict[str, Any], kind: str) -> list[str]:
    rows = done["conflicts"]
    return rows.loc[rows["conflict_class"] == kind, "subject"].tolist()


# What stands in the cell of plot and of site; the plots leased, those not known.
PLACES: list[tuple[str | None, str | None, list[int], list[int]]] = [
    ("P-2", None, [2], []),
    ("p\u201306", None, [6], []),
    ("P-07\u200b", None, [7], []),
    ("P\u00a0-\u00a008", None, [8], []),
    ("P.02", "Haven", [2], []),
    ("P-03 A2", None, [], [3]),
    ("P-02+03", None, [], [2, 3]),
    ("P-01 t/m P-05", None, [], [1, 2, 3, 4, 5]),
    ("P-06 en P-07", None, [], [6, 7]),
    ("P-77", "haven", [], list(range(1, 13))),
    ("P-03 A2", "Haven", [], [3]),
    ("Haven P-03 A2", None, [], [3]),
    ("P-03 A2 en terrein Haven", None, [], list(range(1, 13))),
    ("Haven, P-03", None, [], list(range(1, 13))),
    ("Haven", None, [], list(range(1, 13))),
    (None, "HAVEN", list(range(1, 13)), []),
    (None, "Havne", [], list(range(1, 13))),
    (None, "Haventerrein", [], list(range(1, 13))),
    (None, "P-04", [], [4]),
    ("P-77", None, [], []),
    (None, "Elders", [], []),
    (None, None, [], []),
]


@pytest.mark.parametrize(("plot", "name", "leased", "unknown"), PLACES)
def test_no_land_is_free_because_of_how_its_contract_writes_it(
    rules: Project, plot: str | None, name: str | None, leased: list[int], unknown: list[int]
) -> None:
    done = settle(rules, site(ground_leases=[lease("C1", plot, "rent", site_name=name, **LEASED)]))
    expected = {"leased": [f"P-{n:02d}" for n in leased], "unknown": [f"P-{n:02d}" for n in unknown]}
    assert held(done) == {state: plots for state, plots in expected.items() if plots}
    # Never in silence: read otherwise, or lost.
    assert classes(done) & {"key_read_otherwise", "unknown_parcel", "contract_without_place"}
    assert about(done, "land_in_doubt") == expected["unknown"]


def test_a_contract_over_before_today_leaves_nothing_in_doubt(rules: Project) -> None:
    over = {"starts_on": "2000-01-01", "ends_on": "2020-12-31"}
    done = settle(rules, site(ground_leases=[lease("C1", "P-03 A2", "option", **over), lease("C2", "P-9", **over)]))
    assert held(done) == {} and about(done, "unknown_parcel") == ["C1 / P-03 A2"]


def test_after_a_contract_land_in_doubt_is_not_free(rules: Project) -> None:
    rows = [lease("C1", "P-01", "rent", **LEASED | {"ends_on": "2030-12-31"}), lease("C2", "P-01 a", "rent", **LEASED)]
    assert sequence_of_states(settle(rules, site(ground_leases=rows)), holding="paper.P-01.1") == (
        "leased, 2031-07-01 unknown"
    )


def test_a_spelling_of_two_plots_makes_both_unknown_and_neither_leased(rules: Project) -> None:
    done = settle(rules, site(["P-1", "P-01", "P-1-1", "P-11"], ground_leases=[lease("C1", "p1", **LEASED)]))
    assert held(done) == {"unknown": ["P-01", "P-1"]}
    done = settle(rules, site(["P-1", "P-01", "P-1-1", "P-11"], ground_leases=[lease("C1", "P-1", **LEASED)]))
    assert held(done) == {"leased": ["P-1"]}
    done = settle(rules, site(["P-1", "P-01", "P-1-1", "P-11"], ground_leases=[lease("C1", "p-1-01", **LEASED)]))
    assert held(done) == {"leased": ["P-1-1"]}


def test_plots_that_spell_their_site_in_two_ways_are_one_site(rules: Project) -> None:
    tables = site(["a", "b"], ground_leases=[lease("C1", None, "rent", site_name="Haven", **LEASED)])
    tables["parcels"]["site_name"] = ["HAVEN", "Haven "]
    done = settle(rules, tables)
    assert held(done) == {"leased": ["a", "b"]}
    assert set(done["contract_account"]["rationale"]) == {"in de bron: Haven"}


@pytest.mark.parametrize(
    ("register", "expected"),
    [
        pytest.param([("P-01", "available"), ("p.2", "issued")], {"leased": ["P-02"]}, id="typed otherwise"),
        pytest.param([("P-01", "available"), ("P-02", "available"), ("p2", "issued")], {"unknown": ["P-02"]}, id="two"),
        pytest.param(
            [("P-01", "available"), ("P-02", "available"), ("P-02 (oud)", "issued")], {"unknown": ["P-02"]}, id="lost"
        ),
        pytest.param(
            [("P-01", "available"), ("P-02", "available"), ("P-02 (oud)", "available")], {}, id="lost and on offer"
        ),
        pytest.param([("P-01", "available"), ("P 02", "available"), ("P-2", "available")], {}, id="twice the same"),
    ],
)
def test_a_register_that_types_a_plot_otherwise_frees_nothing(
    rules: Project, register: list[tuple[str, str]], expected: dict[str, list[str]]
) -> None:
    rows = [{"parcel_id": key, "issue_status": status} for key, status in register]
    assert held(settle(rules, site(["P-01", "P-02"], issue_register=rows))) == expected


def test_the_inventory_does_not_speak_for_a_register_whose_row_was_lost_or_refused(rules: Project) -> None:
    ibis = [{"parcel_id": key, "issue_status": "available"} for key in ("P-01", "P-02", "P-03")]
    register = [{"parcel_id": "P-01 A2", "issue_status": "issued"}]
    refused = {"source": "u", "layer": "issue_register", "file": "u.csv", "row": 3, "field": "S", "outcome": "refused"}
    row = {**refused, "reason": "not one of ", "parcel_id": "p-2", "geometry": None}
    given = {"issue_register": register, "ibis_register": ibis, "refused": [row]}
    assert held(settle(rules, site(["P-01", "P-02", "P-03"], **given))) == {"unknown": ["P-01", "P-02"]}


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [pytest.param("refused", {"unknown": ["P-02"]}, id="refused"), pytest.param("duplicate", {}, id="the same twice")],
)
def test_a_refused_row_of_a_register_leaves_its_plot_unknown_whatever_another_row_says(
    rules: Project, outcome: str, expected: dict[str, list[str]]
) -> None:
    refused = {"source": "u", "layer": "issue_register", "file": "u.csv", "row": 3, "field": "S", "outcome": outcome}
    row = {**refused, "reason": "not one of ", "parcel_id": "P-02", "geometry": None}
    assert held(settle(rules, site(["P-01", "P-02"], refused=[row]))) == expected


@pytest.mark.parametrize(
    ("corrected", "value", "expected"),
    [
        pytest.param("p 2", "leased", {"leased": ["P-02"]}, id="a plot typed otherwise"),
        pytest.param("P-02 A1", "leased", {"unknown": ["P-02"]}, id="a plot that is not there"),
        pytest.param("P-02 A1", "free", {}, id="a plot that is not there would be free"),
        pytest.param("P-01/P-02", "reserved", {"unknown": ["P-01", "P-02"]}, id="two plots"),
    ],
)
def test_a_correction_that_types_a_plot_otherwise_frees_nothing(
    rules: Project, corrected: str, value: str, expected: dict[str, list[str]]
) -> None:
    row = {"corrected_id": corrected, "new_value": value, "author": "x", "correction_reason": "y"}
    done = settle(rules, site(["P-01", "P-02"], overrides=[{**row, "until": pd.Timestamp("2030-12-31")}]))
    assert held(done) == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        pytest.param({"parcel_id": "p2"}, ["P-02"], id="typed otherwise"),
        pytest.param({"parcel_id": "P-01, P-02 A1"}, ["P-01", "P-02"], id="of a list"),
        pytest.param({"site_name": "HAVEN"}, ["P-01", "P-02", "P-03"], id="a site"),
        pytest.param({"parcel_id": "3,00E+00"}, [], id="a rounded number like none"),
    ],
)
def test_a_refused_contract_leaves_unknown_what_it_names_in_its_own_way(
    rules: Project, named: dict[str, str], expected: list[str]
) -> None:
    refused = {"source": "c", "layer": "ground_leases", "file": "c.csv", "row": 3, "field": "R", "outcome": "refused"}
    row = {**refused, "reason": "empty", "contract_id": "X", "geometry": None, **named}
    done = settle(rules, site(["P-01", "P-02", "P-03"], refused=[row]))
    assert held(done).get("unknown", []) == expected and "contract_refused" in classes(done)


def test_a_polygon_finds_its_contract_however_it_types_it(rules: Project) -> None:
    drawn = [{"contract_id": "c 1", "geometry": square(1, 0, 0.5, 1)}]
    rows = [lease("C-1", None, "rent", **LEASED)]
    done = settle(rules, site(["P-01", "P-02"], ground_leases=rows, lease_polygons=drawn))
    assert state_of_today(done) == {"paper.P-01.1": "free", "paper.P-02.1": "leased", "paper.P-02.2": "free"}
    assert about(done, "key_read_otherwise") == ["contractvlak / C-1"]


NOTICE_OF_2014 = {"notice_given_on": "2014-06-01", "ends_by_notice_on": "2015-06-01"}
OVER_IN_2020 = {**LEASED, "ends_on": "2020-12-31", "notice_given_on": "2023-06-01", "ends_by_notice_on": "2024-12-31"}
DAYS = [
    ({"starts_on": "2040-01-01", "ends_on": "2015-01-01"}, "ends_before_begins"),
    ({"starts_on": "2010-01-01", "ends_on": "1900-01-01"}, "ends_before_begins"),
    ({"ends_on": "1900-01-01"}, "end_implausible"),
    ({"ends_on": "1899-12-30"}, "end_implausible"),
    ({"starts_on": "1890-01-01", "ends_on": "1900-01-01"}, "end_implausible"),
    ({"ends_on": "1970-01-01"}, "end_implausible"),
    ({**LEASED, "ends_by_notice_on": "1999-12-31"}, "ends_before_begins"),
    ({"ends_on": "2050-12-31", "ends_by_notice_on": "1900-01-01"}, "end_implausible"),
    ({**LEASED, "notice_given_on": "1753-01-01", "extension_right": "tenant"}, "end_implausible"),
    ({**LEASED, "last_notice_on": "1900-01-01", "extension_right": "tenant"}, "end_implausible"),
    ({**LEASED, "notice_given_on": "2025-06-01", "ends_by_notice_on": "2015-06-01"}, "end_implausible"),
    ({**LEASED, "notice_given_on": "1999-06-01", "ends_by_notice_on": "2015-06-01"}, "end_implausible"),
    ({**LEASED, "ends_on": "2020-12-31", "notice_given_on": "2023-01-01"}, "end_implausible"),
    ({**OVER_IN_2020, "extension_years": 2, "extension_right": "tenant"}, "end_implausible"),
    ({**LEASED, "ends_on": "2020-12-31", "last_notice_on": "2024-01-01"}, "end_implausible"),
    ({**LEASED, "ends_on": "2020-12-31", "last_notice_on": "1999-01-01"}, "end_implausible"),
]


@pytest.mark.parametrize(("days", "kind"), DAYS)
@pytest.mark.parametrize("where", ["plot", "site", "drawn"])
def test_a_contract_that_contradicts_itself_leaves_its_land_unknown(
    rules: Project, days: dict[str, str], kind: str, where: str
) -> None:
    drawn = [{"contract_id": "C1", "geometry": square(1, 0)}] if where == "drawn" else []
    row = lease("C1", "p-1" if where == "plot" else None, site_name="haven" if where == "site" else None, **days)
    done = settle(rules, site(["P-01", "P-02"], ground_leases=[row], lease_polygons=drawn))
    plots = {"plot": ["P-01"], "site": ["P-01", "P-02"], "drawn": ["P-02"]}[where]
    assert held(done) == {"unknown": plots} and about(done, kind) == ["C1"]
    assert set(done["contract_account"]["right_status"]) == {kind}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param({"ends_on": "2050-12-31"}, {"ends_on": "2020-12-31"}, {"unknown": ["P-01"]}, id="two ends"),
        pytest.param({"ends_on": "2020-12-31"}, {"ends_on": "2050-12-31"}, {"unknown": ["P-01"]}, id="the other way"),
        pytest.param(LEASED, {**LEASED, **NOTICE_OF_2014}, {"unknown": ["P-01"]}, id="notice in one"),
        pytest.param(LEASED, LEASED, {"leased": ["P-01"]}, id="the same twice"),
    ],
)
@pytest.mark.parametrize("spelling", ["P-1", "p 01"])
def test_two_contents_under_two_spellings_of_a_plot_leave_it_unknown(
    rules: Project, spelling: str, first: dict[str, Any], second: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    rows = [lease("C1", "P-01", "rent", **first), lease("C1", spelling, "rent", **second)]
    done = settle(rules, site(["P-01", "P-02"], ground_leases=rows))
    assert held(done) == expected and about(done, "end_implausible") == ["C1"] * ("unknown" in expected)


def test_the_days_of_both_spellings_stand_in_the_finding(rules: Project) -> None:
    rows = [lease("C1", "P-01", ends_on="2050-12-31"), lease("C1", "P-1", ends_on="2020-12-31")]
    clashes = settle(rules, site(["P-01"], ground_leases=rows))["conflicts"]
    (text,) = clashes.loc[clashes["conflict_class"] == "end_implausible", "finding"]
    assert text == "eindigt 31-12-2050; eindigt 31-12-2020"


@pytest.mark.parametrize(
    "days",
    [
        pytest.param({"starts_on": "1950-01-01", "ends_on": "1975-12-31"}, id="long ago"),
        pytest.param(
            {**OVER_IN_2020, "extension_years": 5, "extension_right": "tenant"}, id="by notice in its extension"
        ),
    ],
)
def test_a_right_that_ended_and_says_so_soundly_is_over(rules: Project, days: dict[str, Any]) -> None:
    assert held(settle(rules, site(["P-01"], ground_leases=[lease("C1", "P-01", "rent", **days)]))) == {}


def lost_in(tables: dict[str, Any], **most: int | None) -> str:
    card = {"path": "x", "licence": "x", "dated": "2026-10-01", "basis": "drawn"}
    sources = {
        name: SourceConfig.model_validate({**card, "layer": name, "name": name, "max_lost": number})
        for name, number in most.items()
    }
    try:
        refuse_lost_rows(sources, tables)
    except SourceRefusal as refusal:
        return str(refusal)
    return ""


def test_a_card_says_how_many_rows_may_find_nothing() -> None:
    rows = [{**lease(key, key), "source": "ground_leases"} for key in ("P-1", "P-77", "P-03 A2")]
    tables = site(ground_leases=rows)
    assert "2 rows, 1 allowed; first 'P-03 A2'" in lost_in(tables, ground_leases=1)
    assert lost_in(tables, ground_leases=2) == lost_in(tables, ground_leases=None) == lost_in(tables) == ""
    register = table("issue_register", [{"parcel_id": "X", "issue_status": "issued", "source": "issue_register"}])
    assert "'issue_register': 1 rows, 0 allowed" in lost_in(tables | {"issue_register": register}, issue_register=0)


def test_land_in_doubt_says_why_and_on_how_many_m2_without_the_words_of_a_contract(rules: Project) -> None:
    drawn = [{"contract_id": "S", "geometry": shapely.box(100_000, 400_000, 100_030, 400_100)}]
    rows = [lease("S", None, "rent", **LEASED), lease("Geheim", "P-01 A2", "rent", **LEASED)]
    done = settle(rules, site(["P-01", "P-02"], ground_leases=rows, lease_polygons=drawn))
    (row,) = done["conflicts"].query("conflict_class == 'land_in_doubt'").to_dict("records")
    assert row["area_m2"] == pytest.approx(7_000)  # the polygon has the rest
    assert row["finding"] == "een regel van een register die geen kavel of terrein vindt, lijkt deze kavel te noemen"
    statements = done["holdings"].set_index("holding_id")["disagreeing"].dropna()
    assert any(row["finding"] in text for text in statements)


def test_a_rounded_number_leaves_all_plots_unknown_that_round_to_it(rules: Project) -> None:
    keys = [str(36310012345000 + number) for number in range(4)]
    refused = {"source": "c", "layer": "ground_leases", "file": "c.csv", "row": 2, "field": "K", "outcome": "refused"}
    row = {**refused, "reason": "a key as a rounded number", "contract_id": "C1", "parcel_id": "3,63E+13"}
    rows = [lease("C3", f"{keys[2]}.0", **LEASED)]
    done = settle(rules, site(keys, ground_leases=rows, refused=[{**row, "geometry": None}]))
    assert held(done) == {"leased": [keys[2]], "unknown": [keys[0], keys[1], keys[3]]}


def test_a_lost_master_lease_occupies_nothing(rules: Project) -> None:
    rows = [lease("C1", None, "ground_lease", site_name="Havne", **LEASED)]
    card = changed(rules, master=rules.resolve.master.model_copy(update={"rights_everywhere": ("ground_lease",)}))
    assert held(settle(rules, site(["P-01"], ground_leases=rows), card)) == {}


@pytest.mark.parametrize(
    ("name", "unknown"), [("Havne", ["P-01", "P-02"]), ("P-02", ["P-02"]), ("Elders", []), ("haven", [])]
)
def test_a_ground_lease_on_a_site_that_is_on_no_map_is_no_master_lease(
    rules: Project, name: str, unknown: list[str]
) -> None:
    done = settle(rules, site(["P-01", "P-02"], ground_leases=[lease("C1", None, "ground_lease", site_name=name)]))
    assert held(done) == ({"unknown": unknown} if unknown else {}) and about(done, "land_in_doubt") == unknown


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(lease("C-1", None, "ground_lease", site_name="Haven"), {"unknown": ["P-01", "P-02"]}, id="a site"),
        pytest.param(lease("C-1", "P-01", "rent", **LEASED), {"unknown": ["P-01"]}, id="a plot: how much is not known"),
        pytest.param(lease("C-1", "P-01", "option", ends_on="2040-12-31"), {"unknown": ["P-01"]}, id="an option"),
        pytest.param(lease("C-1", None, "rent", site_name="Haven"), {"unknown": ["P-01", "P-02"]}, id="a site in rent"),
        pytest.param(lease("C-1", "P-01", "option", ends_on="2020-12-31"), {}, id="over"),
        pytest.param(lease("C-2", None, "ground_lease", site_name="Haven"), {}, id="of another contract"),
    ],
)
def test_a_contract_whose_polygon_was_refused_leaves_its_land_unknown(
    rules: Project, row: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    refused = {"source": "v", "layer": "lease_polygons", "file": "v", "row": 1, "field": "g", "outcome": "refused"}
    lost = {**refused, "reason": "empty", "contract_id": "c 1", "geometry": None}
    done = settle(rules, site(["P-01", "P-02"], ground_leases=[row], refused=[lost]))
    assert held(done) == expected
    assert about(done, "land_in_doubt") == [plot for plots in expected.values() for plot in plots]
    if expected:
        assert sequence_of_states(done, holding="paper.P-01.1") == "unknown"


def test_of_a_contract_with_a_refused_polygon_land_counts_by_its_other_polygons_and_contracts(rules: Project) -> None:
    refused = {"source": "v", "layer": "lease_polygons", "file": "v", "row": 1, "field": "g", "outcome": "refused"}
    lost = {**refused, "reason": "empty", "contract_id": "C1", "geometry": None}
    contracts = [lease("C1", name, "rent", **LEASED) for name in ("P-01", "P-02", "P-03")]
    contracts.append(lease("C2", "P-03", "rent", **LEASED))
    drawn = [{"contract_id": "C1", "geometry": square(0, 0, 0.5)}]
    tables = site(TWELVE[:4], ground_leases=contracts, refused=[lost], lease_polygons=drawn)
    done = settle(rules, tables)
    area = done["holdings"].set_index("holding_id")["area_m2"]
    states = pd.Series(state_of_today(done))
    parts = {(name.split(".")[1], state): area[name] for name, state in states.items()}
    expected = {("P-01", "leased"): 5e3, ("P-01", "unknown"): 5e3, ("P-02", "unknown"): 1e4, ("P-03", "leased"): 1e4}
    assert parts == pytest.approx({**expected, ("P-04", "free"): 1e4})


@pytest.mark.parametrize(
    ("plot", "name", "unknown"),
    [
        pytest.param("P-01 deel en Oost", None, ["P-01", "P-03"], id="a plot of West and the site Oost"),
        pytest.param("P-01 deel Oost", None, ["P-01", "P-03"], id="a plot that does not lie on the site named with it"),
        pytest.param("P-01 deel West", None, ["P-01"], id="a plot on the site named with it"),
        pytest.param("P-01 deel", "Oost", ["P-01", "P-03"], id="a site in its own column that the plot is not on"),
        pytest.param("P-01 deel", "West", ["P-01"], id="the site that the plot is on"),
        pytest.param("P-77; Oost", "West", ["P-01", "P-02", "P-03"], id="another site in each column"),
    ],
)
def test_a_text_that_names_a_plot_and_a_site_is_about_both(
    rules: Project, plot: str, name: str | None, unknown: list[str]
) -> None:
    tables = site(["P-01", "P-02", "P-03"], ground_leases=[lease("C1", plot, "rent", site_name=name, **LEASED)])
    tables["parcels"]["site_name"] = ["West", "West", "Oost"]
    assert held(settle(rules, tables)) == {"unknown": unknown}
