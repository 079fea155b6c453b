"""Tenure: which right holds the land from when until when. Each row of a table can be checked by hand.

Hand-over by the rules of the house: 12 months, rent 6, temporary use 3. Today is 1 October 2026.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from paper_port import changed, classes, port, sequence_of_states, settle
from squared_paper import lease, parcels, square

from layers.columns import CASES
from pipeline.project.load import Project
from pipeline.project.resolve import ExerciseConfig, ExtensionConfig, LandlordConfig

TENANT = {"extension_years": 25, "extension_right": "tenant"}
NOTICE = {"notice_given_on": "2026-03-01", "ends_by_notice_on": "2027-12-31"}


def days(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [lease(row.pop("id"), row.pop("plot", "a"), row.pop("right", "sublease"), **row) for row in map(dict, rows)]


# By case what a plot is by the register, the contracts on it, and the sequence of its states in each case of tenure.
SEQUENCES: dict[str, tuple[str | None, list[dict[str, Any]], str, str]] = {
    "Rotterdam: ends 2027, tenant may add 25 years, so held until 2052 and cleared in 2053": (
        "issued",
        [{"id": "1", "ends_on": "2027-06-30", **TENANT}],
        "leased, 2028-07-01 free",
        "leased, 2053-07-01 free",
    ),
    "rent, half a year to clear; the last of February does not exist in March": (
        "issued",
        [{"id": "1", "right": "rent", "ends_on": "2029-08-31"}],
        "leased, 2030-03-01 free",
        "leased, 2030-03-01 free",
    ),
    "superficies": (
        "issued",
        [{"id": "1", "right": "superficies", "ends_on": "2030-12-31"}],
        "leased, 2032-01-01 free",
        "leased, 2032-01-01 free",
    ),
    "temporary use, three months to clear": (
        "available",
        [{"id": "1", "right": "temporary_use", "ends_on": "2028-06-30"}],
        "temporary, 2028-10-01 free",
        "temporary, 2028-10-01 free",
    ),
    "signed, begins later": (
        "available",
        [{"id": "1", "starts_on": "2028-01-01", "ends_on": "2058-12-31"}],
        "contracted, 2028-01-01 leased, 2060-01-01 free",
        "contracted, 2028-01-01 leased, 2060-01-01 free",
    ),
    "the next tenant has signed for 2040: the gap is not free": (
        "issued",
        [{"id": "1", "ends_on": "2027-12-31"}, {"id": "2", "starts_on": "2040-01-01", "ends_on": "2060-12-31"}],
        "leased, 2029-01-01 contracted, 2040-01-01 leased, 2062-01-01 free",
        "leased, 2029-01-01 contracted, 2040-01-01 leased, 2062-01-01 free",
    ),
    "an option lapses, or becomes a lease": (
        "available",
        [{"id": "1", "right": "option", "ends_on": "2028-05-01"}],
        "optioned, 2028-05-02 free",
        "optioned, 2028-05-02 leased",
    ),
    "a reservation lapses, or stays": (
        "available",
        [{"id": "1", "right": "reservation", "ends_on": "2028-05-01"}],
        "reserved, 2028-05-02 free",
        "reserved",
    ),
    "an option before a reservation": (
        "available",
        [
            {"id": "1", "right": "option", "ends_on": "2028-05-01"},
            {"id": "2", "right": "reservation", "ends_on": "2031-05-01"},
        ],
        "optioned, 2028-05-02 reserved, 2031-05-02 free",
        "optioned, 2028-05-02 leased",
    ),
    "notice given for the end of 2027: free after clearing, or after 37 months of dispute and clearing": (
        "issued",
        [{"id": "1", "ends_on": "2040-12-31", **NOTICE}],
        "leased, 2029-01-01 free",
        "leased, 2032-02-01 free",
    ),
    "a dispute does not outlast the contract itself": (
        "issued",
        [{"id": "1", "ends_on": "2028-12-31", **NOTICE}],
        "leased, 2029-01-01 free",
        "leased, 2030-01-01 free",
    ),
    "notice ends a perpetual lease": (
        "issued",
        [{"id": "1", "is_perpetual": True, **NOTICE}],
        "leased, 2029-01-01 free",
        "leased, 2032-02-01 free",
    ),
    "notice given for the end of the contract: no extension any more": (
        "issued",
        [{"id": "1", "ends_on": "2030-12-31", "notice_given_on": "2026-03-01", **TENANT}],
        "leased, 2032-01-01 free",
        "leased, 2032-01-01 free",
    ),
    "a notice of after the reference date is not known yet": (
        "issued",
        [{"id": "1", "ends_on": "2030-12-31", "notice_given_on": "2027-03-01", **TENANT}],
        "leased, 2032-01-01 free",
        "leased, 2057-01-01 free",
    ),
    "the day to call is past and nothing is told: it still counts": (
        "issued",
        [{"id": "1", "ends_on": "2027-12-31", "last_notice_on": "2025-12-31", **TENANT}],
        "leased, 2029-01-01 free",
        "leased, 2054-01-01 free",
    ),
    "nobody knows who may extend: it counts in latest": (
        "issued",
        [{"id": "1", "ends_on": "2027-12-31", "extension_years": 10, "extension_right": "unknown"}],
        "leased, 2029-01-01 free",
        "leased, 2039-01-01 free",
    ),
    "a sublease ends, the lease above it goes on: not free": (
        "issued",
        [{"id": "1", "right": "ground_lease", "ends_on": "2060-12-31"}, {"id": "2", "ends_on": "2030-12-31"}],
        "leased, 2062-01-01 free",
        "leased, 2062-01-01 free",
    ),
    "the lowest right says who occupies: temporary use under a lease": (
        "issued",
        [
            {"id": "1", "right": "ground_lease", "ends_on": "2060-12-31"},
            {"id": "2", "right": "temporary_use", "ends_on": "2027-12-31"},
        ],
        "temporary, 2028-04-01 leased, 2062-01-01 free",
        "temporary, 2028-04-01 leased, 2062-01-01 free",
    ),
    "a sublease and temporary use on one level: the firmer": (
        "issued",
        [{"id": "1", "ends_on": "2030-12-31"}, {"id": "2", "right": "temporary_use", "ends_on": "2035-12-31"}],
        "leased, 2032-01-01 temporary, 2036-04-01 free",
        "leased, 2032-01-01 temporary, 2036-04-01 free",
    ),
    "two subleases: held until the last is gone": (
        "issued",
        [{"id": "1", "ends_on": "2030-12-31"}, {"id": "2", "ends_on": "2040-12-31"}],
        "leased, 2042-01-01 free",
        "leased, 2042-01-01 free",
    ),
    "a master lease never occupies; the option under it does count": (
        "available",
        [
            {"id": "1", "plot": None, "right": "ground_lease", "site_name": "site", "is_perpetual": True},
            {"id": "2", "right": "option", "ends_on": "2028-05-01"},
        ],
        "optioned, 2028-05-02 free",
        "optioned, 2028-05-02 leased",
    ),
    "leased and unused: held": (
        "idle",
        [{"id": "1", "ends_on": "2030-12-31"}],
        "idle, 2032-01-01 free",
        "idle, 2032-01-01 free",
    ),
    "in option by the register alone: no day on which it lapses": ("optioned", [], "optioned", "optioned"),
    "reserved by the register alone": ("reserved", [], "reserved", "reserved"),
    "kept for later by the land owner": ("strategic_reserve", [], "reserved", "reserved"),
    "temporary use of reserved land": (
        "reserved",
        [{"id": "1", "right": "temporary_use", "ends_on": "2028-06-30"}],
        "temporary, 2028-10-01 reserved",
        "temporary, 2028-10-01 reserved",
    ),
    "status unknown: after the lease unknown, not free": (
        "unknown",
        [{"id": "1", "ends_on": "2030-12-31"}],
        "leased, 2032-01-01 unknown",
        "leased, 2032-01-01 unknown",
    ),
    "over since yesterday: being cleared, then nobody knows": (
        "issued",
        [{"id": "1", "ends_on": "2026-09-30"}],
        "leased, 2027-10-01 unknown",
        "leased, 2027-10-01 unknown",
    ),
    "ends today": (
        "issued",
        [{"id": "1", "ends_on": "2026-10-01"}],
        "leased, 2027-10-02 free",
        "leased, 2027-10-02 free",
    ),
    "an option that lapses today": (
        "available",
        [{"id": "1", "right": "option", "ends_on": "2026-10-01"}],
        "optioned, 2026-10-02 free",
        "optioned, 2026-10-02 leased",
    ),
    "on offer, no contract": ("available", [], "free", "free"),
    "not in the register: never free": (None, [], "unknown", "unknown"),
    "status unknown: never free": ("unknown", [], "unknown", "unknown"),
    "public space": ("public_space", [], "public_space", "public_space"),
    "dwellings on the site": ("residential", [], "public_space", "public_space"),
    "issued, no contract known: stays issued": ("issued", [], "leased", "leased"),
    "issued and unused: held, not free": ("idle", [], "idle", "idle"),
    "not serviced, no year": ("not_serviced", [], "not_serviced", "not_serviced"),
    "years without a right to them do not count": (
        "issued",
        [{"id": "1", "ends_on": "2027-06-30", "extension_years": 25, "extension_right": "none"}],
        "leased, 2028-07-01 free",
        "leased, 2028-07-01 free",
    ),
    "a right to extend of unknown length has no known end": (
        "issued",
        [{"id": "1", "ends_on": "2027-06-30", "extension_right": "tenant"}],
        "leased, 2028-07-01 free",
        "leased",
    ),
    "unknown length and nobody knows whose: no extension": (
        "issued",
        [{"id": "1", "ends_on": "2027-06-30", "extension_right": "unknown"}],
        "leased, 2028-07-01 free",
        "leased, 2028-07-01 free",
    ),
    "perpetual": ("issued", [{"id": "1", "is_perpetual": True}], "leased", "leased"),
    "end not known: never comes free by itself": ("issued", [{"id": "1"}], "leased", "leased"),
    "issued, but the contract is long over": ("issued", [{"id": "1", "ends_on": "2020-01-01"}], "unknown", "unknown"),
    "on offer, and the old contract is over": ("available", [{"id": "1", "ends_on": "2020-01-01"}], "free", "free"),
    "an option that lapsed before today": (
        "available",
        [{"id": "1", "right": "option", "ends_on": "2025-01-01"}],
        "free",
        "free",
    ),
    "an option without a date": ("available", [{"id": "1", "right": "option"}], "optioned", "optioned"),
    "reserved until further notice": ("available", [{"id": "1", "right": "reservation"}], "reserved", "reserved"),
    "temporary use on land that a contract reserves": (
        "available",
        [{"id": "1", "right": "temporary_use", "ends_on": "2028-06-01"}, {"id": "2", "right": "reservation"}],
        "temporary, 2028-09-02 reserved",
        "temporary, 2028-09-02 reserved",
    ),
    "a lease outranks an option": (
        "issued",
        [{"id": "1", "ends_on": "2028-06-01"}, {"id": "2", "right": "option", "ends_on": "2040-01-01"}],
        "leased, 2029-06-02 optioned, 2040-01-02 free",
        "leased, 2029-06-02 optioned, 2040-01-02 leased",
    ),
    "the next tenant begins while the last one clears": (
        "issued",
        [{"id": "1", "ends_on": "2028-01-01"}, {"id": "2", "starts_on": "2028-01-01", "ends_on": "2060-01-01"}],
        "leased, 2061-01-02 free",
        "leased, 2061-01-02 free",
    ),
    "ends before it begins: nobody knows": (
        "available",
        [{"id": "1", "right": "option", "starts_on": "2026-05-01", "ends_on": "2025-05-01"}],
        "unknown",
        "unknown",
    ),
}


def test_the_sequence_of_states(rules: Project) -> None:
    """Each case on a plot of its own, all of them in one port."""
    plots = [f"p{number}" for number in range(len(SEQUENCES))]
    shapes = {plot: square(2 * number, 0) for number, plot in enumerate(plots)}
    register, contracts = [], []
    for plot, (status, rows, *_) in zip(plots, SEQUENCES.values(), strict=True):
        register += [{"parcel_id": plot, "issue_status": status}] if status else []
        contracts += days([{"plot": plot, **row, "id": f"{plot}-{row['id']}", "site_name": plot} for row in rows])
    land = parcels(**shapes)
    tables = port(
        square(0, 0, 2 * len(plots)),
        plots=land.assign(site_name=land["parcel_id"]),
        issue_register=register,
        ground_leases=contracts,
    )
    done = settle(rules, tables)
    for plot, (name, (*_, earliest, latest)) in zip(plots, SEQUENCES.items(), strict=True):
        result = [sequence_of_states(done, case, f"paper.{plot}.1") for case in CASES]
        assert result == [earliest, latest], name


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
    assert set(settle(rules, port())["holding_periods"]["case"]) == {"earliest", "latest"}


def test_the_expected_case_gives_the_chance_that_land_is_free(rules: Project) -> None:
    card = changed(
        rules, exercise=(ExerciseConfig(right_type="sublease", extension_right="tenant", chance=0.8, basis="x"),)
    )
    contract = days([{"id": "1", "ends_on": "2027-12-31", **TENANT}])
    done = settle(rules, port(ground_leases=contract), card)
    rows = done["holding_periods"][done["holding_periods"]["case"] == "expected"].sort_values("begins_on")
    assert rows["chance_free"].tolist() == pytest.approx([0.0, 0.2, 1.0])
    assert rows["tenure_status"].tolist() == ["leased", "leased", "free"]
    assert done["holdings"]["available_expected"].iloc[0] == pd.Timestamp("2054-01-01")


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
    first = done["holding_periods"].sort_values("begins_on").groupby("case")[["tenure_status", "chance_free"]].first()
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
    assert done["holding_rights"]["chance"].tolist() == [0.3]
    assert done["holdings"]["available_expected"].iloc[0] == pd.Timestamp("2029-01-01")


# By contract its right and days; and its place in the chain, its last day without and with every extension, the first
# day without it in both cases, the last day to extend, whether notice was given, the chance, and what it comes to.
RIGHTS: dict[str, tuple[str, dict[str, Any], list[Any]]] = {
    "extended": (
        "ground_lease",
        {"ends_on": "2030-12-31", "last_notice_on": "2029-12-31", "extension_years": 10, "extension_right": "tenant"},
        ["lease", "2030-12-31", "2040-12-31", "2032-01-01", "2042-01-01", "2029-12-31", False, 0.4, "decides"],
    ),
    "not extended": (
        "superficies",
        {"ends_on": "2030-12-31", "last_notice_on": "2029-12-31"},
        ["use", "2030-12-31", "2030-12-31", "2032-01-01", "2032-01-01", None, False, None, "decides"],
    ),
    "noticed": (
        "rent",
        {"ends_on": "2040-12-31", **NOTICE, **TENANT, "last_notice_on": "2029-12-31"},
        ["use", "2027-12-31", "2031-01-31", "2028-07-01", "2031-08-01", None, True, None, "decides"],
    ),
    "noticed, no day known": (
        "rent",
        {"ends_on": "2028-12-31", "ends_by_notice_on": "2027-12-31"},
        ["use", "2027-12-31", "2028-12-31", "2028-07-01", "2029-07-01", None, True, None, "decides"],
    ),
    "temporary": (
        "temporary_use",
        {"ends_on": "2028-06-30"},
        ["use", "2028-06-30", "2028-06-30", "2028-10-01", "2028-10-01", None, False, None, "decides"],
    ),
    "optioned": (
        "option",
        {"ends_on": "2028-05-01"},
        ["claim", "2028-05-01", None, "2028-05-02", None, None, False, 0.7, "decides"],
    ),
    "reserved": ("reservation", {}, ["claim", None, None, None, None, None, False, None, "decides"]),
    "above": (
        "ground_lease",
        {"is_perpetual": True, "holder": "Haven"},
        ["master", None, None, None, None, None, False, None, "master"],
    ),
}


def test_a_right_on_a_holding_has_its_days_in_both_cases(rules: Project) -> None:
    cards = (
        ExerciseConfig(extension_right="tenant", chance=0.4, basis="x"),
        ExerciseConfig(right_type="option", chance=0.7, basis="x"),
    )
    card = changed(rules, exercise=cards, master=rules.resolve.master.model_copy(update={"holders": ("Haven",)}))
    shapes = {name: square(2 * number, 0) for number, name in enumerate(RIGHTS)}
    contracts = [
        lease(name, name, right, **{"starts_on": "2000-01-01", "holder": "H", **more})
        for name, (right, more, _) in RIGHTS.items()
    ]
    tables = port(square(0, 0, 2 * len(RIGHTS)), plots=parcels(**shapes), issue_register=[], ground_leases=contracts)
    rights = settle(rules, tables, card)["holding_rights"].set_index("contract_id")
    assert set(rights.index) == set(RIGHTS)
    dates = ["ends_on", "ends_latest_on", "released_earliest", "released_latest", "last_notice_on"]
    for name, (right, more, (level, *expected, is_noticed, chance, status)) in RIGHTS.items():
        row = rights.loc[name]
        assert [None if pd.isna(row[column]) else f"{row[column]:%Y-%m-%d}" for column in dates] == expected, name
        assert (row["level"], row["right_type"], row["right_status"], row["is_noticed"]) == (
            level,
            right,
            status,
            is_noticed,
        ), name
        assert (row["holding_id"], row["holder"]) == (f"paper.{name}.1", more.get("holder", "H"))
        assert (row["certainty"], f"{row['starts_on']:%Y-%m-%d}") == ("deed", "2000-01-01")
        assert row["extension_right"] == more.get("extension_right", "none")
        assert row["chance"] == pytest.approx(chance or float("nan"), nan_ok=True), name
