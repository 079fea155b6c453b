"""The assess stage on one cluster: what a scenario lifts, and what would be usable without housing plans."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from cut_port import Port, activity
from squared_paper import holdings, square, table

from pipeline.project.load import Project
from pipeline.project.scenario import LiftConfig, ScenarioConfig
from pipeline.stages.assess import run

LAND = {"a": square(0, 0), "b": square(3, 0)}
NEW_HOMES = table(
    "housing_plans", [{"plan_id": "h", "plan_status": "adopted", "geometry": square(1, 0)}], area_kind="quiet"
)
NO_HOMES = table("sensitive_buildings", [])
HOME = table("sensitive_buildings", [{"building_id": "w", "geometry": square(4.5, 0)}], object_kind="dwelling")
# Plot a is free unless its tenant extends; b is leased whatever happens.
STATUSES = {
    ("a", "earliest"): "free",
    ("a", "latest"): "leased",
    ("b", "earliest"): "leased",
    ("b", "latest"): "leased",
}


@pytest.fixture
def assessed(rules: Project) -> Any:
    """The stage run on two plots, with these plans around them and these reasons lifted."""

    def assess(plans: Any, lifted: tuple[str, ...] = (), buildings: Any = NO_HOMES) -> dict[str, pd.DataFrame]:
        port = Port(rules, LAND, {"housing_plans": plans}, rules=["planned_dwelling_distance"], years=(2026,))
        periods = [
            {"holding_id": name, "case": case, "begins_on": rules.card.reference_date, "tenure_status": status}
            for (name, case), status in STATUSES.items()
        ]
        tables = {
            "pieces": port.ground.pieces.drop(columns=["parcel_id", "plan_category"]),
            "holdings": holdings(**LAND),
            "zones": port.zones,
            "combinations": port.ground.combinations,
            "holding_periods": table("holding_periods", periods, decided_by="register", chance_free=0.0),
            "housing_plans": plans,
            "sensitive_buildings": buildings,
        }
        lift = ScenarioConfig(title="x", basis="x", lift=LiftConfig(reasons=lifted)) if lifted else None
        profiles = {"p": activity()}
        return run(replace(rules, profiles=profiles, constrain=port.card, scenario=lift), "paper", tables)

    return assess


def usable(table: pd.DataFrame) -> set[str]:
    return {piece.split(".")[0] for piece in table["piece_id"]}


def test_what_is_usable_without_plans_is_so_where_no_extension_is_called(assessed: Any) -> None:
    outcome = assessed(NEW_HOMES.iloc[:0])
    assert usable(outcome["usable_without_plans"]) == {"a"}


def test_land_under_a_plan_is_usable_without_it(assessed: Any) -> None:
    outcome = assessed(NEW_HOMES)
    verdicts = outcome["assessments"].query("case == 'earliest' and year == 2026")
    assert not len(verdicts[verdicts["verdict"] == "usable"]) and usable(outcome["usable_without_plans"]) == {"a"}


def test_tenure_that_a_scenario_lifts_counts_as_free(assessed: Any) -> None:
    outcome = assessed(NEW_HOMES.iloc[:0], ("holding.leased",))
    assert set(outcome["holding_states"]["tenure_status"]) == {"free"}
    assert usable(outcome["usable_without_plans"]) == {"a", "b"}


def test_plans_and_buildings_around_bind_the_pieces_and_the_plots(assessed: Any) -> None:
    outcome = assessed(NEW_HOMES, buildings=HOME)
    bounds = outcome["housing_bounds"].assign(plot=lambda rows: rows["piece_id"].str[0])
    bound = bounds[bounds["binding_m"] < 100].groupby("plot")[["bound_by", "binding_id"]].first()
    assert bound.loc["a"].tolist() == ["plan", "h"] and bound.loc["b"].tolist() == ["building", "w"]
    zoning = outcome["outward_zoning"].set_index("parcel_id")
    assert zoning["outward_plan_ids"].to_dict() == {"a": "h", "b": "h"}
    assert zoning["outward_buildings"].to_dict() == {"a": 1, "b": 1}
