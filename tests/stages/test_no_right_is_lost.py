"""No right is lost: ways in which land could come to look free while somebody holds it, each once met."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import shapely
from paper_port import classes, port, sequence_of_states, settle, states_of
from squared_paper import day, lease, parcels, square, table

from pipeline.project.load import Project

TWO = parcels(a=square(0, 0), b=square(1, 0)).assign(site_name="site")
ON_OFFER = [{"parcel_id": name, "issue_status": "available"} for name in "ab"]


def site(contracts: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Plots a and b of one site, both on offer, with these contracts."""
    return port(**{"plots": TWO, "issue_register": ON_OFFER, "ground_leases": contracts, **more})


def both(done: Any, case: str = "earliest") -> tuple[str, str]:
    return sequence_of_states(done, case, "paper.a.1"), sequence_of_states(done, case, "paper.b.1")


@pytest.mark.parametrize(
    ("contracts", "a"),
    [
        pytest.param(
            [
                lease("1", "a", "ground_lease", is_perpetual=True),
                lease("1", None, "option", site_name="site", ends_on="2027-12-31"),
            ],
            "leased",
            id="a lease and an option under one contract",
        ),
        pytest.param(
            [lease("1", "a", is_perpetual=True), lease("1", None, site_name="site", ends_on="2027-12-31")],
            "leased",
            id="no known end is the last end",
        ),
        pytest.param(
            [
                lease("1", "a", ends_on="2060-12-31"),
                lease("1", None, "temporary_use", site_name="site", ends_on="2027-12-31"),
            ],
            "leased, 2062-01-01 free",
            id="a lease and temporary use under one contract",
        ),
        pytest.param(
            [lease("1", "a", is_perpetual=True, ends_on="2030-12-31")], "leased", id="perpetual, with a date beside it"
        ),
    ],
)
def test_each_right_of_a_contract_counts(rules: Project, contracts: list[dict[str, Any]], a: str) -> None:
    done = settle(rules, site(contracts))
    assert both(done)[0] == a and len(done["contract_account"]) == len(contracts)


STEEL = [lease("S", name, "ground_lease", holder="Staal", ends_on="2060-12-31") for name in "ab"]


@pytest.mark.parametrize(
    "below",
    [
        pytest.param(lease("1", "a", "option", holder="X", ends_on="2015-01-01"), id="an option that lapsed long ago"),
        pytest.param(lease("1", "a", "temporary_use", holder="X", ends_on="2010-01-01"), id="a use that is over"),
        pytest.param(lease("1", "a", "superficies", holder="Staal", ends_on="2028-12-31"), id="its own superficies"),
        pytest.param(lease("1", "a", "option", holder="X", ends_on="2030-01-01"), id="an option gives no use"),
    ],
)
def test_a_company_that_leases_a_whole_site_is_no_landlord(rules: Project, below: dict[str, Any]) -> None:
    a, b = both(settle(rules, site([*STEEL, below])))
    assert b == "leased, 2062-01-01 free" and a == b


@pytest.mark.parametrize(
    ("drawn", "held"),
    [
        pytest.param(square(0, 0, 0.5, 0.5), 2_500, id="over a quarter of a plot: it holds that"),
        pytest.param(square(0, 0, 2, 1), 0, id="over the whole site: a master lease"),
    ],
)
def test_a_lease_that_names_a_site_lies_where_it_is_drawn(rules: Project, drawn: Any, held: float) -> None:
    contract = [lease("1", None, "ground_lease", site_name="site", is_perpetual=True)]
    done = settle(rules, site(contract, lease_polygons=[{"contract_id": "1", "geometry": drawn}]))
    now = states_of(done).query("year == 2026 and case == 'latest' and tenure_status == 'leased'")["holding_id"]
    assert done["holdings"].set_index("holding_id").loc[now, "area_m2"].sum() == pytest.approx(held)


