"""For each holding the sequence of states from today on, from the spans in which rights keep it.

Between two moments at which any span of a holding begins or ends nothing changes. At each such moment the strongest
right in force decides; of several as strong, the one that lasts longest. Without any, the land is what the registers
say it is. Cost: sorts and look-ups of arrays, n log n in the number of spans."""

from typing import Any

import numpy as np
import pandas as pd

from layers.closed_lists import HOLDINGS
from layers.columns import EVIDENCE
from pipeline.land.dates import FAR_DAY, dates, moment, parted
from pipeline.stages.resolve.rights import BY, BY_OF_RANK, RANK, RANKS, STATE_OF_RANK, STATUS_CODE, spans


def sequence(rights: pd.DataFrame, ground: pd.DataFrame, today: int, case: str) -> pd.DataFrame:
    """Periods per holding in a case: `holding`, `begins` up to `ends` (days), `state`, `by` and `right` (row,
    -1 for none)."""
    stretches, moments = _moments(rights, ground, today, case)
    rank, right = _strongest(stretches, moments)
    state, by = _state(rank, moments)
    # An option that is called becomes a lease, and is yet a claim as evidence; behind the rights stands "none" (-1).
    is_claim = (rank == RANK["lease"]) & ~np.append(rights["is_use"], True)[right]
    by = np.where(is_claim, BY["claim"], by)
    return _merged(moments, state=state, by=by, right=right, chance=np.where(state == STATUS_CODE["free"], 1.0, 0.0))


def likely(rights: pd.DataFrame, ground: pd.DataFrame, today: int) -> pd.DataFrame:
    """Periods in the expected case: the most likely state, and the chance that the land is free; rights
    are called independently."""
    stretches, moments = _moments(rights, ground, today, "expected")
    count = len(moments)
    left = np.ones(count)  # the chance that no stronger right holds
    best, free = np.zeros(count), np.zeros(count)
    state: Any = np.zeros(count, dtype=int)
    by: Any = state
    for rank in reversed(range(len(RANKS))):  # ranks, a handful; the land itself comes last
        none = _chance_of_none(stretches[stretches["rank"] == rank], moments) if rank else 0.0
        here, record = _state(np.full(count, rank), moments)
        share = left * (1.0 - none)
        free += np.where(here == STATUS_CODE["free"], share, 0.0)
        better = share > best + 1e-9
        best, state, by = np.where(better, share, best), np.where(better, here, state), np.where(better, record, by)
        left = left * none
    return _merged(moments, state=state, by=by, right=-1, chance=np.clip(free.round(6), 0.0, 1.0))


def first_free(periods: pd.DataFrame, count: int) -> Any:
    """The first day on which each of `count` holdings is as likely free as not (in the earliest and the latest case:
    is free); FAR_DAY where never."""
    first = periods[periods["chance"] >= 0.5].drop_duplicates("holding").set_index("holding")["begins"]
    return first.reindex(range(count), fill_value=FAR_DAY).to_numpy()


