"""The periods of holdings, read by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from layers.columns import CASES
from layers.derived.holding_states import LAYER as STATES
from pipeline.land.dates import FAR_DAY, dates, day_number, moment, numbered


@dataclass(frozen=True)
class Timeline:
    """The periods of one case in order of holding and day: position of the holding, first day, last day, state, kind of
    record, contract (empty for none), chance free."""

    holding: Any
    begins: Any
    until: Any
    state: Any
    decided_by: Any
    contract: Any
    chance: Any

    @staticmethod
    def from_periods(periods: pd.DataFrame, case: str, holding_ids: Any) -> Timeline:
        """The periods of a case, by the position of their holding in `holding_ids` (all of them have periods)."""
        rows = periods[periods["case"] == case]
        place = pd.Index(holding_ids).get_indexer(rows["holding_id"])
        begins = numbered(rows["begins_on"])
        names = ("tenure_status", "decided_by", "contract_id")
        texts = [rows[name].fillna("").to_numpy(dtype=object) for name in names]
        columns = [place, begins, numbered(rows["until"]), *texts, rows["chance_free"].to_numpy(dtype=float)]
        order = np.lexsort((begins, place))
        return Timeline(*(column[order] for column in columns))

    def on(self, day: dt.date) -> Any:
        """The row of the period of each holding on a day, in order of holding; a day before the first is taken
        as the first."""
        key, first = self._begun
        last_begun = np.searchsorted(key, moment(np.arange(len(first)), day_number(day)), side="right") - 1
        return np.maximum(last_begun, first)

    @cached_property
    def _begun(self) -> tuple[Any, Any]:
        """The moment at which each period begins, and the first row of each holding."""
        count = int(self.holding.max(initial=-1)) + 1
        return moment(self.holding, self.begins), np.searchsorted(self.holding, np.arange(count))

    def state_on(self, day: dt.date) -> Any:
        """The tenure status of each holding on a day."""
        return self.state[self.on(day)]

    @cached_property
    def since(self) -> Any:
        """Per period the day (number) since which its holding is in the same state without a break."""
        is_new: Any = np.ones(len(self.state), dtype=bool)
        is_new[1:] = (self.holding[1:] != self.holding[:-1]) | (self.state[1:] != self.state[:-1])
        return self.begins[np.maximum.accumulate(np.where(is_new, np.arange(len(is_new)), 0))]

    def next_free(self, day: dt.date) -> Any:
        """The first day from a day on that each holding is free for certain, in days since 1970; FAR_DAY where it
        never is."""
        now, rows = day_number(day), self.on(day)
        free_from: Any = np.full(len(rows), FAR_DAY)
        ahead = np.flatnonzero((self.chance >= 1.0) & (self.begins > now))[::-1]
        free_from[self.holding[ahead]] = self.begins[ahead]  # backwards, so that the first stays
        return np.where(self.chance[rows] >= 1.0, now, free_from)

    def free_together(self, holdings: Any, day: int) -> int:
        """The first day (number) from a day on that some holdings (positions) are all free for certain; FAR_DAY where
        they never are."""
        first: Any = np.searchsorted(self.holding, holdings)
        count = np.searchsorted(self.holding, holdings, side="right") - first
        begin = np.cumsum(count) - count  # of each holding among the rows
        rows = np.repeat(first - begin, count) + np.arange(count.sum())
        is_free = self.chance[rows] >= 1.0
        while True:  # each round a later day: at most as often as a period begins
            days = np.where(is_free & (self.until[rows] >= day), np.maximum(self.begins[rows], day), FAR_DAY)
            together = int(np.minimum.reduceat(days, begin).max(initial=day))
            if together in (day, FAR_DAY):
                return together
            day = together

    def free_through(self, first: dt.date, last: int) -> Any:
        """Which holdings are free from a day until another (a day number), for certain."""
        rows = self.on(first)
        return (self.chance[rows] >= 1.0) & (self.until[rows] >= last)


def states_on(periods: pd.DataFrame, days: Mapping[int, dt.date]) -> pd.DataFrame:
    """The tenure status of every holding and the record that decides, on the day of each year and in each case."""
    ids = np.sort(periods["holding_id"].unique().astype(object))
    tables = []
    for case in CASES:
        line = Timeline.from_periods(periods, case, ids)
        for year, day in days.items():
            rows = line.on(day)
            since = dates(np.maximum(line.since[rows], day_number(min(days.values()))))
            states = {"tenure_status": line.state[rows], "decided_by": line.decided_by[rows], "status_since": since}
            tables.append(pd.DataFrame({"holding_id": ids, "year": year, "case": case, **states}))
    return STATES.collect(tables)
