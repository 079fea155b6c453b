"""Reasons: shares, overlaps and levers against plain enumeration; the order of reasons never matters."""

from __future__ import annotations

import math
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.land.blocking_factors import BlockingFactors, Lever, best_levers

NAMES = "abcdefg"
LAND = st.dictionaries(st.frozensets(st.sampled_from(NAMES), max_size=5), st.integers(1, 1000), min_size=1, max_size=14)


def reasons(**m2: float) -> BlockingFactors:
    """Land by the letters of its reasons; `none` is under no reason."""
    return BlockingFactors.from_sets([() if key == "none" else tuple(key) for key in m2], m2.values())


def freed(land: dict[frozenset[str], int], lifted: tuple[str, ...]) -> int:
    """m2 that become open, counted row by row."""
    return sum(m2 for one, m2 in land.items() if one and one <= set(lifted))


def of(land: dict[frozenset[str], int]) -> BlockingFactors:
    return BlockingFactors.from_sets(land, land.values())


def test_two_reasons_on_the_same_land_bear_it_in_equal_parts() -> None:
    found = reasons(none=30, a=50, ab=100)
    assert found.names == ("a", "b") and found.hit().tolist() == [150, 100]
    assert found.unique().tolist() == [50, 0] and found.share().tolist() == [100, 50]
    assert found.blocked_m2 == 150


def test_themes_count_land_under_two_of_their_reasons_once() -> None:
    found = reasons(ab=100, a=10, c=5, bc=8).by({"a": "noise", "b": "noise", "c": "safety"})
    assert dict(zip(found.names, found.hit(), strict=True)) == {"noise": 118, "safety": 13}
    assert dict(zip(found.names, found.share(), strict=True)) == {"noise": 114, "safety": 9}


@given(LAND)
def test_alone_is_at_most_the_share_and_that_at_most_what_is_hit(land: dict[frozenset[str], int]) -> None:
    found = of(land)
    assert (found.unique() <= found.share() + 1e-9).all() and (found.share() <= found.hit() + 1e-9).all()
    assert found.share().sum() == pytest.approx(found.blocked_m2)
    assert found.blocked_m2 == sum(m2 for names, m2 in land.items() if names)


@given(LAND, st.permutations(list(NAMES)))
def test_other_names_in_another_order_change_nothing(land: dict[frozenset[str], int], order: list[str]) -> None:
    other = dict(zip(NAMES, order, strict=True))
    found, moved = of(land), of({frozenset(other[name] for name in one): m2 for one, m2 in land.items()})
    place = [moved.names.index(other[name]) for name in found.names]
    for told, again in ((found.hit(), moved.hit()), (found.unique(), moved.unique()), (found.share(), moved.share())):
        assert np.allclose(told, again[place])
    assert np.allclose(found.overlap(), moved.overlap()[np.ix_(place, place)])


@given(st.dictionaries(st.frozensets(st.sampled_from("abcd"), max_size=4), st.integers(1, 99), min_size=1))
def test_the_share_is_the_mean_over_all_orders_of_what_a_reason_adds(land: dict[frozenset[str], int]) -> None:
    found = of(land)
    total = dict.fromkeys(found.names, 0.0)
    orders = list(permutations(found.names))
    for order in orders:
        for at, name in enumerate(order):
            before = {one for one in land if one & set(order[:at])}
            total[name] += sum(land[one] for one in land if name in one and one not in before)
    assert np.allclose(found.share(), [total[name] / len(orders) for name in found.names])


@given(LAND)
def test_overlap_is_the_land_under_both(land: dict[frozenset[str], int]) -> None:
    found = of(land)
    for (i, one), (j, other) in combinations(enumerate(found.names), 2):
        assert found.overlap()[i, j] == sum(m2 for names, m2 in land.items() if {one, other} <= names)


@given(LAND)
def test_up_to_three_no_set_frees_more_than_the_first(land: dict[frozenset[str], int]) -> None:
    found = of(land)
    told = best_levers(found, 3, 1000)
    for lever in told:
        assert lever.raw_m2 == freed(land, lever.lifted)
    for size in (1, 2, 3):
        every = [freed(land, names) for names in combinations(found.names, size)]
        best = [lever for lever in told if len(lever.lifted) == size]
        real = {
            n
            for n in combinations(found.names, size)
            if all(freed(land, n) > freed(land, tuple(set(n) - {x})) for x in n)
        }
        assert {lever.lifted for lever in best} == real
        assert not best or best[0].bound_m2 == max(every)


@given(LAND, st.sampled_from([4, 5]))
def test_beyond_three_the_bound_holds_and_few_reasons_are_tried_one_by_one(
    land: dict[frozenset[str], int], size: int
) -> None:
    found = of(land)
    every = [freed(land, names) for names in combinations(found.names, size)]
    for lever in best_levers(found, size, 1):
        if len(lever.lifted) == size:
            assert lever.raw_m2 == freed(land, lever.lifted) == max(every) == pytest.approx(lever.bound_m2)


@given(
    st.dictionaries(
        st.frozensets(st.integers(0, 29), min_size=1, max_size=5), st.integers(1, 99), min_size=30, max_size=60
    )
)
def test_a_greedy_choice_never_exceeds_its_bound(land: dict[frozenset[int], int]) -> None:
    named = {frozenset(f"r{n:02}" for n in one): m2 for one, m2 in land.items()}
    for lever in best_levers(of(named), 5, 1):
        assert lever.raw_m2 == freed(named, lever.lifted) and lever.raw_m2 <= lever.bound_m2 + 1e-6


def test_a_reason_that_adds_nothing_is_no_part_of_a_lever() -> None:
    told = {lever.lifted: lever.raw_m2 for lever in best_levers(reasons(a=10, bc=7), 3, 99)}
    assert told == {("a",): 10, ("b", "c"): 7, ("a", "b", "c"): 17}


def test_a_pair_frees_what_neither_frees_alone() -> None:
    assert best_levers(reasons(ab=100), 2, 9) == [Lever(("a", "b"), 100.0, 100.0)]


def test_what_cannot_be_lifted_takes_its_land_with_it() -> None:
    left = reasons(a=10, ax=50, x=5, none=1).less({"x"})
    assert left.names == ("a",) and left.blocked_m2 == 10


def test_no_land_under_reasons_has_no_levers() -> None:
    assert best_levers(reasons(none=10), 3, 9) == [] and math.isclose(reasons(none=10).share().sum(), 0)
