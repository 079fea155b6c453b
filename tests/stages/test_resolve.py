"""Resolve: a table that a planner can read, of records and who then has the land."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import shapely
from squared_paper import day, lease, parcels, square, table

from layers.errors import ContractRefusal
from pipeline.project.load import Project
from pipeline.stages.resolve import Known, Resolved, ResolveParams, resolve

YEARS = {2026: day("2026-10-01"), 2030: day("2030-01-01"), 2050: day("2050-01-01")}
RESOLVE_PARAMS = ResolveParams(day("2026-10-01"), YEARS)


def resolved(
    rules: Project, status: str | None = "issued", leases: list[dict[str, Any]] | None = None, **more: Any
) -> Resolved:
    """One plot 'a' of 1 ha in a cluster of 2 ha, with this status and these contracts."""
    plots = more.pop("plots", parcels(a=square(0, 0)))
    land = more.pop("land", square(0, 0, 2, 1))
    serviced = more.pop("serviced_year", None)
    register = [] if status is None else [{"parcel_id": "a", "issue_status": status, "serviced_year": serviced}]
    tables = {
        "cluster_boundaries": more.pop("boundaries", None)
        if "boundaries" in more
        else table(
            "cluster_boundaries",
            [{"boundary_id": "1", "cluster_id": "paper", "site_name": "site", "geometry": land}],
            status="indicative",
            version="1",
        ),
        "parcels": plots,
        "issue_register": table("issue_register", more.pop("register", register)),
        "ground_leases": table("ground_leases", leases or []),
        "lease_polygons": table("lease_polygons", more.pop("polygons", [])),
        "buildings": table("buildings", more.pop("buildings", [])),
        "overrides": table("overrides", more.pop("overrides", [])),
        "ibis_register": table("ibis_register", more.pop("ibis", [])),
        "land_use": table("land_use", more.pop("land_use", [])),
        "refused": table("refused", []),
    }
    card = more.pop("card", rules.resolve)
    return resolve(tables, "paper", card, replace(RESOLVE_PARAMS, **more))


def states(done: Resolved, case: str = "earliest") -> str:
    rows = done.states[done.states["case"] == case].sort_values("year")
    return " ".join(rows["tenure_status"])


TENANT = {"extension_years": 25, "extension_right": "tenant"}


@pytest.mark.parametrize(
    ("status", "leases", "earliest", "latest"),
    [
        pytest.param("available", [], "free free free", "free free free", id="on offer, no contract"),
        pytest.param(
            None, [], "unknown unknown unknown", "unknown unknown unknown", id="not in the register: never free"
        ),
        pytest.param(
            "unknown", [], "unknown unknown unknown", "unknown unknown unknown", id="status unknown: never free"
        ),
        pytest.param(
            "public_space",
            [],
            "public_space public_space public_space",
            "public_space public_space public_space",
            id="public space",
        ),
        pytest.param(
            "residential",
            [],
            "public_space public_space public_space",
            "public_space public_space public_space",
            id="dwellings on the site",
        ),
        pytest.param(
            "issued", [], "leased leased leased", "leased leased leased", id="issued, no contract known: stays issued"
        ),
        pytest.param("idle", [], "idle idle idle", "idle idle idle", id="issued and unused: held, not free"),
        pytest.param(
            "issued",
            [lease("1", "a", ends_on="2040-01-01")],
            "leased leased free",
            "leased leased free",
            id="lease ends 2040 without extension",
        ),
        pytest.param(
            "issued",
            [lease("1", "a", ends_on="2027-06-30", **TENANT)],
            "leased free free",
            "leased leased leased",
            id="ends 2027, tenant may add 25 years: held until 2052",
        ),
        pytest.param(
            "issued",
            [lease("1", "a", ends_on="2027-06-30", extension_years=25, extension_right="mutual")],
            "leased free free",
            "leased leased leased",
            id="extension by both counts in latest",
        ),
        pytest.param(
            "issued",
            [lease("1", "a", ends_on="2027-06-30", extension_years=25, extension_right="none")],
            "leased free free",
            "leased free free",
            id="years without a right to them do not count",
        ),
        pytest.param(
            "issued",
            [lease("1", "a", is_perpetual=True)],
            "leased leased leased",
            "leased leased leased",
            id="perpetual",
        ),
        pytest.param(
            "issued",
            [lease("1", "a")],
            "leased leased leased",
            "leased leased leased",
            id="end not known: never comes free by itself",
        ),
        pytest.param(
            "issued",
            [lease("1", "a", ends_on="2029-06-30")],
            "leased leased free",
            "leased leased free",
            id="hand-over of a year: ended 2029, not free on 1 January 2030",
        ),
        pytest.param(
            "issued",
            [lease("1", "a", "rent", ends_on="2029-06-30")],
            "leased free free",
            "leased free free",
            id="rent: hand-over of half a year",
        ),
        pytest.param(
            "issued",
            [lease("1", "a", ends_on="2020-01-01")],
            "unknown unknown unknown",
            "unknown unknown unknown",
            id="issued, but the contract is over",
        ),
        pytest.param(
            "available",
            [lease("1", "a", ends_on="2020-01-01")],
            "free free free",
            "free free free",
            id="on offer, and the old contract is over",
        ),
        pytest.param(
            "available",
            [lease("1", "a", starts_on="2028-01-01", ends_on="2058-01-01")],
            "contracted leased leased",
            "contracted leased leased",
            id="signed, begins 2028",
        ),
        pytest.param(
            "available",
            [lease("1", "a", "option", ends_on="2028-01-01")],
            "optioned free free",
            "optioned leased leased",
            id="option: lapses, or is called",
        ),
        pytest.param(
            "available",
            [lease("1", "a", "option", ends_on="2025-01-01")],
            "free free free",
            "free free free",
            id="option that lapsed before today",
        ),
        pytest.param(
            "available",
            [lease("1", "a", "option")],
            "optioned optioned optioned",
            "optioned optioned optioned",
            id="option without a date",
        ),
        pytest.param(
            "available",
            [lease("1", "a", "reservation")],
            "reserved reserved reserved",
            "reserved reserved reserved",
            id="reserved until further notice",
        ),
        pytest.param(
            "available",
            [lease("1", "a", "reservation", ends_on="2029-01-01")],
            "reserved free free",
            "reserved reserved reserved",
            id="reservation with a date",
        ),
        pytest.param(
            "available",
            [lease("1", "a", "temporary_use", ends_on="2028-06-01")],
            "temporary free free",
            "temporary free free",
            id="temporary use",
        ),
        pytest.param(
            "available",
            [lease("1", "a", "temporary_use", ends_on="2028-06-01"), lease("2", "a", "reservation")],
            "temporary reserved reserved",
            "temporary reserved reserved",
            id="temporary use on reserved land",
        ),
        pytest.param(
            "issued",
            [lease("1", "a", ends_on="2028-06-01"), lease("2", "a", "option", ends_on="2040-01-01")],
            "leased optioned free",
            "leased optioned leased",
            id="a lease outranks an option",
        ),
        pytest.param(
            "issued",
            [lease("1", "a", ends_on="2028-01-01"), lease("2", "a", starts_on="2028-01-01", ends_on="2060-01-01")],
            "leased leased leased",
            "leased leased leased",
            id="the next tenant has signed",
        ),
        pytest.param(
            "not_serviced",
            [],
            "not_serviced not_serviced not_serviced",
            "not_serviced not_serviced not_serviced",
            id="not serviced, no year",
        ),
        pytest.param(
            "available",
            [lease("1", None, "ground_lease", site_name="site", is_perpetual=True)],
            "free free free",
            "free free free",
            id="a master lease on the site occupies nothing",
        ),
        pytest.param(
            "available",
            [lease("1", "a", "option", starts_on="2026-05-01", ends_on="2025-05-01")],
            "free free free",
            "free free free",
            id="ends before it begins: set aside, told",
        ),
        pytest.param(
            "unknown",
            [lease("1", "a", ends_on="2028-01-01")],
            "leased unknown unknown",
            "leased unknown unknown",
            id="status unknown, lease ends: unknown, not free",
        ),
        pytest.param(
            "idle",
            [lease("1", "a", ends_on="2028-01-01")],
            "idle free free",
            "idle free free",
            id="unused under a lease that ends",
        ),
    ],
)
def test_who_has_the_land(
    rules: Project, status: str | None, leases: list[dict[str, Any]], earliest: str, latest: str
) -> None:
    done = resolved(rules, status, leases)
    assert (states(done), states(done, "latest")) == (earliest, latest)


def test_land_that_is_serviced_in_a_year_is_free_the_year_after(rules: Project) -> None:
    done = resolved(rules, "not_serviced", serviced_year=2029)
    assert states(done) == "not_serviced free free"
    assert str(done.holdings["available_earliest"].iloc[0].date()) == "2030-01-01"


def test_the_two_dates_lie_an_extension_apart(rules: Project) -> None:
    done = resolved(rules, "issued", [lease("1", "a", ends_on="2027-06-30", **TENANT)]).holdings.iloc[0]
    assert (str(done["available_earliest"].date()), str(done["available_latest"].date())) == (
        "2028-07-01",
        "2053-07-01",
    )


def test_without_any_register_of_contracts_nothing_is_free(rules: Project) -> None:
    assert states(resolved(rules, "available", known=Known(contracts=False))) == "unknown unknown unknown"


ROWS_OF_ONE_CONTRACT = [
    pytest.param(
        [{"ends_on": "2027-06-30", **TENANT}, {"ends_on": "2029-06-30"}],
        ("2030-07-01", "2055-07-01"),
        id="the last end, and the extension of another row",
    ),
    pytest.param(
        [
            {"ends_on": "2029-06-30", "extension_years": 5, "extension_right": "mutual"},
            {"ends_on": "2028-06-30", **TENANT},
        ],
        ("2030-07-01", "2055-07-01"),
        id="the longest of two extensions",
    ),
    pytest.param(
        [{"ends_on": "2029-06-30", "extension_years": 30}, {"ends_on": "2028-06-30", **TENANT}],
        ("2030-07-01", "2055-07-01"),
        id="years without a right to them are none",
    ),
    pytest.param(
        [{"ends_on": None}, {"ends_on": "2028-06-30"}], (None, None), id="an end that is not known is the last"
    ),
    pytest.param(
        [{"starts_on": "2030-01-01", "ends_on": "2040-06-30"}, {"starts_on": None, "ends_on": "2028-06-30"}],
        ("2041-07-01", "2041-07-01"),
        id="a start that is not known is the first",
    ),
]


@pytest.mark.parametrize("turned", [False, True], ids=["as they stand", "turned round"])
@pytest.mark.parametrize(("rows", "free_on"), ROWS_OF_ONE_CONTRACT)
def test_rows_of_one_contract_on_one_plot_count_as_one(
    rules: Project, rows: list[dict[str, Any]], free_on: tuple[str | None, str | None], turned: bool
) -> None:
    leases = [lease("1", "a", **row) for row in (reversed(rows) if turned else rows)]
    done = resolved(rules, "issued", leases)
    days = done.holdings[["available_earliest", "available_latest"]].iloc[0]
    assert tuple(str(day.date()) if pd.notna(day) else None for day in days) == free_on
    assert len(done.rights) == 1 and states(done).startswith("leased")
    assert done.rights["ends_on"].isna().all() == (free_on[0] is None)


@pytest.mark.parametrize(
    ("lease_row", "classes"),
    [
        pytest.param(lease("1", "a", "option", ends_on="2028-01-01"), ["issued_without_contract"], id="an option"),
        pytest.param(
            lease("1", None, "ground_lease", site_name="site", is_perpetual=True),
            ["issued_without_contract"],
            id="a master lease",
        ),
    ],
)
def test_what_gives_nobody_use_explains_no_issued_land(
    rules: Project, lease_row: dict[str, Any], classes: list[str]
) -> None:
    done = resolved(rules, "issued", [lease_row], plots=parcels(a=square(0, 0)).assign(site_name="site"))
    assert done.conflicts["conflict_class"].tolist() == classes
    assert done.states["tenure_status"].iloc[-1] == "leased"


HOUSE = shapely.box(100_010, 400_010, 100_040, 400_040)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        pytest.param("in_use", "unknown unknown unknown", id="a building in use"),
        pytest.param("demolished", "free free free", id="a building that is gone"),
    ],
)
def test_a_free_plot_with_a_building_is_unknown(rules: Project, status: str, state: str) -> None:
    done = resolved(rules, "available", buildings=[{"building_id": "h", "building_status": status, "geometry": HOUSE}])
    assert states(done) == state
    assert done.conflicts["conflict_class"].tolist() == (["free_but_built"] if status == "in_use" else [])


def test_a_contract_with_a_polygon_holds_that_part_only(rules: Project) -> None:
    half = [{"contract_id": "1", "geometry": square(0, 0, 0.5, 1)}]
    done = resolved(rules, "available", [lease("1", "a", ends_on="2060-01-01")], polygons=half)
    assert done.holdings["area_m2"].tolist() == [5_000, 5_000]
    assert sorted(
        done.states[(done.states["year"] == 2030) & (done.states["case"] == "earliest")]["tenure_status"]
    ) == [
        "free",
        "leased",
    ]


def test_a_polygon_that_crosses_an_edge_by_a_hand_cuts_no_sliver(rules: Project) -> None:
    plots = parcels(a=square(0, 0), b=square(1, 0))
    over = [{"contract_id": "1", "geometry": shapely.box(100_050, 400_000, 100_100.005, 400_100)}]
    done = resolved(rules, "available", [lease("1", "a", ends_on="2060-01-01")], polygons=over, plots=plots)
    assert done.holdings.groupby("parcel_id").size().to_dict() == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    ("leases", "polygon", "state"),
    [
        pytest.param(
            [lease("1", None, ends_on="2060-01-01")],
            square(0, 0),
            "leased leased leased",
            id="a contract with nothing but a polygon",
        ),
        pytest.param(
            [lease("1", "typo", ends_on="2060-01-01")],
            square(0, 0),
            "leased leased leased",
            id="a mistyped plot and a right polygon",
        ),
        pytest.param(
            [lease("1", "a", ends_on="2060-01-01")],
            square(5, 5),
            "leased leased leased",
            id="a polygon elsewhere frees nothing",
        ),
        pytest.param(
            [lease("1", None, "reservation", site_name="site")],
            None,
            "reserved reserved reserved",
            id="a reservation of a whole site",
        ),
        pytest.param(
            [lease("1", "a", ends_on="2027-01-01"), lease("1", "b", ends_on="2060-01-01")],
            square(0, 0),
            "leased free free",
            id="terms per plot",
        ),
    ],
)
def test_no_contract_is_lost(rules: Project, leases: list[dict[str, Any]], polygon: Any, state: str) -> None:
    polygons = [{"contract_id": "1", "geometry": polygon}] if polygon is not None else []
    done = resolved(
        rules, "available", leases, polygons=polygons, plots=parcels(a=square(0, 0)).assign(site_name="site")
    )
    assert states(done) == state


def test_a_contract_without_any_place_is_a_conflict(rules: Project) -> None:
    assert resolved(rules, "available", [lease("1", None)]).conflicts["conflict_class"].tolist() == [
        "contract_without_place"
    ]


def test_a_right_to_extend_of_unknown_length_has_no_known_end(rules: Project) -> None:
    row = resolved(rules, "issued", [lease("1", "a", ends_on="2027-06-30", extension_right="tenant")]).holdings.iloc[0]
    assert pd.isna(row["available_latest"]) and str(row["available_earliest"].date()) == "2028-07-01"


def test_a_year_of_servicing_that_is_past_is_no_promise(rules: Project) -> None:
    done = resolved(rules, "not_serviced", serviced_year=2020)
    assert states(done) == "not_serviced not_serviced not_serviced" and done.conflicts["conflict_class"].tolist() == [
        "servicing_overdue"
    ]


def test_ground_under_a_leased_and_a_free_plot_is_not_free(rules: Project) -> None:
    register = {"plots": parcels(a=square(0, 0), b=square(0, 0, 0.4, 1))}
    done = resolved(rules, "available", [lease("1", "b", is_perpetual=True)], **register)
    free = done.states.query("year == 2026 and case == 'earliest' and tenure_status == 'free'")["holding_id"]
    assert done.holdings.set_index("holding_id").loc[free, "area_m2"].sum() == pytest.approx(6_000)


@pytest.mark.parametrize(
    "bound",
    [
        pytest.param({"leases": [lease("1", None, "reservation", site_name="b")]}, id="a contract on its site"),
        pytest.param(
            {
                "overrides": [
                    {
                        "corrected_id": "b",
                        "new_value": "unknown",
                        "author": "x",
                        "correction_reason": "y",
                        "until": pd.Timestamp("2060-01-01"),
                    }
                ]
            },
            id="a correction",
        ),
        pytest.param(
            {
                "leases": [lease("1", None, is_perpetual=True)],
                "polygons": [{"contract_id": "1", "geometry": square(0.5, 0)}],
            },
            id="a polygon",
        ),
        pytest.param({"b_status": "not_serviced"}, id="not serviced"),
    ],
)
def test_shared_ground_is_not_free_when_one_of_two_plots_is_not(rules: Project, bound: dict[str, Any]) -> None:
    plots = parcels(a=square(0, 0), b=square(0.5, 0)).assign(site_name=["a", "b"])
    register = [
        {"parcel_id": "a", "issue_status": "available"},
        {"parcel_id": "b", "issue_status": bound.pop("b_status", "available")},
    ]
    done = resolved(rules, "available", plots=plots, register=register, **bound)
    free = done.states.query("year == 2026 and case == 'earliest' and tenure_status == 'free'")["holding_id"]
    assert done.holdings.set_index("holding_id").loc[free, "area_m2"].sum() == pytest.approx(5_000)


def test_a_contract_on_a_site_with_a_polygon_lies_where_it_is_drawn(rules: Project) -> None:
    plots = parcels(a=square(0, 0), b=square(1, 0)).assign(site_name="site")
    register = [{"parcel_id": name, "issue_status": "available"} for name in "ab"]
    leases, drawn = (
        [lease("1", None, site_name="site", is_perpetual=True)],
        [{"contract_id": "1", "geometry": square(0, 0, 0.5, 0.5)}],
    )
    done = resolved(rules, "available", leases, plots=plots, register=register, polygons=drawn)
    held = done.states.query("year == 2026 and case == 'earliest' and tenure_status == 'leased'")["holding_id"]
    assert done.holdings.set_index("holding_id").loc[held, "area_m2"].sum() == pytest.approx(2_500)


def test_a_building_on_one_part_leaves_the_other_part_free(rules: Project) -> None:
    half = [{"contract_id": "1", "geometry": square(0, 0, 0.5, 1)}]
    built = [{"building_id": "h", "building_status": "in_use", "geometry": HOUSE}]
    done = resolved(rules, "available", [lease("1", "a", ends_on="2060-01-01")], polygons=half, buildings=built)
    assert sorted(done.states.query("year == 2026 and case == 'earliest'")["tenure_status"]) == ["free", "leased"]


def test_land_in_two_clusters_is_refused(rules: Project) -> None:
    rows = [
        {"boundary_id": name, "cluster_id": name, "site_name": name, "geometry": square(0, 0, 2, 1)}
        for name in ("paper", "other")
    ]
    with pytest.raises(ContractRefusal, match="inside both"):
        resolved(rules, boundaries=table("cluster_boundaries", rows, status="indicative", version="1"))


def test_a_cluster_without_plots_is_refused(rules: Project) -> None:
    with pytest.raises(ContractRefusal, match="no plot inside"):
        resolved(rules, land=square(50, 50))


def test_ground_under_two_plots_counts_once(rules: Project) -> None:
    done = resolved(rules, "available", plots=parcels(a=square(0, 0), b=square(0.9, 0)))
    assert done.holdings["area_m2"].sum() == pytest.approx(19_000)
    assert done.conflicts.query("conflict_class == 'parcel_overlap'")["area_m2"].tolist() == pytest.approx([1_000])


def test_land_outside_the_boundary_is_left_out(rules: Project) -> None:
    done = resolved(rules, "available", land=square(0, 0, 0.5, 1))
    assert done.holdings["area_m2"].tolist() == [5_000]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        pytest.param({"status": "issued"}, "issued_without_contract", id="issued, no contract"),
        pytest.param({"leases": [lease("1", "a", ends_on="2020-01-01")]}, "contract_over", id="issued, contract over"),
        pytest.param({"status": None}, "not_in_register", id="not in the register"),
        pytest.param(
            {"status": "available", "leases": [lease("1", "a", starts_on="2026-05-01", ends_on="2025-05-01")]},
            "ends_before_begins",
            id="ends before it begins",
        ),
        pytest.param(
            {"status": "available", "leases": [lease("1", "zz", ends_on="2040-05-01")]},
            "unknown_parcel",
            id="a plot on no map",
        ),
        pytest.param(
            {"leases": [lease("1", "a", is_perpetual=True), lease("2", "a", is_perpetual=True)]},
            "double_lease",
            id="two in one place",
        ),
        pytest.param(
            {"status": "available", "polygons": [{"contract_id": "9", "geometry": square(0, 0)}]},
            "unknown_contract",
            id="a polygon of nobody",
        ),
        pytest.param(
            {
                "leases": [lease("1", "a", is_perpetual=True)],
                "polygons": [{"contract_id": "1", "geometry": square(5, 5)}],
            },
            "polygon_off_parcel",
            id="a polygon elsewhere",
        ),
        pytest.param(
            {
                "status": "available",
                "overrides": [
                    {
                        "corrected_id": "a",
                        "new_value": "reserved",
                        "author": "x",
                        "correction_reason": "y",
                        "until": pd.Timestamp("2026-01-01"),
                    }
                ],
            },
            "override_expired",
            id="a correction that expired",
        ),
        pytest.param(
            {
                "status": "available",
                "overrides": [
                    {
                        "corrected_id": "q",
                        "new_value": "reserved",
                        "author": "x",
                        "correction_reason": "y",
                        "until": pd.Timestamp("2030-01-01"),
                    }
                ],
            },
            "override_unknown",
            id="a correction of nothing",
        ),
    ],
)
def test_records_that_disagree_become_rows(rules: Project, more: dict[str, Any], kind: str) -> None:
    assert kind in resolved(rules, **{"status": "issued", **more}).conflicts["conflict_class"].tolist()


def test_a_registered_area_far_off_becomes_a_row(rules: Project) -> None:
    plots = parcels(a=square(0, 0)).assign(registered_area_m2=13_000.0)
    assert resolved(rules, "available", plots=plots).conflicts["conflict_class"].tolist() == ["area_differs"]


def test_a_correction_applies_last_and_ends(rules: Project) -> None:
    fix = [
        {
            "corrected_id": "a",
            "new_value": "reserved",
            "author": "x",
            "correction_reason": "y",
            "until": pd.Timestamp("2031-12-31"),
        }
    ]
    done = resolved(rules, "available", overrides=fix)
    assert states(done) == "reserved reserved free" and done.states["decided_by"].iloc[0] == "override"
    assert str(done.holdings["available_earliest"].iloc[0].date()) == "2032-01-01"


def test_a_tenant_of_a_plot_that_two_clusters_share_is_found_in_both(rules: Project) -> None:
    assert resolved(rules, "available").holdings["holding_id"].tolist() == ["paper.a.1"]
