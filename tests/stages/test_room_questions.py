"""Questions of room: what is free against what has room, what plans
cost, what a metre or decibel frees, what fits together."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from cut_port import Port, activity, with_room, with_years
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from squared_paper import CORNER, holdings, square, table

from layers.closed_lists import HOLDING_TERMS
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.load import Project
from pipeline.project.models import AbsentConfig
from pipeline.project.rules import ConstrainConfig
from pipeline.spatial.geometry import width
from pipeline.stages.assess import Neighbours, housing_bounds, outward_zoning
from pipeline.stages.balance.categories import category_downgrades
from pipeline.stages.balance.headroom import emission_supply, joint_headroom
from pipeline.stages.balance.impact import (
    PlanReach,
    contour_protection,
    losses,
    plan_downgrades,
    plan_impact,
    reached,
    shifted,
)
from pipeline.stages.balance.measures import usable_by_claim
from pipeline.stages.balance.mismatch import mismatch, swapped, swapped_m2
from pipeline.stages.balance.tightness import tightness

X, Y = CORNER
HARD = {"plan_status": "adopted"}


def point(column: float, row: float) -> Any:
    return shapely.Point(X + 100 * column, Y + 100 * row)


def plans(*rows: dict[str, Any]) -> Any:
    return table("housing_plans", list(rows), area_kind="quiet")


# B8, free land and land with room


@pytest.mark.parametrize(
    ("wet", "free", "cells", "index"),
    [
        pytest.param(square(1, 0), {"a", "b"}, (1, 1, 0, 0), 0.0, id="all room is free"),
        pytest.param(
            square(0, 0), {"a"}, (0, 1, 1, 0), 1.0, id="free where there is no room, room where it is not free"
        ),
        pytest.param(square(9, 9), {"a"}, (1, 0, 1, 0), 0.0, id="all free land has room"),
        pytest.param(square(0, 0, 2, 1), {"a"}, (0, 1, 0, 1), math.nan, id="no room at all: no index"),
    ],
)
def test_free_and_room(rules: Project, wet: Any, free: set[str], cells: tuple[int, ...], index: float) -> None:
    water = table("water", [{"water_id": "1", "geometry": wet}])
    port = Port(rules, {"a": square(0, 0), "b": square(1, 0)}, {"water": water}, free=free, rules=["open_water"])
    result = mismatch(port.ground, with_room(port.book, swap_m=500)).iloc[0]
    hectares = tuple(result[f"{name}_m2"] / 10_000 for name in ("both", "only_free", "only_room", "neither"))
    assert hectares == pytest.approx(cells) and result["mismatch"] == pytest.approx(index, nan_ok=True)


def swap_port(rules: Project, user: str = "leased", barred: bool = False, swap_m: float = 101) -> pd.Series:
    """Plot a, free and in the water, and plot b, 100 m away, dry and held by somebody: what could change places. In the
    water nothing may be built, or all but offices may not."""
    water = table("water", [{"water_id": "1", "geometry": square(0, 0)}])
    port = Port(rules, {"a": square(0, 0), "b": square(2, 0)}, {"water": water}, free={"a"}, rules=["open_water"])
    states = port.ground.states
    held = states["tenure_status"].mask(states["holding_id"] == "b", user)
    effects = tuple(
        effect if barred or effect.object_kind != "office" else effect.model_copy(update={"effect": "none"})
        for effect in rules.effects
    )
    book = replace(with_room(port.book, swap_m=swap_m), effects=effects)
    return mismatch(replace(port.ground, states=states.assign(tenure_status=held)), book).iloc[0]


@pytest.mark.parametrize(("swap_m", "repaired"), [(99, 0), (101, 1)])
def test_swapping_reaches_as_far_as_the_card_says(rules: Project, swap_m: float, repaired: float) -> None:
    result = swap_port(rules, swap_m=swap_m)
    assert result["repairable_m2"] == pytest.approx(repaired * 10_000, abs=1)
    assert result["repairable_m2"] + result["not_repairable_m2"] == pytest.approx(result["only_free_m2"])


@pytest.mark.parametrize("state", [term.key for term in HOLDING_TERMS if term.key not in ("free", "unknown")])
def test_only_who_uses_land_can_move(rules: Project, state: str) -> None:
    has_user = state in ("leased", "temporary", "idle")
    assert swap_port(rules, user=state)["repairable_m2"] == pytest.approx(10_000 if has_user else 0, abs=1)


def test_nobody_moves_to_where_nothing_may_be_built(rules: Project) -> None:
    result = swap_port(rules, barred=True)
    assert result["repairable_m2"] == 0 and result["not_repairable_m2"] == result["only_free_m2"] > 0


@pytest.mark.parametrize("gives", [[0.4, 1.3, 20.9], [5.9]])
def test_what_rounding_takes_off_is_no_land_that_cannot_move(gives: list[float]) -> None:
    count = len(gives)
    pairs = np.arange(count), np.full(count, count)
    given, taken = np.array([*gives, 0.0]), np.array([*[0.0] * count, 1000.7])
    assert swapped_m2(given, taken, pairs) == pytest.approx(sum(gives))
    assert swapped_m2(given, np.minimum(taken, 3.2), pairs) == pytest.approx(3.2, abs=1)
    assert swapped_m2(given, 0 * taken, pairs) == 0


def test_land_without_a_taker_is_not_repaired_by_rounding() -> None:
    """A thousand holdings of 100.9 m2 that nobody can move onto, and one of 10 m2 that somebody can."""
    gives, takes = np.array([*[100.9] * 1000, 10.0, 0.0]), np.array([*[0.0] * 1001, 50.0])
    assert swapped_m2(gives, takes, (np.array([1000]), np.array([1001]))) == pytest.approx(10.0)


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=5),
    st.lists(st.integers(0, 50), min_size=1, max_size=5),
    st.data(),
)
def test_what_can_be_swapped_is_what_a_linear_programme_finds(gives: list[int], takes: list[int], data: Any) -> None:
    every = list(itertools.product(range(len(gives)), range(len(takes))))
    pairs = data.draw(st.lists(st.sampled_from(every), unique=True))
    size = len(gives) + len(takes)
    give, take = np.zeros(size), np.zeros(size)
    give[: len(gives)], take[len(gives) :] = gives, takes
    result = swapped(
        give,
        take,
        (np.array([a for a, _ in pairs], dtype=int), np.array([len(gives) + b for _, b in pairs], dtype=int)),
    )
    if not pairs:
        assert result == 0
        return
    rows = [[float(a == k) for a, _ in pairs] for k in range(len(gives))] + [
        [float(b == k) for _, b in pairs] for k in range(len(takes))
    ]
    solved = linprog(-np.ones(len(pairs)), A_ub=rows, b_ub=[*gives, *takes])
    assert result == pytest.approx(-solved.fun)


# B9, the highest category beside dwellings


def near(buildings: list[dict[str, Any]] | None, *drawn: dict[str, Any]) -> Neighbours:
    homes = None if buildings is None else table("sensitive_buildings", buildings, object_kind="dwelling")
    return Neighbours(homes, plans(*drawn), 64)


def bounds(rules: Project, around: Neighbours, years: tuple[int, ...] = (2026,), shape: Any = None) -> Any:
    pieces = table(
        "pieces",
        [
            {
                "piece_id": "a.1",
                "holding_id": "a",
                "combination_id": "c",
                "area_m2": 1.0,
                "geometry": shape or square(0, 0),
            }
        ],
    )
    return housing_bounds(pieces, around, years, rules.assess)


@pytest.mark.parametrize(
    ("metres", "kind", "category"),
    [
        (5, "quiet", "none"),
        (10, "quiet", "1"),
        (299, "quiet", "4.1"),
        (299.98, "quiet", "4.2"),
        (300, "quiet", "4.2"),
        (1499, "quiet", "5.3"),
        (1500, "quiet", "6"),
        (5, "mixed", "1"),
        (199, "mixed", "4.1"),
        (200, "mixed", "4.2"),
        (1000, "mixed", "6"),
        (300, None, "4.2"),
        (300, "unknown", "4.2"),
    ],
)
def test_the_highest_category_at_a_distance(rules: Project, metres: float, kind: str | None, category: str) -> None:
    home = {"building_id": "h", "area_kind": kind, "geometry": point(1 + metres / 100, 0.5)}
    result = bounds(rules, near([home])).iloc[0]
    assert result["dwelling_category"] == category
    bound = result["bound_by"], result["binding_id"] if pd.notna(result["binding_id"]) else ""
    assert bound == (("nothing", "") if category == "6" else ("building", "h"))


def test_both_kinds_of_area_are_given(rules: Project) -> None:
    result = bounds(rules, near([{"building_id": "h", "area_kind": "quiet", "geometry": point(4, 0.5)}])).iloc[0]
    assert result[["dwelling_category", "category_quiet", "category_mixed"]].tolist() == [
        "4.2",
        "4.2",
        "5.1",
    ]


def test_the_farther_building_binds_where_its_area_is_quieter(rules: Project) -> None:
    homes = [
        {"building_id": "m", "area_kind": "mixed", "geometry": point(3.1, 0.5)},
        {"building_id": "q", "area_kind": "quiet", "geometry": point(3.9, 0.5)},
    ]
    result = bounds(rules, near(homes)).iloc[0]
    assert (result["dwelling_category"], result["binding_id"]) == ("4.1", "q")


def test_a_hard_plan_binds_from_its_year_and_a_soft_plan_never(rules: Project) -> None:
    around = near(
        [],
        {"plan_id": "h", "from_year": 2030, "geometry": square(3, 0), **HARD},
        {"plan_id": "s", "plan_status": "vision", "geometry": square(1.2, 0)},
    )
    result = bounds(rules, around, (2026, 2030)).set_index("year")
    assert result["dwelling_category"].tolist() == ["6", "4.1"] and result["bound_by"].tolist() == ["nothing", "plan"]
    assert result["category_with_soft_plans"].tolist() == ["1", "1"] and result["soft_plan_id"].tolist() == [
        "s",
        "s",
    ]
    assert result["category_without_plans"].tolist() == ["6", "6"]


def test_dwellings_that_are_not_known_leave_no_category(rules: Project) -> None:
    result = bounds(rules, near(None)).iloc[0]
    assert (
        result["bound_by"] == "unknown"
        and pd.isna(result["dwelling_category"])
        and pd.isna(result["own_risk_radius_m"])
    )


def test_an_own_contour_is_not_given_where_plans_are_not_known(rules: Project) -> None:
    home = {"building_id": "h", "object_kind": "dwelling", "geometry": point(9, 0.5)}
    result = bounds(rules, Neighbours(table("sensitive_buildings", [home]), None, 64)).iloc[0]
    assert pd.isna(result["own_risk_radius_m"]) and result["bound_by"] == "unknown"


def test_an_own_contour_reaches_to_the_nearest_vulnerable_building_or_hard_plan(rules: Project) -> None:
    homes = [
        {"building_id": "far", "object_kind": "vulnerable_building", "geometry": point(6, 0.5)},
        {"building_id": "scattered", "object_kind": "scattered_dwelling", "geometry": point(2, 0.5)},
    ]
    around = Neighbours(
        table("sensitive_buildings", homes),
        plans({"plan_id": "h", "from_year": 2030, "geometry": square(4, 0), **HARD}),
        64,
    )
    result = bounds(rules, around, (2026, 2030))
    assert result["own_risk_radius_m"].tolist() == [500, 300] and result["own_risk_id"].tolist() == ["far", "h"]


@given(
    st.lists(
        st.tuples(st.integers(-12, 14), st.integers(-12, 14), st.sampled_from(["quiet", "mixed"])),
        min_size=1,
        max_size=4,
        unique=True,
    )
)
def test_measured_categories_are_those_of_the_zones(rules: Project, places: list[tuple[int, int, str]]) -> None:
    """What distance says of a piece is what the rings say that it was cut by."""
    homes = [
        {"building_id": f"h{n}", "object_kind": "dwelling", "area_kind": kind, "geometry": point(x + 0.37, y + 0.41)}
        for n, (x, y, kind) in enumerate(places)
    ]
    drawn = table("sensitive_buildings", homes)
    profiles = {f"c{name}": activity(category=name) for name in rules.assess.categories}
    port = Port(
        rules,
        {"a": square(0, 0, 3, 3)},
        {"sensitive_buildings": drawn},
        profiles=profiles,
        rules=["dwelling_distance", "dwelling_distance_mixed"],
        years=(2026,),
    )
    bounds_drawn = housing_bounds(port.ground.pieces, Neighbours(drawn, plans(), 64), (2026,), rules.assess).set_index(
        "piece_id"
    )
    for number, piece in enumerate(port.ground.pieces.itertuples()):
        if width(piece.geometry) < 0.2:  # slivers between a circle and its segments
            continue
        open_to = [name for name in rules.assess.categories if port.ground.room(f"c{name}", 2026)[number] == "open"]
        by_plan = [*rules.assess.categories].index("5.1")  # drawn plots have a plan of 5.1
        by_distance = ["none", *rules.assess.categories].index(bounds_drawn.loc[piece.piece_id, "dwelling_category"])
        assert len(open_to) == min(by_distance, by_plan + 1)


def test_outward_a_plot_presses_as_far_as_its_plan_admits(rules: Project) -> None:
    plot = holdings(a=square(0, 0)).assign(plan_category="5.1")
    homes = [{"building_id": str(n), "geometry": point(x, 0.5)} for n, x in enumerate((3, 5.9, 6.1))]
    homes += [
        {"building_id": f"m{n}", "area_kind": "mixed", "geometry": point(x, 0.5)} for n, x in enumerate((3.9, 4.1))
    ]
    around = near(
        homes,
        {"plan_id": "h", "geometry": square(4, 0), **HARD},
        {"plan_id": "s", "plan_status": "idea", "geometry": square(2, 0)},
    )
    result = outward_zoning(plot, around, rules.assess).iloc[0]
    assert result[["outward_m", "outward_buildings", "outward_plan_ids"]].tolist() == [500, 3, "h"]


def test_downgrades_add_up_to_the_land(rules: Project) -> None:
    homes = table("sensitive_buildings", [{"building_id": "h", "object_kind": "dwelling", "geometry": point(-2, 0.5)}])
    port = Port(rules, {"a": square(0, 0, 4, 1)}, {"sensitive_buildings": homes}, rules=["dwelling_distance"])
    bounds_drawn = housing_bounds(port.ground.pieces, Neighbours(homes, plans(), 64), (2026, 2030), rules.assess)
    result = category_downgrades(port.ground, bounds_drawn, rules)
    assert result.groupby(["year", "held"])["area_m2"].sum().tolist() == pytest.approx([40_000] * 4)
    assert set(result["category"]) == {"4.1", "4.2", "5.1"} and set(result["plan_category"]) == {"5.1"}


@pytest.mark.parametrize(
    ("water", "category"), [(square(0, 0, 4, 1), "none"), (None, "unknown"), (square(9, 9), "5.1")]
)
def test_the_highest_category_is_none_in_water_and_unknown_where_water_is(
    rules: Project, water: Any, category: str
) -> None:
    """In the water nothing may be built; where it is not known where water lies, nobody knows what may."""
    layers = {} if water is None else {"water": table("water", [{"water_id": "1", "geometry": water}])}
    absent = {"water": AbsentConfig(treat_as="unknown", basis="drawn")} if water is None else {}
    port = Port(rules, {"a": square(0, 0, 4, 1)}, layers, rules=["open_water"], years=(2026,), absent=absent)
    homes = table("sensitive_buildings", [])
    bounds_drawn = housing_bounds(port.ground.pieces, Neighbours(homes, plans(), 64), (2026,), rules.assess)
    result = category_downgrades(port.ground, bounds_drawn, rules)
    assert set(result["category"]) == {category}
    # And a plan takes no category away where there is none, or none is known.
    near = plans({"plan_id": "h", "geometry": square(0, 2), **HARD})
    assert plan_downgrades(port.ground, near, bounds_drawn, port.book).empty == (category != "5.1")


def test_downgrades_say_what_plans_and_the_kind_of_area_take(rules: Project) -> None:
    """Plots a and c are free, b is not; all have a plan of 5.1, and of c nothing is known."""
    port = Port(rules, {"a": square(0, 0), "b": square(1, 0, 2), "c": square(3, 0)}, {}, rules=[], free={"a", "c"})
    names = [
        "dwelling_category",
        "category_quiet",
        "category_mixed",
        "category_without_plans",
    ]
    drawn = {"a": ["4.1", "4.1", "4.2", "5.1"], "b": ["5.3", "4.2", "6", "6"], "c": [None] * 4}
    held = port.ground.pieces.set_index("piece_id")["holding_id"]
    bounds_drawn = pd.DataFrame(
        [
            {"piece_id": piece, "year": 2026, **dict(zip(names, drawn[plot], strict=True))}
            for piece, plot in held.items()
        ]
    )
    result = category_downgrades(port.ground, bounds_drawn, rules)
    columns = ["held", "category", "area_m2", "by_plans_m2", "quiet_m2", "mixed_m2"]
    assert sorted(result[columns].itertuples(index=False, name=None)) == [
        ("all", "4.1", 10_000, 10_000, 10_000, 10_000),
        ("all", "5.1", 20_000, 0, 0, 0),
        ("all", "unknown", 10_000, 0, 0, 0),
        ("free", "4.1", 10_000, 10_000, 10_000, 10_000),
        ("free", "unknown", 10_000, 0, 0, 0),
    ]


# B10, what plans cost


def lens(radius: float, apart: float) -> float:
    """Overlap of two circles."""
    return 2 * radius**2 * math.acos(apart / (2 * radius)) - apart / 2 * math.sqrt(4 * radius**2 - apart**2)


def reached_within(rules: Project, land: list[Any], drawn: list[Any], metres: float, **needs: Any) -> Any:
    """What plans cost of land within a distance, the circles around them as good as round; of an activity that asks
    nothing of the size of its land, unless some needs are given."""
    distances = rules.assess.category_distances.model_copy(
        update={"quiet": dict.fromkeys(rules.assess.categories, metres)}
    )
    card = replace(
        rules,
        constrain=ConstrainConfig(quad_segs=256, constraint=()),
        assess=rules.assess.model_copy(update={"category_distances": distances}),
    )
    plans_drawn = gpd.GeoDataFrame({"area_kind": "quiet"}, geometry=drawn, index=range(len(drawn)))
    shapes, profile = np.array(land), activity(**needs)
    areas = ContiguousAreas(shapes, shapely.area(shapes), rules.assess.shape)
    return losses(reached(areas, np.arange(len(shapes)), plans_drawn, profile, card), profile)


def plan_reach(port: Port, book: Project | None = None) -> PlanReach:
    areas = ContiguousAreas(port.ground.shapes, port.ground.area_m2, port.book.assess.shape)
    return PlanReach(port.ground, areas, book or port.book)


def test_two_plans_share_the_lens_between_them(rules: Project) -> None:
    shapes = [point(10, 10).buffer(0.001), point(13, 10).buffer(0.001)]
    result = reached_within(rules, [square(0, 0, 30, 30)], shapes, 200.0)
    circle, both = math.pi * 200**2, lens(200, 300)
    assert result.hit() == pytest.approx([circle] * 2, rel=1e-4)
    assert result.unique() == pytest.approx([circle - both] * 2, rel=1e-4)
    assert result.share() == pytest.approx([circle - both / 2] * 2, rel=1e-4)


def test_keeping_away_one_of_two_plans_saves_only_what_it_alone_takes(rules: Project) -> None:
    result = reached_within(rules, [square(0, 0, 5, 5)], [square(0, 0), square(0, 0)], 0.0)
    assert [result.saved(np.array(is_displaced)) for is_displaced in ([True, False], [True, True])] == pytest.approx(
        [0, 10_000]
    )


def test_land_that_becomes_too_small_is_lost_too(rules: Project) -> None:
    """Five ha in a row, of which three must hang together: a plan on one end and one on the other leave three, and
    with one in the middle two pieces of one."""
    land = [square(n, 0) for n in range(5)]
    west, middle, east = square(0, 0), square(2, 0), square(4, 0)
    two = reached_within(rules, land, [west, east], 0.0, least_area_ha=3)
    assert two.hit() == pytest.approx([1e4, 1e4]) and two.unique() == pytest.approx([1e4, 1e4])
    alone = reached_within(rules, land, [middle], 0.0, least_area_ha=3)
    assert alone.hit() == pytest.approx([5e4]) and alone.share() == pytest.approx([5e4])
    three = reached_within(rules, land, [west, middle, east], 0.0, least_area_ha=3)
    assert three.hit() == pytest.approx([1e4, 5e4, 1e4])  # the middle one leaves two times two ha
    assert three.unique() == pytest.approx([0, 3e4, 0])
    assert three.share().sum() == pytest.approx(5e4) and three.share()[1] == pytest.approx(5e4 - 2 * three.share()[0])
    assert three.saved(np.array([False, True, False])) == pytest.approx(3e4)


def test_either_of_two_plans_leaves_enough_and_both_do_not(rules: Project) -> None:
    """Three ha, of which two must hang together: each plan takes an end and a little, together they take all."""
    land = [square(0, 0, 3, 1)]
    result = reached_within(rules, land, [square(0, 0, 0.6, 1), square(2.4, 0, 0.6, 1)], 0.0, least_area_ha=2)
    assert result.hit() == pytest.approx([6e3, 6e3]) and result.unique() == pytest.approx([2.4e4, 2.4e4])
    assert result.share() == pytest.approx([1.5e4, 1.5e4])


def test_of_many_plans_who_cuts_the_land_in_two_bears_it(rules: Project) -> None:
    """A strip of 20 ha of which 10.5 must hang together: one narrow plan cuts it in two, others nibble at an end. Of
    few plans the shares are exact, of many nearly so: and none bears more than it could cost."""
    for count in (3, 8):
        drawn = [square(9.99, 0, 0.02, 1)] + [square(19.9 - 0.1 * k, 0, 0.05, 0.2) for k in range(count)]
        result = reached_within(rules, [square(0, 0, 20, 1)], drawn, 0.0, least_area_ha=10.5)
        assert result.share().sum() == pytest.approx(result.saved(np.ones(count + 1, dtype=bool))) == pytest.approx(2e5)
        assert result.hit() == pytest.approx([2e5, *[100] * count])
        assert result.unique()[0] == pytest.approx(2e5 - 100 * count) and (result.unique()[1:] < 1).all()
        assert result.share()[1:] == pytest.approx([50] * count, abs=51)


def test_a_plan_more_never_gives_land_back(rules: Project) -> None:
    """A quay lies within the land: a plan on the strip beyond it gives the rest its quay again, and yet costs
    nothing less than nothing."""
    x, y = CORNER
    lines = [[(x + 200, y), (x + 200, y + 250)], [(x, y + 300), (x + 260, y + 300)]]
    quays = table("quays", [{"quay_id": str(n), "geometry": shapely.LineString(line)} for n, line in enumerate(lines)])
    land = np.array([square(0, 0, 2, 2), square(2, 0, 0.6, 2), square(0, 2, 2.6, 1)])
    areas = ContiguousAreas(land, shapely.area(land), rules.assess.shape, quays)
    drawn = plans(
        {"plan_id": "a", "geometry": square(-0.1, 2.5, 2.8, 0.6)},
        {"plan_id": "b", "geometry": square(2, -0.1, 0.7, 3.3)},
    )
    at_quay = activity(least_quay_m=150)
    distances = dict.fromkeys(rules.assess.categories, 0.0)
    near = rules.assess.category_distances.model_copy(update={"quiet": distances})
    card = replace(rules, assess=rules.assess.model_copy(update={"category_distances": near}))
    result = losses(reached(areas, np.arange(3), drawn, at_quay, card), at_quay)
    assert (result.unique() >= 0).all() and (result.share() >= 0).all()
    assert result.hit().max() <= result.saved(np.ones(2, dtype=bool)) == pytest.approx(result.share().sum())
    assert result.saved(np.array([True, False])) >= 0 and result.saved(np.array([False, True])) >= 0


squares = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 3)), min_size=1, max_size=5)


@given(squares, st.randoms())
def test_shares_add_up_to_what_plans_take_together_in_any_order(
    rules: Project, places: list[tuple[int, int, int]], chance: Any
) -> None:
    shapes = [square(x, y, size, size) for x, y, size in places]
    land = [square(0, 0, 5, 5), square(5, 0, 4, 2)]
    result = reached_within(rules, land, shapes, 0.0)
    whole = shapely.intersection(shapely.union_all(shapes), shapely.union_all(land)).area
    assert result.share().sum() == pytest.approx(whole, abs=1e-3)
    assert (result.unique() <= result.share() + 1e-6).all() and (result.share() <= result.hit() + 1e-6).all()
    order = list(range(len(shapes)))
    chance.shuffle(order)
    again = reached_within(rules, land, [shapes[n] for n in order], 0.0)
    assert again.share() == pytest.approx(result.share()[order], abs=1e-3)


def test_the_unique_loss_of_a_plan_is_what_comes_back_without_it(rules: Project) -> None:
    drawn = [
        {"plan_id": "w", "dwellings": 100, "geometry": square(-2, 0), **HARD},
        {"plan_id": "e", "dwellings": None, "geometry": square(5.5, 0), **HARD},
    ]
    names = ["planned_dwelling_distance"]
    land = {"a": square(0, 0, 5, 1)}
    ports = {
        key: Port(rules, land, {"housing_plans": plans(*rows)}, rules=names)
        for key, rows in (("both", drawn), ("without", drawn[1:]), ("none", []))
    }
    result = plan_impact(
        plan_reach(ports["none"]),
        plans(*drawn),
        {True: ports["none"].usable, False: ports["both"].usable},
    )
    west = result[(result["plan_id"] == "w") & (result["year"] == 2026)].iloc[0]
    assert west["unique_m2"] == pytest.approx(ports["without"].free_m2() - ports["both"].free_m2(), abs=0.5)
    assert west["per_dwelling"] == pytest.approx(west["unique_m2"] / 100)
    assert result["share_m2"].sum() / 2 == pytest.approx(ports["none"].free_m2() - ports["both"].free_m2(), abs=0.5)
    now = result[result["year"] == 2026].sort_values("rank")
    assert now["rank"].tolist() == [1, 2] and now["hit_m2"].is_monotonic_decreasing and now["hit_m2"].nunique() == 2


def test_a_plan_costs_nothing_before_its_year_and_soft_plans_stand_apart(rules: Project) -> None:
    port = Port(rules, {"a": square(0, 0)}, {}, rules=[])
    drawn = plans(
        {"plan_id": "later", "from_year": 2030, "geometry": square(1, 0), **HARD},
        {"plan_id": "soft", "plan_status": "vision", "geometry": square(1, 0)},
    )
    result = plan_impact(plan_reach(port), drawn, {True: port.usable, False: port.usable})
    statuses = {(row.plan_id, row.year): bool(row.is_hard) for row in result.itertuples()}
    assert statuses == {("later", 2030): True, ("soft", 2026): False, ("soft", 2030): False}


def test_a_plan_alone_brings_land_from_one_category_to_another(rules: Project) -> None:
    port = Port(rules, {"a": square(0, 0)}, {}, rules=[], years=(2026,))
    drawn = plans({"plan_id": "h", "geometry": square(4, -3, 1, 7), **HARD})
    bounds_drawn = housing_bounds(
        port.ground.pieces, Neighbours(table("sensitive_buildings", []), drawn, 64), (2026,), rules.assess
    )
    result = plan_downgrades(port.ground, drawn, bounds_drawn, port.book)
    assert result[["category_before", "category_after"]].to_numpy().tolist() == [["5.1", "4.2"]]
    assert result["area_m2"].iloc[0] == pytest.approx(10_000)


def test_a_plan_in_a_mixed_area_leaves_the_lightest_category_on_its_own_land(rules: Project) -> None:
    port = Port(rules, {"a": square(0, 0)}, {}, rules=[], years=(2026,))
    drawn = plans({"plan_id": "h", "geometry": square(-1, -1, 3, 3), **HARD}).assign(area_kind="mixed")
    bounds_drawn = housing_bounds(
        port.ground.pieces, Neighbours(table("sensitive_buildings", []), drawn, 64), (2026,), rules.assess
    )
    assert (
        plan_downgrades(port.ground, drawn, bounds_drawn, port.book)["category_after"].tolist()
        == ["1"]
        == bounds_drawn["dwelling_category"].tolist()
    )


def test_protection_grows_with_its_width(rules: Project) -> None:
    port = Port(rules, {"a": square(0, 0, 3, 1)}, {}, rules=[], years=(2026,))
    drawn = plans(
        {"plan_id": "near", "dwellings": 10, "geometry": square(4, 0), **HARD},
        {"plan_id": "far", "dwellings": None, "geometry": square(-3, 0), **HARD},
    )
    result = contour_protection(
        plan_reach(port, with_room(port.book, protection_m=(0.0, 100.0, 200.0))),
        drawn,
        port.usable,
        boundary=port.frame,
    )
    assert result["plan_ids"].fillna("").tolist() == ["", "near", "far, near"] and result["dwellings"].tolist() == [
        0,
        10,
        10,
    ]
    assert result["saved_m2"].is_monotonic_increasing and result["saved_m2"].iloc[-1] == pytest.approx(30_000, abs=1)


def test_a_plan_that_moves_away_costs_less(rules: Project) -> None:
    port = Port(rules, {"a": square(0, 0, 3, 1)}, {}, rules=[], years=(2026,))
    drawn = plans({"plan_id": "h", "geometry": square(4, 0), **HARD})
    result = shifted(
        next(drawn.itertuples()),
        port.ground.shapes,
        port.frame,
        replace(
            with_room(port.book, shift_m=(-100.0, 0.0, 100.0, 300.0)),
            profiles={rules.publish.lead_profile: activity()},
        ),
    )
    metres2 = list(result.values())
    assert (
        metres2 == sorted(metres2, reverse=True) and metres2[-1] == 0 and metres2[0] == pytest.approx(30_000, rel=0.02)
    )


# B4, a metre and a decibel


def with_metres(rules: Project, change: float) -> Project:
    """The house rules with 300 m (category 4.2, quiet) a little larger or smaller."""
    tables = rules.assess.category_distances.model_copy(
        update={"quiet": {**rules.assess.category_distances.quiet, "4.2": 300 + change}}
    )
    ladder = [c for c in rules.constrain.constraint if c.name == "dwelling_distance"]
    bands = {
        ("300" if name == "300" else name): metres + (change if name == "300" else 0)
        for name, metres in ladder[0].geometry.bands.items()
    }  # type: ignore[union-attr]
    moved = ladder[0].model_copy(update={"geometry": ladder[0].geometry.model_copy(update={"bands": bands})})
    return replace(
        rules,
        assess=rules.assess.model_copy(update={"category_distances": tables}),
        constrain=ConstrainConfig(quad_segs=64, constraint=(moved,)),
    )


@pytest.mark.parametrize("place", [(-2, 2), (2.5, -1.5), (-1.3, -0.7)])
def test_hectares_per_metre_are_those_of_a_finite_difference(rules: Project, place: tuple[float, float]) -> None:
    homes = table("sensitive_buildings", [{"building_id": "h", "object_kind": "dwelling", "geometry": point(*place)}])
    land = {"a": square(0, 0, 2.5, 5), "b": square(2.7, 0, 2, 5)}
    less, exact, more = (
        Port(with_metres(rules, change), land, {"sensitive_buildings": homes}, years=(2026,)) for change in (-1, 0, 1)
    )
    result = tightness(exact.ground, with_room(exact.book, tightness_db=5))
    slope = (less.free_m2() - more.free_m2()) / 2
    assert result["measured_in"].tolist() == ["m"] and result["area_m2"].iloc[0] == pytest.approx(slope, rel=0.01)


def test_an_edge_on_the_rim_of_the_land_frees_nothing(rules: Project) -> None:
    """A strip of 35 m beside a line that ends exactly at the plot: a metre
    less frees no land of the plot, for it has none there."""
    lines = table(
        "power_lines",
        [{"line_id": "l", "strip_m": 50.0, "geometry": shapely.LineString([(X - 50, Y - 900), (X - 50, Y + 900)])}],
    )
    port = Port(rules, {"a": square(0, 0)}, {"power_lines": lines}, rules=["power_line_strip"], years=(2026,))
    assert len(tightness(port.ground, with_room(port.book, tightness_db=5))) == 0


def test_decibels_free_what_a_larger_budget_frees(rules: Project) -> None:
    def budgets(more: float) -> Any:
        rows = [
            {"budget_id": str(n), "budget_dba_m2": level + more, "geometry": square(n, 0)}
            for n, level in enumerate((60, 58.5, 55, 65))
        ]
        return table("noise_budgets", rows)

    land = {"a": square(0, 0, 4, 1)}
    ports = [
        Port(
            rules,
            land,
            {"noise_budgets": budgets(more)},
            profiles={"p": activity(noise_dba_m2=62)},
            rules=["noise_budget"],
            years=(2026,),
        )
        for more in range(8)
    ]
    steps = tightness(ports[0].ground, with_room(ports[0].book, tightness_db=7))
    about = steps[["cluster_id", "profile", "year", "constraint", "measured_in"]].drop_duplicates()
    assert about.to_numpy().tolist() == [["paper", "p", 2026, "noise_budget", "dB"]]
    result = steps.set_index("step")["area_m2"]
    freed = {step: ports[step].free_m2() - ports[step - 1].free_m2() for step in range(1, 8)}
    assert result.reindex(range(1, 8)).fillna(0).to_dict() == pytest.approx(freed)


# B19, a shared budget


def shared(rules: Project, limit: dict[str, float], matrix: list[tuple[str, str, float]], m2: dict[str, float]) -> Any:
    supply = emission_supply(
        pd.DataFrame([{"parcel_id": name, "profile": "p", "year": 2026, "area_m2": area} for name, area in m2.items()]),
        "paper",
    )
    given = table("source_receptors", [{"parcel_id": a, "receptor_id": b, "per_kg": c} for a, b, c in matrix])
    receptors = table("receptors", [{"receptor_id": name, "headroom": room} for name, room in limit.items()])
    book = with_years(rules, (2026,), profiles={"p": activity(emission_kg_ha=10)})
    return joint_headroom(supply, {"source_receptors": given, "receptors": receptors}, book, "paper")


def test_two_plots_that_fit_alone_need_not_fit_together(rules: Project) -> None:
    joint, binding = shared(rules, {"r": 10}, [("a", "r", 1.0), ("b", "r", 1.0)], {"a": 10_000, "b": 10_000})
    result = joint.iloc[0]
    assert (result["alone_m2"], result["jointly_m2"]) == pytest.approx((20_000, 10_000))
    assert binding["receptor_id"].tolist() == ["r"] and binding["per_unit_m2"].iloc[0] == pytest.approx(1000)


def test_the_shadow_price_is_what_one_unit_more_frees(rules: Project) -> None:
    matrix = [("a", "r", 1.0), ("b", "r", 3.0), ("b", "q", 1.0)]
    before, binding = shared(rules, {"r": 25, "q": 4}, matrix, {"a": 10_000, "b": 20_000})
    after, _ = shared(rules, {"r": 26, "q": 4}, matrix, {"a": 10_000, "b": 20_000})
    gained = after["jointly_m2"].iloc[0] - before["jointly_m2"].iloc[0]
    assert binding.set_index("receptor_id")["per_unit_m2"].get("r", 0.0) == pytest.approx(gained, abs=1e-6)


@pytest.mark.parametrize("small", [1e-3, 1e-7, 1e-11])
def test_small_contributions_are_no_nothing(rules: Project, small: float) -> None:
    matrix = [(name, "r", small) for name in "abcd"]
    joint, _ = shared(rules, {"r": 20 * small}, matrix, dict.fromkeys("abcd", 10_000.0))
    assert joint["jointly_m2"].iloc[0] == pytest.approx(20_000)


def test_a_full_receptor_has_room_for_nobody(rules: Project) -> None:
    joint, _ = shared(rules, {"r": 0}, [("a", "r", 1e-7)], {"a": 10_000})
    assert joint[["alone_m2", "jointly_m2"]].iloc[0].tolist() == [0, 0]


def test_a_plot_in_two_clusters_is_one_plot_in_their_sum(rules: Project) -> None:
    rows = [
        {"parcel_id": "x", "profile": "p", "year": 2026, "area_m2": 10_000.0, "cluster_id": name}
        for name in ("one", "two")
    ]
    given, receptors = (
        table("source_receptors", [{"parcel_id": "x", "receptor_id": "r", "per_kg": 1.0}]),
        table("receptors", [{"receptor_id": "r", "headroom": 5.0}]),
    )
    book = with_years(rules, (2026,), profiles={"p": activity(emission_kg_ha=10)})
    tables = {"source_receptors": given, "receptors": receptors}
    joint, _ = joint_headroom(table("emission_supply", rows), tables, book, "nederland")
    assert joint[["usable_m2", "jointly_m2"]].iloc[0].tolist() == pytest.approx([20_000, 5_000])


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("rq"), st.floats(0, 5)), unique_by=lambda row: row[:2]),
    st.floats(0, 40),
    st.floats(0, 40),
)
def test_together_never_more_than_alone_and_never_over_a_budget(
    rules: Project, matrix: Any, first: float, second: float
) -> None:
    joint, _ = shared(rules, {"r": first, "q": second}, matrix or [("z", "r", 1.0)], dict.fromkeys("abc", 10_000.0))
    result = joint.iloc[0]
    assert 0 <= result["jointly_m2"] <= result["alone_m2"] + 1e-6 <= result["usable_m2"] + 1e-3


@pytest.mark.parametrize(
    ("matrix", "limit", "known", "jointly"),
    [
        pytest.param([("a", "r", 0.0)], {"r": 1.0}, 10_000, 10_000, id="adds nothing anywhere"),
        pytest.param([("x", "r", 1.0)], {"r": 1.0}, 0, 0, id="a plot outside the matrix is not known"),
        pytest.param([("a", "elsewhere", 1.0)], {"r": 1.0}, 10_000, 0, id="a receptor without a budget has no room"),
        pytest.param([("a", "elsewhere", 1.0)], {}, 10_000, 0, id="no receptors at all"),
    ],
)
def test_what_the_matrix_does_not_tell(rules: Project, matrix: Any, limit: Any, known: float, jointly: float) -> None:
    result = shared(rules, limit, matrix, {"a": 10_000})[0].iloc[0]
    assert (result["usable_m2"], result["jointly_m2"]) == pytest.approx((known, jointly))
    assert result["usable_m2"] + result["not_known_m2"] == 10_000


def test_no_matrix_no_answer(rules: Project) -> None:
    joint, binding = joint_headroom(
        emission_supply(pd.DataFrame({"parcel_id": [], "profile": [], "year": [], "area_m2": []}), "p"),
        {},
        rules,
        "p",
    )
    assert joint.empty and binding.empty


# energy claims


def test_usable_land_is_given_with_and_without_claims(rules: Project) -> None:
    rows = [
        {
            "claim_id": "1",
            "claim_kind": "station",
            "claim_certainty": "decided",
            "from_year": 2030,
            "geometry": square(0, 0),
        },
        {"claim_id": "2", "claim_kind": "other", "claim_certainty": "explored", "geometry": square(0, 0, 2, 1)},
    ]
    port = Port(
        rules, {"a": square(0, 0, 4, 1)}, {"energy_claims": table("energy_claims", rows)}, rules=["energy_claim"]
    )
    result = (
        usable_by_claim(port.ground, port.verdicts, "energy_claim")
        .query("case == 'earliest'")
        .set_index(["year", "heading"])["area_m2"]
    )
    assert result[2026].to_dict() == pytest.approx({"explored": 20_000, "none": 20_000})
    assert result[2030].to_dict() == pytest.approx({"explored": 10_000, "none": 20_000})
