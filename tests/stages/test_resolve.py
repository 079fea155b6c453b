"""Resolve: a table that a planner can read, of records and who then has the land."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import shapely
from paper_port import RESOLVE_PARAMS, port, states_of
from squared_paper import day, lease, parcels, square, table

from layers.errors import ContractRefusal
from pipeline.land.tenure_knowledge import describe
from pipeline.project.load import Project
from pipeline.project.models import AbsentConfig
from pipeline.stages.resolve import Known, resolve
from pipeline.stages.resolve.cluster import run, run_for_all

FREE = {"parcel_id": "a", "issue_status": "available"}


def resolved(
    rules: Project, status: str | None = "issued", leases: list[dict[str, Any]] | None = None, **more: Any
) -> dict[str, Any]:
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


def states(done: dict[str, Any], case: str = "earliest") -> str:
    rows = states_of(done)[states_of(done)["case"] == case].sort_values("year")
    return " ".join(rows["tenure_status"])


TENANT = {"extension_years": 25, "extension_right": "tenant"}


def test_land_that_is_serviced_in_a_year_is_free_the_year_after(rules: Project) -> None:
    done = resolved(rules, "not_serviced", serviced_year=2029)
    assert states(done) == "not_serviced free free"
    assert str(done["holdings"]["available_earliest"].iloc[0].date()) == "2030-01-01"


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
    days = done["holdings"][["available_earliest", "available_latest"]].iloc[0]
    assert tuple(str(day.date()) if pd.notna(day) else None for day in days) == free_on
    assert len(done["holding_rights"]) == 1 and states(done).startswith("leased")
    assert done["holding_rights"]["ends_on"].isna().all() == (free_on[0] is None)


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
    assert done["conflicts"]["conflict_class"].tolist() == classes
    assert states_of(done)["tenure_status"].iloc[-1] == "leased"


HOUSE = shapely.box(100_010, 400_010, 100_040, 400_040)


def test_a_contract_with_a_polygon_holds_that_part_only(rules: Project) -> None:
    half = [{"contract_id": "1", "geometry": square(0, 0, 0.5, 1)}]
    done = resolved(rules, "available", [lease("1", "a", ends_on="2060-01-01")], polygons=half)
    assert done["holdings"]["area_m2"].tolist() == [5_000, 5_000]
    assert sorted(
        states_of(done)[(states_of(done)["year"] == 2030) & (states_of(done)["case"] == "earliest")]["tenure_status"]
    ) == [
        "free",
        "leased",
    ]


def test_a_polygon_that_crosses_an_edge_by_a_hand_cuts_no_sliver(rules: Project) -> None:
    plots = parcels(a=square(0, 0), b=square(1, 0))
    over = [{"contract_id": "1", "geometry": shapely.box(100_050, 400_000, 100_100.005, 400_100)}]
    done = resolved(rules, "available", [lease("1", "a", ends_on="2060-01-01")], polygons=over, plots=plots)
    assert done["holdings"].groupby("parcel_id").size().to_dict() == {"a": 2, "b": 1}


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


def test_ground_under_a_leased_and_a_free_plot_is_not_free(rules: Project) -> None:
    register = {"plots": parcels(a=square(0, 0), b=square(0, 0, 0.4, 1))}
    done = resolved(rules, "available", [lease("1", "b", is_perpetual=True)], **register)
    free = states_of(done).query("year == 2026 and case == 'earliest' and tenure_status == 'free'")["holding_id"]
    assert done["holdings"].set_index("holding_id").loc[free, "area_m2"].sum() == pytest.approx(6_000)


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
    free = states_of(done).query("year == 2026 and case == 'earliest' and tenure_status == 'free'")["holding_id"]
    assert done["holdings"].set_index("holding_id").loc[free, "area_m2"].sum() == pytest.approx(5_000)


def test_a_contract_on_a_site_with_a_polygon_lies_where_it_is_drawn(rules: Project) -> None:
    plots = parcels(a=square(0, 0), b=square(1, 0)).assign(site_name="site")
    register = [{"parcel_id": name, "issue_status": "available"} for name in "ab"]
    leases, drawn = (
        [lease("1", None, site_name="site", is_perpetual=True)],
        [{"contract_id": "1", "geometry": square(0, 0, 0.5, 0.5)}],
    )
    done = resolved(rules, "available", leases, plots=plots, register=register, polygons=drawn)
    held = states_of(done).query("year == 2026 and case == 'earliest' and tenure_status == 'leased'")["holding_id"]
    assert done["holdings"].set_index("holding_id").loc[held, "area_m2"].sum() == pytest.approx(2_500)


def test_a_building_on_one_part_leaves_the_other_part_free(rules: Project) -> None:
    half = [{"contract_id": "1", "geometry": square(0, 0, 0.5, 1)}]
    built = [{"building_id": "h", "building_status": "in_use", "geometry": HOUSE}]
    done = resolved(rules, "available", [lease("1", "a", ends_on="2060-01-01")], polygons=half, buildings=built)
    assert sorted(states_of(done).query("year == 2026 and case == 'earliest'")["tenure_status"]) == ["free", "leased"]


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


def test_land_outside_the_boundary_is_left_out(rules: Project) -> None:
    done = resolved(rules, "available", land=square(0, 0, 0.5, 1))
    assert done["holdings"]["area_m2"].tolist() == [5_000]


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
    assert states(done) == "reserved reserved free" and states_of(done)["decided_by"].iloc[0] == "override"
    assert str(done["holdings"]["available_earliest"].iloc[0].date()) == "2032-01-01"


def of_project(rules: Project, **absent: str) -> Project:
    """The project with its registers of two dates, on the day of the drawn ports; `absent` layers count as said."""
    by_layer = {card.layer: card for card in rules.sources.values()}
    dates = {
        "old": ("issue_register", "2026-03-01"),
        "older": ("issue_register", "2026-02-01"),
        "new": ("issue_register", "2026-04-01"),
        "leases": ("ground_leases", "2026-05-01"),
        "water": ("water", "2026-01-01"),
    }
    sources = {name: by_layer[layer].model_copy(update={"dated": day(text)}) for name, (layer, text) in dates.items()}
    absences = {layer: AbsentConfig.model_validate({"treat_as": how, "basis": "x"}) for layer, how in absent.items()}
    card = rules.card.model_copy(
        update={"reference_date": day("2026-10-01"), "absent": absences, "absent_together": ()}
    )
    return replace(rules, sources=sources, card=card)


def test_the_stage_knows_the_oldest_date_of_each_register(rules: Project) -> None:
    tables = {name: table for name, table in port(status="available").items() if name not in ("lease_polygons",)}
    config = of_project(rules)
    result = run(config, "paper", tables, shared=run_for_all(config, tables))
    assert {name: len(table) for name, table in result.items()} == {
        "holdings": 1,
        "holding_shapes": 1,
        "holding_periods": 2,
        "holding_rights": 0,
        "contract_needs": 0,
        "contract_account": 0,
        "conflicts": 0,
    }
    holding = result["holdings"].iloc[0]
    assert (holding["record"], str(holding["recorded_on"].date())) == ("Uitgiftestatus", "2026-02-01")
    assert result["holding_shapes"]["holding_id"].tolist() == ["paper.a.1"]
    content = json.loads(describe(of_project(rules, land_use="unknown")))
    assert content["reference_date"] == "2026-10-01"
    assert content["dated"] == {"issue_register": "2026-02-01", "ground_leases": "2026-05-01"}
    assert content["known"] == {"contracts": True, "buildings": True, "land_use": False}
    assert content["clusters"] == {name: cluster.title for name, cluster in rules.clusters.items()}
    assert content["resolve"]["tolerance"]["sliver_width_m"] == 0.5


@pytest.mark.parametrize(
    ("absent", "state", "is_idle"),
    [
        pytest.param({}, "free", True, id="all is known"),
        pytest.param({"ground_leases": "none", "buildings": "none"}, "free", True, id="there are none"),
        pytest.param({"ground_leases": "unknown"}, "unknown", True, id="contracts are not known"),
        pytest.param({"buildings": "unknown"}, "unknown", False, id="buildings are not known"),
        pytest.param({"land_use": "unknown"}, "free", False, id="surveyed use is not known"),
    ],
)
def test_what_is_not_known_frees_no_land_and_calls_none_idle(
    rules: Project, absent: dict[str, str], state: str, is_idle: bool
) -> None:
    row = {"plots": parcels(a=square(0, 0), b=square(1, 0)), "issue_register": [FREE, {**FREE, "parcel_id": "b"}]}
    lease_of_b = lease("1", "b", starts_on="2010-01-01", ends_on="2040-12-31")
    config, tables = of_project(rules, **absent), port(**row, ground_leases=[lease_of_b])
    result = run(config, "paper", tables, shared=run_for_all(config, tables))
    now = result["holding_periods"].drop_duplicates("holding_id").set_index("holding_id")["tenure_status"]
    assert now.to_dict() == {"paper.a.1": state, "paper.b.1": "leased"}
    assert ("idle_by_all_signs" in set(result["conflicts"]["conflict_class"])) is is_idle
