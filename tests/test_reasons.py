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


def factors(**m2: float) -> BlockingFactors:
    """Land by the letters of its reasons; `none` is under no reason."""
    return BlockingFactors.from_sets([() if key == "none" else tuple(key) for key in m2], m2.values())


def freed(land: dict[frozenset[str], int], lifted: tuple[str, ...]) -> int:
    """m2 that become open, counted row by row."""
    return sum(m2 for names, m2 in land.items() if names and names <= set(lifted))


def factors_over(land: dict[frozenset[str], int]) -> BlockingFactors:
    return BlockingFactors.from_sets(land, land.values())


def test_two_reasons_on_the_same_land_bear_it_in_equal_parts() -> None:
    land = factors(none=30, a=50, ab=100)
    assert land.names == ("a", "b") and land.hit().tolist() == [150, 100]
    assert land.unique().tolist() == [50, 0] and land.share().tolist() == [100, 50]
    assert land.blocked_m2 == 150


def test_themes_count_land_under_two_of_their_reasons_once() -> None:
    land = factors(ab=100, a=10, c=5, bc=8).by({"a": "noise", "b": "noise", "c": "safety"})
    assert dict(zip(land.names, land.hit(), strict=True)) == {"noise": 118, "safety": 13}
    assert dict(zip(land.names, land.share(), strict=True)) == {"noise": 114, "safety": 9}


@given(LAND)
def test_alone_is_at_most_the_share_and_that_at_most_what_is_hit(land: dict[frozenset[str], int]) -> None:
    table = factors_over(land)
    assert (table.unique() <= table.share() + 1e-9).all() and (table.share() <= table.hit() + 1e-9).all()
    assert table.share().sum() == pytest.approx(table.blocked_m2)
    assert table.blocked_m2 == sum(m2 for names, m2 in land.items() if names)


@given(LAND, st.permutations(list(NAMES)))
def test_other_names_in_another_order_change_nothing(land: dict[frozenset[str], int], order: list[str]) -> None:
    other = dict(zip(NAMES, order, strict=True))
    table, moved = (
        factors_over(land),
        factors_over({frozenset(other[name] for name in names): m2 for names, m2 in land.items()}),
    )
    place = [moved.names.index(other[name]) for name in table.names]
    for before, again in ((table.hit(), moved.hit()), (table.unique(), moved.unique()), (table.share(), moved.share())):
        assert np.allclose(before, again[place])
    assert np.allclose(table.overlap(), moved.overlap()[np.ix_(place, place)])


@given(st.dictionaries(st.frozensets(st.sampled_from("abcd"), max_size=4), st.integers(1, 99), min_size=1))
def test_the_share_is_the_mean_over_all_orders_of_what_a_reason_adds(land: dict[frozenset[str], int]) -> None:
    table = factors_over(land)
    total = dict.fromkeys(table.names, 0.0)
    orders = list(permutations(table.names))
    for order in orders:
        for turn, name in enumerate(order):
            earlier = {names for names in land if names & set(order[:turn])}
            total[name] += sum(land[names] for names in land if name in names and names not in earlier)
    assert np.allclose(table.share(), [total[name] / len(orders) for name in table.names])


@given(LAND)
def test_overlap_is_the_land_under_both(land: dict[frozenset[str], int]) -> None:
    table = factors_over(land)
    for (i, first), (j, other) in combinations(enumerate(table.names), 2):
        assert table.overlap()[i, j] == sum(m2 for names, m2 in land.items() if {first, other} <= names)


@given(LAND)
def test_up_to_three_no_set_frees_more_than_the_first(land: dict[frozenset[str], int]) -> None:
    table = factors_over(land)
    levers = best_levers(table, 3, 1000)
    for lever in levers:
        assert lever.raw_m2 == freed(land, lever.lifted)
    for size in (1, 2, 3):
        every = [freed(land, names) for names in combinations(table.names, size)]
        best = [lever for lever in levers if len(lever.lifted) == size]
        real = {
            n
            for n in combinations(table.names, size)
            if all(freed(land, n) > freed(land, tuple(set(n) - {x})) for x in n)
        }
        assert {lever.lifted for lever in best} == real
        assert not best or best[0].bound_m2 == max(every)


@given(LAND, st.sampled_from([4, 5]))
def test_beyond_three_the_bound_holds_and_few_reasons_are_tried_one_by_one(
    land: dict[frozenset[str], int], size: int
) -> None:
    table = factors_over(land)
    every = [freed(land, names) for names in combinations(table.names, size)]
    for lever in best_levers(table, size, 1):
        if len(lever.lifted) == size:
            assert lever.raw_m2 == freed(land, lever.lifted) == max(every) == pytest.approx(lever.bound_m2)


@given(
    st.dictionaries(
        st.frozensets(st.integers(0, 29), min_size=1, max_size=5), st.integers(1, 99), min_size=30, max_size=60
    )
)
def test_a_greedy_choice_never_exceeds_its_bound(land: dict[frozenset[int], int]) -> None:
    named = {frozenset(f"r{n:02}" for n in numbers): m2 for numbers, m2 in land.items()}
    for lever in best_levers(factors_over(named), 5, 1):
        assert lever.raw_m2 == freed(named, lever.lifted) and lever.raw_m2 <= lever.bound_m2 + 1e-6


def test_a_reason_that_adds_nothing_is_no_part_of_a_lever() -> None:
    m2_of = {lever.lifted: lever.raw_m2 for lever in best_levers(factors(a=10, bc=7), 3, 99)}
    assert m2_of == {("a",): 10, ("b", "c"): 7, ("a", "b", "c"): 17}


def test_a_pair_frees_what_neither_frees_alone() -> None:
    assert best_levers(factors(ab=100), 2, 9) == [Lever(("a", "b"), 100.0, 100.0)]


def test_what_cannot_be_lifted_takes_its_land_with_it() -> None:
    left = factors(a=10, ax=50, x=5, none=1).less({"x"})
    assert left.names == ("a",) and left.blocked_m2 == 10


def test_no_land_under_reasons_has_no_levers() -> None:
    assert best_levers(factors(none=10), 3, 9) == [] and math.isclose(factors(none=10).share().sum(), 0)


def test_no_more_factors_are_lifted_together_than_wanted() -> None:
    assert max(len(lever.lifted) for lever in best_levers(factors(a=1, b=2, c=3, d=4), 2, 99)) == 2


def test_where_the_greedy_choice_is_not_the_best_all_are_tried() -> None:
    """The best three are a, b and c, and h is all that can be added to them; the best four leave them out."""
    best = best_levers(factors(a=10, b=10, c=10, h=1, defg=35), 4, 1)[-1]
    assert best == Lever(("d", "e", "f", "g"), 35.0, 35.0)
