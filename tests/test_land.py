"""What stages and queries share about land: pieces with tenure and room, zones in force, days, shares and fit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import day, square, table

from layers.errors import ContractRefusal
from pipeline.land import suitability
from pipeline.land.blocking_by_piece import blocking_by_piece
from pipeline.land.dates import FAR_DAY, after, dates, day_number, later, moment, numbered, parted
from pipeline.land.land import AssessedLand, assessed_land, in_force
from pipeline.land.shapley import equal_share
from pipeline.land.suitability import ContiguousAreas
from pipeline.land.supplied import known_quays, supplied_or_empty
from pipeline.land.tenure_timeline import Timeline, states_on
from pipeline.project.rules import ShapeConfig
from pipeline.spatial.frontage import QuayLines

SHAPE = ShapeConfig(touch_m=1.0, shared_edge_m=5.0, quay_reach_m=20.0, basis="drawn")
NO_NEEDS = {"least_area_ha": 0.0, "least_width_m": 0.0, "least_quay_m": 0.0, "least_draught_m": 0.0}


def land(**more: Any) -> AssessedLand:
    """Two holdings, one per cluster: a is free and under zone z, b is leased and has no category in its plan."""
    pieces = [
        {
            "piece_id": f"{name}1",
            "holding_id": name,
            "combination_id": combination,
            "area_m2": 10_000.0,
            "geometry": square(column, 0),
        }
        for column, (name, combination) in enumerate({"a": "under", "b": "clear"}.items())
    ]
    holdings = table(
        "holdings",
        [
            {"holding_id": "a", "parcel_id": "pa", "cluster_id": "east", "plan_category": "4.1"},
            {"holding_id": "b", "parcel_id": "pb", "cluster_id": "west"},
        ],
        geometry=square(0, 0),
        area_m2=10_000.0,
    )
    statuses = {"a": "free", "b": "leased"}
    states = [
        {"holding_id": name, "year": 2030, "case": case, "tenure_status": status, "decided_by": "register"}
        for name, status in statuses.items()
        for case in ("earliest", "latest")
    ]
    rooms = [
        {"combination_id": "clear", "plan_category": "unknown", "room": "open"},
        {"combination_id": "under", "plan_category": "4.1", "room": "blocked", "limiting": "z"},
    ]
    tables = {
        "pieces": table("pieces", pieces),
        "holdings": holdings,
        "holding_states": table("holding_states", states),
        "rooms": table("rooms", rooms, profile="p", year=2030),
        **more,
    }
    return assessed_land("all", tables)


ZONES = table(
    "zones",
    [
        {"zone_id": "z1", "constraint": "z", "band": "65", "valid_to": 2030},
        {"zone_id": "z2", "constraint": "z", "band": "60", "valid_from": 2031},
        {"zone_id": "y1", "constraint": "y", "band": "1"},
    ],
    cluster_id="east",
    zone_title="z",
    theme="noise",
    direction="onto",
    standing="law",
    basis="drawn",
    certainty="A",
    geometry=square(0, 0),
)


def test_pieces_have_plot_and_plan_of_their_holding() -> None:
    pieces = land().pieces
    assert pieces["parcel_id"].tolist() == ["pa", "pb"] and pieces["cluster_id"].tolist() == ["east", "west"]
    assert pieces["plan_category"].tolist() == ["4.1", "unknown"]


def test_tenure_and_room_of_each_piece() -> None:
    ground = land()
    assert ground.tenure_status(2030).tolist() == ["free", "leased"] and ground.free(2030).tolist() == [True, False]
    assert ground.room("p", 2030).tolist() == ["blocked", "open"] and ground.limiting("p", 2030).tolist() == ["z", ""]
    assert ground.cases == [(2030, "earliest"), (2030, "latest")] and ground.area_m2.sum() == 20_000


def test_the_land_of_each_cluster_by_itself() -> None:
    west = {part.cluster_id: part for part in land().by_cluster()}["west"]
    assert west.pieces["piece_id"].tolist() == ["b1"] and west.tenure_status(2030).tolist() == ["leased"]
    assert set(west.states["holding_id"]) == {"b"} and west.rooms["combination_id"].tolist() == ["clear"]


def test_tables_of_two_runs_are_refused() -> None:
    ground = land(
        rooms=table(
            "rooms",
            [{"combination_id": "clear", "plan_category": "unknown", "profile": "p", "year": 2030, "room": "open"}],
        )
    )
    with pytest.raises(ContractRefusal, match="1 without a room"):
        ground.room("p", 2030)


@pytest.mark.parametrize(("year", "bands"), [(2030, [["65"], []]), (2031, [["60"], []])])
def test_zones_over_a_piece_are_those_in_force(year: int, bands: list[list[str]]) -> None:
    sets = table("combinations", [{"combination_id": "under", "zones": "y1 z1 z2"}, {"combination_id": "clear"}])
    assert land(zones=ZONES, combinations=sets).zones_over(year, "z").tolist() == bands


def test_a_zone_counts_in_its_first_and_its_last_year() -> None:
    assert [in_force(ZONES, year).tolist() for year in (2030, 2031)] == [[True, True, False], [True, False, True]]


def test_what_blocks_each_piece() -> None:
    blocking = blocking_by_piece(land(), ("p", 2030, "earliest"))
    assert blocking.factors.names == ("holding.leased", "z") and blocking.factors.area_m2.tolist() == [10_000, 10_000]
    assert [blocking.open_after(names).tolist() for names in ((), ("z",), ("z", "holding.leased"))] == [[], [0], [0, 1]]


def test_each_cause_over_land_bears_an_equal_share() -> None:
    assert equal_share(np.array([30.0, 30.0, 30.0]), np.array([0, 1, 3])).tolist() == [0, 30, 10]


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        pytest.param("2030-01-31", 1, "2030-02-28", id="the last of a shorter month"),
        pytest.param("2027-11-15", 14, "2029-01-15", id="over the turn of years"),
        pytest.param("1969-12-31", 2, "1970-02-28", id="before 1970"),
    ],
)
def test_whole_months_later(start: str, months: int, end: str) -> None:
    assert later(np.array([day_number(day(start))]), months).tolist() == [day_number(day(end))]


def test_a_day_that_never_comes_stays_so() -> None:
    days = np.array([0, FAR_DAY])
    assert later(days, 12).tolist() == [365, FAR_DAY] and after(days).tolist() == [1, FAR_DAY]
    column = dates(days)
    assert column.isna().tolist() == [False, True] and numbered(column).tolist() == days.tolist()


def test_a_holding_and_a_day_are_one_number_in_order() -> None:
    holdings, days = np.array([0, 0, 1]), np.array([-400, FAR_DAY, -400])
    moments = moment(holdings, days)
    assert (np.diff(moments) > 0).all() and [part.tolist() for part in parted(moments)] == [[0, 0, 1], days.tolist()]


PERIODS = table(
    "holding_periods",
    [
        {
            "holding_id": "a",
            "begins_on": "2026-01-01",
            "until": "2029-12-31",
            "tenure_status": "leased",
            "contract_id": "1",
        },
        {
            "holding_id": "a",
            "begins_on": "2030-01-01",
            "until": "2034-12-31",
            "tenure_status": "free",
            "chance_free": 1.0,
        },
        {"holding_id": "a", "begins_on": "2035-01-01", "tenure_status": "optioned"},
        {"holding_id": "b", "begins_on": "2026-01-01", "tenure_status": "reserved"},
    ],
    case="earliest",
    decided_by="contract",
    chance_free=0.0,
)


def test_a_timeline_is_read_by_day() -> None:
    line = Timeline.from_periods(PERIODS, "earliest", ["a", "b"])
    days = ["2020-01-01", "2029-12-31", "2030-01-01", "2040-01-01"]
    states = [line.state_on(day(text)).tolist() for text in days]
    assert [first for first, _ in states] == ["leased", "leased", "free", "optioned"]
    assert {second for _, second in states} == {"reserved"} and line.contract[0] == "1" and line.contract[1] == ""


def test_when_land_is_next_free() -> None:
    line = Timeline.from_periods(PERIODS, "earliest", ["a", "b"])
    in_2030, in_2031 = (day_number(day(text)) for text in ("2030-01-01", "2031-06-01"))
    assert line.next_free(day("2026-06-01")).tolist() == [in_2030, FAR_DAY]
    assert line.next_free(day("2031-06-01")).tolist() == [in_2031, FAR_DAY]
    assert line.next_free(day("2036-01-01")).tolist() == [FAR_DAY, FAR_DAY]


def test_land_is_free_through_the_last_day_of_its_period() -> None:
    line = Timeline.from_periods(PERIODS, "earliest", ["a", "b"])
    last = day_number(day("2034-12-31"))
    assert line.free_through(day("2031-01-01"), last).tolist() == [True, False]
    assert line.free_through(day("2031-01-01"), last + 1).tolist() == [False, False]


def test_states_on_the_days_of_years() -> None:
    states = states_on(pd.concat([PERIODS, PERIODS.assign(case="latest")]), {2030: day("2030-01-01")})
    assert states[["holding_id", "year", "case", "tenure_status"]].to_numpy().tolist() == [
        [name, 2030, case, status]
        for name, status in (("a", "free"), ("b", "reserved"))
        for case in ("earliest", "latest")
    ]


def fits(quays: Any, shapes: list[Any], **needs: Any) -> list[str]:
    """The verdict of each shape for an activity with these needs, where all are free and open."""
    profile: Any = SimpleNamespace(**{**NO_NEEDS, **needs})
    areas = ContiguousAreas(np.array(shapes), np.array([shape.area for shape in shapes]), SHAPE, quays)
    return list(areas.verdicts(np.arange(len(shapes)), profile))


def quay(draught_m: float | None) -> Any:
    """A quay of 100 m along the first square."""
    edge = square(0, 0).boundary.intersection(square(0, -1))
    return table("quays", [{"quay_id": "k", "geometry": edge, "draught_m": draught_m}])


@pytest.mark.parametrize(
    ("shapes", "needs", "verdicts"),
    [
        pytest.param(
            [square(0, 0), square(1, 0)], {"least_area_ha": 2.0}, ["usable"] * 2, id="pieces that touch are one"
        ),
        pytest.param(
            [square(0, 0), square(2, 0)], {"least_area_ha": 2.0}, ["too_small"] * 2, id="apart they are too small"
        ),
        pytest.param([square(0, 0, 4, 0.5)], {"least_width_m": 60.0}, ["too_narrow"], id="narrower than asked"),
        pytest.param(
            [square(0, 0, 4, 0.5), square(0, 0.5, 4, 0.5)],
            {"least_width_m": 60.0},
            ["usable"] * 2,
            id="wide enough together",
        ),
        pytest.param(
            [square(0, 0, 4, 0.5), square(0, 0.5, 4, 0.5), square(0, 5, 4, 0.2), square(0, 5.2, 4, 0.2)],
            {"least_width_m": 60.0},
            ["usable", "usable", "too_narrow", "too_narrow"],
            id="each area by itself",
        ),
        pytest.param([square(0, 0)], {"least_quay_m": 90.0, "least_draught_m": 8.0}, ["usable"], id="deep enough"),
        pytest.param([square(0, 0)], {"least_quay_m": 110.0}, ["no_quay"], id="not long enough"),
        pytest.param(
            [square(0, 0)], {"least_quay_m": 90.0, "least_draught_m": 12.0}, ["no_quay"], id="not deep enough"
        ),
        pytest.param([square(5, 5)], {"least_quay_m": 90.0}, ["no_quay"], id="too far from it"),
    ],
)
def test_what_fits_an_activity(shapes: list[Any], needs: dict[str, Any], verdicts: list[str]) -> None:
    assert fits(quay(10.0), shapes, **needs) == verdicts


@pytest.mark.parametrize(
    ("quays", "draught_m"),
    [pytest.param(None, 0.0, id="no quays known"), pytest.param(quay(None), 8.0, id="no draught")],
)
def test_what_is_not_known_of_quays_is_unknown(quays: Any, draught_m: float) -> None:
    assert fits(quays, [square(0, 0)], least_quay_m=90.0, least_draught_m=draught_m) == ["unknown"]


def test_a_layer_that_holds_nothing_by_declaration_is_empty_one_not_known_is_left_out() -> None:
    absences = {"quays": SimpleNamespace(treat_as="none"), "roads": SimpleNamespace(treat_as="unknown")}
    config: Any = SimpleNamespace(card=SimpleNamespace(absences=absences))
    layers = supplied_or_empty(config, {"buildings": pd.DataFrame()}, ("quays", "roads", "buildings", "parcels"))
    assert sorted(layers) == ["buildings", "quays"] and layers["quays"].empty
    quays = known_quays(config, {})
    assert quays is not None and quays.empty
    config.card.absences = {}
    assert known_quays(config, {}) is None and known_quays(config, {"quays": quays}) is quays


cells = st.sets(st.integers(0, 34), min_size=1, max_size=35)


@given(cells, cells, st.sampled_from([0.0, 1.0, 2.0, 5.0]), st.sampled_from([0.0, 90.0, 150.0]), st.booleans())
def test_land_joined_to_a_base_is_judged_as_the_whole_area(
    base: set[int], members: set[int], least_ha: float, least_width_m: float, asks_quay: bool
) -> None:
    """On 7 by 5 squares, one of them cut in two strips: against putting each area together piece by piece."""
    strips = [square(0, 0, 1, 0.5), square(0, 0.5, 1, 0.5)]
    shapes = np.array([square(n % 7, n // 7) for n in range(1, 34)] + strips)
    needs = {"least_area_ha": least_ha, "least_width_m": least_width_m, "least_quay_m": 50.0 * asks_quay}
    profile: Any = SimpleNamespace(**{**NO_NEEDS, **needs})
    areas = ContiguousAreas(shapes, np.array([shape.area for shape in shapes]), SHAPE, quay(5.0))
    is_base = np.isin(np.arange(35), list(base))
    joining = np.array(sorted(members))
    whole = areas.usable(joining, profile, is_base)
    for walked in (0, 1000):  # pieces up to which an area of the base is walked
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(suitability, "MOST_WALKED", walked)
            joined = areas.usable_with(joining, profile, areas.base_areas(is_base))
        sides = [[np.intersect1d(area, joining).tolist() for area in side] for side in (joined, whole)]
        assert sides[0] == sides[1]


def test_quay_measured_of_one_shape_serves_others_with_the_same_edge() -> None:
    """To the bit what it is when nothing was measured before: lines that cross, run double, and end beside land."""
    chance = np.random.default_rng(3)
    cells = [shapely.box(x, y, x + 45, y + 45) for x in range(0, 200, 45) for y in range(0, 200, 45)]
    served = 0
    for _ in range(12):
        steps = chance.normal(0.0, 40.0, (4, 3, 2))
        drawn = [shapely.LineString(np.cumsum(part, axis=0) + chance.uniform(0.0, 200.0, 2)) for part in steps]
        lines = np.array([*drawn, drawn[0]])
        known = QuayLines(lines, 20.0)
        for count in chance.integers(1, 12, 20):
            shape = shapely.union_all(chance.choice(np.array(cells), count, replace=False))
            before = len(known.measured)
            metres = known.frontage_m(shape)
            served += len(known.measured) == before and metres > 0.0
            assert metres == QuayLines(lines, 20.0).frontage_m(shape)
    assert served > 10
