"""Programmes: choices with a value under limits, solved as a mixed-integer
programme (HiGHS); proven best, or with the gap to what could be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

# A choice counts as taken from here on: the solver is exact to 1e-6.
TAKEN = 0.5
PROVEN = 1e-9
INFEASIBLE = 2  # of scipy.optimize.milp; anything else without an answer was not worked out in time


@dataclass
class Programme:
    """Choices (yes or no, or a part from 0 up) with the value of each, and limits on sums of them."""

    value: list[float] = field(default_factory=list)
    is_whole: list[bool] = field(default_factory=list)
    rows: list[tuple[Mapping[int, float], float, float]] = field(default_factory=list)

    def choice(self, value: float, *, is_whole: bool = True) -> int:
        """A new choice: its number."""
        self.value.append(value)
        self.is_whole.append(is_whole)
        return len(self.value) - 1

    def limit(self, parts: Mapping[int, float], low: float = -np.inf, high: float = np.inf) -> None:
        """The sum of choices, each times a number, stays from low to high."""
        self.rows.append((parts, low, high))

    def with_limit(self, parts: Mapping[int, float], low: float, high: float = np.inf) -> Programme:
        """The same choices under one limit more."""
        return Programme(self.value, self.is_whole, [*self.rows, (parts, low, high)])

    def solve(self, seconds: float) -> Solved:
        """The best choices found within so many seconds, and the most
        that any could reach; none where nothing can be."""
        if not self.value:
            return Solved(np.zeros(0))
        solution = milp(
            -np.array(self.value),
            integrality=np.array(self.is_whole, dtype=int),
            bounds=Bounds(0.0, np.where(self.is_whole, 1.0, np.inf)),
            constraints=self._limits(),
            options={"time_limit": seconds, "mip_rel_gap": 0.0},
        )
        if solution.x is None:
            return Solved(np.zeros(0), is_possible=False, is_known=solution.status == INFEASIBLE)
        best, bound = -float(solution.fun), solution.mip_dual_bound
        return Solved(np.asarray(solution.x), best, best if bound is None else max(best, -float(bound)))

    def _limits(self) -> list[LinearConstraint]:
        if not self.rows:
            return []
        every, low, high = zip(*self.rows, strict=True)
        terms = [(row, choice, factor) for row, parts in enumerate(every) for choice, factor in parts.items()]
        limit_of, choice_of, factors = np.array(terms, dtype=float).reshape(-1, 3).T
        table = coo_array(
            (factors, (limit_of.astype(int), choice_of.astype(int))), shape=(len(every), len(self.value))
        ).tocsr()
        return [LinearConstraint(table, low, high)]


@dataclass(frozen=True)
class Solved:
    """How far each choice is taken (0 to 1 for yes or no), the value
    reached, and the most that could be; nothing where impossible.

    `is_known`: it was worked out; without an answer and not known, time ran out.
    """

    chosen: Any
    value: float = 0.0
    bound: float = 0.0
    is_possible: bool = True
    is_known: bool = True

    @property
    def gap(self) -> float:
        """The part (0-1) by which the bound lies above what was reached; 0 is proven best."""
        apart = (self.bound - self.value) / abs(self.bound) if self.bound else 0.0
        return apart if apart > PROVEN else 0.0

    def taken(self) -> set[int]:
        """The numbers of the choices that are taken."""
        return set(np.flatnonzero(self.chosen > TAKEN).tolist())
