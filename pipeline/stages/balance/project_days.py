"""On which days each piece can be begun on: from the tenure of its holding, the room for the activity, and how long a
project stands.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from layers.closed_lists import HOLDINGS, ROOMS
from pipeline.land.dates import FAR_DAY, after, day_number, later
from pipeline.land.land import PAIR, TENURE_PREFIX, AssessedLand
from pipeline.land.tenure_timeline import Timeline
from pipeline.project.models import VerdictConfig
from pipeline.stages.balance.in_time import IN_USE

USABLE = "usable"
_IS_USE: Any = np.isin(HOLDINGS, IN_USE)


@dataclass(frozen=True)
class Spells:
    """Days without a break: the piece (position) of each, its first and its last day (numbers; FAR_DAY: for good)."""

    piece: Any
    first: Any
    last: Any

    def begins(self, stands_years: int | None) -> Spells:
        """The days on which can begin what stands so many years, or for good (None), within one of these spells."""
        last = self.last if stands_years is None else later(after(self.last), -12 * stands_years)
        fits = self.last == FAR_DAY if stands_years is None else last >= self.first
        return Spells(self.piece[fits], self.first[fits], last[fits])

    def some(self, is_meant: Any) -> Spells:
        """Those of some pieces (a flag per piece)."""
        here = is_meant[self.piece]
        return Spells(self.piece[here], self.first[here], self.last[here])

    def on(self, day: int) -> Any:
        """The pieces (positions, rising) of which a spell holds on a day."""
        return np.unique(self.piece[(self.first <= day) & (self.last >= day)])

    def ends(self, day: int, pieces: Any) -> Any:
        """The last day of the spell in which each of some pieces is on a day."""
        here = np.flatnonzero((self.first <= day) & (self.last >= day))
        here = here[np.argsort(self.piece[here])]
        return self.last[here[np.searchsorted(self.piece[here], pieces)]]

    def are_over(self, first: int, last: int) -> bool:
        """Whether some spell that holds on a day from the first to the last is not for good."""
        return bool(((self.first <= last) & (self.last >= first) & (self.last < FAR_DAY)).any())

    def turns(self, first: int, last: int) -> list[int]:
        """The days from the first to the last on which a spell begins, or is over; the first among them."""
        days = np.concatenate([[first], self.first, after(self.last)])
        return [int(day) for day in np.unique(days[(days >= first) & (days <= last)])]


def unbroken(days: Iterable[int], count: int, on: Callable[[int], Any]) -> Spells:
    """The spells in which each of so many pieces is flagged on every day; flags change on the days that are given, in
    order, alone, and what holds on the last of them holds for good."""
    began: Any = np.full(count, -FAR_DAY)
    parts: list[tuple[Any, Any, Any]] = []
    for day in days:
        now = on(day)
        over = np.flatnonzero(~now & (began > -FAR_DAY))
        parts.append((over, began[over], np.full(len(over), day - 1)))
        began[over] = -FAR_DAY
        began[now & (began == -FAR_DAY)] = day
    left = np.flatnonzero(began > -FAR_DAY)
    parts.append((left, began[left], np.full(len(left), FAR_DAY)))
    return Spells(*(np.concatenate(column) for column in zip(*parts, strict=True)))


@dataclass(frozen=True)
class LandInTime:
    """Pieces with the timeline of their holdings in each case, the room of every pair of combination and plan category
    by the years in which it changes, and which pairs of holding and room are usable."""

    land: AssessedLand
    lines: dict[str, Timeline]
    holding: Any  # position of the holding of each piece
    turns: pd.DataFrame
    verdicts: Collection[VerdictConfig]
    lifted: Collection[str]
    today: dt.date

    @cached_property
    def is_usable(self) -> Any:
        """Whether a holding (row, as the closed list has them) with a room (column) is usable; a lifted one is free."""
        written = {(row.holding, room): row.verdict(room) for row in self.verdicts for room in ROOMS}
        as_free = {state: "free" for state in HOLDINGS if TENURE_PREFIX + state in self.lifted}
        return np.array([[written[as_free.get(state, state), room] == USABLE for room in ROOMS] for state in HOLDINGS])

    @cached_property
    def years(self) -> list[int]:
        """The years in which the room of a pair changes, this year first."""
        return sorted({self.today.year, *self.turns["turn_year"].astype(int)})

    @cached_property
    def year_days(self) -> dict[int, int]:
        """The first day (number) of each of these years; of this one today."""
        return {year: day_number(max(self.today, dt.date(year, 1, 1))) for year in self.years}

    @cached_property
    def _rooms(self) -> tuple[Any, Any]:
        """The room (as the closed list has them), and the text of what limits it, of every row of the turns."""
        place = {room: number for number, room in enumerate(ROOMS)}
        return self.turns["room"].map(place).to_numpy(dtype=int), self.turns["limiting"].fillna("").to_numpy(
            dtype=object
        )

    @cached_property
    def _rows(self) -> dict[str, Any]:
        """Per profile the row of the turns that holds for every piece (column) from each of the years (row) on."""
        both = pd.concat([self.turns[PAIR], self.land.pieces[PAIR]], ignore_index=True)
        pair = both.groupby(PAIR, sort=False).ngroup().to_numpy()
        of_turn, of_piece = pair[: len(self.turns)], pair[len(self.turns) :]
        year: Any = np.searchsorted(self.years, self.turns["turn_year"].to_numpy(dtype=int))
        rows = {}
        for profile, turns in self.turns.groupby("profile").indices.items():
            table: Any = np.full((len(self.years), int(pair.max(initial=-1)) + 1), -1)
            table[year[turns], of_turn[turns]] = turns  # in order of the year within each pair: the last one holds
            rows[str(profile)] = np.maximum.accumulate(table)[:, of_piece]
        return rows

    def _year(self, day: int) -> int:
        return bisect_right(self._first_days, day) - 1

    @cached_property
    def _first_days(self) -> list[int]:
        return list(self.year_days.values())

    def room(self, profile: str, day: int) -> Any:
        """The room of each piece for an activity on a day, as a place in the closed list."""
        return self._rooms[0][self._rows[profile][self._year(day)]]

    def state(self, case: str, day: int) -> Any:
        """The holding of each piece on a day, as a place in the closed list."""
        return self._states[case][self._row(case, day)][self.holding]

    def _row(self, case: str, day: int) -> Any:
        """The row of the period of each holding on a day."""
        return self.lines[case].on(dt.date(1970, 1, 1) + dt.timedelta(days=day))

    @cached_property
    def _states(self) -> dict[str, Any]:
        return {case: pd.Index(HOLDINGS).get_indexer(line.state) for case, line in self.lines.items()}

    def spells(self, case: str, profiles: Iterable[str], *, is_left: bool = False) -> dict[str, Spells]:
        """Per activity the spells in which each piece is free and open to it, from today on; `is_left`: where who uses
        it today under its contract leaves it. What others have, or is not known, stays so."""
        line, today = self.lines[case], day_number(self.today)
        days = sorted({*self._first_days, *line.begins[(line.begins > today) & (line.begins < FAR_DAY)].tolist()})
        state_on = self._state_when_left if is_left else self.state
        states, count = {day: state_on(case, day).astype(np.int8) for day in days}, len(self.land.pieces)

        def usable(profile: str) -> Callable[[int], Any]:
            return lambda day: self.is_usable[states[day], self.room(profile, day)]

        return {profile: unbroken(days, count, usable(profile)) for profile in profiles}

    def _state_when_left(self, case: str, day: int) -> Any:
        """The holding of each piece on a day, free as long as the contract runs of who uses it today."""
        line, now, then = self.lines[case], self._row(case, day_number(self.today)), self._row(case, day)
        state = self.state(case, day)
        is_same_use = _IS_USE[self.state(case, day_number(self.today))] & _IS_USE[state]
        is_same_use &= (line.contract[now] == line.contract[then])[self.holding]
        return np.where(is_same_use, HOLDINGS.index("free"), state)

    def limits(self, case: str, profile: str, day: int, pieces: Any) -> str:
        """What keeps pieces from being free and open on a day: constraints, and who has them, space between."""
        texts = self._rooms[1][self._rows[profile][self._year(day), pieces]]
        factors = {name for text in texts for name in text.split()}
        states = {HOLDINGS[state] for state in self.state(case, day)[pieces]}
        return " ".join(sorted(factors | {TENURE_PREFIX + state for state in states - {"free"}}))
