"""The largest connected set under a bound: branch and bound, exact to a
square metre, or with the most that could still be."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

EXACT_M2 = 1.0  # an answer is not sought beyond what is told of an area
CLOSE = 1e-5  # part of the bound that a set may leave unused, and the search ends: with that gap, not as proven
ROUNDING_M2 = 1e-6  # sums of the same sizes in another order


@dataclass(frozen=True)
class LargestSet:
    """Positions of the members (rising; none where nothing beats the least that was wanted), the most m2 that any
    set could have, within a square metre, and the steps that it took."""

    members: list[int]
    bound_m2: float
    steps: int


@dataclass
class _Search:
    """Sites as bits of whole numbers, the largest first: m2 of each, those near each, and what was reached."""

    sizes: list[float]
    near: list[int]
    most_m2: float
    best_m2: float
    best: int = 0
    open_branches: list[tuple[int, float, int]] = field(default_factory=list)

    def total(self, chosen: int) -> float:
        """m2 of some sites."""
        return sum(self.sizes[place] for place in _bits(chosen))

    def reached(self, start: int, allowed: int) -> int:
        """The allowed sites that hang together with those from which it starts."""
        seen = wave = start
        while wave:
            touched = 0
            for place in _bits(wave):
                touched |= self.near[place]
            wave = touched & allowed & ~seen
            seen |= wave
        return seen

    def keep(self, chosen: int, m2: float) -> None:
        """Remember a set that is larger than the best so far."""
        if m2 > self.best_m2:
            self.best, self.best_m2 = chosen, m2

    def is_worth(self, m2: float) -> bool:
        """Whether so many m2 would be more than the best, by more than what is told."""
        return m2 > self.best_m2 + EXACT_M2

    def branch(self, chosen: int, m2: float, allowed: int) -> None:
        """Look at the sets that hold all chosen sites and further none but allowed ones; what is left to try goes on
        the stack, with the most m2 that it could reach."""
        if not chosen:
            for part in self.parts(allowed):
                self.settle(0, 0.0, part, part)
            return
        fits = sum(1 << place for place in _bits(allowed) if self.sizes[place] <= self.most_m2 - m2 + ROUNDING_M2)
        within = self.reached(chosen, chosen | fits)
        self.settle(chosen, m2, within, within & ~chosen & self.around(chosen))

    def settle(self, chosen: int, m2: float, within: int, choices: int) -> None:
        """Take all that is within reach where it fits; else try with the largest of the choices, and without it."""
        total_m2 = self.total(within)
        if not self.is_worth(min(total_m2, self.most_m2)):
            return
        if total_m2 <= self.most_m2 + ROUNDING_M2:
            self.keep(within, total_m2)
            return
        if not choices:
            return
        first = choices & -choices
        with_first_m2 = m2 + self.sizes[first.bit_length() - 1]
        self.keep(chosen | first, with_first_m2)
        self.open_branches.append((chosen, m2, within & ~first & ~chosen))
        self.open_branches.append((chosen | first, with_first_m2, within & ~first & ~chosen))

    def around(self, chosen: int) -> int:
        """The sites near any of some."""
        near = 0
        for place in _bits(chosen):
            near |= self.near[place]
        return near

    def parts(self, allowed: int) -> Iterator[int]:
        """The sets of allowed sites that hang together, that of the largest site first."""
        while allowed:
            part = self.reached(allowed & -allowed, allowed)
            allowed &= ~part
            yield part

    def run(self, most_steps: int) -> LargestSet:
        """Search until nothing is left, the best is close to the bound, or the steps are over; places, not positions.

        Steps are a number, not a time: runs repeat.
        """
        self.open_branches.append((0, 0.0, (1 << len(self.sizes)) - 1))
        steps = 0
        while self.open_branches and steps < most_steps and self.best_m2 < self.most_m2 * (1.0 - CLOSE):
            self.branch(*self.open_branches.pop())
            steps += 1
        left_m2 = max((m2 + self.total(allowed) for _, m2, allowed in self.open_branches), default=0.0)
        bound_m2 = max(self.best_m2, min(left_m2, self.most_m2))
        return LargestSet(list(_bits(self.best)), bound_m2, steps)


def largest_connected(sizes_m2: Any, near: Any, m2: tuple[float, float], most_steps: int) -> LargestSet:
    """Of the sets of sites (m2 of each) that hang together over near pairs (n x 2) the largest of at most so many m2;
    of equals the first.

    m2: the least and the most; only sets larger than the least by a square metre are looked for.
    """
    least_m2, most_m2 = m2
    order = np.flatnonzero(sizes_m2 <= most_m2 + ROUNDING_M2)
    order = order[np.argsort(-sizes_m2[order], kind="stable")]
    place = {site: bit for bit, site in enumerate(order.tolist())}
    neighbours = [0] * len(order)
    for one_side, other_side in np.asarray(near).reshape(-1, 2).tolist():
        if one_side in place and other_side in place:
            neighbours[place[one_side]] |= 1 << place[other_side]
            neighbours[place[other_side]] |= 1 << place[one_side]
    search = _Search(sizes_m2[order].tolist(), neighbours, most_m2, least_m2)
    largest = search.run(most_steps)
    return replace(largest, members=sorted(order[largest.members].tolist()))


def _bits(chosen: int) -> Iterator[int]:
    """Places of the bits that are set, rising."""
    while chosen:
        low = chosen & -chosen
        yield low.bit_length() - 1
        chosen ^= low
