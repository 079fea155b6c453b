"""Usable supply on squared paper: rules and leases that turn between the asked years, and size that follows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from cut_port import activity, with_years
from squared_paper import holdings, overlay, square, table, zones

from pipeline.land.land import PAIR, AssessedLand
from pipeline.land.rooms import rooms_in_time
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.load import Project
from pipeline.project.scenario import ScenarioConfig
from pipeline.stages.balance.in_time import Tenure, supply_curve
from pipeline.stages.balance.project_days import LandInTime
from pipeline.stages.balance.usable_supply import usable_supply

HA = 10_000.0


def period(holding: str, case: str, until: str | None) -> list[dict[str, Any]]:
    """Leased until a day and free from the next; free for good without one."""
    ahead = {"holding_id": holding, "case": case, "decided_by": "contract", "chance_free": 0.0}
    free = {**ahead, "tenure_status": "free", "chance_free": 1.0}
    if until is None:
        return [{**free, "begins_on": pd.Timestamp("2026-10-01")}]
    end = pd.Timestamp(until)
    leased = {**ahead, "tenure_status": "leased", "begins_on": pd.Timestamp("2026-10-01"), "until": end}
    return [leased, {**free, "begins_on": end + pd.Timedelta(days=1)}]


def curve(rules: Project, scenario: ScenarioConfig | None = None) -> pd.DataFrame:
    """Plot a of 2 ha is free; b of 2 ha beside it is leased until 2033, or 2043 when extended; open water covers
    half of b from 2040 on; 3 ha are asked."""
    land = holdings(a=square(0, 0, 2, 1), b=square(2, 0, 2, 1))
    drawn = zones(open_water=square(3, 0, 1, 1)).assign(valid_from=2040)
    pieces, combinations = overlay(land, drawn)
    about = land.set_index("holding_id").reindex(pieces["holding_id"])
    pieces = pieces.assign(parcel_id=about["parcel_id"].to_numpy(), plan_category="5.1")
    demand = {"general_industry": activity(least_area_ha=3)}
    book = with_years(rules, (2026, 2030), profiles=demand, scenario=scenario)
    ends = {"a": {"earliest": None, "latest": None}, "b": {"earliest": "2033-12-31", "latest": "2043-12-31"}}
    rows = [row for name, cases in ends.items() for case, until in cases.items() for row in period(name, case, until)]
    held = Tenure("paper", land, table("holding_periods", rows), table("holding_rights", []), book)
    room, states = table("rooms", []), table("holding_states", [])
    ground = AssessedLand("paper", pieces, states, room, drawn, combinations)
    turns = rooms_in_time(combinations, drawn, pieces[PAIR].drop_duplicates(), book.years, book)[1]
    where = pd.Index(held.holdings["holding_id"]).get_indexer(pieces["holding_id"])
    time = LandInTime(ground, held.lines, where, turns, book.verdicts, book.lifted, book.card.reference_date)
    areas = ContiguousAreas(ground.shapes, ground.area_m2, rules.assess.shape)
    by_year = supply_curve(held, usable_supply(time, held, areas)).set_index("year")
    return by_year.drop(columns="cluster_id") / HA


def test_land_is_usable_between_horizons_while_free_open_and_large_enough(rules: Project) -> None:
    table_ha = curve(rules)
    usable = table_ha["usable_earliest_m2"]
    assert usable[usable > 0].index.tolist() == list(range(2034, 2061))
    assert usable.loc[[2034, 2039, 2040, 2060]].tolist() == pytest.approx([4, 4, 3, 3])
    late = table_ha["usable_latest_m2"]
    assert late[late > 0].index.tolist() == list(range(2044, 2061)) and late.loc[2044] == pytest.approx(3)
    assert table_ha["free_earliest_m2"].loc[[2033, 2034]].tolist() == pytest.approx([2, 4])


def test_supply_follows_a_scenario_that_lifts_tenure(rules: Project) -> None:
    lifted = ScenarioConfig.model_validate({"title": "x", "basis": "x", "lift": {"reasons": ["holding.leased"]}})
    assert lifted.lifted == ("holding.leased",)
    table_ha = curve(rules, lifted)
    assert table_ha["usable_latest_m2"].loc[[2026, 2039, 2040]].tolist() == pytest.approx([4, 4, 3])
    assert (table_ha["free_latest_m2"] == 4).all() and (table_ha["spread_m2"] == 0).all()
    assert (table_ha["freed_in_year_m2"] == 0).all() and table_ha["free_expected_m2"].isna().all()
