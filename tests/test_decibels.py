"""Decibels: conversions by their formulas, and units that are never mixed."""

from __future__ import annotations

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.project.decibels import Etmaal, Lden, Lnight, PerM2, SourceStrength, energetic_sum, etmaal, lden, of_plot

LEVELS = st.floats(20, 90)


@pytest.mark.parametrize(
    ("day", "evening", "night", "expected"),
    [(50, 40, 30, 50), (40, 50, 30, 55), (40, 40, 45, 55), (50, 45, 40, 50)],
)
def test_etmaalwaarde_is_the_highest_of_the_corrected_parts(
    day: float, evening: float, night: float, expected: float
) -> None:
    assert etmaal(day, evening, night) == Etmaal(expected)


@given(LEVELS)
def test_a_source_that_never_stops(level: float) -> None:
    """L + 10 in etmaalwaarde, L + 6.4 in Lden: 50 dB(A) etmaalwaarde is about 46.4 dB Lden."""
    assert etmaal(level, level, level).value == pytest.approx(level + 10)
    assert lden(level, level, level).value == pytest.approx(level + 6.4, abs=0.01)


def test_lden_by_hand() -> None:
    assert lden(60, 55, 50).value == pytest.approx(60.0, abs=1e-9)


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
@pytest.mark.parametrize("pair", [(Etmaal(50), Lden(50)), (Lden(50), Lnight(40)), (PerM2(60), SourceStrength(60))])
def test_units_are_never_compared(compare: object, pair: tuple[object, object]) -> None:
    with pytest.raises(TypeError, match="never mixed"):
        compare(*pair)  # type: ignore[operator]


def test_units_are_never_equal() -> None:
    assert Etmaal(50) != Lden(50)


def test_units_are_never_added() -> None:
    with pytest.raises(TypeError, match="never mixed"):
        energetic_sum([Lden(50), Etmaal(50)])


def test_two_equal_levels_are_three_decibels_more() -> None:
    assert energetic_sum([Lden(60), Lden(60)]).value == pytest.approx(63.0103, abs=1e-4)


@given(st.lists(LEVELS, min_size=1, max_size=6))
def test_a_sum_is_at_least_its_loudest_and_in_any_order_the_same(levels: list[float]) -> None:
    found = energetic_sum([Lden(level) for level in levels])
    again = energetic_sum([Lden(level) for level in reversed(levels)])
    assert found.value >= max(levels) - 1e-9 and found.value == pytest.approx(again.value)


def test_a_larger_plot_has_a_larger_budget() -> None:
    assert of_plot(PerM2(60), 10_000) == SourceStrength(100)
