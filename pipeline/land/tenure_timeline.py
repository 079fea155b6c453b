"""Tijdlijn: the periods of holdings, asked by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layers.columns import CASES
from layers.derived.holding_states import LAYER as STATES
from pipeline.land.dates import FAR_DAY, day_number, moment, numbered


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
        own = periods[periods["case"] == case]
        place = pd.Index(holding_ids).get_indexer(own["holding_id"])
        begins = numbered(own["begins_on"])
        order = np.lexsort((begins, place))
        return Timeline(
            place[order],
            begins[order],
            numbered(own["until"])[order],
            own["tenure_status"].to_numpy(dtype=object)[order],
            own["decided_by"].to_numpy(dtype=object)[order],
            own["contract_id"].fillna("").to_numpy(dtype=object)[order],
            own["chance_free"].to_numpy(dtype=float)[order],
        )

    def on(self, day: dt.date) -> Any:
        """The row of the period of each holding on a day, in order of holding; a day before the first is taken as the first."""
        key = moment(self.holding, self.begins)
        count = int(self.holding.max(initial=-1)) + 1
        at = np.searchsorted(key, moment(np.arange(count), day_number(day)), side="right") - 1
        first = np.searchsorted(self.holding, np.arange(count))
        return np.maximum(at, first)

    def state_on(self, day: dt.date) -> Any:
        """The state of each holding on a day."""
        return self.state[self.on(day)]

    def next_free(self, day: dt.date) -> Any:
        """The first day from a day on that each holding is free for certain, as a number; FAR_DAY where it never is."""
        now, rows = day_number(day), self.on(day)
        found: Any = np.full(len(rows), FAR_DAY)
        ahead = np.flatnonzero((self.chance >= 1.0) & (self.begins > now))[::-1]
        found[self.holding[ahead]] = self.begins[ahead]  # backwards, so that the first stays
        return np.where(self.chance[rows] >= 1.0, now, found)

    def free_through(self, first: dt.date, last: int) -> Any:
        """Which holdings are free from a day until another (a day number), for certain."""
        rows = self.on(first)
        return (self.chance[rows] >= 1.0) & ((self.until[rows] >= last) | (self.until[rows] >= FAR_DAY))


def states_on(periods: pd.DataFrame, days: Mapping[int, dt.date]) -> pd.DataFrame:
    """The state of every holding and the record that decides, on the day of each year and in each case."""
    ids = np.sort(periods["holding_id"].unique().astype(object))
    made = [STATES.empty()]
    for case in CASES:
        line = Timeline.from_periods(periods, case, ids)
        for year, day in days.items():
            rows = line.on(day)
            states = {"tenure_status": line.state[rows], "decided_by": line.decided_by[rows]}
            made.append(pd.DataFrame({"holding_id": ids, "year": year, "case": case, **states}))
    return STATES.conform(pd.concat(made[1:] or made))
