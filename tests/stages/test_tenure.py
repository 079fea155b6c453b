"""Tenure: which right holds the land from when until when. Each row of a table can be checked by hand.

Hand-over by the rules of the house: 12 months, rent 6, temporary use 3. Today is 1 October 2026.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from paper_port import changed, classes, port, sequence_of_states, settle
from squared_paper import lease, parcels, square

from pipeline.project.load import Project
from pipeline.project.resolve import ExerciseConfig, ExtensionConfig, LandlordConfig

TENANT = {"extension_years": 25, "extension_right": "tenant"}
NOTICE = {"notice_given_on": "2026-03-01", "ends_by_notice_on": "2027-12-31"}


def days(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [lease(row.pop("id"), row.pop("plot", "a"), row.pop("right", "sublease"), **row) for row in map(dict, rows)]


@pytest.mark.parametrize(
    ("status", "contracts", "earliest", "latest"),
    [
        pytest.param(
            "issued",
            [{"id": "1", "ends_on": "2027-06-30", **TENANT}],
            "leased, 2028-07-01 free",
            "leased, 2053-07-01 free",
            id="Rotterdam: ends 2027, tenant may add 25 years, so held until 2052 and cleared in 2053",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "right": "rent", "ends_on": "2029-08-31"}],
            "leased, 2030-03-01 free",
            "leased, 2030-03-01 free",
            id="rent, half a year to clear; the last of February does not exist in March",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "right": "superficies", "ends_on": "2030-12-31"}],
            "leased, 2032-01-01 free",
            "leased, 2032-01-01 free",
            id="superficies",
        ),
        pytest.param(
            "available",
            [{"id": "1", "right": "temporary_use", "ends_on": "2028-06-30"}],
            "temporary, 2028-10-01 free",
            "temporary, 2028-10-01 free",
            id="temporary use, three months to clear",
        ),
        pytest.param(
            "available",
            [{"id": "1", "starts_on": "2028-01-01", "ends_on": "2058-12-31"}],
            "contracted, 2028-01-01 leased, 2060-01-01 free",
            "contracted, 2028-01-01 leased, 2060-01-01 free",
            id="signed, begins later",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "ends_on": "2027-12-31"}, {"id": "2", "starts_on": "2040-01-01", "ends_on": "2060-12-31"}],
            "leased, 2029-01-01 contracted, 2040-01-01 leased, 2062-01-01 free",
            "leased, 2029-01-01 contracted, 2040-01-01 leased, 2062-01-01 free",
            id="the next tenant has signed for 2040: the gap is not free",
        ),
        pytest.param(
            "available",
            [{"id": "1", "right": "option", "ends_on": "2028-05-01"}],
            "optioned, 2028-05-02 free",
            "optioned, 2028-05-02 leased",
            id="an option lapses, or becomes a lease",
        ),
        pytest.param(
            "available",
            [{"id": "1", "right": "reservation", "ends_on": "2028-05-01"}],
            "reserved, 2028-05-02 free",
            "reserved",
            id="a reservation lapses, or stays",
        ),
        pytest.param(
            "available",
            [
                {"id": "1", "right": "option", "ends_on": "2028-05-01"},
                {"id": "2", "right": "reservation", "ends_on": "2031-05-01"},
            ],
            "optioned, 2028-05-02 reserved, 2031-05-02 free",
            "optioned, 2028-05-02 leased",
            id="an option before a reservation",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "ends_on": "2040-12-31", **NOTICE}],
            "leased, 2029-01-01 free",
            "leased, 2032-02-01 free",
            id="notice given for the end of 2027: free after clearing, or after 37 months of dispute and clearing",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "ends_on": "2028-12-31", **NOTICE}],
            "leased, 2029-01-01 free",
            "leased, 2030-01-01 free",
            id="a dispute does not outlast the contract itself",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "is_perpetual": True, **NOTICE}],
            "leased, 2029-01-01 free",
            "leased, 2032-02-01 free",
            id="notice ends a perpetual lease",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "ends_on": "2030-12-31", "notice_given_on": "2026-03-01", **TENANT}],
            "leased, 2032-01-01 free",
            "leased, 2032-01-01 free",
            id="notice given for the end of the contract: no extension any more",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "ends_on": "2030-12-31", "notice_given_on": "2027-03-01", **TENANT}],
            "leased, 2032-01-01 free",
            "leased, 2057-01-01 free",
            id="a notice of after the reference date is not known yet",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "ends_on": "2027-12-31", "last_notice_on": "2025-12-31", **TENANT}],
            "leased, 2029-01-01 free",
            "leased, 2054-01-01 free",
            id="the day to call is past and nothing is told: it still counts",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "ends_on": "2027-12-31", "extension_years": 10, "extension_right": "unknown"}],
            "leased, 2029-01-01 free",
            "leased, 2039-01-01 free",
            id="nobody knows who may extend: it counts in latest",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "right": "ground_lease", "ends_on": "2060-12-31"}, {"id": "2", "ends_on": "2030-12-31"}],
            "leased, 2062-01-01 free",
            "leased, 2062-01-01 free",
            id="a sublease ends, the lease above it goes on: not free",
        ),
        pytest.param(
            "issued",
            [
                {"id": "1", "right": "ground_lease", "ends_on": "2060-12-31"},
                {"id": "2", "right": "temporary_use", "ends_on": "2027-12-31"},
            ],
            "temporary, 2028-04-01 leased, 2062-01-01 free",
            "temporary, 2028-04-01 leased, 2062-01-01 free",
            id="the lowest right says who occupies: temporary use under a lease",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "ends_on": "2030-12-31"}, {"id": "2", "right": "temporary_use", "ends_on": "2035-12-31"}],
            "leased, 2032-01-01 temporary, 2036-04-01 free",
            "leased, 2032-01-01 temporary, 2036-04-01 free",
            id="a sublease and temporary use on one level: the firmer",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "ends_on": "2030-12-31"}, {"id": "2", "ends_on": "2040-12-31"}],
            "leased, 2042-01-01 free",
            "leased, 2042-01-01 free",
            id="two subleases: held until the last is gone",
        ),
        pytest.param(
            "available",
            [
                {"id": "1", "plot": None, "right": "ground_lease", "site_name": "site", "is_perpetual": True},
                {"id": "2", "right": "option", "ends_on": "2028-05-01"},
            ],
            "optioned, 2028-05-02 free",
            "optioned, 2028-05-02 leased",
            id="a master lease never occupies; the option under it does count",
        ),
        pytest.param(
            "idle",
            [{"id": "1", "ends_on": "2030-12-31"}],
            "idle, 2032-01-01 free",
            "idle, 2032-01-01 free",
            id="leased and unused: held",
        ),
        pytest.param(
            "optioned", [], "optioned", "optioned", id="in option by the register alone: no day on which it lapses"
        ),
        pytest.param("reserved", [], "reserved", "reserved", id="reserved by the register alone"),
        pytest.param("strategic_reserve", [], "reserved", "reserved", id="kept for later by the land owner"),
        pytest.param(
            "reserved",
            [{"id": "1", "right": "temporary_use", "ends_on": "2028-06-30"}],
            "temporary, 2028-10-01 reserved",
            "temporary, 2028-10-01 reserved",
            id="temporary use of reserved land",
        ),
        pytest.param(
            "unknown",
            [{"id": "1", "ends_on": "2030-12-31"}],
            "leased, 2032-01-01 unknown",
            "leased, 2032-01-01 unknown",
            id="status unknown: after the lease unknown, not free",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "ends_on": "2026-09-30"}],
            "leased, 2027-10-01 unknown",
            "leased, 2027-10-01 unknown",
            id="over since yesterday: being cleared, then nobody knows",
        ),
        pytest.param(
            "issued",
            [{"id": "1", "ends_on": "2026-10-01"}],
            "leased, 2027-10-02 free",
            "leased, 2027-10-02 free",
            id="ends today",
        ),
        pytest.param(
            "available",
            [{"id": "1", "right": "option", "ends_on": "2026-10-01"}],
            "optioned, 2026-10-02 free",
            "optioned, 2026-10-02 leased",
            id="an option that lapses today",
        ),
    ],
)
def test_the_sequence_of_states(
    rules: Project, status: str, contracts: list[dict[str, Any]], earliest: str, latest: str
) -> None:
    done = settle(rules, port(status=status, ground_leases=days(contracts)))
    assert (sequence_of_states(done), sequence_of_states(done, "latest")) == (earliest, latest)


PORT = "Havenbedrijf"
TABLE = [
    pytest.param(
        {"landlord": (LandlordConfig(name=PORT, months={"sublease": 24}, basis="x"),)},
        {"lessor": PORT},
        "leased, 2030-01-01 free",
        id="a landlord with a rule of its own",
    ),
    pytest.param(
        {"landlord": (LandlordConfig(name=PORT, months={"sublease": 24}, basis="x"),)},
        {"lessor": "Gemeente"},
        "leased, 2029-01-01 free",
        id="another landlord: the general rule",
    ),
    pytest.param(
        {"landlord": (LandlordConfig(name=PORT, months={"rent": 24}, basis="x"),)},
        {"lessor": PORT},
        "leased, 2029-01-01 free",
        id="its rule is for another right",
    ),
    pytest.param(
        {
            "landlord": (LandlordConfig(name=PORT, months={"sublease": 0}, basis="x"),),
            "landlord_of_site": {"haven": PORT},
        },
        {},
        "leased, 2028-01-01 free",
        id="the landlord of the site, where the contract names none",
    ),
]


@pytest.mark.parametrize(("handover", "more", "expected"), TABLE)
def test_the_hand_over_is_the_landlords(
    rules: Project, handover: dict[str, Any], more: dict[str, Any], expected: str
) -> None:
    card = changed(rules, handover=rules.resolve.handover.model_copy(update=handover))
    plots = parcels(a=square(0, 0)).assign(site_name="haven")
    contract = days([{"id": "1", "ends_on": "2027-12-31", **more}])
    assert sequence_of_states(settle(rules, port(plots=plots, ground_leases=contract), card)) == expected


@pytest.mark.parametrize(
    ("master", "right", "holder", "expected"),
    [
        pytest.param({}, "ground_lease", "Havenbedrijf", "leased", id="a lease on one plot is somebody's"),
        pytest.param({"holders": ("Havenbedrijf",)}, "ground_lease", "Havenbedrijf", "free", id="master by holder"),
        pytest.param(
            {"holders": ("Havenbedrijf",)},
            "sublease",
            "Havenbedrijf",
            "free",
            id="master by holder, whatever the right",
        ),
        pytest.param({"holders": ("Havenbedrijf",)}, "ground_lease", "Staalbedrijf", "leased", id="another holder"),
        pytest.param(
            {"rights_everywhere": ("ground_lease",)},
            "ground_lease",
            "Staalbedrijf",
            "free",
            id="master by level: every ground lease",
        ),
        pytest.param(
            {"rights_everywhere": ("ground_lease",)},
            "sublease",
            "Staalbedrijf",
            "leased",
            id="a sublease is no ground lease",
        ),
    ],
)
def test_a_master_lease_occupies_nothing(
    rules: Project, master: dict[str, Any], right: str, holder: str, expected: str
) -> None:
    card = changed(rules, master=rules.resolve.master.model_copy(update=master))
    contract = days([{"id": "1", "right": right, "holder": holder, "is_perpetual": True}])
    assert sequence_of_states(settle(rules, port(status="available", ground_leases=contract), card)) == expected


def test_a_lease_that_names_every_plot_of_a_site_is_its_master_where_others_hold_rights_under_it(
    rules: Project,
) -> None:
    plots = parcels(a=square(0, 0), b=square(1, 0)).assign(site_name="haven")
    above = [
        {"id": "M", "plot": name, "right": "ground_lease", "holder": "Haven", "is_perpetual": True} for name in "ab"
    ]
    register = [{"parcel_id": name, "issue_status": "available"} for name in "ab"]
    tables = port(
        plots=plots,
        issue_register=register,
        ground_leases=days([*above, {"id": "1", "holder": "Staal", "ends_on": "2060-12-31"}]),
    )
    done = settle(rules, tables)
    assert (sequence_of_states(done, holding="paper.a.1"), sequence_of_states(done, holding="paper.b.1")) == (
        "leased, 2062-01-01 free",
        "free",
    )
    alone = settle(rules, port(plots=plots, issue_register=register, ground_leases=days(above)))
    assert sequence_of_states(alone, holding="paper.b.1") == "leased"


def test_the_day_to_call_is_past_and_the_card_says_lapsed(rules: Project) -> None:
    contract = days([{"id": "1", "ends_on": "2027-12-31", "last_notice_on": "2025-12-31", **TENANT}])
    done = settle(
        rules,
        port(ground_leases=contract),
        changed(rules, extension=ExtensionConfig(after_last_notice="lapsed", basis="x")),
    )
    assert sequence_of_states(done, "latest") == "leased, 2029-01-01 free"
    assert "notice_date_past" in classes(settle(rules, port(ground_leases=contract)))


def test_no_chances_no_expected_case(rules: Project) -> None:
    assert rules.resolve.exercise == ()
    assert set(settle(rules, port()).periods["case"]) == {"earliest", "latest"}


def test_the_expected_case_gives_the_chance_that_land_is_free(rules: Project) -> None:
    card = changed(
        rules, exercise=(ExerciseConfig(right_type="sublease", extension_right="tenant", chance=0.8, basis="x"),)
    )
    contract = days([{"id": "1", "ends_on": "2027-12-31", **TENANT}])
    done = settle(rules, port(ground_leases=contract), card)
    rows = done.periods[done.periods["case"] == "expected"].sort_values("begins_on")
    assert rows["chance_free"].tolist() == pytest.approx([0.0, 0.2, 1.0])
    assert rows["tenure_status"].tolist() == ["leased", "leased", "free"]
    assert done.holdings["available_expected"].iloc[0] == pd.Timestamp("2054-01-01")


def test_a_correction_to_free_is_free_in_every_case(rules: Project) -> None:
    fix = {
        "corrected_id": "a",
        "new_value": "free",
        "author": "x",
        "correction_reason": "y",
        "until": pd.Timestamp("2028-12-31"),
    }
    contract = days([{"id": "1", "ends_on": "2040-12-31", **TENANT}])
    done = settle(
        rules,
        port(ground_leases=contract, overrides=[fix]),
        changed(rules, exercise=(ExerciseConfig(chance=0.5, basis="x"),)),
    )
    first = done.periods.sort_values("begins_on").groupby("case")[["tenure_status", "chance_free"]].first()
    assert first["tenure_status"].tolist() == ["free"] * 3 and first["chance_free"].tolist() == [1.0] * 3


def test_a_contract_without_a_chance_is_taken_to_be_extended(rules: Project) -> None:
    card = changed(rules, exercise=(ExerciseConfig(right_type="rent", chance=0.1, basis="x"),))
    done = settle(rules, port(ground_leases=days([{"id": "1", "ends_on": "2027-12-31", **TENANT}])), card)
    assert sequence_of_states(done, "expected") == sequence_of_states(done, "latest")


def test_the_first_card_that_fits_gives_the_chance(rules: Project) -> None:
    cards = (ExerciseConfig(certainty="deed", chance=0.3, basis="x"), ExerciseConfig(chance=0.9, basis="x"))
    done = settle(
        rules,
        port(ground_leases=days([{"id": "1", "ends_on": "2027-12-31", **TENANT}])),
        changed(rules, exercise=cards),
    )
    assert done.rights["chance"].tolist() == [0.3]
    assert done.holdings["available_expected"].iloc[0] == pd.Timestamp("2029-01-01")
