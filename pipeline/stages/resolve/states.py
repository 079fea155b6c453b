"""Toestand: who has each holding on a day, from the rights on it and from what the register says.

The highest of the rights in force decides (`ORDER`); without any, the ground state from the register. A right counts from
its signature on: one that has yet to begin makes the land contracted. Earliest: no extension or option is called. Latest: all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layers.columns import HOLDINGS
from pipeline.calendar import FAR, add_months, days
from pipeline.cards import ResolveCard

CODE = {name: position for position, name in enumerate(HOLDINGS)}
# Rights that occupy come before rights that only claim; a lower rank gives way to a higher.
ORDER = ("reserved", "optioned", "contracted", "temporary", "idle", "leased")
RANK = {CODE[name]: rank for rank, name in enumerate(ORDER, start=1)}
BY_RANK = np.array([-1, *(CODE[name] for name in ORDER)])
USE = {
    "ground_lease": "leased",
    "sublease": "leased",
    "superficies": "leased",
    "rent": "leased",
    "temporary_use": "temporary",
}


@dataclass(frozen=True)
class Rights:
    """Rights that count, one row per holding and right: who, what it is in force and after, from when until when (days)."""

    holding: Any
    state: Any
    is_use: Any
    starts: Any
    release_earliest: Any
    release_latest: Any
    ends: Any


@dataclass(frozen=True)
class Ground:
    """What each holding is without rights in force: the state, and the day from which not-serviced land is free."""

    state: Any
    serviced_on: Any
    is_idle: Any
    override: Any
    override_until: Any


def rights_on(rows: pd.DataFrame, card: ResolveCard, today: Any) -> Rights:
    """The rights behind rows of `holding` and lease columns; options that lapsed before today are left out."""
    is_use = rows["right_type"].isin(list(USE)).to_numpy()
    ends = days(rows["ends_on"])
    rows, ends, is_use = (part[is_use | (ends >= today)] for part in (rows, ends, is_use))
    years = np.where(rows["extension_right"].ne("none"), rows["extension_years"].fillna(0), 0).astype(int)
    handover = rows["right_type"].map(card.handover_months).fillna(0).to_numpy(dtype=int)
    after = np.where(ends >= FAR, FAR, ends + np.timedelta64(1, "D"))
    # A right to extend without a known length has no known end.
    endless = (rows["extension_right"].isin(["tenant", "mutual"]) & rows["extension_years"].isna()).to_numpy()
    latest = np.where(is_use & ~endless, add_months(add_months(after, 12 * years), handover), FAR)
    state = (
        rows["right_type"].map({**USE, "option": "optioned", "reservation": "reserved"}).map(CODE).to_numpy(dtype=int)
    )
    return Rights(
        holding=rows["holding"].to_numpy(dtype=int),
        state=state,
        is_use=is_use,
        starts=days(rows["starts_on"], np.datetime64("0001-01-01", "D")),
        release_earliest=add_months(after, np.where(is_use, handover, 0)),
        release_latest=latest,
        ends=ends,
    )


def state_on(rights: Rights, ground: Ground, day: Any, case: str) -> Any:
    """The holding code of each holding on its own day (datetime64[D] per holding)."""
    when = day[rights.holding]
    release = rights.release_earliest if case == "earliest" else rights.release_latest
    state = np.where(rights.is_use & (rights.starts > when), CODE["contracted"], rights.state)
    # An option that is called turns into use when its own term is over.
    called = (rights.state == CODE["optioned"]) & (when > rights.ends)
    state = np.where(called, CODE["leased"], state)
    state = np.where(ground.is_idle[rights.holding] & (state == CODE["leased"]), CODE["idle"], state)
    rank = np.where(when < release, np.vectorize(RANK.get, otypes=[int])(state) if len(state) else 0, 0)
    highest: Any = np.zeros(len(day), dtype=int)
    np.maximum.at(highest, rights.holding, rank)
    serviced = (ground.state == CODE["not_serviced"]) & (day >= ground.serviced_on)
    bare = np.where(serviced, CODE["free"], ground.state)
    found = np.where(highest > 0, BY_RANK[highest], bare)
    return np.where(day <= ground.override_until, ground.override, found)


def first_free(rights: Rights, ground: Ground, today: Any, case: str) -> Any:
    """The first day from today on which each holding is free; FAR where none is known."""
    release = rights.release_earliest if case == "earliest" else rights.release_latest
    moments = pd.DataFrame({"holding": rights.holding, "day": release})
    everyone = np.arange(len(ground.state))
    after_override = np.where(ground.override_until >= FAR, FAR, ground.override_until + np.timedelta64(1, "D"))
    extra = [np.full(len(everyone), today), ground.serviced_on, after_override]
    moments = pd.concat([moments, *(pd.DataFrame({"holding": everyone, "day": day}) for day in extra)])
    moments = (
        moments[(moments["day"] >= today) & (moments["day"] < FAR)].drop_duplicates().sort_values(["holding", "day"])
    )
    moments["turn"] = moments.groupby("holding").cumcount()
    found = np.full(len(everyone), FAR)
    for _, turn in moments.groupby("turn"):  # as many turns as one holding has moments: a handful
        day = np.full(len(everyone), FAR)
        day[turn["holding"]] = turn["day"].to_numpy(dtype="datetime64[D]")
        is_free = (state_on(rights, ground, day, case) == CODE["free"]) & (day < FAR) & (found >= FAR)
        found = np.where(is_free, day, found)
    return found
