"""Balance: headings add up to gross, clusters to the Netherlands, shares to what is blocked."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pipeline.project.load import Project
from pipeline.project.models import BalanceConfig, DemandConfig, SegmentConfig
from pipeline.stages.balance.accounting import balance, demand, national
from pipeline.stages.balance.inputs import BalanceInputs
from pipeline.stages.balance.rounding import apportion

HA = 10_000.0


def drawn_up(rules: Project, areas: dict[str, float], gross_m2: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Balance and waterfall of pieces p0, p1, ... with verdicts and areas, each its own holding."""
    names = [f"p{n}" for n in range(len(areas))]
    verdicts, sizes = list(areas), list(areas.values())
    where = pd.DataFrame({"year": 2026, "case": "earliest"}, index=range(len(names)))
    boundary = gpd.GeoDataFrame({"cluster_id": ["paper"]}, geometry=[shapely.box(0, 0, gross_m2, 1)])
    tables = {
        "cluster_boundaries": boundary,
        "holdings": pd.DataFrame(
            {
                "holding_id": names,
                "cluster_id": "paper",
                "parcel_id": names,
                "plan_category": "6",
                "available_earliest": pd.NaT,
                "available_latest": pd.NaT,
                "area_m2": sizes,
            }
        ),
        "holding_states": where.assign(holding_id=names, tenure_status="free", decided_by="register"),
        "pieces": pd.DataFrame({"piece_id": names, "holding_id": names, "combination_id": names, "area_m2": sizes}),
        "rooms": pd.DataFrame(
            {
                "combination_id": names,
                "plan_category": "6",
                "profile": "p",
                "year": 2026,
                "room": "open",
                "limiting": None,
                "open_since": None,
            }
        ),
        "assessments": where.assign(piece_id=names, profile="p", verdict=verdicts),
        "sites": pd.DataFrame({"year": [], "case": [], "profile": [], "area_m2": [], "site_id": []}),
    }
    shares = where.assign(profile="p", heading=verdicts, share_m2=sizes)
    return balance(BalanceInputs(rules, "paper", tables), shares, pd.DataFrame())


def test_the_waterfall_adds_up_to_gross(rules: Project) -> None:
    _, falls = drawn_up(rules, {"usable": 333.333, "blocked": 333.333, "in_use": 333.333}, 1500.04)
    steps = falls[falls["case"] == "earliest"].set_index("heading")["area_m2"]
    assert (
        steps["gross"] == 1500.0
        and round(steps.drop("gross").sum(), 6) == 1500.0
        and steps["no_parcel"] in (500.0, 500.1)
    )


def test_clusters_sum_to_the_netherlands(rules: Project) -> None:
    first, _ = drawn_up(rules, {"usable": 10.04}, 20)
    second, _ = drawn_up(rules, {"usable": 20.04}, 30)
    whole = national(pd.concat([first.assign(cluster_id="a"), second.assign(cluster_id="b")]), "nederland")
    usable = whole[(whole["heading"] == "usable") & (whole["measure"] == "verdict")].set_index("cluster_id")["area_m2"]
    assert usable["nederland"] == pytest.approx(usable["a"] + usable["b"])


def seven_ha(cluster: str) -> DemandConfig:
    """Seven hectares that a cluster asks for in 2026."""
    given = {"scenario": "basis", "segment": "economie", "source": "x", "version": "1", "page": "2"}
    return DemandConfig(cluster_id=cluster, year=2026, demand_ha=7, **given)


def segments(rules: Project, **profiles: str) -> BalanceConfig:
    """The card of the balance with segments that ask for land usable for these activities."""
    cards = {name: SegmentConfig(profile=profile, basis="drawn") for name, profile in profiles.items()}
    return rules.balance.model_copy(update={"segment": cards})


