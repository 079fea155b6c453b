"""Acceleration areas: drawn ports, and no area that another beats."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from drawn_sites import gaps_of, whole_of
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import square

from pipeline.project.load import Project
from pipeline.stages.assemble import accelerated
from pipeline.stages.assemble.acceleration import acceleration_areas, unbeaten, without_repeats
from pipeline.stages.assemble.connected_sets import largest_connected

STEPS = 100_000


def table_of(rules: Project, shapes: dict[str, Any], **given: Any) -> Any:
    """The areas of drawn pieces; sites within 150 m, at most 6 ha."""
    whole = whole_of(rules, shapes, **given)
    return acceleration_areas(whole, gaps_of(whole, **given), ["p"], ())


def areas_of(rules: Project, shapes: dict[str, Any], **given: Any) -> list[tuple[float, int, int, int]]:
    """Hectares, sites, rules and year of each area, without sites above the bound."""
    table = table_of(rules, shapes, **given)
    areas = table[~table["is_above_bound"]]
    return [(row.area_m2 / 10_000, row.site_count, row.binding_count, row.year) for row in areas.itertuples()]


def test_sites_near_each_other_are_one_area(rules: Project) -> None:
    shapes = {"a": square(0, 0, 2, 1), "b": square(3, 0), "c": square(9, 0)}
    assert areas_of(rules, shapes) == [(3.0, 2, 0, 2026)]


def test_an_area_stays_under_its_bound(rules: Project) -> None:
    assert areas_of(rules, {"a": square(0, 0, 4, 1), "b": square(5, 0, 4, 1)}) == [(4.0, 1, 0, 2026)]


def test_the_largest_site_need_not_be_in_the_largest_area(rules: Project) -> None:
    shapes = {"a": square(0, 0, 4, 1), "b": square(5, 0, 3, 1), "c": square(9, 0, 3, 1)}
    assert areas_of(rules, shapes) == [(6.0, 2, 0, 2026)]


def test_an_area_does_not_reach_over_a_site_that_is_not_in_it(rules: Project) -> None:
    shapes = {"a": square(0, 0, 3, 1), "b": square(4, 0, 4, 1), "c": square(9, 0, 3, 1)}
    assert areas_of(rules, shapes) == [(4.0, 1, 0, 2026)]


def test_more_land_under_a_rule_stands_next_to_less_without(rules: Project) -> None:
    shapes = {"a": square(0, 0, 2, 1), "b": square(2, 0, 3, 1)}
    assert areas_of(rules, shapes, blocked={"b"}) == [(5.0, 1, 1, 2026), (2.0, 1, 0, 2026)]


def test_more_land_later_stands_next_to_less_now(rules: Project) -> None:
    shapes = {"a": square(0, 0, 2, 1), "b": square(2, 0, 3, 1)}
    assert areas_of(rules, shapes, late={"b": 2030}, years=(2026, 2030)) == [(5.0, 1, 0, 2030), (2.0, 1, 0, 2026)]


def test_held_land_is_in_no_area(rules: Project) -> None:
    assert areas_of(rules, {"a": square(0, 0)}, held={"a"}) == []


@pytest.mark.parametrize("blocked", [set(), {"b"}], ids=["open to all", "under a rule"])
def test_land_across_a_road_is_one_site(rules: Project, blocked: set[str]) -> None:
    shapes = {"a": square(0, 0, 2, 1), "b": square(2.15, 0, 2, 1)}
    assert areas_of(rules, shapes, blocked=blocked)[0] == (4.0, 1, len(blocked), 2026)


def test_a_site_larger_than_the_bound_is_named(rules: Project) -> None:
    shapes = {"a": square(0, 0, 7, 1), "b": square(8, 0, 2, 1), "c": square(0, 5, 9, 1)}
    table = table_of(rules, shapes, late={"c": 2030}, years=(2026, 2030))
    columns = ["area_m2", "site_count", "binding_count", "year", "is_above_bound", "solver_gap"]
    assert table[columns].values.tolist() == [
        [90_000, 1, 0, 2030, True, 0.0],
        [70_000, 1, 0, 2026, True, 0.0],
        [20_000, 1, 0, 2026, False, 0.0],
    ]


def test_a_site_that_is_too_large_once_a_rule_is_lifted_is_named_with_it(rules: Project) -> None:
    table = table_of(rules, {"a": square(0, 0, 4, 1), "b": square(4, 0, 4, 1)}, blocked={"b"})
    assert table[["area_m2", "binding_count", "is_above_bound"]].values.tolist() == [
        [80_000, 1, True],
        [40_000, 0, False],
    ]


def test_a_site_above_the_bound_is_named_once() -> None:
    def site(rules: str, year: int, *pieces: int) -> dict[str, Any]:
        return {"area_m2": 9.0, "rules": tuple(rules), "year": year, "pieces": np.array(pieces)}

    first, other, sooner = site("", 2030, 1, 2), site("", 2050, 7), site("a", 2026, 1, 2)
    assert without_repeats([site("a", 2030, 1, 2, 3), sooner, other, site("", 2050, 2), first]) == [
        first,
        other,
        sooner,
    ]


def test_areas_are_sought_for_the_lead_activity_and_net_zero_technologies(rules: Project) -> None:
    named = {name for name, asks in rules.profiles.items() if asks.is_net_zero}
    assert named >= {"electrolyser", "battery_cell_factory"} and "container_terminal" not in named
    assert set(accelerated(rules)) == named | {rules.publish.lead_profile}


def largest_by_hand(sizes: list[int], pairs: set[tuple[int, int]], most: int) -> int:
    """The most that any connected set under the bound has: every set is tried."""
    best = 0
    for count in range(1, len(sizes) + 1):
        for members in combinations(range(len(sizes)), count):
            reached = {members[0]}
            for _ in members:
                reached |= {b for a, b in pairs if a in reached} | {a for a, b in pairs if b in reached}
                reached &= set(members)
            total = sum(sizes[member] for member in members)
            if len(reached) == count and total <= most:
                best = max(best, total)
    return best


@st.composite
def drawn_sites(draw: st.DrawFn) -> tuple[list[int], set[tuple[int, int]], int]:
    """Sites of whole hectares, in a chain with gaps or each near some others, and a bound that all may pass."""
    sizes = draw(st.lists(st.integers(1, 30), min_size=1, max_size=8))
    every = list(combinations(range(len(sizes)), 2))
    chain = [pair for pair in every if pair[1] - pair[0] == 1]
    near = draw(st.sampled_from([every, chain]))
    pairs = draw(st.sets(st.sampled_from(near), min_size=len(chain) // 2)) if every else set()
    return sizes, pairs, draw(st.integers(1, sum(sizes) + 1))


@given(drawn_sites())
def test_no_connected_set_under_the_bound_is_larger(drawn: tuple[list[int], set[tuple[int, int]], int]) -> None:
    sizes, pairs, most = drawn
    m2 = np.array(sizes) * 10_000.0
    largest = largest_connected(m2, sorted(pairs), (0.0, most * 10_000.0), STEPS)
    total = m2[largest.members].sum()
    assert total == largest_by_hand(sizes, pairs, most) * 10_000.0 == largest.bound_m2 or (
        total == most * 10_000.0 == largest.bound_m2
    )
    among = {(a, b) for a, b in pairs if a in largest.members and b in largest.members}
    assert not largest.members or largest_by_hand([1] * len(sizes), among, len(sizes)) == len(largest.members)


@given(drawn_sites(), st.integers(0, 6))
def test_a_search_that_stops_tells_the_most_that_could_be(
    drawn: tuple[list[int], set[tuple[int, int]], int], steps: int
) -> None:
    sizes, pairs, most = drawn
    m2 = np.array(sizes) * 10_000.0
    largest = largest_connected(m2, sorted(pairs), (0.0, most * 10_000.0), steps)
    best = largest_by_hand(sizes, pairs, most) * 10_000.0
    assert m2[largest.members].sum() <= best <= largest.bound_m2 <= most * 10_000.0
    assert largest.steps <= steps


areas = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 3), st.sampled_from([2026, 2030, 2050])), max_size=12)


@given(areas)
def test_what_is_retained_is_what_nothing_beats(drawn: list[tuple[int, int, int]]) -> None:
    every = [
        {"area_m2": float(m2), "rules": tuple("abc"[:count]), "year": year, "pieces": np.array([number])}
        for number, (m2, count, year) in enumerate(drawn)
    ]
    front = {(area["area_m2"], len(area["rules"]), area["year"]) for area in unbeaten(every)}
    points = {(float(m2), count, year) for m2, count, year in drawn}
    beaten = {p for p in points for q in points if q != p and q[0] >= p[0] and q[1] <= p[1] and q[2] <= p[2]}
    assert front == points - beaten
