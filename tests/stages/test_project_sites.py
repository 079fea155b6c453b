"""Sites for projects: from which day on and until when land serves, and by what it fails; on squares of a hectare."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import shapely
from drawn_projects import Square, drawn_config, drawn_land, project, sites_of
from squared_paper import square, table

from layers.errors import ConfigRefusal
from pipeline.project.load import Project
from pipeline.project.scenario import SCENARIO_CONFIGS, ScenarioConfig
from pipeline.stages.balance.project_land import utilities


def rows_of(rules: Project, squares: list[Square], **asks: Any) -> list[tuple[Any, ...]]:
    """Kind, hectares, first day and what ends each site of the early case for one project."""
    sites, _ = sites_of(drawn_config(rules, [project("A", **asks)]), "paper", squares)
    rows = sites[sites["case"] == "earliest"].sort_values(["is_lasting", "from_day"], ascending=[False, True])
    return [
        (
            "lasts" if row.is_lasting else "passes",
            round(row.area_m2 / 1e4, 3),
            f"{row.from_day:%Y-%m-%d}",
            *([] if row.is_lasting else [f"{row.fails_on:%Y-%m-%d}", row.fails_by]),
        )
        for row in rows.itertuples()
    ]


FREE_LATER = {"earliest": [("2026-10-01", "leased"), ("2028-07-15", "free")]}
OPTION = {"earliest": [("2026-10-01", "free"), ("2029-03-02", "contracted"), ("2030-01-01", "leased")]}


@pytest.mark.parametrize(
    ("squares", "asks", "result"),
    [
        pytest.param([Square(0)], {}, [("lasts", 1, "2026-10-01")], id="free and open: from today on"),
        pytest.param(
            [Square(0), Square(1, FREE_LATER)],
            {},
            [("lasts", 1, "2026-10-01"), ("lasts", 2, "2028-07-15")],
            id="from the day on which land comes free",
        ),
        pytest.param([Square(0, barred=[(None, 2029)])], {}, [("lasts", 1, "2030-01-01")], id="when a rule ends"),
        pytest.param(
            [Square(0, barred=[(2029, None)])],
            {},
            [("passes", 1, "2026-10-01", "2029-01-01", "bar")],
            id="until a rule begins",
        ),
        pytest.param(
            [Square(0, OPTION)],
            {},
            [("passes", 1, "2026-10-01", "2029-03-02", "holding.contracted")],
            id="until land is taken",
        ),
        pytest.param(
            [Square(0), Square(1, barred=[(2060, None)])],
            {},
            [("lasts", 1, "2026-10-01"), ("passes", 2, "2026-10-01", "2060-01-01", "bar")],
            id="also by what comes after the last asked year",
        ),
        pytest.param(
            [Square(0, barred=[(2040, None)])],
            {"life_years": 5, "build_years": 1},
            [("lasts", 1, "2026-10-01"), ("passes", 1, "2026-10-01", "2040-01-01", "bar")],
            id="as long as it stands is enough",
        ),
        pytest.param(
            [Square(0), Square(1, FREE_LATER)],
            {"last_year": 2027},
            [("lasts", 1, "2026-10-01"), ("lasts", 2, "2050-12-31")],
            id="what comes too late is seen on the last day",
        ),
        pytest.param([Square(0, {"earliest": [("2026-10-01", "unknown")]})], {}, [], id="unknown is not free"),
        pytest.param([Square(0, claim=("decided", None))], {}, [], id="a decided claim takes it whatever the year"),
        pytest.param(
            [Square(0), Square(2)],
            {},
            [("lasts", 1, "2026-10-01"), ("lasts", 1, "2026-10-01")],
            id="apart are two sites",
        ),
    ],
)
def test_from_when_land_serves_and_by_what_it_fails(
    rules: Project, squares: list[Square], asks: dict[str, Any], result: list[Any]
) -> None:
    assert rows_of(rules, squares, **asks) == result


def test_sites_are_named_by_what_they_are_for_and_from_when(rules: Project) -> None:
    asks = [project("A"), project("B", build_years=1, life_years=4), project("C", leaves="s0")]
    asks.append(project("D", on_land_of="C"))
    sites, _ = sites_of(drawn_config(rules, asks), "paper", [Square(0)])
    assert set(sites.loc[sites["case"] == "earliest", "site_id"]) == {
        "site.p.earliest.20261001.s0",
        "site.p.5.earliest.20261001.s0",
        "left.C.p.earliest.20261001.s0",
    }


def test_land_that_a_lifted_tenure_holds_counts_as_free(rules: Project) -> None:
    config = drawn_config(rules, [project("A")])
    leased = [Square(0, {"earliest": [("2026-10-01", "leased")]})]
    assert sites_of(config, "paper", leased)[0]["case"].tolist() == ["latest"]
    lift = {"title": "x", "basis": "x", "lift": {"reasons": ("holding.leased",)}}
    cards: dict[str, Any] = {name: {} for name in SCENARIO_CONFIGS}
    lifted = replace(config, scenario=ScenarioConfig.model_validate({**cards, **lift}))
    assert sites_of(lifted, "paper", leased)[0]["case"].tolist() == ["earliest", "latest"]


def test_left_land_is_free_of_who_uses_it_today(rules: Project) -> None:
    held = {case: [("2026-10-01", "leased")] for case in ("earliest", "latest")}
    squares = [Square(0, held), Square(1, held, barred=[(None, 2030)]), Square(2, held)]
    config = drawn_config(rules, [project("A", leaves="s0, s1"), project("B", on_land_of="A")])
    sites, pieces = sites_of(config, "paper", squares)
    rows = sites[(sites["case"] == "latest")].sort_values("from_day")
    assert rows["left_by"].tolist() == ["A", "A"] and (rows["area_m2"] / 1e4).round(3).tolist() == [1, 2]
    assert rows["from_day"].dt.strftime("%Y-%m-%d").tolist() == ["2026-10-01", "2031-01-01"]
    assert set(pieces["piece_id"]) == {"s0", "s1"}


@pytest.mark.parametrize(
    ("periods", "first_day"),
    [
        pytest.param([("2026-10-01", "leased")], "2026-10-01", id="its user leaves"),
        pytest.param([("2026-10-01", "idle"), ("2030-01-01", "free")], "2026-10-01", id="its user leaves, idle or not"),
        pytest.param([("2026-10-01", "free")], "2026-10-01", id="nobody has it"),
        pytest.param([("2026-10-01", "unknown")], None, id="unknown is not free"),
        pytest.param([("2026-10-01", "public_space")], None, id="nobody can leave public space"),
        pytest.param([("2026-10-01", "optioned"), ("2029-03-02", "free")], "2029-03-02", id="another has an option"),
        pytest.param([("2026-10-01", "not_serviced")], None, id="it is not serviced"),
        pytest.param([("2026-10-01", "leased"), ("2032-01-01", "contracted")], None, id="another comes next"),
        pytest.param([("2026-10-01", "leased"), ("2032-01-01", "leased", "C2")], None, id="another uses it next"),
        pytest.param(
            [("2026-10-01", "leased"), ("2030-01-01", "leased", "C2"), ("2031-01-01", "free")],
            "2031-01-01",
            id="another uses it next, and then nobody",
        ),
    ],
)
def test_left_land_stays_what_others_have_of_it(rules: Project, periods: list[Any], first_day: str | None) -> None:
    config = drawn_config(rules, [project("A", leaves="s0"), project("B", on_land_of="A")])
    sites, _ = sites_of(config, "paper", [Square(0, {"earliest": periods})])
    left = sites[(sites["case"] == "earliest") & sites["left_by"].notna()]
    assert left["from_day"].dt.strftime("%Y-%m-%d").tolist() == ([] if first_day is None else [first_day])


def test_pieces_are_given_of_sites_that_are_large_enough_with_a_hectare_more(rules: Project) -> None:
    config = drawn_config(rules, [project("A", area_ha=3)])
    sites, pieces = sites_of(config, "paper", [Square(0), Square(2), Square(3)])
    assert len(sites) == 4 and set(pieces["piece_id"]) == {"s2", "s3"}


def test_land_without_projects_has_no_sites_for_them(rules: Project) -> None:
    sites, pieces = sites_of(drawn_config(rules, []), "paper", [Square(0)])
    assert sites.empty and pieces.empty


def test_claims_that_are_not_decided_are_counted_until_their_last_year(rules: Project) -> None:
    where = drawn_land(drawn_config(rules, [project("A")]), {"paper": [Square(0, claim=("likely", 2035)), Square(1)]})
    assert [where.likely_m2(("s0", "s1"), year) for year in (2026, 2035, 2036)] == [10_000, 10_000, 0]


def test_a_project_near_nothing_on_the_map_is_refused(rules: Project) -> None:
    asks = [project("A", leaves="s0, nergens"), project("B", near="elders", near_m=1)]
    with pytest.raises(ConfigRefusal, match=r"no plot or project \['elders', 'nergens'\]"):
        drawn_land(drawn_config(rules, asks), {"paper": [Square(0)]})


def test_power_and_water_that_is_stated_is_to_spare(rules: Project) -> None:
    grid = [
        {"feeding_area_id": name, "available_mw": spare, "relief_year": relief, "geometry": square(0, 0)}
        for name, spare, relief in (("a", 100.0, 2032), ("b", 50.0, 2020), ("c", None, None))
    ]
    water = [
        {"supply_id": name, "supply_kind": kind, "capacity_m3_year": spare, "geometry": square(0, 0)}
        for name, kind, spare in (("d", "industrial_water", 2e6), ("e", "industrial_water", None), ("f", "heat", 1.0))
    ]
    water[0]["from_year"] = 2031
    layers = {"feeding_areas": table("feeding_areas", grid), "supply_areas": table("supply_areas", water)}
    rows = [(row.name, row.need, row.spare, row.until_day) for row in utilities(rules, layers)]
    day_of_relief = (pd.Timestamp("2033-01-01") - pd.Timestamp("1970-01-01")).days
    assert [row[:3] for row in rows] == [("a", "power_mw", 100), ("b", "power_mw", 50), ("d", "water_m3_year", 2e6)]
    assert rows[0][3] == day_of_relief and rows[1][3] == rows[2][3] > day_of_relief
    day_of_supply = (pd.Timestamp("2032-01-01") - pd.Timestamp("1970-01-01")).days
    begins = [(row.from_day, row.serves_any) for row in utilities(rules, layers)]
    assert begins == [(0, False), (0, False), (day_of_supply, True)]


def quays(*draughts_m: float | None) -> Any:
    """A quay of 100 m along the south of each square in a row, with its draught."""
    rows = []
    for number, draught_m in enumerate(draughts_m):
        left, bottom, right, _ = square(number, 0).bounds
        line = shapely.LineString([(left, bottom), (right, bottom)])
        rows.append({"quay_id": str(number), "draught_m": draught_m, "geometry": line})
    return table("quays", rows)


@pytest.mark.parametrize(
    ("lines", "draught_m", "metres"),
    [
        pytest.param(None, 0, 0, id="quays are not known"),
        pytest.param(quays(), 0, 0, id="there are none"),
        pytest.param(quays(9, 5, None), 0, 300, id="no draught is asked"),
        pytest.param(quays(9, 5, None), 5, 200, id="an unknown draught does not count"),
        pytest.param(quays(9, 5, None), 8, 100, id="a draught too small does not"),
        pytest.param(quays(5, None), 8, 0, id="none is deep enough"),
    ],
)
def test_a_quay_counts_where_it_surely_carries_the_draught(
    rules: Project, lines: Any, draught_m: float, metres: float
) -> None:
    config = drawn_config(rules, [project("A")], least_draught_m=draught_m)
    where = drawn_land(config, {"paper": [Square(0), Square(1), Square(2)]}, quays=lines)
    assert where.quay_m(square(0, 0, 3), "p") == pytest.approx(metres, abs=1)
