"""Acceleration areas: drawn ports, and no area that another beats."""

from __future__ import annotations

from typing import Any

import numpy as np
from drawn_sites import whole_of
from hypothesis import given
from hypothesis import strategies as st
from squared_paper import square

from pipeline.project.load import Project
from pipeline.stages.assemble.acceleration import acceleration_areas, unbeaten


def areas_of(rules: Project, shapes: dict[str, Any], **given: Any) -> list[tuple[float, int, int, int]]:
    """Hectares, sites, rules and year of each area; sites within 150 m, at most 6 ha."""
    table = acceleration_areas(whole_of(rules, shapes, **given), "p", ())
    return [(row.area_m2 / 10_000, row.site_count, row.binding_count, row.year) for row in table.itertuples()]


def test_sites_near_each_other_are_one_area(rules: Project) -> None:
    shapes = {"a": square(0, 0, 2, 1), "b": square(3, 0), "c": square(9, 0)}
    assert areas_of(rules, shapes) == [(3.0, 2, 0, 2026)]


def test_an_area_stays_under_its_bound(rules: Project) -> None:
    assert areas_of(rules, {"a": square(0, 0, 4, 1), "b": square(5, 0, 4, 1)}) == [(4.0, 1, 0, 2026)]


def test_more_land_under_a_rule_stands_next_to_less_without(rules: Project) -> None:
    shapes = {"a": square(0, 0, 2, 1), "b": square(2, 0, 3, 1)}
    assert areas_of(rules, shapes, blocked={"b"}) == [(5.0, 1, 1, 2026), (2.0, 1, 0, 2026)]


def test_more_land_later_stands_next_to_less_now(rules: Project) -> None:
    shapes = {"a": square(0, 0, 2, 1), "b": square(2, 0, 3, 1)}
    assert areas_of(rules, shapes, late={"b": 2030}, years=(2026, 2030)) == [(5.0, 1, 0, 2030), (2.0, 1, 0, 2026)]


def test_held_land_is_in_no_area(rules: Project) -> None:
    assert areas_of(rules, {"a": square(0, 0)}, held={"a"}) == []


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
