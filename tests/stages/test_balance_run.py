"""The balance of one drawn cluster and of the nation, from the tables of the stages before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import shapely
from cut_port import activity
from paper_port import port, settle
from squared_paper import lease, overlay, parcels, square, table

from layers.derived import DERIVED
from pipeline.project.investment_projects import InvestmentProject
from pipeline.project.load import Project
from pipeline.project.models import DemandConfig, SegmentConfig
from pipeline.project.rules import ConstrainConfig
from pipeline.stages import assemble, assess, balance
from pipeline.stages.constrain import constrain, over_plans, run_for_all

HA = 10_000.0
LAND = square(0, 0, 7, 1)
PLOTS = {"free": square(0, 0, 2, 1), "leased": square(2, 0, 2, 1), "option": square(4, 0, 2, 1)}
CONTRACTS = [
    lease(
        "L",
        "leased",
        ends_on="2029-12-31",
        extension_years=20,
        extension_right="tenant",
        holder="A",
        activity_category="3.1",
        is_quay_bound=False,
        is_seveso=False,
    ),
    lease("O", "option", "option", ends_on="2028-12-31", holder="B"),
]
STATUSES = {"free": "available", "leased": "issued", "option": "available"}
PLAN = {"plan_id": "h", "plan_status": "adopted", "area_kind": "quiet", "dwellings": 50, "from_year": 2030}
PROJECT = {"profile": "p", "cluster_id": "paper", "first_year": 2026, "last_year": 2060, "source": "drawn"}
PROJECTS = (
    {"project_id": "M", "title": "mover", "area_ha": 1.5, "leaves": "leased", **PROJECT},
    {"project_id": "N", "title": "next", "area_ha": 1, "on_land_of": "M", **PROJECT},
    {"project_id": "X", "title": "too large", "area_ha": 90, **PROJECT},
)
DEMAND = {"cluster_id": "paper", "scenario": "high", "segment": "s", "source": "x", "version": "1", "page": "2"}
RULES = ("planned_dwelling_distance", "energy_claim")


def config_of(rules: Project) -> Project:
    """The project with one activity, two rules, one segment, and demand and projects of the drawn cluster."""
    profile = activity(category="5.1", emission_kg_ha=10, least_area_ha=1, least_quay_m=20)
    chosen = tuple(rule for rule in rules.constrain.constraint if rule.name in RULES)
    segment = {"s": SegmentConfig(profile="p", basis="drawn")}
    years = ((2026, 1.5), (2026, 1.5), (2030, 6))
    return replace(
        rules,
        profiles={"p": profile},
        constrain=ConstrainConfig(quad_segs=16, constraint=chosen),
        balance=rules.balance.model_copy(update={"segment": segment}),
        publish=rules.publish.model_copy(update={"lead_profile": "p"}),
        demand=tuple(DemandConfig(year=year, demand_ha=ha, **DEMAND) for year, ha in years),
        projects=tuple(InvestmentProject.model_validate(row) for row in PROJECTS),
    )


def drawn_sources() -> dict[str, Any]:
    """Plots with contracts, a quay along all of them, a housing plan to the west, a claim, and a shared budget."""
    status = [{"parcel_id": name, "issue_status": word} for name, word in STATUSES.items()]
    tables = port(LAND, plots=parcels(**PLOTS), issue_register=status, ground_leases=CONTRACTS)
    claim = {"claim_id": "c", "claim_kind": "station", "claim_certainty": "likely", "geometry": square(0, 0)}
    quay = {"quay_id": "q", "draught_m": 9.0, "geometry": shapely.LineString([(100_000, 399_995), (100_600, 399_995)])}
    return tables | {
        "housing_plans": table("housing_plans", [{**PLAN, "geometry": square(-5.5, 0)}]),
        "sensitive_buildings": table("sensitive_buildings", []),
        "energy_claims": table("energy_claims", [claim]),
        "quays": table("quays", [quay]),
        "receptors": table("receptors", [{"receptor_id": "r", "headroom": 10.0}]),
        "source_receptors": table("source_receptors", [{"parcel_id": "free", "receptor_id": "r", "per_kg": 1.0}]),
        "parcel_facts": table(
            "parcel_facts",
            [{"parcel_id": name, "quay_m": 200.0, "geometry": shape} for name, shape in PLOTS.items()],
            cluster_id="paper",
            area_m2=2 * HA,
        ),
    }


@pytest.fixture(scope="module")
def drawn(rules: Project) -> tuple[Project, dict[str, Any]]:
    """The config, and the tables of the cluster up to the balance."""
    config, tables = config_of(rules), drawn_sources()
    resolved = settle(rules, tables)
    zones = constrain(tables, LAND, config.constrain, {}).assign(cluster_id="paper")
    pieces, combinations = overlay(resolved["holdings"], zones)
    tables |= {
        "holdings": resolved["holdings"],
        "holding_periods": resolved["holding_periods"],
        "holding_rights": resolved["holding_rights"],
        "contract_needs": resolved["contract_needs"],
        "conflicts": resolved["conflicts"],
        "zones": zones,
        "pieces": pieces,
        "combinations": combinations,
    }
    parts, over = over_plans(config, tables, LAND, run_for_all(config, tables), {})
    tables |= {name: rows.assign(cluster_id="paper") for name, rows in (("plan_parts", parts), ("plan_zones", over))}
    tables |= assess.run(config, "paper", tables)
    tables |= assemble.run(config, "paper", tables)
    return config, tables


@pytest.fixture(scope="module")
def cluster(drawn: tuple[Project, dict[str, Any]]) -> dict[str, pd.DataFrame]:
    config, tables = drawn
    return balance.run(config, "paper", tables)


@pytest.fixture(scope="module")
def nation(drawn: tuple[Project, dict[str, Any]], cluster: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    config, tables = drawn
    return balance.run(config, "nederland", {**tables, **cluster})


def figures(table: pd.DataFrame, **where: Any) -> dict[Any, float]:
    """m2 per heading of the rows that have these values."""
    for name, value in where.items():
        table = table[table[name] == value]
    return table.set_index("heading")["area_m2"].to_dict()


def test_every_table_of_the_stage_is_drawn_up_for_both(cluster: Any, nation: Any) -> None:
    wanted = {name for name, layer in DERIVED.items() if layer.stage == "balance"}
    for tables in (cluster, nation):
        assert set(tables) == wanted
        for name, content in tables.items():
            DERIVED[name].check(content, "drawn")


def test_the_balance_counts_land_by_tenure_room_and_verdict(cluster: Any) -> None:
    rows = cluster["land_balance"]
    now = {"year": 2026, "case": "earliest"}
    assert figures(rows, measure="holding", profile="all", **now) == pytest.approx(
        {"free": 2 * HA, "leased": 2 * HA, "optioned": 2 * HA, "no_parcel": HA}
    )
    room = figures(rows, measure="room", profile="p", year=2026, case="both")
    verdict = figures(rows, measure="verdict", profile="p", **now)
    assert sum(room.values()) == sum(verdict.values()) == pytest.approx(6 * HA)
    assert verdict["usable"] == pytest.approx(2 * HA) and verdict["in_use"] == pytest.approx(2 * HA)


MEASURES = [
    pytest.param(
        "conflict", 2026, "both", "all", {"chain_gap": 2, "idle_by_all_signs": 2}, id="conflicts, in the first year"
    ),
    pytest.param("decision_moment", 2030, "both", "all", {"let_lapse": 2}, id="the option must lapse by then"),
    pytest.param(
        "decision_moment", 2050, "both", "all", {"let_lapse": 2, "buy_out_extension": 2}, id="and the extension"
    ),
    pytest.param("renewal_ends", 2026, "earliest", "all", {"2026-2030": 2}, id="the lease ends within five years"),
    pytest.param("renewal_ends", 2046, "latest", "all", {"2046-2050": 2}, id="or twenty years later"),
    pytest.param("supply", 2031, "earliest", "all", {"free": 6}, id="all is free after the hand-over"),
    pytest.param("supply", 2031, "latest", "all", {"free": 2}, id="or what is free now"),
    pytest.param("spread", 2031, "both", "all", {"free": 4}, id="the difference"),
    pytest.param("double_occupation", 2031, "earliest", "all", {"held_twice": 0, "short": 0}, id="nobody moves"),
    pytest.param(
        "free_and_room",
        2030,
        "earliest",
        "p",
        {"both": 3.5, "neither": 0, "only_free": 0.5, "only_room": 2, "unknown": 0},
        id="the plan takes a strip",
    ),
    pytest.param("highest_category", 2030, "both", "all", {"4.2": 0.5, "5.1": 5.5}, id="of which the category falls"),
    pytest.param("plan_hit", 2030, "earliest", "p", {"h": 0.5}, id="what the plan reaches"),
    pytest.param("plan_unique", 2030, "earliest", "p", {"h": 0.5}, id="it alone"),
    pytest.param("plan_share", 2030, "earliest", "p", {"h": 0.5}, id="its share"),
    pytest.param("usable_by_claim", 2030, "earliest", "p", {"likely": 0.5, "none": 3}, id="usable land under a claim"),
    pytest.param(
        "hit",
        2030,
        "earliest",
        "p",
        {"holding.leased": 2, "no_parcel": 1, "planned_dwelling_distance": 0.5},
        id="what each factor lies on",
    ),
    pytest.param(
        "unique",
        2030,
        "latest",
        "p",
        {"holding.leased": 4, "no_parcel": 1, "planned_dwelling_distance": 0.5},
        id="each alone",
    ),
    pytest.param("theme_share", 2026, "earliest", "p", {"holding": 4, "no_parcel": 1}, id="by theme"),
    pytest.param("sites", 2050, "earliest", "p", {"all": 5.5}, id="sites"),
    pytest.param(
        "sites_at_least",
        2050,
        "earliest",
        "p",
        {"1": 5.5, "2": 5.5, "5": 5.5, "10": 0, "25": 0, "50": 0, "100": 0},
        id="by size",
    ),
    pytest.param("fragmentation_loss", 2050, "earliest", "p", {"all": 0}, id="nothing is lost to size"),
    pytest.param(
        "shortage",
        2026,
        "earliest",
        "all",
        {"high.land": 0.5, "high.time": 0.5, "high.environment": 0, "high.fragmentation": 0, "high.quality": 0},
        id="what comes later, or others have",
    ),
    pytest.param(
        "shortage",
        2030,
        "latest",
        "all",
        {"high.land": 3, "high.time": 1, "high.environment": 0.5, "high.fragmentation": 0, "high.quality": 0},
        id="what others have, a plot of it until 1 January 2050, and the strip",
    ),
]


@pytest.mark.parametrize(("measure", "year", "case", "profile", "hectares"), MEASURES)
def test_the_balance_holds_the_measures_of_other_tables(
    cluster: Any, measure: str, year: int, case: str, profile: str, hectares: dict[str, float]
) -> None:
    rows = figures(cluster["land_balance"], measure=measure, year=year, case=case, profile=profile)
    assert {heading: m2 / HA for heading, m2 in rows.items()} == pytest.approx(hectares)


def test_both_waterfalls_run_from_gross_to_usable(cluster: Any) -> None:
    falls = cluster["waterfall"].query("year == 2026 and case == 'earliest'").set_index("heading")
    for column in ("area_m2", "share_m2"):
        assert falls.loc["gross", column] == pytest.approx(7 * HA)
        assert falls[column].drop("gross").sum() == pytest.approx(7 * HA)
        assert falls.loc["no_parcel", column] == pytest.approx(HA)
    assert falls["area_m2"].loc[["usable", "in_use", "claimed"]].tolist() == pytest.approx([2 * HA] * 3)


TABLES = [
    pytest.param(
        "mismatch",
        {"year": 2030},
        {"mismatch": 0.125, "repairable_m2": 5_000, "swap_m": 2_000},
        id="the strip could be swapped for the leased plot",
    ),
    pytest.param(
        "plan_impact",
        {"year": 2030},
        {"is_hard": True, "hit_m2": 5_000, "per_dwelling": 100, "rank": 1},
        id="fifty dwellings cost half a hectare",
    ),
    pytest.param(
        "plan_downgrades",
        {"year": 2030},
        {"category_before": "5.1", "category_after": "4.2", "area_m2": 5_000},
        id="one category",
    ),
    pytest.param(
        "contour_protection",
        {"year": 2030, "width_m": 500.0},
        {"saved_m2": 5_000, "dwellings": 50, "plan_ids": "h"},
        id="a belt of 500 m would have saved it",
    ),
    pytest.param(
        "housing_room",
        {"year": 2030},
        {"area_m2": 10_000, "unknown_m2": 10_000, "outside_m2": 10_000, "unknown_dwellings": 50, "open_m2": 0},
        id="beyond the box around the land no contour is not known",
    ),
    pytest.param(
        "housing_under_contours",
        {"year": 2030},
        {"constraint": "outside_contours", "effect": "unknown", "share_m2": 10_000, "hit_dwellings": 50},
        id="and stands among the rules",
    ),
    pytest.param("tightness", {"year": 2030}, {"measured_in": "m", "area_m2": 99.98}, id="a metre frees a hundred m2"),
    pytest.param(
        "joint_headroom",
        {"year": 2026},
        {"usable_m2": 20_000, "not_known_m2": 0, "alone_m2": 10_000, "jointly_m2": 10_000},
        id="half of the free plot fits the budget",
    ),
    pytest.param(
        "joint_headroom",
        {"year": 2030},
        {"usable_m2": 15_000, "not_known_m2": 20_000},
        id="of the other plot nothing is known",
    ),
    pytest.param(
        "binding_receptors",
        {"year": 2026},
        {"receptor_id": "r", "per_unit_m2": 1_000},
        id="one unit more frees a tenth of a hectare",
    ),
    pytest.param("emission_supply", {"parcel_id": "free", "year": 2030}, {"area_m2": 15_000}, id="usable land by plot"),
    pytest.param(
        "levers",
        {"year": 2030, "case": "earliest", "lifted": "holding.leased"},
        {"scope": "land", "rank": 1, "raw_m2": 20_000, "gained_m2": 20_000},
        id="the lease frees most",
    ),
    pytest.param(
        "levers",
        {"year": 2030, "case": "earliest", "lifted": "planned_dwelling_distance"},
        {"scope": "room", "rank": 1, "raw_m2": 5_000, "is_proven": True},
        id="of rules the distance",
    ),
    pytest.param(
        "scarce_plots",
        {"parcel_id": "leased", "quality": "quay"},
        {"need": "not_needed", "quality_m": 200, "tenure_status": "leased"},
        id="a quay that its user does not need",
    ),
    pytest.param(
        "scarce_plots", {"parcel_id": "option", "quality": "heavy"}, {"need": "nobody"}, id="an option uses nothing"
    ),
    pytest.param(
        "scarcity",
        {"quality": "quay"},
        {"area_m2": 60_000, "free_m2": 20_000, "misfit_m2": 20_000, "demand_m2": 925_000, "scarcity": 46.25},
        id="asked over free",
    ),
    pytest.param(
        "decision_calendar",
        {"contract_id": "L"},
        {"target_year": 2050, "rank": 1, "action": "buy_out_extension", "act_by": pd.Timestamp("2028-12-31")},
        id="when to buy out",
    ),
    pytest.param(
        "shortages",
        {"year": 2030, "case": "earliest", "cause": "land"},
        {"shortage_m2": 10_000, "wanted_m2": 60_000, "served_m2": 35_000},
        id="what is served",
    ),
]


@pytest.mark.parametrize(("name", "where", "values"), TABLES)
def test_each_table_says_what_one_can_draw(
    cluster: Any, nation: Any, name: str, where: dict[str, Any], values: dict[str, Any]
) -> None:
    for tables in (cluster, nation):
        table = tables[name]
        for column, value in where.items():
            table = table[table[column] == value]
        assert len(table) >= 1
        for column, value in values.items():
            expected = value if isinstance(value, str | pd.Timestamp) else pytest.approx(value)
            assert table[column].iloc[-1] == expected, column


def test_the_nation_of_one_cluster_is_that_cluster(cluster: Any, nation: Any) -> None:
    listed = {
        "decision_calendar",
        "plan_impact",
        "plan_downgrades",
        "contour_protection",
        "tightness",
        "emission_supply",
        "scarce_plots",
        "project_sites",
    }
    of_one_level = {
        "placements",
        "project_overlap",
        "project_site_pieces",
        "segment_stocks",
        "shortages_across_clusters",
    }
    for name in set(cluster) - {*of_one_level, "land_balance"}:
        by_unit = {
            unit: rows.drop(columns="cluster_id").reset_index(drop=True)
            for unit, rows in nation[name].groupby("cluster_id")
        }
        alone = cluster[name].drop(columns="cluster_id")
        if len(alone):
            pd.testing.assert_frame_equal(by_unit["paper"], alone)
            assert ("nederland" in by_unit) == (name not in listed), name
        if "nederland" in by_unit:
            pd.testing.assert_frame_equal(by_unit["nederland"], alone)


def test_projects_are_placed_on_the_land_of_all_clusters(cluster: Any, nation: Any) -> None:
    assert cluster["placements"].empty
    rows = nation["placements"]
    assert rows["case"].value_counts().to_dict() == {"earliest": 3, "latest": 3}
    rows = rows[rows["case"] == "earliest"].set_index("project_id")
    assert rows["reason"].to_dict() == {"M": "placed", "N": "placed", "X": "no_site_large_enough"}
    assert rows["start_year"].dropna().to_dict() == {"M": 2026, "N": 2027}
    assert rows.loc["N", "site_id"].startswith("left.M.") and rows.loc["N", "waits_on"] == "M"
    assert rows.loc["X", "largest_m2"] == pytest.approx(55_000) and rows.loc["X", "wanted_m2"] == 90 * HA


def test_projects_are_placed_on_the_only_cluster(drawn: Any, nation: Any) -> None:
    """Then nothing stands beside it, and the sum takes its rows over."""
    config, tables = drawn
    alone = replace(config, clusters={"paper": next(iter(config.clusters.values()))})
    tables = tables | balance.run(alone, "paper", tables)
    pd.testing.assert_frame_equal(tables["placements"], nation["placements"])
    summed = balance.run(alone, "nederland", tables)
    pd.testing.assert_frame_equal(summed["placements"], nation["placements"])


def test_demand_stands_against_supply_for_cluster_and_nation(cluster: Any, nation: Any) -> None:
    for unit, rows in (("paper", cluster["land_balance"]), ("nederland", nation["land_balance"])):
        assert figures(rows, cluster_id=unit, measure="demand", year=2026, profile="all", case="both") == {
            "high.s": 3 * HA
        }
        left = {"cluster_id": unit, "measure": "supply_minus_demand", "year": 2030, "case": "latest"}
        assert figures(rows, **left, profile="p") == {"high.s": -4.5 * HA}
        assert figures(rows, **left, profile="all") == {"high": -4.5 * HA}  # of one segment: no land is asked for twice
