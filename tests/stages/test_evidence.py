"""Evidence: which record decides, how sure, what says otherwise; and every contract accounted for."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import shapely
from paper_port import changed, classes, port, sequence_of_states, settle
from squared_paper import lease, parcels, square

from pipeline.project.load import Project
from pipeline.stages.resolve import Known

HOUSE = {"building_id": "h", "building_status": "in_use", "geometry": shapely.box(100_010, 400_010, 100_040, 400_040)}
TANK = {"land_use_id": "t", "use_kind": "tank", "geometry": shapely.box(100_010, 400_010, 100_040, 400_040)}
GREEN = {**TANK, "use_kind": "green"}
RUNS = lease("1", "a", starts_on="2010-01-01", ends_on="2040-12-31")


def fix(value: str = "reserved", target: str = "a", until: str = "2030-12-31") -> dict[str, Any]:
    return {
        "corrected_id": target,
        "new_value": value,
        "author": "x",
        "correction_reason": "y",
        "until": pd.Timestamp(until),
    }


def ibis(status: str) -> list[dict[str, Any]]:
    return [{"parcel_id": "a", "issue_status": status}]


@pytest.mark.parametrize(
    ("given", "state", "by", "certainty", "disagreeing"),
    [
        pytest.param(
            {"status": "issued", "ground_leases": [RUNS]},
            "leased",
            "contract",
            "deed",
            None,
            id="a deed, and the register agrees",
        ),
        pytest.param(
            {"status": "available", "ground_leases": [RUNS]},
            "leased",
            "contract",
            "deed",
            "uitgifteregister: uitgeefbaar",
            id="a deed before the register",
        ),
        pytest.param(
            {
                "status": "available",
                "ground_leases": [lease("1", "a", "option", ends_on="2028-01-01", certainty="letter")],
            },
            "optioned",
            "claim",
            "letter",
            "uitgifteregister: uitgeefbaar",
            id="an option letter before the register",
        ),
        pytest.param({"status": "available"}, "free", "register", "register", None, id="the register alone"),
        pytest.param(
            {"status": "unknown", "ibis_register": ibis("available")},
            "free",
            "ibis",
            "register",
            None,
            id="the inventory where the register is silent",
        ),
        pytest.param(
            {"status": "issued", "ibis_register": ibis("available")},
            "leased",
            "register",
            "register",
            "IBIS: uitgeefbaar",
            id="the register before the inventory",
        ),
        pytest.param(
            {"status": "available", "buildings": [HOUSE]},
            "unknown",
            "building",
            "observed",
            "uitgifteregister: uitgeefbaar; gebouwen: 9,0 % bebouwd",
            id="free on paper, built: unknown",
        ),
        pytest.param(
            {"status": "available", "land_use": [TANK]},
            "unknown",
            "land_use",
            "observed",
            "uitgifteregister: uitgeefbaar; grondgebruik: 9,0 % in gebruik",
            id="free on paper, a tank: unknown",
        ),
        pytest.param(
            {"status": "available", "land_use": [GREEN]}, "free", "register", "register", None, id="green is no use"
        ),
        pytest.param({"status": "unknown"}, "unknown", "none", "unknown", None, id="nothing known"),
        pytest.param(
            {"status": "available", "overrides": [fix()]},
            "reserved",
            "override",
            "decision",
            "uitgifteregister: uitgeefbaar",
            id="a correction comes last",
        ),
        pytest.param(
            {"status": "issued", "ground_leases": [RUNS], "overrides": [fix("free")]},
            "free",
            "override",
            "decision",
            "uitgifteregister: uitgegeven; contract: in gebruik gegeven",
            id="a correction against a deed shows what it overrules",
        ),
        pytest.param(
            {"status": "issued", "ground_leases": [lease("1", "a", ends_on="2020-01-01")]},
            "unknown",
            "contract",
            "unknown",
            "uitgifteregister: uitgegeven",
            id="issued, and the contract is over",
        ),
    ],
)
def test_the_strongest_record_decides(
    rules: Project, given: dict[str, Any], state: str, by: str, certainty: str, disagreeing: str | None
) -> None:
    done = settle(rules, port(**given))
    row = done.holdings.iloc[0]
    said = row["disagreeing"] if isinstance(row["disagreeing"], str) else None
    assert (sequence_of_states(done).split(",")[0], row["decided_by"], row["certainty"], said) == (
        state,
        by,
        certainty,
        disagreeing,
    )


def test_the_record_and_its_date_are_named(rules: Project) -> None:
    row = settle(rules, port(ground_leases=[RUNS])).holdings.iloc[0]
    assert (row["record"], str(row["recorded_on"].date()), row["contract_ids"]) == ("1", "2010-01-01", "1")


def test_a_correction_shows_who_why_and_until(rules: Project) -> None:
    row = settle(rules, port(status="available", overrides=[fix()])).holdings.iloc[0]
    assert row["record"] == "x: y (t/m 31-12-2030)"


def test_a_correction_of_a_contract_holds_where_the_contract_lies(rules: Project) -> None:
    half = [{"contract_id": "1", "geometry": square(0, 0, 0.5, 1)}]
    tables = port(status="available", ground_leases=[RUNS], lease_polygons=half, overrides=[fix("unknown", "1")])
    done = settle(rules, tables)
    now = done.states.query("year == 2026 and case == 'earliest'").set_index("holding_id")["tenure_status"]
    assert now.to_dict() == {"paper.a.1": "unknown", "paper.a.2": "free"}


def test_the_chain_stands_from_the_owner_down(rules: Project) -> None:
    contracts = [
        lease("O", "a", "option", ends_on="2030-01-01"),
        lease("U", "a", "rent", ends_on="2028-01-01"),
        lease("M", None, "ground_lease", site_name="haven", is_perpetual=True),
        lease("V", "a", "rent", ends_on="2020-01-01"),
    ]
    plots = parcels(a=square(0, 0)).assign(site_name="haven")
    row = settle(rules, port(plots=plots, ground_leases=contracts)).holdings.iloc[0]
    assert row["chain"] == "M (erfpacht) > U (huur) > V (huur, verlopen) > O (optie)"


@pytest.mark.parametrize(
    ("given", "kind", "m2"),
    [
        pytest.param(
            {"status": "available", "land_use": [TANK]}, "free_but_used", 10_000, id="free by register, a tank on it"
        ),
        pytest.param(
            {"status": "available", "buildings": [HOUSE]}, "free_but_built", 10_000, id="free by register, built"
        ),
        pytest.param(
            {"status": "available", "ground_leases": [RUNS]}, "available_but_leased", 10_000, id="on offer, and leased"
        ),
        pytest.param({"status": "issued"}, "issued_without_contract", 10_000, id="in use by register, no contract"),
        pytest.param(
            {"status": "issued", "ground_leases": [RUNS]},
            "idle_by_all_signs",
            10_000,
            id="leased for years, nothing on it",
        ),
        pytest.param(
            {"status": "issued", "ibis_register": ibis("available")}, "registers_differ", 10_000, id="two registers"
        ),
        pytest.param({"ground_leases": [RUNS]}, "chain_gap", 10_000, id="a sublease without a lease above it"),
        pytest.param(
            {"ground_leases": [RUNS, lease("G", "a", "ground_lease", ends_on="2030-12-31")]},
            "chain_gap",
            10_000,
            id="a sublease that outlasts the lease above it",
        ),
        pytest.param(
            {"ground_leases": [lease("1", "a", ends_on="2040-12-31", area_m2=20_000.0)]},
            "lease_area_differs",
            10_000,
            id="the contract tells another area",
        ),
    ],
)
def test_a_conflict_is_counted_in_m2(rules: Project, given: dict[str, Any], kind: str, m2: float) -> None:
    area_m2 = settle(rules, port(**given)).conflicts.set_index("conflict_class")["area_m2"]
    assert area_m2[kind] == pytest.approx(m2)


REFUSED = {
    "source": "contracten",
    "layer": "ground_leases",
    "file": "c.csv",
    "row": 7,
    "field": "RECHT",
    "geometry": None,
}
OVERLAP = {"plots": parcels(a=square(0, 0), b=square(0.5, 0)), "land": square(0, 0, 2)}


@pytest.mark.parametrize(
    ("given", "kind", "subject", "sentence"),
    [
        pytest.param(
            OVERLAP,
            "parcel_overlap",
            "b / a",
            "5000,0 m2 telt bij de kavel die al bezet is, anders bij de eerste",
            id="two plots",
        ),
        pytest.param(
            {"refused": [{**REFUSED, "outcome": "refused", "reason": "empty", "parcel_id": "a", "contract_id": "X"}]},
            "contract_refused",
            "X / a",
            "c.csv, rij 7: leeg; wat vrij zou zijn, is onbekend",
            id="a row refused",
        ),
        pytest.param(
            {"refused": [{**REFUSED, "outcome": "duplicate", "finding": "X"}]},
            "duplicate_record",
            "contracten / X",
            "c.csv, rij 7: dezelfde regel staat er meer dan eens",
            id="a row twice",
        ),
        pytest.param(
            {"ground_leases": [RUNS]},
            "idle_by_all_signs",
            "a",
            "een contract geeft de grond in gebruik, en niets wijst op gebruik",
            id="idle",
        ),
        pytest.param(
            {
                "ground_leases": [
                    lease("1", "a", ends_on="2030-12-31", extension_right="tenant", last_notice_on="2026-01-31")
                ]
            },
            "notice_date_past",
            "1",
            "de verlenging kon tot en met 31-01-2026 worden ingeroepen; het register zegt niet of dat is gebeurd",
            id="too late to extend",
        ),
        pytest.param(
            {"ground_leases": [lease("1", "a", ends_on="2040-12-31", area_m2=12_000.0)]},
            "lease_area_differs",
            "1",
            "register 12000 m2, getekend 10000 m2",
            id="another area",
        ),
        pytest.param(
            {"ground_leases": [lease("1", "a", starts_on="2030-01-01", ends_on="2020-01-01")]},
            "ends_before_begins",
            "1",
            "begint 01-01-2030, eindigt 01-01-2020",
            id="ends before it begins",
        ),
        pytest.param(
            {"overrides": [fix(until="2026-01-01")]},
            "override_expired",
            "a",
            "een correctie gold tot en met 01-01-2026",
            id="a correction over",
        ),
        pytest.param(
            {"issue_register": [{"parcel_id": "a", "issue_status": "not_serviced", "serviced_year": 2024}]},
            "servicing_overdue",
            "a",
            "bouwrijp in 2024, volgens het register nog niet",
            id="not serviced in time",
        ),
        pytest.param(
            {"status": "available", "buildings": [HOUSE]},
            "free_but_built",
            "a",
            "uitgeefbaar, en 9,0 % bebouwd",
            id="built",
        ),
        pytest.param(
            {"ground_leases": [lease("1", None, ends_on="2040-12-31")]},
            "contract_without_place",
            "1",
            "geen kavel, geen bekend terrein, geen contractvlak",
            id="nowhere",
        ),
    ],
)
def test_a_conflict_says_what_does_not_agree(
    rules: Project, given: dict[str, Any], kind: str, subject: str, sentence: str
) -> None:
    done = settle(rules, port(**given))
    rows = done.conflicts[done.conflicts["conflict_class"] == kind]
    assert rows[["subject", "finding"]].to_numpy().tolist() == [[subject, sentence]]


@pytest.mark.parametrize(
    ("given", "known"),
    [
        pytest.param({"buildings": [HOUSE]}, Known(), id="a building on it"),
        pytest.param({"land_use": [TANK]}, Known(), id="a tank on it"),
        pytest.param({}, Known(land_use=False), id="surveyed use is not known"),
        pytest.param(
            {"ground_leases": [lease("1", "a", starts_on="2025-01-01", ends_on="2040-12-31")]},
            Known(),
            id="began last year",
        ),
    ],
)
def test_land_is_idle_only_by_all_signs(rules: Project, given: dict[str, Any], known: Known) -> None:
    assert "idle_by_all_signs" not in classes(settle(rules, port(**{"ground_leases": [RUNS], **given}), known=known))


@pytest.mark.parametrize(
    ("second", "is_double"),
    [
        pytest.param({"right": "rent", "holder": "B"}, True, id="two users"),
        pytest.param({"right": "superficies", "holder": "A"}, False, id="one user with two rights"),
        pytest.param({"right": "ground_lease", "holder": "B"}, False, id="one above the other"),
        pytest.param({"right": "rent", "holder": "B", "starts_on": "2041-01-01"}, False, id="one after the other"),
        pytest.param({"right": "option", "holder": "B"}, False, id="an option gives no use"),
    ],
)
def test_a_double_lease_is_two_users_at_one_time(rules: Project, second: dict[str, Any], is_double: bool) -> None:
    right = second.pop("right")
    contracts = [{**RUNS, "holder": "A"}, lease("2", "a", right, ends_on="2045-12-31", **second)]
    assert ("double_lease" in classes(settle(rules, port(ground_leases=contracts)))) is is_double


def test_a_lease_that_crosses_a_plot_it_does_not_name_is_a_conflict(rules: Project) -> None:
    plots = parcels(a=square(0, 0), b=square(1, 0))
    drawn = [{"contract_id": "1", "geometry": square(0, 0, 1.5, 1)}]
    conflicts = settle(rules, port(plots=plots, ground_leases=[RUNS], lease_polygons=drawn)).conflicts
    row = conflicts.set_index("conflict_class").loc["crosses_unleased_parcel"]
    assert row["subject"] == "1 / b" and row["area_m2"] == pytest.approx(5_000)


def test_a_sliver_follows_its_neighbour_and_is_counted(rules: Project) -> None:
    """A lease drawn 30 cm short of the edge of its plot, and 20 cm over the next plot."""
    plots = parcels(a=square(0, 0), b=square(1, 0))
    drawn = [{"contract_id": "1", "geometry": shapely.box(100_000.3, 400_000, 100_100.2, 400_100)}]
    done = settle(rules, port(plots=plots, ground_leases=[RUNS], lease_polygons=drawn))
    assert done.holdings["area_m2"].tolist() == pytest.approx([10_000, 10_000])
    slivers = done.conflicts[done.conflicts["conflict_class"] == "sliver"].set_index("subject")["area_m2"]
    assert slivers.to_dict() == pytest.approx({"a": 30.0, "b": 20.0})


def test_a_strip_wider_than_the_tolerance_is_no_sliver(rules: Project) -> None:
    drawn = [{"contract_id": "1", "geometry": shapely.box(100_002, 400_000, 100_100, 400_100)}]
    done = settle(rules, port(ground_leases=[RUNS], lease_polygons=drawn))
    assert sorted(done.holdings["area_m2"]) == pytest.approx([200, 9_800])


def test_the_tolerance_is_the_cards(rules: Project) -> None:
    drawn = [{"contract_id": "1", "geometry": shapely.box(100_002, 400_000, 100_100, 400_100)}]
    wide = rules.resolve.tolerance.model_copy(update={"sliver_width_m": 3.0})
    done = settle(rules, port(ground_leases=[RUNS], lease_polygons=drawn), changed(rules, tolerance=wide))
    assert len(done.holdings) == 1


@pytest.mark.parametrize(
    ("contract", "status"),
    [
        pytest.param(RUNS, "used", id="decides"),
        pytest.param(lease("1", "a", starts_on="2042-01-01", ends_on="2060-01-01"), "waits", id="begins after another"),
        pytest.param(
            lease("1", "a", "temporary_use", ends_on="2030-01-01"),
            "superseded",
            id="another right goes before it all its life",
        ),
        pytest.param(lease("1", "a", ends_on="2020-01-01"), "over", id="over"),
        pytest.param(lease("1", "a", "option", ends_on="2020-01-01"), "over", id="an option that lapsed"),
        pytest.param(
            lease("1", None, "ground_lease", site_name="haven", is_perpetual=True), "master", id="a master lease"
        ),
        pytest.param(
            lease("1", "a", starts_on="2030-01-01", ends_on="2020-01-01"),
            "ends_before_begins",
            id="ends before it begins",
        ),
        pytest.param(lease("1", "zz", ends_on="2040-01-01"), "unknown_parcel", id="a plot on no map"),
        pytest.param(lease("1", "b", ends_on="2040-01-01"), "outside_clusters", id="a plot outside every cluster"),
        pytest.param(lease("1", None, ends_on="2040-01-01"), "contract_without_place", id="no place at all"),
    ],
)
def test_every_contract_is_accounted_for(rules: Project, contract: dict[str, Any], status: str) -> None:
    plots = parcels(a=square(0, 0), b=square(9, 9)).assign(site_name=["haven", "elders"])
    others = [] if status in ("used", "over") else [lease("2", "a", starts_on="2000-01-01", ends_on="2041-12-31")]
    done = settle(rules, port(plots=plots, ground_leases=[contract, *others]))
    assert done.account.set_index("contract_id").loc["1", "right_status"] == status
    assert len(done.account) == 1 + len(others)
