"""Redenen: land by the set of reasons that keep it from being free and open; arithmetic on a small table, no geometry here."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, islice
from typing import Any

import numpy as np

# Sets of reasons are tried one by one up to this number of reasons; beyond, the greedy choice stands with its bound.
MOST_TRIED = 20
EXACT_UP_TO = 3
AT_ONCE = 1000


@dataclass(frozen=True)
class Lever:
    """Reasons lifted together, the m2 that leaves free and open, and the most that any as many could (equal: proven best)."""

    lifted: tuple[str, ...]
    raw_m2: float
    bound_m2: float


@dataclass(frozen=True)
class BlockingFactors:
    """Sets of reasons (bool, sets x names, names rising) and the m2 under each; the empty set is land that is free and open."""

    names: tuple[str, ...]
    covers: Any
    area_m2: Any

    @classmethod
    def from_sets(cls, sets: Iterable[Collection[str]], area_m2: Iterable[float]) -> BlockingFactors:
        """From sets of names with their m2; the same set twice is one."""
        total: dict[frozenset[str], float] = {}
        for one, m2 in zip(sets, area_m2, strict=True):
            total[frozenset(one)] = total.get(frozenset(one), 0.0) + float(m2)
        names = tuple(sorted({name for one in total for name in one}))
        ordered = sorted(total, key=sorted)
        covers: Any = np.array([[name in one for name in names] for one in ordered], dtype=bool)
        return cls(names, covers.reshape(len(ordered), len(names)), np.array([total[one] for one in ordered]))

    @cached_property
    def count(self) -> Any:
        """How many reasons each set holds."""
        return self.covers.sum(axis=1)

    @property
    def open_m2(self) -> float:
        """m2 under no reason at all."""
        return float(self.area_m2[self.count == 0].sum())

    @property
    def blocked_m2(self) -> float:
        """m2 under any reason."""
        return float(self.area_m2[self.count > 0].sum())

    def hit(self) -> Any:
        """m2 that each reason lies on."""
        return self.covers.T @ self.area_m2

    def unique(self) -> Any:
        """m2 that each reason alone lies on."""
        return self.covers.T @ np.where(self.count == 1, self.area_m2, 0.0)

    def share(self, largest: int | None = None) -> Any:
        """m2 of each reason when those over the same land bear it in equal parts: its Shapley value. `largest`: of sets up to that size."""
        counts = (self.count > 0) & (self.count <= (largest or len(self.names)))
        return self.covers.T @ np.where(counts, self.area_m2 / np.maximum(self.count, 1), 0.0)

    def overlap(self) -> Any:
        """m2 under both of each two reasons (names x names)."""
        return (self.covers * self.area_m2[:, None]).T @ self.covers

    def freed(self, lifted: Collection[str]) -> float:
        """m2 that become free and open when these reasons are lifted together."""
        kept = [at for at, name in enumerate(self.names) if name not in lifted]
        return float(self.area_m2[(self.count > 0) & ~self.covers[:, kept].any(axis=1)].sum())

    def within(self, lifted: Collection[str]) -> Any:
        """Which sets hold nothing but these reasons; the empty set among them."""
        kept = [at for at, name in enumerate(self.names) if name not in lifted]
        return ~self.covers[:, kept].any(axis=1)

    def by(self, group_of: Mapping[str, str]) -> BlockingFactors:
        """The same land by the groups that its reasons belong to (themes)."""
        sets = [{group_of[self.names[at]] for at in np.flatnonzero(row)} for row in self.covers]
        return BlockingFactors.from_sets(sets, self.area_m2)

    def less(self, fixed: Collection[str]) -> BlockingFactors:
        """Only the land without certain reasons: what can be lifted at all."""
        barred = self.covers[:, [at for at, name in enumerate(self.names) if name in fixed]].any(axis=1)
        own = [at for at, name in enumerate(self.names) if name not in fixed]
        return BlockingFactors(tuple(self.names[at] for at in own), self.covers[~barred][:, own], self.area_m2[~barred])


def levers(
    reasons: BlockingFactors, most: int, kept: int, wanted: Callable[[Lever], bool] = lambda _: True
) -> list[Lever]:
    """The sets of one up to `most` reasons that free most, of each size the best `kept` that are wanted, each without idle members.

    Up to three reasons every set is tried; beyond, one set of each size is told: the best where the reasons are few enough to
    try them all, else a greedy choice. The bound is the sum of the largest shares, for what a set frees is divided over its members.
    """
    found: list[Lever] = []
    for size in range(1, min(most, len(reasons.names)) + 1):
        if size <= EXACT_UP_TO:
            found += islice(filter(wanted, _tried(reasons, size)), kept)
        else:
            found += filter(wanted, _beyond(reasons, size))
    return found


def _tried(reasons: BlockingFactors, size: int) -> Iterator[Lever]:
    """Every set of up to three reasons whose members all count, the best first."""
    small = np.flatnonzero((reasons.count > 0) & (reasons.count <= size))
    if not len(small):
        return
    alive = np.flatnonzero(reasons.covers[small].any(axis=0))
    if len(alive) < size:
        return
    covers, m2, number = reasons.covers[small][:, alive], reasons.area_m2[small], len(alive)
    sizes = covers.sum(axis=1)
    exact = [np.zeros((number,) * order) for order in range(1, size + 1)]
    for order, table in enumerate(exact, start=1):
        own = covers[sizes == order]
        if len(own):
            table[tuple(np.nonzero(own)[1].reshape(len(own), order).T)] += m2[sizes == order]
    sets = np.array(list(combinations(range(number), size)), dtype=int).reshape(-1, size)
    freed = np.zeros(len(sets))
    adds = np.zeros((len(sets), size))  # m2 that would be lost without each member
    for order, table in enumerate(exact, start=1):
        for part in combinations(range(size), order):
            own = table[tuple(sets[:, list(part)].T)]
            freed += own
            adds[:, list(part)] += own[:, None]
    real = np.flatnonzero((adds > 0).all(axis=1))
    order_of = real[np.lexsort((*sets[real].T[::-1], -freed[real]))]
    best = float(freed.max())
    for one in order_of.tolist():
        yield Lever(tuple(reasons.names[alive[at]] for at in sets[one]), float(freed[one]), best)


def _beyond(reasons: BlockingFactors, size: int) -> list[Lever]:
    """One set of more than three reasons, with the bound on what any could free; none where the greedy choice ends before."""
    bound = min(float(np.sort(reasons.share(size))[::-1][:size].sum()), reasons.blocked_m2)
    start = next(_tried(reasons, EXACT_UP_TO), None)
    chosen = _greedy(reasons, size, start.lifted if start else ())
    if chosen is None:
        return []
    greedy = Lever(chosen, reasons.freed(chosen), bound)
    small = (reasons.count > 0) & (reasons.count <= size)
    alive = np.flatnonzero(reasons.covers[small].any(axis=0))
    if greedy.raw_m2 >= bound - 1e-6 or len(alive) > MOST_TRIED or math.comb(len(alive), size) == 0:
        return [greedy]
    sets = np.array(list(combinations(range(len(alive)), size)), dtype=int)
    covers, m2 = reasons.covers[small][:, alive].astype(float), reasons.area_m2[small]
    freed = np.concatenate([_freed_by(covers, m2, part) for part in np.array_split(sets, len(sets) // AT_ONCE + 1)])
    best = int(np.argmax(freed))
    if freed[best] <= greedy.raw_m2 + 1e-9:
        return [Lever(greedy.lifted, greedy.raw_m2, greedy.raw_m2)]
    return [Lever(tuple(reasons.names[alive[at]] for at in sets[best]), float(freed[best]), float(freed[best]))]


def _freed_by(covers: Any, m2: Any, sets: Any) -> Any:
    """m2 that each set of reasons frees (sets are rows of positions); cost: sets of land x sets x reasons."""
    kept = np.ones((len(sets), covers.shape[1]))
    kept[np.arange(len(sets))[:, None], sets] = 0.0
    return m2 @ (covers @ kept.T == 0.0)


def _greedy(reasons: BlockingFactors, size: int, start: tuple[str, ...]) -> tuple[str, ...] | None:
    """`start` and the reasons that add most to it, up to `size`; those of the largest set that then still fits where no single one adds."""
    lifted = list(start)
    while len(lifted) < size:
        kept = np.array([name not in lifted for name in reasons.names])
        left = (reasons.covers & kept).sum(axis=1)
        room = size - len(lifted)
        fits = (left > 0) & (left <= room)
        if not fits.any():
            return None
        fewest = left == left[fits].min()
        gain = (reasons.covers & kept).T @ np.where(fewest, reasons.area_m2, 0.0)
        if left[fits].min() == 1:
            lifted.append(reasons.names[int(np.argmax(gain))])
            continue
        largest = int(np.argmax(np.where(fewest, reasons.area_m2, -1.0)))
        lifted += [reasons.names[at] for at in np.flatnonzero(reasons.covers[largest] & kept)]
    return tuple(sorted(lifted))
