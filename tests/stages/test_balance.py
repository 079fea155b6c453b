"""Balance: headings add up to gross, clusters to the Netherlands, shares to what is blocked."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pipeline.project.load import Project
from pipeline.project.models import DemandConfig
from pipeline.stages.balance.accounting import balance, demand, national
from pipeline.stages.balance.inputs import BalanceInputs
from pipeline.stages.balance.rounding import apportion


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


def test_no_demand_given_is_not_a_demand_of_zero(rules: Project) -> None:
    supply, _ = drawn_up(rules, {"usable": 10_000.0}, 20_000)
    assert demand([], supply, "p", "nederland").empty


def test_demand_is_set_against_supply_where_it_is_given(rules: Project) -> None:
    supply, _ = drawn_up(rules, {"usable": 50_000.0}, 60_000)
    demands = [seven_ha("paper")]
    compared = (
        demand(demands, supply, "p", "nederland")
        .query("cluster_id == 'paper'")
        .drop_duplicates("measure")
        .set_index("measure")["area_m2"]
    )
    assert compared["demand"] == 70_000 and compared["supply_minus_demand"] == -20_000


def test_no_supply_at_all_is_a_shortage_of_all_that_is_demanded(rules: Project) -> None:
    supply, _ = drawn_up(rules, {"blocked": 50_000.0}, 60_000)
    demands = [seven_ha("paper")]
    left = demand(demands, supply, "p", "nederland").query("measure == 'supply_minus_demand'")
    assert set(left["area_m2"]) == {-70_000.0} and set(left["cluster_id"]) == {"paper", "nederland"}


def test_who_states_no_demand_does_not_ask_for_nothing(rules: Project) -> None:
    parts = [drawn_up(rules, {"usable": 50_000.0}, 60_000)[0].assign(cluster_id=name) for name in "ab"]
    demands = [seven_ha("a")]
    given = demand(demands, national(pd.concat(parts), "nederland"), "p", "nederland")
    left = given[(given["measure"] == "supply_minus_demand") & (given["case"] == "earliest")]
    assert left.set_index("cluster_id")["area_m2"].to_dict() == {"a": -20_000.0, "nederland": -20_000.0}


def test_demand_adds_up_over_segments_and_clusters_by_year_and_scenario(rules: Project) -> None:
    parts = [drawn_up(rules, {"usable": 50_000.0}, 60_000)[0].assign(cluster_id=name) for name in "ab"]
    demand_ha_of = [("a", "low", "x", 1), ("a", "low", "y", 2), ("a", "high", "x", 9), ("b", "low", "x", 4)]
    demands = [
        seven_ha(cluster).model_copy(update={"scenario": scenario, "segment": segment, "demand_ha": ha})
        for cluster, scenario, segment, ha in demand_ha_of
    ]
    rows = demand(demands, national(pd.concat(parts), "nederland"), "p", "nederland")
    hectares = {
        (row.cluster_id, row.measure, row.case, row.profile, row.heading): row.area_m2 / 10_000
        for row in rows.itertuples()
    }
    assert hectares == {
        ("a", "demand", "both", "all", "low.x"): 1,
        ("a", "demand", "both", "all", "low.y"): 2,
        ("a", "demand", "both", "all", "high.x"): 9,
        ("b", "demand", "both", "all", "low.x"): 4,
        ("nederland", "demand", "both", "all", "low.x"): 5,
        ("nederland", "demand", "both", "all", "low.y"): 2,
        ("nederland", "demand", "both", "all", "high.x"): 9,
        ("a", "supply_minus_demand", "earliest", "p", "low"): 2,
        ("a", "supply_minus_demand", "earliest", "p", "high"): -4,
        ("b", "supply_minus_demand", "earliest", "p", "low"): 1,
        ("nederland", "supply_minus_demand", "earliest", "p", "low"): 3,
        ("nederland", "supply_minus_demand", "earliest", "p", "high"): -4,
        ("a", "supply_minus_demand", "latest", "p", "low"): -3,
        ("a", "supply_minus_demand", "latest", "p", "high"): -9,
        ("b", "supply_minus_demand", "latest", "p", "low"): -4,
        ("nederland", "supply_minus_demand", "latest", "p", "low"): -7,
        ("nederland", "supply_minus_demand", "latest", "p", "high"): -9,
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