def test_ground_under_two_plots_carries_the_rights_of_both(rules: Project) -> None:
    plots = parcels(a=square(0, 0), b=square(0.5, 0))
    register = [{"parcel_id": name, "issue_status": "issued"} for name in "ab"]
    contracts = [lease("1", "a", ends_on="2027-12-31"), lease("2", "b", is_perpetual=True)]
    done = settle(rules, port(plots=plots, issue_register=register, ground_leases=contracts))
    late = states_of(done).query("year == 2050 and case == 'earliest'").merge(done["holdings"], on="holding_id")
    assert late.groupby("tenure_status")["area_m2"].sum().to_dict() == pytest.approx({"free": 5_000, "leased": 10_000})
    assert "double_lease" in classes(done)


@pytest.mark.parametrize("other", ["unknown", "issued", "not_serviced", "public_space"])
def test_ground_under_two_plots_is_free_only_where_both_say_so(rules: Project, other: str) -> None:
    plots = parcels(a=square(0, 0), b=square(0.5, 0))
    register = [{"parcel_id": "a", "issue_status": "available"}, {"parcel_id": "b", "issue_status": other}]
    done = settle(rules, port(plots=plots, issue_register=register))
    now = states_of(done).query("year == 2026 and case == 'earliest' and tenure_status == 'free'")["holding_id"]
    assert done["holdings"].set_index("holding_id").loc[now, "area_m2"].sum() == pytest.approx(5_000)


def fix(target: str, value: str) -> dict[str, Any]:
    return {
        "corrected_id": target,
        "new_value": value,
        "author": "x",
        "correction_reason": "y",
        "until": pd.Timestamp("2060-12-31"),
    }


RUNS = lease("1", "a", ends_on="2060-12-31")


@pytest.mark.parametrize(
    ("contracts", "correction", "a"),
    [
        pytest.param([RUNS], fix("1", "free"), "free", id="the only contract is gone"),
        pytest.param(
            [RUNS, lease("2", "a", "rent", ends_on="2055-12-31")],
            fix("1", "free"),
            "leased",
            id="another contract still runs",
        ),
        pytest.param(
            [RUNS, lease("M", None, "ground_lease", site_name="site", is_perpetual=True)],
            fix("M", "free"),
            "leased",
            id="a master lease corrects nothing",
        ),
        pytest.param(
            [RUNS, lease("2", "a", "rent", ends_on="2017-12-31")],
            fix("2", "free"),
            "leased",
            id="a contract that is over corrects nothing",
        ),
    ],
)
def test_a_correction_of_a_contract_frees_nobody_elses_land(
    rules: Project, contracts: list[dict[str, Any]], correction: dict[str, Any], a: str
) -> None:
    assert both(settle(rules, site(contracts, overrides=[correction])))[0].split(",")[0] == a


def refused_row(**named: Any) -> dict[str, Any]:
    same = {"source": "contracten", "layer": "ground_leases", "file": "c.csv", "row": 7, "field": "RECHT"}
    return {**same, "outcome": "refused", "reason": "not one of ", "geometry": None, **named}


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        pytest.param({"parcel_id": "a", "contract_id": "X"}, ("unknown", "free"), id="it names a plot"),
        pytest.param({"site_name": "site", "contract_id": "X"}, ("unknown", "unknown"), id="it names a site"),
        pytest.param({"parcel_id": "a", "layer": "buildings"}, ("free", "free"), id="a row that is of no register"),
        pytest.param({"parcel_id": "a", "outcome": "duplicate"}, ("free", "free"), id="a repeated row is no loss"),
    ],
)
def test_land_of_a_refused_contract_is_unknown(
    rules: Project, named: dict[str, Any], expected: tuple[str, str]
) -> None:
    tables = site([]) | {"refused": table("refused", [refused_row(**named)])}
    done = settle(rules, tables)
    assert both(done) == expected
    is_counted = expected[0] == "unknown"
    assert ("contract_refused" in classes(done)) is is_counted
    assert ("refused" in set(done["contract_account"]["right_status"])) is is_counted


