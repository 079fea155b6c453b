"""Power and water on land under several areas, against asking every area at every place; and what one more does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawn_supply import feeding_areas, room_at, water_areas
from hypothesis import given, settings
from hypothesis import strategies as st
from squared_paper import square

if TYPE_CHECKING:
    from pipeline.project.load import Project

TODAY = 2026
NEED = 5.0
AMOUNTS = st.sampled_from([None, 0.0, 2.0, 5.0, 9.0])


@st.composite
def boxes(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Left, bottom, width and height, in squares."""
    return draw(st.integers(0, 5)), draw(st.integers(0, 5)), draw(st.integers(1, 8)), draw(st.integers(1, 8))


WATER = st.fixed_dictionaries({"box": boxes(), "m3": AMOUNTS, "first": st.sampled_from([None, None, 2028, 2029, 2031])})
GRID = st.fixed_dictionaries(
    {
        "box": boxes(),
        "mw": AMOUNTS,
        "status": st.sampled_from(
            ["shortage", "under_investigation", "unknown", "little_room", "has_room", "has_room"]
        ),
        "relief": st.sampled_from([None, None, 2024, 2028, 2031]),
    }
)


def over(row: dict[str, Any], x: float, y: float) -> bool:
    left, bottom, wide, high = row["box"]
    return left < x < left + wide and bottom < y < bottom + high


def water_by_hand(rows: list[dict[str, Any]], year: int, x: float, y: float) -> str:
    """Whether any supplier that serves by then has enough."""
    now = [row["m3"] for row in rows if over(row, x, y) and (row["first"] is None or row["first"] < year)]
    if any(m3 is not None and m3 >= NEED for m3 in now):
        return "none"
    return "unknown" if None in now else "conditional"


def station_by_hand(row: dict[str, Any], year: int) -> str:
    """Whether a station has enough in a year; relief before today relieves nothing."""
    is_short = row["status"] in ("shortage", "under_investigation")
    if row["status"] == "unknown" or (row["mw"] is None and not is_short):
        return "unknown"
    if row["relief"] is not None and TODAY <= row["relief"] < year:
        return "none"
    return "conditional" if is_short or row["mw"] < NEED else "none"


def power_by_hand(rows: list[dict[str, Any]], year: int, x: float, y: float) -> str:
    """What all stations that may feed a place say together."""
    said = {station_by_hand(row, year) for row in rows if over(row, x, y)}
    return said.pop() if len(said) == 1 else "unknown"


def water_rooms(rules: Project, rows: list[dict[str, Any]]) -> dict[tuple[int, float, float], str]:
    drawn = [
        {"capacity_m3_year": row["m3"], "from_year": row["first"], "geometry": square(*row["box"])} for row in rows
    ]
    return room_at(rules, "supply_areas", water_areas(drawn), {"water_m3_year": NEED})


def power_rooms(rules: Project, rows: list[dict[str, Any]]) -> dict[tuple[int, float, float], str]:
    names = {"status": "offtake_status", "mw": "available_mw", "relief": "relief_year"}
    drawn = [{names[key]: row[key] for key in names} | {"geometry": square(*row["box"])} for row in rows]
    return room_at(rules, "feeding_areas", feeding_areas(drawn), {"power_mw": NEED})


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(WATER, max_size=4))
def test_water_is_what_the_best_supplier_has(rules: Project, rows: list[dict[str, Any]]) -> None:
    rooms = water_rooms(rules, rows)
    assert rooms == {place: water_by_hand(rows, *place) for place in rooms}


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(GRID, max_size=4))
def test_power_is_known_where_all_stations_agree(rules: Project, rows: list[dict[str, Any]]) -> None:
    rooms = power_rooms(rules, rows)
    assert rooms == {place: power_by_hand(rows, *place) for place in rooms}


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(WATER, max_size=3), more=WATER)
def test_a_supplier_more_never_makes_land_less_usable(
    rules: Project, rows: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    """And one of which nothing is known makes no land usable."""
    before, after = water_rooms(rules, rows), water_rooms(rules, [*rows, more])
    assert all(after[place] == "none" for place, room in before.items() if room == "none")
    assert (more["m3"] is not None) or all(before[place] == "none" for place, room in after.items() if room == "none")


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(GRID, min_size=1, max_size=3), more=GRID)
def test_a_station_more_makes_no_land_usable_that_another_feeds(
    rules: Project, rows: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    """Least of all one of which nothing is known: it leaves no land usable that it covers."""
    before, after = power_rooms(rules, rows), power_rooms(rules, [*rows, more])
    fed = [place for place in before if any(over(row, *place[1:]) for row in rows)]
    assert all(before[place] == "none" for place in fed if after[place] == "none")
    covered = [place for place in after if over(more, *place[1:])]
    assert more["status"] != "unknown" or all(after[place] != "none" for place in covered)