def _moments(rights: pd.DataFrame, ground: pd.DataFrame, today: int, case: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Stretches of rights and corrections in a case; and every holding and day at which something may change, in order
    (today for all of them): `number` of both, `holding`, `begins`, and what the holding is without rights."""
    corrected = ground[ground["override_until"] >= today]
    corrections = pd.DataFrame(
        {
            "holding": corrected.index,
            "begins": today,
            "ends": np.minimum(corrected["override_until"] + 1, FAR_DAY),
            "rank": RANK["override"],
            "right": -1,
            "chance": 1.0,
        }
    )
    stretches = pd.concat([spans(rights, today, case), corrections], ignore_index=True)
    ending = stretches[stretches["ends"] < FAR_DAY]
    serviced = ground["serviced_on"][(ground["serviced_on"] > today) & (ground["serviced_on"] < FAR_DAY)]
    keys = [
        moment(ground.index, today),
        moment(stretches["holding"], stretches["begins"]),
        moment(ending["holding"], ending["ends"]),
        moment(serviced.index, serviced),
    ]
    number = np.unique(np.concatenate(keys))
    holding, day = parted(number)
    bare = ground.drop(columns="override_note").iloc[holding].reset_index(drop=True)
    return stretches, bare.assign(number=number, holding=holding, begins=day)


def _strongest(stretches: pd.DataFrame, moments: pd.DataFrame) -> tuple[Any, Any]:
    """The rank that decides at each moment, and the row of the right that lasts longest among those of that rank."""
    rank: Any = np.zeros(len(moments), dtype=int)
    right: Any = np.full(len(moments), -1)
    for level in range(len(RANKS) - 1, 0, -1):  # ranks, a handful
        of_level = stretches[stretches["rank"] == level]
        if of_level.empty:
            continue
        columns = [of_level[name].to_numpy() for name in ("right", "begins", "holding", "ends")]
        order = np.lexsort(columns[:3])
        row, begins, holding, ends = (column[order] for column in columns)
        # Of the spans of a holding that have begun, the one that ends last: a running maximum of their rank by end,
        # to which the holding is added so that no span of another holding counts.
        lasting: Any = np.empty(len(order), dtype=np.int64)
        by_end = np.lexsort((-row, ends))
        lasting[by_end] = np.arange(len(order))
        longest = np.maximum.accumulate(holding.astype(np.int64) * len(order) + lasting)
        last_begun = np.searchsorted(moment(holding, begins), moments["number"], side="right") - 1
        best = by_end[longest[last_begun] % len(order)]
        here = (last_begun >= 0) & (holding[last_begun] == moments["holding"]) & (ends[best] > moments["begins"])
        here &= rank == 0
        rank, right = np.where(here, level, rank), np.where(here, row[best], right)
    return rank, right


def _state(rank: Any, moments: pd.DataFrame) -> tuple[Any, Any]:
    """The state and kind of record (codes) where a rank decides at a moment."""
    is_serviced = (moments["state"] == STATUS_CODE["not_serviced"]) & (moments["begins"] >= moments["serviced_on"])
    bare = np.where(is_serviced, STATUS_CODE["free"], moments["state"])
    state = np.where(rank > 0, STATE_OF_RANK[rank], bare)
    state = np.where(rank == RANK["override"], moments["override"], state)
    in_use = np.isin(rank, [RANK["lease"], RANK["use"]])
    state = np.where(in_use & moments["is_idle"], STATUS_CODE["idle"], state)
    return state, np.where(rank > 0, BY_OF_RANK[rank], moments["by"])


def _chance_of_none(stretches: pd.DataFrame, moments: pd.DataFrame) -> Any:
    """The chance that at each moment none of these spans holds."""
    sure = stretches["chance"] >= 1.0
    keys = np.concatenate([moment(stretches["holding"], stretches[edge]) for edge in ("begins", "ends")])
    order = np.argsort(keys, kind="stable")
    passed = np.searchsorted(keys[order], moments["number"], side="right")

    # Chances of independent spans multiply: their logarithms are added up over the spans that have begun and not ended.
    def running(value: Any) -> Any:
        return np.r_[0.0, np.cumsum(np.concatenate([value, -value])[order])][passed]

    certain = running(np.where(sure, 1.0, 0.0))
    odds = running(np.log1p(-np.where(sure, 0.0, stretches["chance"])))
    return np.where(certain > 0.5, 0.0, np.exp(np.minimum(odds, 0.0)))


def _merged(moments: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """Moments with these columns without those that change nothing, each with the day on which it ends."""
    rows = moments[["holding", "begins"]].assign(**columns)
    # Rows that differ in nothing from the row before only lengthen it.
    same = rows.drop(columns="begins").to_numpy(dtype=float)
    is_new = np.r_[True, (same[1:] != same[:-1]).any(axis=1)]
    changes = rows[is_new].reset_index(drop=True)
    following = changes["holding"].shift(-1).eq(changes["holding"])
    return changes.assign(ends=changes["begins"].shift(-1).where(following, FAR_DAY).astype(np.int64))


def named(periods: pd.DataFrame, keys: Any, contracts: Any) -> pd.DataFrame:
    """The periods in words, with keys of holdings and contracts, and whole dates; an open end is empty."""
    last = periods["ends"].where(periods["ends"] >= FAR_DAY, periods["ends"] - 1)
    return pd.DataFrame(
        {
            "holding_id": keys[periods["holding"]],
            "begins_on": dates(periods["begins"]),
            "until": dates(last),
            "tenure_status": np.array(HOLDINGS, dtype=object)[periods["state"]],
            "decided_by": np.array(EVIDENCE, dtype=object)[periods["by"]],
            "contract_id": np.append(contracts, None)[periods["right"]],
            "chance_free": periods["chance"],
        }
    )
