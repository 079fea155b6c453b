"""For each holding the sequence of states from today on, from the spans in which rights keep it.

Between two moments at which any span of a holding begins or ends nothing changes. At each such moment the strongest
right in force decides; of several as strong, the one that lasts longest. Without any, the land is what the registers
say it is. Cost: sorts and look-ups of arrays, n log n in the number of spans."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from layers.closed_lists import HOLDINGS
from layers.columns import EVIDENCE
from pipeline.land.dates import FAR_DAY, moment, parted
from pipeline.stages.resolve.rights import RANK, RANKS, STATE_OF_RANK, STATUS_CODE, Spans, spans

BY = {name: position for position, name in enumerate(EVIDENCE)}
BY_OF_RANK = np.array(
    [-1, *(BY[name] for name in ("claim", "claim", "contract", "contract", "contract", "contract", "override"))]
)


@dataclass(frozen=True)
class BaseTenure:
    """What each holding is without rights in force: state and kind of record (codes), the day from which it is
    serviced, whether the register calls it unused, and the correction that holds until a day, with its author and
    reason."""

    state: Any
    by: Any
    serviced_on: Any
    is_idle: Any
    override: Any
    override_until: Any
    override_note: Any


class Moments(NamedTuple):
    """Every holding (position) and day (since 1970) at which something may change, in that order."""

    holding: Any
    day: Any

    @property
    def number(self) -> Any:
        """Holding and day as one number each."""
        return moment(self.holding, self.day)


def sequence(rights: pd.DataFrame, ground: BaseTenure, today: int, case: str) -> pd.DataFrame:
    """Periods per holding in a case: `holding`, `begins` up to `ends` (days), `state`, `by` and `right` (row, -1 for
    none)."""
    stretches = spans(rights, today, case).plus(_corrections(ground, today))
    moments = _moments(stretches, ground, today)
    rank, right = _strongest(stretches, moments)
    state, by = _state(rank, moments, ground)
    # An option that is called becomes a lease, and is yet a claim as evidence.
    called = (rank == RANK["lease"]) & (right >= 0)
    is_claim: Any = np.zeros(len(rank), dtype=bool)
    is_claim[called] = ~rights["is_use"].to_numpy()[right[called]]
    by = np.where(is_claim, BY["claim"], by)
    rows = pd.DataFrame({"holding": moments.holding, "begins": moments.day, "state": state, "by": by, "right": right})
    return _merged(rows.assign(chance=np.where(state == STATUS_CODE["free"], 1.0, 0.0)))


def likely(rights: pd.DataFrame, ground: BaseTenure, today: int) -> pd.DataFrame:
    """Periods in the expected case: the most likely state, and the chance that the land is free; rights are called
    independently."""
    stretches = spans(rights, today, "expected").plus(_corrections(ground, today))
    moments = _moments(stretches, ground, today)
    count = len(moments.day)
    bare, by_bare = _state(np.zeros(count, dtype=int), moments, ground)
    left = np.ones(count)  # the chance that no stronger right holds
    best, state, by = np.zeros(count), bare.copy(), by_bare.copy()
    free = np.zeros(count)
    for rank in range(len(RANKS) - 1, 0, -1):  # ranks, a handful
        none = _chance_of_none(stretches.pick(stretches.rank == rank), moments)
        here, record = _state(np.full(count, rank), moments, ground)
        share = left * (1.0 - none)
        free += np.where(here == STATUS_CODE["free"], share, 0.0)  # by a correction
        better = share > best + 1e-9
        best, state, by = np.where(better, share, best), np.where(better, here, state), np.where(better, record, by)
        left = left * none
    better = left > best + 1e-9
    state, by = np.where(better, bare, state), np.where(better, by_bare, by)
    free += np.where(bare == STATUS_CODE["free"], left, 0.0)
    rows = pd.DataFrame({"holding": moments.holding, "begins": moments.day, "state": state, "by": by, "right": -1})
    return _merged(rows.assign(chance=np.clip(free.round(6), 0.0, 1.0)))


def first_free(periods: pd.DataFrame, count: int, least_chance: float = 1.0) -> Any:
    """The first day on which each of `count` holdings is free, with at least that chance; FAR_DAY where never."""
    free = periods[(periods["chance"] >= least_chance)]
    first = free.drop_duplicates("holding")
    days = np.full(count, FAR_DAY)
    days[first["holding"]] = first["begins"]
    return days


def _corrections(ground: BaseTenure, today: int) -> Spans:
    corrected = np.flatnonzero(ground.override_until >= today)
    ends = np.minimum(ground.override_until[corrected] + 1, FAR_DAY)
    same = (
        np.full(len(corrected), today),
        ends,
        np.full(len(corrected), RANK["override"]),
        np.full(len(corrected), -1),
        np.ones(len(corrected)),
    )
    return Spans(corrected, *same)


def _moments(stretches: Spans, ground: BaseTenure, today: int) -> Moments:
    """Every holding and day at which something may change, in order; today for all of them."""
    everyone = np.arange(len(ground.state))
    ending, serviced = stretches.ends < FAR_DAY, (ground.serviced_on > today) & (ground.serviced_on < FAR_DAY)
    keys = [
        moment(everyone, today),
        moment(stretches.holding, stretches.begins),
        moment(stretches.holding[ending], stretches.ends[ending]),
        moment(everyone[serviced], ground.serviced_on[serviced]),
    ]
    return Moments(*parted(np.unique(np.concatenate(keys))))


def _strongest(stretches: Spans, moments: Moments) -> tuple[Any, Any]:
    """The rank that decides at each moment, and the row of the right that lasts longest among those of that rank."""
    rank: Any = np.zeros(len(moments.day), dtype=int)
    right: Any = np.full(len(moments.day), -1)
    for level in range(len(RANKS) - 1, 0, -1):  # ranks, a handful
        mine = stretches.pick(stretches.rank == level)
        if not len(mine.holding):
            continue
        mine = mine.pick(np.lexsort((mine.right, mine.begins, mine.holding)))
        # Of the spans of a holding that have begun, the one that ends last: a running maximum of their rank by end,
        # to which the holding is added so that no span of another holding counts.
        lasting: Any = np.empty(len(mine.holding), dtype=np.int64)
        by_end = np.lexsort((-mine.right, mine.ends))
        lasting[by_end] = np.arange(len(by_end))
        longest = np.maximum.accumulate(mine.holding.astype(np.int64) * len(lasting) + lasting)
        last_begun = np.searchsorted(moment(mine.holding, mine.begins), moments.number, side="right") - 1
        best = by_end[longest[last_begun] % len(lasting)]
        here = (
            (last_begun >= 0)
            & (mine.holding[last_begun] == moments.holding)
            & (mine.ends[best] > moments.day)
            & (rank == 0)
        )
        rank, right = np.where(here, level, rank), np.where(here, mine.right[best], right)
    return rank, right


def _state(rank: Any, moments: Moments, ground: BaseTenure) -> tuple[Any, Any]:
    """The state and kind of record (codes) where a rank decides at a moment."""
    holding, day = moments
    serviced = (ground.state[holding] == STATUS_CODE["not_serviced"]) & (day >= ground.serviced_on[holding])
    bare = np.where(serviced, STATUS_CODE["free"], ground.state[holding])
    state = np.where(rank > 0, STATE_OF_RANK[rank], bare)
    state = np.where(rank == RANK["override"], ground.override[holding], state)
    in_use = np.isin(rank, [RANK["lease"], RANK["use"]])
    state = np.where(in_use & ground.is_idle[holding], STATUS_CODE["idle"], state)
    return state, np.where(rank > 0, BY_OF_RANK[rank], ground.by[holding])


def _chance_of_none(stretches: Spans, moments: Moments) -> Any:
    """The chance that at each moment none of these spans holds."""
    sure = stretches.chance >= 1.0
    keys = np.concatenate([moment(stretches.holding, stretches.begins), moment(stretches.holding, stretches.ends)])
    order = np.argsort(keys, kind="stable")
    passed = np.searchsorted(keys[order], moments.number, side="right")

    # Chances of independent spans multiply: their logarithms are added up over the spans that have begun and not ended.
    def running(value: Any) -> Any:
        return np.r_[0.0, np.cumsum(np.concatenate([value, -value])[order])][passed]

    certain = running(np.where(sure, 1.0, 0.0))
    odds = running(np.log1p(-np.where(sure, 0.0, stretches.chance)))
    return np.where(certain > 0.5, 0.0, np.exp(np.minimum(odds, 0.0)))


def _merged(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows without those that change nothing, each with the day on which it ends."""
    # Rows that differ in nothing from the row before only lengthen it.
    same = rows[["holding", "state", "by", "right", "chance"]].to_numpy(dtype=float)
    new = np.r_[True, (same[1:] != same[:-1]).any(axis=1)] if len(rows) else np.zeros(0, dtype=bool)
    changes = rows[new].reset_index(drop=True)
    following = changes["holding"].shift(-1).eq(changes["holding"])
    return changes.assign(ends=changes["begins"].shift(-1).where(following, FAR_DAY).astype(np.int64))


def named(periods: pd.DataFrame, keys: Any, contracts: Any) -> pd.DataFrame:
    """The periods in words, with keys of holdings and contracts, and whole dates; an open end is empty."""
    right = periods["right"].to_numpy()
    epoch = np.datetime64("1970-01-01", "D")
    last = np.where(periods["ends"] >= FAR_DAY, np.datetime64("NaT", "D"), epoch + (periods["ends"].to_numpy() - 1))
    return pd.DataFrame(
        {
            "holding_id": np.asarray(keys, dtype=object)[periods["holding"]],
            "begins_on": epoch + periods["begins"].to_numpy(),
            "until": last,
            "tenure_status": np.array(HOLDINGS, dtype=object)[periods["state"]],
            "decided_by": np.array(EVIDENCE, dtype=object)[periods["by"]],
            "contract_id": np.append(np.asarray(contracts, dtype=object), None)[right],
            "chance_free": periods["chance"].to_numpy(),
        }
    )
