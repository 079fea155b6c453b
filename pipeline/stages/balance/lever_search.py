"""Which levers make most land usable, with a proof: each is tried on the land, or has a bound below what is told.

Idea: a lever makes no more usable than what it opens, and the open land beside that which is not usable now. That is
quick to say of every lever; they are tried in the order of it, until the next cannot be better.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import compress
from typing import Any

import numpy as np

from layers.units import enough_m2
from pipeline.land.blocking_by_piece import BlockingByPiece
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.rules import ProfileConfig

LOOSE_PER_TRY = 4
SAME_M2 = 1e-3  # sums in another order may differ
MOST_ROUNDS = 40  # of trying: land of which the bounds say little is not tried without end, and is not told as proven


@dataclass(frozen=True)
class LeverGains:
    """What levers free of some land, usable m2; what opens the same pieces beside the same land frees as much, by
    whatever name, in whatever year."""

    areas: ContiguousAreas
    usable: dict[bytes, Any] = field(default_factory=dict)
    gained_m2: dict[bytes, float] = field(default_factory=dict)
    most_m2: dict[bytes, float] = field(default_factory=dict)

    def m2(self, levers: Sequence[tuple[str, ...]], blocking: BlockingByPiece, profile: ProfileConfig) -> Any:
        """How many m2 more are usable after each of some levers."""
        return self._of_each(levers, blocking, profile, (self._gained_m2, self.gained_m2))

    def close_bound_m2(
        self, levers: Sequence[tuple[str, ...]], blocking: BlockingByPiece, profile: ProfileConfig
    ) -> Any:
        """The same if all areas that are large enough, and near a quay where one is asked, were usable: the most m2
        that each lever can make usable."""
        return self._of_each(levers, blocking, profile, (self._most_m2, self.most_m2))

    def _of_each(
        self,
        levers: Sequence[tuple[str, ...]],
        blocking: BlockingByPiece,
        profile: ProfileConfig,
        measure: tuple[Callable[..., float], dict[bytes, float]],
    ) -> Any:
        """What is measured of the pieces that each lever opens; measured once, and remembered."""
        measured_m2, known_m2 = measure
        open_sets = blocking.factors.within(())
        is_open = open_sets[blocking.place]
        base, now = self._now(is_open, profile)
        opened_sets = (blocking.factors.within_each(levers) & ~open_sets[:, None]).T
        m2_of = {np.zeros_like(open_sets).tobytes(): 0.0}  # most levers open the same sets as another, or none
        for sets in opened_sets:
            if sets.tobytes() not in m2_of:
                opened = np.flatnonzero(sets[blocking.place])
                key = base + _digest(opened)
                if key not in known_m2:
                    known_m2[key] = measured_m2(opened, is_open, now, profile)
                m2_of[sets.tobytes()] = known_m2[key]
        return np.array([m2_of[sets.tobytes()] for sets in opened_sets])

    def bound_m2(self, names: Sequence[str], lifts: Any, blocking: BlockingByPiece, profile: ProfileConfig) -> Any:
        """The most m2 that each of some levers can make usable (lifts: a flag per lever and name): what it opens, and
        the open land that touches this and is not usable now; 0 where these can have no quay, or are too small and
        touch nothing usable."""
        open_sets = blocking.factors.within(())
        is_open = open_sets[blocking.place]
        if profile.least_quay_m and self.areas.quays is None:
            return np.zeros(len(lifts))
        opened = _opens(blocking, names, lifts) & ~open_sets[:, None]
        rows = np.flatnonzero(opened.any(axis=1))
        opened = opened[rows]
        _, now = self._now(is_open, profile)
        touched = self._touched(blocking.place, is_open, now, rows, len(open_sets))
        # Single precision counts touching sets exactly; m2 are summed in double precision.
        is_joined = touched.by_area.astype(np.float32) @ opened.astype(np.float32) > 0
        m2 = blocking.factors.area_m2[rows] @ opened.astype(float) + touched.area_m2 @ is_joined.astype(float)
        is_enough = m2 >= enough_m2(profile.least_area_ha) * (1.0 - 1e-9)
        may = is_enough | opened[touched.is_usable].any(axis=0)
        if profile.least_quay_m:
            may &= opened[touched.is_near_quay].any(axis=0)
        return np.where(may, m2, 0.0)

    def _now(self, is_open: Any, profile: ProfileConfig) -> tuple[bytes, Any]:
        """What names the open land and what is asked of it, and which of its pieces are usable as it is."""
        asks = np.array([profile.least_area_ha, profile.least_width_m, profile.least_quay_m, profile.least_draught_m])
        base = asks.tobytes() + _digest(is_open)
        if base not in self.usable:
            patches = self.areas.usable(np.flatnonzero(is_open), profile)
            self.usable[base] = _with_usable(np.zeros_like(is_open), patches)
        return base, self.usable[base]

    def _touched(self, set_of: Any, is_open: Any, now: Any, rows: Any, count: int) -> "TouchedLand":
        """What the land of some sets touches of what is open."""
        pieces, begins = self.areas.groups(np.flatnonzero(is_open))
        area_of: Any = np.full(len(is_open), -1)
        area_of[pieces] = np.repeat(np.arange(len(begins) - 1), np.diff(begins))
        row_of: Any = np.full(count, -1)
        row_of[rows] = np.arange(len(rows))
        ends = np.concatenate([self.areas.edges, self.areas.edges[:, ::-1]])
        row, neighbour = row_of[set_of[ends[:, 0]]], ends[:, 1]
        is_open_side = (row >= 0) & is_open[neighbour]
        row, neighbour = row[is_open_side], neighbour[is_open_side]
        is_near_quay = self._near_quay()
        is_usable: Any = np.zeros(len(rows), dtype=bool)
        is_near: Any = np.zeros(len(rows), dtype=bool)
        is_usable[row[now[neighbour]]] = True
        near_areas = np.unique(area_of[pieces[is_near_quay[pieces]]])
        is_near[row[np.isin(area_of[neighbour], near_areas)]] = True
        near_rows = row_of[set_of[is_near_quay]]
        is_near[near_rows[near_rows >= 0]] = True
        # Only areas that are not usable now can add to what is; those that the same sets touch count as one.
        areas, number = np.unique(area_of[neighbour[~now[neighbour]]], return_inverse=True)
        by_area: Any = np.zeros((len(areas), len(rows)), dtype=bool)
        by_area[number, row[~now[neighbour]]] = True
        area_m2 = np.bincount(area_of[pieces], self.areas.area_m2[pieces], len(begins) - 1)[areas]
        patterns, pattern = np.unique(np.packbits(by_area, axis=1), axis=0, return_inverse=True)
        by_pattern = np.unpackbits(patterns, axis=1, count=len(rows)).astype(bool)
        return TouchedLand(by_pattern, np.bincount(pattern.ravel(), area_m2, len(patterns)), is_usable, is_near)

    def _near_quay(self) -> Any:
        quays = self.areas.quays
        has_none = quays is None or not len(quays)
        return np.zeros(len(self.areas.shapes), dtype=bool) if has_none else self.areas.is_near_quay

    def _gained_m2(self, opened: Any, is_open: Any, now: Any, profile: ProfileConfig) -> float:
        """What is usable (m2) with opened pieces beside those that are open, less what is now."""
        # What the opened land hangs together with is judged anew, and may lose what it had: width is that of the whole,
        # and an edge along a quay may come to lie inside. All other land stays as it is.
        groups = self.areas.groups(opened, is_open)
        after = now.copy()
        after[groups[0]] = False
        after = _with_usable(after, self.areas.usable_of(groups, profile))
        area_m2 = self.areas.area_m2
        return float(area_m2[after].sum()) - float(area_m2[now].sum())

    def _most_m2(self, opened: Any, is_open: Any, now: Any, profile: ProfileConfig) -> float:
        """What could be usable (m2) of the areas that opened pieces make with those that are open, less what is now."""
        pieces, begins = self.areas.groups(opened, is_open)
        m2 = np.add.reduceat(self.areas.area_m2[pieces], begins[:-1])
        may = m2 >= enough_m2(profile.least_area_ha) * (1.0 - 1e-9)
        if profile.least_quay_m:
            may &= np.logical_or.reduceat(self._near_quay()[pieces], begins[:-1])
        return float(m2[may].sum()) - float(self.areas.area_m2[pieces[now[pieces]]].sum())


@dataclass(frozen=True)
class TouchedLand:
    """What the land of some sets of factors touches of what is open: which areas that are not usable (areas x sets)
    and their m2; and flags per set, touching what is usable, and lying or touching what lies near a quay."""

    by_area: Any
    area_m2: Any
    is_usable: Any
    is_near_quay: Any


def searched(
    bound_m2: Any,
    kinds: Any,
    wanted: int,
    close: Callable[[Any], Any],
    gains: Callable[[Any], Any],
    rounds: Mapping[int, int],
) -> tuple[Any, Any, Any]:
    """What levers gain (m2, nan where not tried), the most that each can, and whether no lever of its kind that was not
    tried can gain more.

    Of each kind (a number) levers are tried by falling bound, until no bound is above what the best `wanted` gain.
    close, gains: a closer bound, and what levers gain, by their positions; a lever is tried once its bound is close.
    """
    most, gained = bound_m2.copy(), np.full(len(bound_m2), np.nan)
    is_close: Any = np.zeros(len(bound_m2), dtype=bool)
    rows_of = [np.flatnonzero(kinds == kind) for kind in np.unique(kinds)]
    left = rows_of
    for turned in range(MOST_ROUNDS):
        left = [
            rows
            for rows in left
            if turned < rounds.get(int(kinds[rows[0]]), MOST_ROUNDS) and len(_may_be_better(most, gained, rows, wanted))
        ]
        loose: list[Any] = [np.empty(0, int)]
        tried: list[Any] = [np.empty(0, int)]
        for rows in left:
            first = _may_be_better(most, gained, rows, wanted)
            not_close = first[~is_close[first]]
            if (~is_close[first[:wanted]]).any():
                loose.append(not_close[: LOOSE_PER_TRY * wanted])
            else:
                tried.append(first[:wanted])
        turn, trial = np.concatenate(loose), np.concatenate(tried)
        if len(turn):
            most[turn], is_close[turn] = np.minimum(most[turn], close(turn)), True
        if len(trial):
            gained[trial] = gains(trial)
    is_proven: Any = np.zeros(len(most), dtype=bool)
    for rows in rows_of:
        untried = rows[np.isnan(gained[rows])]
        is_proven[rows] = gained[rows] >= most[untried].max(initial=-np.inf) - SAME_M2
    return gained, np.where(np.isnan(gained), most, gained), is_proven


def _may_be_better(most: Any, gained: Any, rows: Any, wanted: int) -> Any:
    """Those of some levers that were not tried and may gain more than the best that were, by falling bound."""
    is_untried = np.isnan(gained[rows])
    best, untried = gained[rows[~is_untried]], rows[is_untried]
    least = np.partition(best, -wanted)[-wanted] if len(best) >= wanted else -np.inf
    better = untried[most[untried] > least + SAME_M2]
    return better[np.argsort(-most[better], kind="stable")]


def _opens(blocking: BlockingByPiece, names: Sequence[str], lifts: Any) -> Any:
    """Which sets hold nothing but what each lever lifts (sets x levers)."""
    place = {name: position for position, name in enumerate(names)}
    stays: Any = np.ones((len(lifts), len(blocking.factors.names)), dtype=bool)
    for column, name in enumerate(blocking.factors.names):
        if name in place:
            stays[:, column] = ~lifts[:, place[name]]
    # Eight names at a time.
    covers, stays = np.packbits(blocking.factors.covers, axis=1), np.packbits(stays, axis=1)
    is_blocked: Any = np.zeros((len(covers), len(lifts)), dtype=bool)
    for column in range(covers.shape[1]):
        is_blocked |= (covers[:, column, None] & stays[None, :, column]) != 0
    return ~is_blocked


def _with_usable(is_usable: Any, patches: Any) -> Any:
    for patch in patches:
        is_usable[patch] = True
    return is_usable


def lifted_names(names: Sequence[str], lifts: Any) -> list[tuple[str, ...]]:
    """The names that each lever lifts, in rising order."""
    return [tuple(compress(names, flags)) for flags in lifts.tolist()]


def _digest(values: Any) -> bytes:
    return blake2b(values.tobytes(), digest_size=16).digest()
