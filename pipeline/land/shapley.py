"""Shapley values: what is due to each of several causes that only together lead to a result."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain, combinations
from math import factorial
from typing import Any

import numpy as np


def shapley(causes: tuple[str, ...], worth: Callable[[frozenset[str]], Any]) -> dict[str, Any]:
    """What each cause adds, in the mean over all orders; a number or an array of them, in the unit of `worth`.

    Together the causes are worth what all of them reach beyond none.
    """
    value: dict[str, Any] = dict.fromkeys(causes, 0.0)
    for cause in causes:
        for first, weight in _firsts(tuple(name for name in causes if name != cause)):
            value[cause] = value[cause] + weight * (worth(first | {cause}) - worth(first))
    return value


def shapley_within(
    parts: tuple[str, ...], others: tuple[str, ...], worth: Callable[[frozenset[str]], Any]
) -> dict[str, Any]:
    """What each part of one cause adds, in the mean over all orders in which its parts follow upon each other (the
    value of Owen); together what is due to that cause among the others, in the unit of `worth`."""
    firsts = _firsts(others)

    @cache
    def mean(lifted: frozenset[str]) -> Any:
        return sum(weight * worth(first | lifted) for first, weight in firsts)

    return shapley(parts, mean)


def rising_worth(
    causes: tuple[str, ...], worth: Callable[[frozenset[str]], float], same: float
) -> Callable[[frozenset[str]], float]:
    """The worth of every set of causes where more causes are never worth less: between two sets that are worth the
    same (to so much, in the unit of `worth`), all are, and none of them is worked out."""
    known = {lifted: worth(lifted) for lifted in (frozenset[str](), frozenset(causes))}

    def fill(low: frozenset[str], between: tuple[str, ...]) -> None:
        high = low.union(between)
        if abs(known[high] - known[low]) <= same:
            known.update({low.union(some): known[low] for some in _subsets(between) if low.union(some) not in known})
        elif len(between) > 1:
            first, *rest = between
            for lifted in (high - {first}, low | {first}):
                if lifted not in known:
                    known[lifted] = worth(lifted)
            fill(low, tuple(rest))
            fill(low | {first}, tuple(rest))

    fill(frozenset(), causes)
    return known.__getitem__


def _subsets(causes: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(causes, size) for size in range(len(causes) + 1))


def _firsts(others: tuple[str, ...]) -> list[tuple[frozenset[str], float]]:
    """Every set of others, with the part of all orders in which exactly these come before a cause."""
    return [
        (frozenset(first), factorial(len(first)) * factorial(len(others) - len(first)) / factorial(len(others) + 1))
        for first in _subsets(others)
    ]


def equal_share(area_m2: Any, count: Any) -> Any:
    """m2 that each of the `count` causes over a piece of land bears: equal parts, their Shapley value; 0 where there
    is none."""
    return np.where(count > 0, area_m2 / np.maximum(count, 1), 0.0)