def test_a_lease_narrower_than_the_tolerance_stays(rules: Project) -> None:
    strip = [{"contract_id": "1", "geometry": shapely.box(100_050, 400_000, 100_050.3, 400_100)}]
    done = settle(rules, site([lease("1", None, is_perpetual=True)], lease_polygons=strip))
    assert done["contract_account"]["right_status"].tolist() == ["used"] and done["contract_account"][
        "area_m2"
    ].sum() == pytest.approx(30)


def test_a_contract_that_may_have_been_extended_is_a_conflict(rules: Project) -> None:
    contract = lease("1", "a", ends_on="2025-06-30", extension_years=25, extension_right="tenant")
    done = settle(rules, site([contract]))
    assert "contract_over" in classes(done) and "kan verlengd zijn" in done["holdings"]["disagreeing"].iloc[0]


def test_a_double_lease_that_lies_ahead_is_a_conflict(rules: Project) -> None:
    contracts = [
        lease("1", "a", holder="A", ends_on="2040-12-31"),
        lease("2", "a", holder="B", starts_on="2030-01-01", ends_on="2050-12-31"),
    ]
    assert "double_lease" in classes(settle(rules, site(contracts)))


def test_a_reference_date_of_before_1970_is_a_day_like_any_other(rules: Project) -> None:
    done = settle(
        rules,
        site([lease("1", "a", ends_on="1966-12-31")]),
        today=day("1965-01-01"),
    )
    assert sequence_of_states(done) == "leased, 1968-01-01 free"


OVERLAP = parcels(a=square(0, 0), b=square(0.5, 0))
INSIDE = parcels(a=square(0, 0), b=square(0.2, 0.2, 0.5, 0.5))
FIRST, ENDLESS = lease("1", "a", ends_on="2027-12-31"), lease("2", "b", is_perpetual=True)


def over(plots: Any, contracts: list[dict[str, Any]], a: Any = "available", b: Any = "available", **more: Any) -> Any:
    """Two plots that share ground, with a status (and a year of servicing) each."""
    both_said = [said if isinstance(said, tuple) else (said, None) for said in (a, b)]
    register = [
        {"parcel_id": name, "issue_status": status, "serviced_year": year}
        for name, (status, year) in zip("ab", both_said, strict=True)
    ]
    return port(plots=plots, issue_register=register, ground_leases=contracts, **more)


def free_m2(done: Any, year: int = 2050) -> float:
    rows = states_of(done)[(states_of(done)["year"] == year) & (states_of(done)["case"] == "earliest")]
    return float(rows.merge(done["holdings"], on="holding_id").query("tenure_status == 'free'")["area_m2"].sum())


