"""Land under two suppliers or two stations: any supplier can serve it; which station feeds it is not known."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from drawn_supply import feeding_areas, room_at, water_areas
from squared_paper import square

from pipeline.project.effect_conditions import band_between, bounds
from pipeline.project.load import Project
from pipeline.project.rules import ConstrainConfig
from pipeline.stages.constrain import constrain

LEFT, RIGHT = square(0, 0, 5, 8), square(3, 0, 5, 8)
ONLY_LEFT, BOTH, ONLY_RIGHT = 1.5, 4.5, 6.5
FULL = {"offtake_status": "shortage"}
UNKNOWN_GRID = {"offtake_status": "unknown", "available_mw": 500.0}


def spare(mw: float, relief: int | None = None) -> dict[str, Any]:
    return {"offtake_status": "has_room", "available_mw": mw, "relief_year": relief}


def water(m3: float | None, first: int | None = None) -> dict[str, Any]:
    return {"capacity_m3_year": m3, "from_year": first}


@pytest.mark.parametrize(
    ("left", "right", "year", "over_both"),
    [
        pytest.param(water(9), water(2), 2026, "none", id="rich over poor"),
        pytest.param(water(2), water(9), 2026, "none", id="poor over rich"),
        pytest.param(water(2), water(3), 2026, "conditional", id="two that are poor are not added up"),
        pytest.param(water(None), water(9), 2026, "none", id="unknown over rich"),
        pytest.param(water(None), water(2), 2026, "unknown", id="unknown over poor"),
        pytest.param(water(None), water(None), 2026, "unknown", id="unknown over unknown"),
        pytest.param(water(2), water(9, 2030), 2030, "conditional", id="in the first year of the rich one"),
        pytest.param(water(2), water(9, 2030), 2031, "none", id="from the year after"),
        pytest.param(water(None), water(9, 2030), 2030, "unknown", id="unknown until then"),
        pytest.param(water(9, 2031), water(2, 2029), 2029, "conditional", id="none supplies yet"),
    ],
)
def test_any_supplier_of_water_can_serve_the_land(
    rules: Project, left: dict[str, Any], right: dict[str, Any], year: int, over_both: str
) -> None:
    areas = water_areas([{**left, "geometry": LEFT}, {**right, "geometry": RIGHT}])
    for order in ([0, 1], [1, 0]):
        room = room_at(rules, "supply_areas", areas.iloc[order], {"water_m3_year": 5})
        assert room[year, BOTH, 2.5] == over_both


@pytest.mark.parametrize(
    ("left", "right", "year", "over_both"),
    [
        pytest.param(spare(9), spare(7), 2026, "none", id="both have enough"),
        pytest.param(spare(9), spare(2), 2026, "unknown", id="one has"),
        pytest.param(spare(3), spare(2), 2026, "conditional", id="none has"),
        pytest.param(FULL, spare(9), 2026, "unknown", id="one is full"),
        pytest.param(FULL, FULL, 2026, "conditional", id="both are"),
        pytest.param(FULL, spare(3), 2026, "conditional", id="one is, and the other has too little"),
        pytest.param(UNKNOWN_GRID, spare(9), 2026, "unknown", id="unknown over enough"),
        pytest.param(UNKNOWN_GRID, FULL, 2026, "unknown", id="unknown over full"),
        pytest.param({**FULL, "relief_year": 2029}, {**FULL, "relief_year": 2031}, 2029, "conditional", id="both full"),
        pytest.param({**FULL, "relief_year": 2029}, {**FULL, "relief_year": 2031}, 2030, "unknown", id="one relieved"),
        pytest.param({**FULL, "relief_year": 2029}, {**FULL, "relief_year": 2031}, 2032, "none", id="both relieved"),
        pytest.param({**FULL, "relief_year": 2020}, spare(9), 2032, "unknown", id="stale relief"),
    ],
)
def test_land_in_two_feeding_areas_is_known_where_they_agree(
    rules: Project, left: dict[str, Any], right: dict[str, Any], year: int, over_both: str
) -> None:
    areas = feeding_areas([{**left, "geometry": LEFT}, {**right, "geometry": RIGHT}])
    for order in ([0, 1], [1, 0]):
        room = room_at(rules, "feeding_areas", areas.iloc[order], {"power_mw": 5})
        assert room[year, BOTH, 2.5] == over_both


def test_areas_that_touch_say_nothing_of_each_other(rules: Project) -> None:
    halves = {"geometry": square(0, 0, 4, 8)}, {"geometry": square(4, 0, 4, 8)}
    grid = feeding_areas([{**FULL, **halves[0]}, {**spare(9), **halves[1]}])
    supply = water_areas([{**water(2), **halves[0]}, {**water(9), **halves[1]}])
    for layer, areas, takes in (("feeding_areas", grid, "power_mw"), ("supply_areas", supply, "water_m3_year")):
        room = room_at(rules, layer, areas, {takes: 5})
        assert [room[2026, x, 0.5] for x in (3.5, 4.5)] == ["conditional", "none"]


@pytest.mark.parametrize(
    ("layer", "known", "takes", "rooms"),
    [
        # Outside the areas of suppliers there is none, and a refused one might be there.
        pytest.param(
            "supply_areas", water_areas([{**water(9), "geometry": LEFT}]), "water_m3_year", ("none", "unknown")
        ),
        pytest.param("supply_areas", water_areas([{**water(2), "geometry": LEFT}]), "water_m3_year", ("unknown",) * 2),
        pytest.param("feeding_areas", feeding_areas([{**spare(9), "geometry": LEFT}]), "power_mw", ("unknown",) * 2),
    ],
    ids=["enough water", "too little water", "enough power"],
)
def test_a_refused_area_may_serve_the_land_too(
    rules: Project, layer: str, known: Any, takes: str, rooms: tuple[str, str]
) -> None:
    room = room_at(rules, layer, known, {takes: 5}, refused=[RIGHT])
    assert tuple(room[2026, x, 0.5] for x in (BOTH, ONLY_RIGHT)) == rooms


@pytest.mark.parametrize(
    ("least", "most", "band"),
    [
        (0, float("inf"), "unknown"),
        (2.5, 2.5, "2.5"),
        (0, 60, "0_60"),
        (20, 60, "20_60"),
        (2e6, float("inf"), "2000000_"),
    ],
)
def test_a_band_says_between_what_its_number_lies(least: float, most: float, band: str) -> None:
    assert band_between(least, most) == band and bounds(band) == (least, most)


def test_what_is_not_sure_is_said_in_titles(rules: Project) -> None:
    card = ConstrainConfig(quad_segs=8, constraint=rules.constrain.constraint)
    layers = {
        "feeding_areas": feeding_areas([{**spare(20), "geometry": LEFT}, {**spare(62.5), "geometry": RIGHT}]),
        "supply_areas": water_areas([{**water(2e6), "geometry": LEFT}, {**water(None), "geometry": RIGHT}]),
    }
    drawn = constrain(layers, shapely.union(LEFT, RIGHT), card, {}, this_year=2026)
    assert {
        "In twee voedingsgebieden (tussen 20 en 62,5 MW)",
        "Nog te leveren industriewater (ten minste 2.000.000 m3/jaar)",
        "Nog te leveren industriewater (2.000.000 m3/jaar)",
        "Nog te leveren industriewater (niet bekend)",
    } <= set(drawn["zone_title"])