def solved(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    """What a solve served, by cluster and scenario: ha wanted and served, of which each cause has a row."""
    parts = [
        {"cluster_id": cluster, "scenario": scenario, "wanted_m2": wanted * HA, "served_m2": served * HA}
        for cluster, scenario, wanted, served in rows
    ]
    causes = pd.DataFrame({"cause": ["land", "time"]})
    return (
        pd.DataFrame(parts, columns=["cluster_id", "scenario", "wanted_m2", "served_m2"])
        .merge(causes, how="cross")
        .assign(year=2026, case="earliest")
    )


def test_no_demand_given_is_not_a_demand_of_zero(rules: Project) -> None:
    supply, _ = drawn_up(rules, {"usable": 10_000.0}, 20_000)
    assert demand([], supply, solved(), segments(rules)).empty


def test_no_supply_at_all_is_a_shortage_of_all_that_is_demanded(rules: Project) -> None:
    supply, _ = drawn_up(rules, {"blocked": 50_000.0}, 60_000)
    rows = demand([seven_ha("paper")], supply, solved(("paper", "basis", 7, 0)), segments(rules, economie="p"))
    left = rows.query("measure == 'supply_minus_demand'")
    assert set(left["area_m2"]) == {-70_000.0} and set(left["heading"]) == {"basis", "basis.economie"}


def test_who_states_no_demand_does_not_ask_for_nothing(rules: Project) -> None:
    parts = [drawn_up(rules, {"usable": 50_000.0}, 60_000)[0].assign(cluster_id=name) for name in "ab"]
    given = demand([seven_ha("a")], parts[0], solved(("a", "basis", 7, 5)), segments(rules, economie="p"))
    every = national(pd.concat([*parts, given]), "nederland")
    left = every[(every["measure"] == "supply_minus_demand") & (every["case"] == "earliest")]
    for heading in ("basis", "basis.economie"):
        of_heading = left[left["heading"] == heading].set_index("cluster_id")["area_m2"].to_dict()
        assert of_heading == {"a": -20_000.0, "nederland": -20_000.0}
    assert left["count"].isna().all()


def test_each_segment_is_held_against_land_for_its_own_activity(rules: Project) -> None:
    """Five ha serve activity p, and none q, for which y asks. Together they are what the solve could serve: the land
    that x asks for is served once."""
    parts = [drawn_up(rules, {"usable": 50_000.0}, 60_000)[0].assign(cluster_id=name) for name in "ab"]
    demand_ha_of = [("a", "low", "x", 1), ("a", "low", "y", 2), ("a", "high", "x", 9), ("b", "low", "x", 4)]
    demands = [
        seven_ha(cluster).model_copy(update={"scenario": scenario, "segment": segment, "demand_ha": ha})
        for cluster, scenario, segment, ha in demand_ha_of
    ]
    shortages = solved(("a", "low", 3, 1), ("a", "high", 9, 5), ("b", "low", 4, 4))
    stated = demand(demands, pd.concat(parts), shortages, segments(rules, x="p", y="q"))
    rows = national(stated, "nederland")
    hectares = {
        (row.cluster_id, row.measure, row.case, row.profile, row.heading): row.area_m2 / 10_000
        for row in rows.itertuples()
    }
    left, nation = "supply_minus_demand", "nederland"
    assert hectares == {
        ("a", "demand", "both", "all", "low.x"): 1,
        ("a", "demand", "both", "all", "low.y"): 2,
        ("a", "demand", "both", "all", "high.x"): 9,
        ("b", "demand", "both", "all", "low.x"): 4,
        (nation, "demand", "both", "all", "low.x"): 5,
        (nation, "demand", "both", "all", "low.y"): 2,
        (nation, "demand", "both", "all", "high.x"): 9,
        ("a", left, "earliest", "p", "low.x"): 4,
        ("a", left, "earliest", "q", "low.y"): -2,
        ("a", left, "earliest", "p", "high.x"): -4,
        ("b", left, "earliest", "p", "low.x"): 1,
        (nation, left, "earliest", "p", "low.x"): 5,
        (nation, left, "earliest", "q", "low.y"): -2,
        (nation, left, "earliest", "p", "high.x"): -4,
        ("a", left, "latest", "p", "low.x"): -1,
        ("a", left, "latest", "q", "low.y"): -2,
        ("a", left, "latest", "p", "high.x"): -9,
        ("b", left, "latest", "p", "low.x"): -4,
        (nation, left, "latest", "p", "low.x"): -5,
        (nation, left, "latest", "q", "low.y"): -2,
        (nation, left, "latest", "p", "high.x"): -9,
        ("a", left, "earliest", "all", "low"): -2,
        ("a", left, "earliest", "all", "high"): -4,
        ("b", left, "earliest", "all", "low"): 0,
        (nation, left, "earliest", "all", "low"): -2,
        (nation, left, "earliest", "all", "high"): -4,
    }
    assert set(rows["year"]) == {2026} and rows["count"].isna().all()


@given(st.lists(st.floats(0, 1e8, allow_nan=False), min_size=1, max_size=12))
def test_rounded_parts_add_up_to_their_rounded_sum(sizes: list[float]) -> None:
    parts = pd.DataFrame({"heading": [f"h{n}" for n in range(len(sizes))], "area_m2": sizes})
    # Of two groups, one behind the other row by row, each adds up by itself.
    mixed = pd.concat([parts.assign(year=2030), parts.assign(year=2026, area_m2=parts["area_m2"] / 3)]).sort_index()
    rounded = apportion(mixed, ["year"])
    for year, sums in mixed.groupby("year")["area_m2"]:
        group = rounded[rounded["year"] == year].set_index("heading")["area_m2"]
        assert round(group.sum() * 10) == round(sum(sums * 10))
        assert all(abs(group.to_numpy() - sums.to_numpy()) <= 0.1 + 1e-6)
