"""Shapley values: what is due to each of several causes that only together lead to a result."""

from collections.abc import Callable
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np


def shapley(causes: tuple[str, ...], worth: Callable[[frozenset[str]], Any]) -> dict[str, Any]:
    """What each cause adds, in the mean over all orders; a number or an array of them, in the unit of `worth`.

    Together the causes are worth what all of them reach beyond none.
    """
    count = len(causes)
    value: dict[str, Any] = dict.fromkeys(causes, 0.0)
    for cause in causes:
        others = [name for name in causes if name != cause]
        for size in range(count):
            # The part of all orders in which exactly these causes come first.
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for first in combinations(others, size):
                value[cause] = value[cause] + weight * (worth(frozenset({*first, cause})) - worth(frozenset(first)))
    return value


def equal_share(area_m2: Any, count: Any) -> Any:
    """m2 that each of the `count` causes over a piece of land bears: equal parts, their Shapley value; 0 where there
    is none."""
    return np.where(count > 0, area_m2 / np.maximum(count, 1), 0.0)
