"""Land by the set of factors that keep it from being free and open; arithmetic on a small table, no geometry here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations, compress, islice
from typing import Any

import numpy as np

from pipeline.land.land import TENURE_PREFIX
from pipeline.land.shapley import equal_share

# Sets of factors are tried one by one up to this number of factors; beyond, the greedy choice stands with its bound.
MOST_TRIED = 20
EXACT_UP_TO = 3  # members of a set
SETS_PER_BATCH = 1000


@dataclass(frozen=True)
class Lever:
    """Factors lifted together, the m2 that leaves free and open, and the most that any as many could
    (equal: proven best)."""

    lifted: tuple[str, ...]
    raw_m2: float
    bound_m2: float


@dataclass(frozen=True, eq=False)
class BlockingFactors:
    """Sets of blocking factors and the m2 under each; the empty set is land that is free and open.

    `covers` is bool, sets x names; the names are in rising order. It equals itself alone, so that what is worked out of
    it can be remembered.
    """

    names: tuple[str, ...]
    covers: Any
    area_m2: Any

    @classmethod
    def from_sets(cls, sets: Iterable[Collection[str]], area_m2: Iterable[float]) -> BlockingFactors:
        """From sets of names with their m2; the same set twice is one."""
        total: dict[frozenset[str], float] = defaultdict(float)
        for names, m2 in zip(sets, area_m2, strict=True):
            total[frozenset(names)] += float(m2)
        # Sorted by their names, so that sums run in one order and repeat to the bit.
        every = tuple(sorted(frozenset().union(*total)))
        ordered = sorted(total, key=sorted)
        covers: Any = np.array([[name in names for name in every] for names in ordered], dtype=bool)
        return cls(every, covers.reshape(len(ordered), len(every)), np.array([total[names] for names in ordered]))

    def sets(self) -> list[tuple[str, ...]]:
        """The names in each set, in rising order."""
        return [tuple(compress(self.names, cover)) for cover in self.covers.tolist()]

    @cached_property
    def count(self) -> Any:
        """How many factors each set holds."""
        return self.covers.sum(axis=1)

    @cached_property
    def tenure(self) -> frozenset[str]:
        """The factors that are the tenure of the land, not a rule."""
        return frozenset(name for name in self.names if name.startswith(TENURE_PREFIX))

    @property
    def blocked_m2(self) -> float:
        """m2 under any factor."""
        return float(self.area_m2[self.count > 0].sum())

    def hit(self) -> Any:
        """m2 that each factor lies on."""
        return self.covers.T @ self.area_m2

    def unique(self) -> Any:
        """m2 that each factor alone lies on."""
        return self.covers.T @ np.where(self.count == 1, self.area_m2, 0.0)

    def share(self, largest: int | None = None) -> Any:
        """Shapley value of each factor in m2: those over the same land bear it in equal parts; `largest`: of sets up
        to that size."""
        counts = (self.count > 0) & (self.count <= (largest or len(self.names)))
        return self.covers.T @ np.where(counts, equal_share(self.area_m2, self.count), 0.0)

    def overlap(self) -> Any:
        """m2 under both of each two factors (names x names)."""
        return (self.covers * self.area_m2[:, None]).T @ self.covers

    def freed(self, lifted: Collection[str]) -> float:
        """m2 that become free and open when these factors are lifted together."""
        return float(self.area_m2[(self.count > 0) & self.within(lifted)].sum())

    def within(self, lifted: Collection[str]) -> Any:
        """Which sets hold nothing but these factors; the empty set among them."""
        return ~self.covers[:, ~self._is_among(lifted)].any(axis=1)

    def within_each(self, lifted: Sequence[Collection[str]]) -> Any:
        """Which sets hold nothing but these factors, for each of some collections of factors (sets x collections)."""
        place = {name: position for position, name in enumerate(self.names)}
        stays: Any = np.ones((len(self.names), len(lifted)), dtype=bool)
        for column, names in enumerate(lifted):
            stays[[place[name] for name in names if name in place], column] = False
        return ~(self.covers @ stays)

    def by(self, group_of: Mapping[str, str]) -> BlockingFactors:
        """The same m2 by the groups that its factors belong to (themes)."""
        return BlockingFactors.from_sets([{group_of[name] for name in names} for names in self.sets()], self.area_m2)

    def less(self, fixed: Collection[str]) -> BlockingFactors:
        """Only the m2 without certain factors: what can be lifted at all."""
        is_fixed = self._is_among(fixed)
        rows = ~self.covers[:, is_fixed].any(axis=1)
        names = tuple(name for name in self.names if name not in fixed)
        return BlockingFactors(names, self.covers[rows][:, ~is_fixed], self.area_m2[rows])

    def _is_among(self, names: Collection[str]) -> Any:
        return np.array([name in names for name in self.names], dtype=bool)


def best_levers(
    factors: BlockingFactors, most: int, per_size: int, wanted: Callable[[Lever], bool] = lambda _: True
) -> list[Lever]:
    """The sets of one up to `most` factors that free most m2, of each size the best `per_size` that are wanted.

    No set has idle members. Up to three factors every set is tried; beyond, one set of each size is returned: the
    best where the factors are few enough to try them all, else a greedy choice. The bound is the sum of the largest
    shares, for what a set frees is divided over its members."""
    levers: list[Lever] = []
    for size in range(1, min(most, len(factors.names)) + 1):
        if size <= EXACT_UP_TO:
            levers += islice(filter(wanted, _tried(factors, size)), per_size)
        else:
            levers += filter(wanted, best_beyond(factors, size))
    return levers


def _tried(factors: BlockingFactors, size: int) -> Iterator[Lever]:
    """Every set of up to three factors whose members all count, the best first."""
    sets, freed, best = lever_sets(factors, size)
    for members, m2 in zip(sets.tolist(), freed.tolist(), strict=True):
        yield Lever(tuple(factors.names[place] for place in members), m2, best)


def lever_sets(factors: BlockingFactors, size: int) -> tuple[Any, Any, float]:
    """Every set of so many factors (at most three) whose members all count, the best first: the positions of its
    names, rising; the m2 that each frees; and the most m2 that any set of that size frees."""
    small = np.flatnonzero((factors.count > 0) & (factors.count <= size))
    alive = np.flatnonzero(factors.covers[small].any(axis=0))
    covers, m2, number = factors.covers[small][:, alive], factors.area_m2[small], len(alive)
    sizes = covers.sum(axis=1)
    # Per number of members a table with the m2 under exactly those factors: exact[1][i, j] is under i and j alone.
    exact = [np.zeros((number,) * order) for order in range(1, size + 1)]
    for order, table in enumerate(exact, start=1):
        members = covers[sizes == order]
        table[tuple(np.nonzero(members)[1].reshape(len(members), order).T)] += m2[sizes == order]
    # What a set frees is what lies under any of its subsets; a member adds what lies under the subsets that hold it.
    sets = _sets_of(number, size)
    freed = np.zeros(len(sets))
    adds = np.zeros((len(sets), size))
    for order, table in enumerate(exact, start=1):
        for part in combinations(range(size), order):
            under = table[tuple(sets[:, list(part)].T)]
            freed += under
            adds[:, list(part)] += under[:, None]
    # A member that adds nothing makes no lever of its own; of equals the first by name.
    real = np.flatnonzero((adds > 0).all(axis=1))
    order_of = real[np.lexsort((*sets[real].T[::-1], -freed[real]))]
    return alive[sets[order_of]].reshape(-1, size), freed[order_of], float(freed.max(initial=0.0))


def best_beyond(factors: BlockingFactors, size: int) -> list[Lever]:
    """One set of more than three factors, with the bound on what any could free; none where there are fewer, or the
    greedy choice ends before."""
    if size > len(factors.names):
        return []
    # What a set frees is divided over its members by their shares: no set frees more than the largest shares together.
    bound = min(float(np.sort(factors.share(size))[::-1][:size].sum()), factors.blocked_m2)
    start = next(_tried(factors, EXACT_UP_TO), None)
    chosen = _greedy(factors, size, start.lifted if start else ())
    if chosen is None:
        return []
    greedy = Lever(chosen, factors.freed(chosen), bound)
    small = (factors.count > 0) & (factors.count <= size)
    alive = np.flatnonzero(factors.covers[small].any(axis=0))
    if greedy.raw_m2 >= bound - 1e-6 or len(alive) > MOST_TRIED or len(alive) < size:
        return [greedy]
    # Few enough to try every set of this size, in batches that fit in memory.
    sets = _sets_of(len(alive), size)
    covers, m2 = factors.covers[small][:, alive], factors.area_m2[small]
    batches = np.array_split(sets, len(sets) // SETS_PER_BATCH + 1)
    freed = np.concatenate([_freed_by(covers, m2, batch) for batch in batches])
    best = int(np.argmax(freed))
    if freed[best] <= greedy.raw_m2 + 1e-9:
        return [Lever(greedy.lifted, greedy.raw_m2, greedy.raw_m2)]
    return [Lever(tuple(factors.names[alive[place]] for place in sets[best]), float(freed[best]), float(freed[best]))]


@lru_cache(maxsize=64)  # the same few sizes come back in every cluster
def _sets_of(number: int, size: int) -> Any:
    """Every set of so many of the first whole numbers, as rows in rising order."""
    return np.array(list(combinations(range(number), size)), dtype=int).reshape(-1, size)


def _freed_by(covers: Any, m2: Any, sets: Any) -> Any:
    """m2 that each set of factors frees (sets are rows of positions); cost: sets of land x sets of factors."""
    # A factor is a bit: there are at most MOST_TRIED.
    bits = 1 << np.arange(covers.shape[1])
    return m2 @ ((covers @ bits)[:, None] & ~bits[sets].sum(axis=1) == 0)


def _greedy(factors: BlockingFactors, size: int, start: tuple[str, ...]) -> tuple[str, ...] | None:
    """`start` and the factors that add most m2 to it, up to `size`; None where no more fit.

    Where no single factor adds anything, those of the largest set that then still fits are taken together.
    """
    lifted = list(start)
    while len(lifted) < size:
        remains = np.array([name not in lifted for name in factors.names])
        left = (factors.covers & remains).sum(axis=1)
        fits = (left > 0) & (left <= size - len(lifted))
        if not fits.any():
            return None
        fewest = left == left[fits].min()
        gain = (factors.covers & remains).T @ np.where(fewest, factors.area_m2, 0.0)
        if left[fits].min() == 1:
            lifted.append(factors.names[int(np.argmax(gain))])
            continue
        largest = int(np.argmax(np.where(fewest, factors.area_m2, -1.0)))
        lifted += [factors.names[place] for place in np.flatnonzero(factors.covers[largest] & remains)]
    return tuple(sorted(lifted))