@pytest.mark.parametrize(
    ("tables", "year", "free"),
    [
        pytest.param(over(INSIDE, [FIRST, ENDLESS]), 2050, 7_500, id="a plot wholly inside another keeps its lease"),
        pytest.param(
            over(OVERLAP, [FIRST], "available", "issued"),
            2050,
            5_000,
            id="issued without contract: shared ground is not free",
        ),
        pytest.param(
            over(OVERLAP, [FIRST, ENDLESS], overrides=[fix("a", "free")]),
            2026,
            5_000,
            id="a correction of one plot frees no shared ground",
        ),
        pytest.param(
            over(OVERLAP, [FIRST], overrides=[fix("b", "leased")]),
            2050,
            5_000,
            id="a correction of the other plot holds on shared ground",
        ),
        pytest.param(
            over(OVERLAP, [], ("not_serviced", 2027), ("not_serviced", 2040)),
            2030,
            5_000,
            id="serviced when the last of them is",
        ),
        pytest.param(
            over(OVERLAP, [], ("not_serviced", 2027), ("not_serviced", None)),
            2050,
            5_000,
            id="no year known for the other",
        ),
        pytest.param(
            over(
                OVERLAP,
                [lease("1", "a", ends_on="2027-12-31", extension_years=25, extension_right="tenant"), ENDLESS],
                lease_polygons=[{"contract_id": "2", "geometry": square(0.6, 0.2, 0.2, 0.2)}],
            ),
            2050,
            14_600,
            id="a lease drawn inside shared ground holds what is drawn",
        ),
    ],
)
def test_shared_ground_is_free_only_when_nobody_claims_it(rules: Project, tables: Any, year: int, free: float) -> None:
    done = settle(rules, tables)
    assert free_m2(done, year) == pytest.approx(free)
    union = shapely.union_all(tables["parcels"].geometry.to_numpy()).area
    assert done["holdings"]["area_m2"].sum() == pytest.approx(union, rel=1e-6)
    assert set(done["contract_account"]["contract_id"]) == set(tables["ground_leases"]["contract_id"])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param(
            {"refused": [refused_row(parcel_id="a, b", contract_id="X")]},
            ("unknown", "unknown"),
            id="a refused row of two plots",
        ),
        pytest.param(
            {"lease_polygons": [{"contract_id": "X", "geometry": square(1, 0, 0.5, 1)}]},
            ("free", "unknown"),
            id="a polygon of a contract that nobody knows",
        ),
        pytest.param(
            {"ground_leases": [lease("1", "a", starts_on="2020-01-01", ends_on="1900-01-01", is_perpetual=True)]},
            ("leased", "free"),
            id="perpetual, with a dummy end",
        ),
        pytest.param(
            {
                "ground_leases": [
                    lease("1", "a", ends_on="2030-12-31"),
                    lease("1", None, site_name="site", starts_on="2040-01-01", ends_on="2060-12-31"),
                ]
            },
            ("leased, 2062-01-01 free", "contracted, 2040-01-01 leased, 2062-01-01 free"),
            id="two rows of one right: from the first to the last",
        ),
        pytest.param(
            {"ground_leases": [*STEEL, lease("1", "a", "superficies", holder="STAAL ", ends_on="2028-12-31")]},
            ("leased, 2062-01-01 free",) * 2,
            id="its own name in capitals",
        ),
        pytest.param(
            {"ground_leases": [RUNS, lease("2", "a", "option", ends_on="2015-01-01")], "overrides": [fix("2", "free")]},
            ("leased, 2062-01-01 free", "free"),
            id="an option that lapsed corrects nothing",
        ),
        pytest.param(
            {"ground_leases": [RUNS, lease("2", "a", "option", ends_on="2015-01-01")], "overrides": [fix("1", "free")]},
            ("free, 2061-01-01 leased, 2062-01-01 free", "free"),
            id="and does not stand in the way of a correction",
        ),
    ],
)
def test_what_a_second_look_found(rules: Project, more: dict[str, Any], expected: tuple[str, str]) -> None:
    assert (
        both(
            settle(
                rules,
                site(
                    **{"contracts": [], **more}
                    if "ground_leases" not in more
                    else {"contracts": more.pop("ground_leases"), **more}
                ),
            )
        )[:2]
        == expected
    )


def test_a_master_lease_that_is_drawn_and_names_nothing_stands_in_the_chain(rules: Project) -> None:
    card = rules.resolve.model_copy(update={"master": rules.resolve.master.model_copy(update={"holders": ("HB",)})})
    contracts = [lease("M", None, holder="HB", is_perpetual=True), RUNS]
    drawn = [{"contract_id": "M", "geometry": square(0, 0, 2, 1)}]
    done = settle(rules, site(contracts, lease_polygons=drawn), card)
    assert done["holdings"]["chain"].tolist() == ["M (ondererfpacht) > 1 (ondererfpacht)", "M (ondererfpacht)"]
