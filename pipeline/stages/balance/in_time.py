"""Supply in time: supply year by year, what only looks vacant, when
leases end, until when one can act, what is held twice.

reads   holdings, holding_periods, holding_rights, conflicts
writes  supply_curve, paper_vacancy, renewal_wall, decision_calendar, double_occupation
keeps   each m2 under one instrument and in one bin; the parts of what looks vacant add up to it
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from layers.closed_lists import HOLDING_TOTALS, VACANCY
from layers.columns import BOTH, CASES, EXPECTED, USE_RIGHTS
from layers.derived.decision_calendar import LAYER as CALENDAR
from layers.derived.double_occupation import LAYER as DOUBLE
from layers.derived.paper_vacancy import INSTRUMENTS
from layers.derived.paper_vacancy import LAYER as PAPER
from layers.derived.renewal_wall import LAYER as WALL
from layers.derived.supply_curve import LAYER as SUPPLY
from pipeline.kernels.group_sums import kahan_sums
from pipeline.land.dates import FAR_DAY, dates, day_number, later, numbered
from pipeline.land.land import TENURE_PREFIX
from pipeline.land.tenure_timeline import Timeline
from pipeline.project.models import InTimeConfig
from pipeline.project.project import Project
from pipeline.stages.balance.group_sums import group_sums
from pipeline.stages.balance.stacked import stacked, stacked_as

IN_USE = HOLDING_TOTALS["in_use"]


@dataclass(frozen=True)
class Tenure:
    """Who holds the land of a cluster: holdings in order of their key, periods and rights; and the days
    that are asked."""

    cluster_id: str
    holdings: pd.DataFrame
    periods: pd.DataFrame
    rights: pd.DataFrame
    config: Project

    @property
    def today(self) -> dt.date:
        """The reference date."""
        return self.config.card.reference_date

    @property
    def params(self) -> InTimeConfig:
        """How far supply is told, and how contracts are binned."""
        return self.config.balance.in_time

    @cached_property
    def days(self) -> dict[int, dt.date]:
        """Every year that is told, with the day on which it is judged."""
        return {year: self.config.day(year) for year in range(self.today.year, self.params.until_year + 1)}

    @cached_property
    def area_m2(self) -> Any:
        """m2 of each holding."""
        return self.holdings["area_m2"].to_numpy(dtype=float)

    @cached_property
    def lines(self) -> dict[str, Timeline]:
        """The timeline of each case that there is."""
        ids = self.holdings["holding_id"]
        there = set(self.periods["case"].unique())
        return {case: Timeline.from_periods(self.periods, case, ids) for case in (*CASES, EXPECTED) if case in there}

    @cached_property
    def lifted_statuses(self) -> list[str]:
        """The statuses that count as free in a scenario."""
        return [name.removeprefix(TENURE_PREFIX) for name in self.config.lifted if name.startswith(TENURE_PREFIX)]

    def status_on(self, day: dt.date, case: str) -> Any:
        """The tenure status of each holding on a day, as a scenario has it."""
        status = self.lines[case].state_on(day)
        return np.where(np.isin(status, self.lifted_statuses), "free", status)

    def shows_use(self, year: int, case: str) -> Any:
        """Which holdings show use without a contract in a year: they do not look vacant."""
        # Later on, land in use today has been given back, and what showed its use is gone.
        used_now = np.isin(self.lines[case].state_on(self.today), IN_USE)
        return self.holdings["shows_use"].to_numpy(dtype=bool) & ((year == self.today.year) | ~used_now)

    def chance_free(self, day: dt.date, case: str) -> Any:
        """The chance (0-1) that each holding is free on a day; 0 or 1 but in the expected case, which is not known
        where tenure is lifted."""
        if case == EXPECTED and self.lifted_statuses:
            return np.full(len(self.holdings), np.nan)
        line = self.lines[case]
        return line.chance[line.on(day)] if case == EXPECTED else self.status_on(day, case) == "free"

    @cached_property
    def placed(self) -> pd.DataFrame:
        """Rights that are at work themselves (no master contract, not over) with the position and m2
        of their holding."""
        rights = self.rights[~self.rights["right_status"].isin(["master", "over"])]
        position = pd.Index(self.holdings["holding_id"]).get_indexer(rights["holding_id"])
        return rights.assign(position=position, area_m2=self.area_m2[position])

    @cached_property
    def in_use(self) -> pd.DataFrame:
        """The rights by which land is used."""
        return self.placed[self.placed["right_type"].isin(USE_RIGHTS)]


def supply_curve(tenure: Tenure, usable_m2: Mapping[str, Any]) -> pd.DataFrame:
    """Free m2 per year in each case, the spread between earliest and latest, and of it what is usable (`usable_m2`: of
    each case, per year)."""
    table = pd.DataFrame({"year": list(tenure.days)})
    for case in tenure.lines:
        free_m2 = [float((tenure.chance_free(day, case) * tenure.area_m2).sum()) for day in tenure.days.values()]
        table[f"free_{case}_m2"] = free_m2
    for case, by_year_m2 in usable_m2.items():
        table[f"usable_{case}_m2"] = by_year_m2
    table["freed_in_year_m2"] = [_freed_m2(tenure, day) for day in tenure.days.values()]
    table["spread_m2"] = (table["free_earliest_m2"] - table["free_latest_m2"]).clip(lower=0.0)
    return SUPPLY.conform(table.reindex(columns=list(SUPPLY.columns)).assign(cluster_id=tenure.cluster_id))


def _freed_m2(tenure: Tenure, day: dt.date) -> float:
    """m2 that are not free on a day and are on the last of its year, no extension called."""
    is_free, is_free_at_end = (tenure.chance_free(each, "earliest") for each in (day, dt.date(day.year, 12, 31)))
    return float(tenure.area_m2[is_free_at_end & ~is_free].sum())


def paper_vacancy(tenure: Tenure) -> pd.DataFrame:
    """What looks vacant in each asked year and case, m2 by what holds it back.

    Land that shows use without a contract does not look vacant; land in use today comes back bare.
    """
    is_strategic = tenure.holdings["is_strategic_reserve"].to_numpy(dtype=bool)
    place = {instrument: position for position, instrument in enumerate(INSTRUMENTS)}
    parts = []
    for case in CASES:
        line = tenure.lines[case]
        for year in tenure.config.years:
            state, states = pd.factorize(line.state_on(tenure.config.day(year)))
            of_state = np.array([place.get(VACANCY[name], -1) for name in states], dtype=int)
            instrument = of_state[state]
            instrument[(instrument == place["reservation"]) & is_strategic] = place["strategic_reserve"]
            instrument[tenure.shows_use(year, case)] = -1
            area_m2 = kahan_sums(instrument, tenure.area_m2, len(place))
            count = np.bincount(instrument[instrument >= 0], minlength=len(place))
            parts.append(
                {
                    "instrument": [*place, "gross_vacant"],
                    "area_m2": np.append(area_m2, area_m2.sum()),
                    "count": np.append(count, count.sum()),
                    "year": year,
                    "case": case,
                }
            )
    return stacked_as(PAPER, parts, cluster_id=tenure.cluster_id)


def renewal_wall(tenure: Tenure) -> pd.DataFrame:
    """m2 in use by contract per bin of years: by its end in each case, and by the last day to call its extension.

    Of several contracts on a holding the lowest in the chain counts; of those, the last to end.
    """
    use = tenure.in_use
    use = use[numbered(use["starts_on"], -FAR_DAY) <= day_number(tenure.today)]
    use = use.assign(last=numbered(use["ends_latest_on"]), end=numbered(use["ends_on"]), low=use["level"].eq("use"))
    lowest = use.sort_values(["position", "low", "last", "end", "contract_id"]).drop_duplicates("position", keep="last")
    notice = lowest[lowest["last_notice_on"].notna()]
    walls = [
        ("renewal_ends", "earliest", lowest, lowest["end"].to_numpy()),
        ("renewal_ends", "latest", lowest, lowest["last"].to_numpy()),
        ("renewal_notice", BOTH, notice, numbered(notice["last_notice_on"])),
    ]
    parts = [
        {**_binned(rows, days, tenure.today, tenure.params), "measure": name, "case": case}
        for name, case, rows, days in walls
    ]
    return stacked_as(WALL, parts, cluster_id=tenure.cluster_id)


def _binned(rights: pd.DataFrame, days: Any, today: dt.date, config: InTimeConfig) -> dict[str, Any]:
    """m2 per right and bin; days before today, beyond the last year and without an end have bins of their own."""
    year = days.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    # Bins end on whole multiples: of five years, 2026-2030.
    first = year - (year - 1) % config.bin_years
    bins, place = np.unique(first, return_inverse=True)
    names = np.array([f"{begin}-{begin + config.bin_years - 1}" for begin in bins.tolist()], dtype=object)[place]
    outside = [days < day_number(today), days >= FAR_DAY, year > config.until_year]
    beyond = config.until_year + 1
    keys = {
        "right_type": rights["right_type"],
        "from_year": np.select(outside, [today.year, beyond, beyond], first),
        "period": np.select(outside, ["past", "no_end", "later"], names),
    }
    return group_sums(keys, area_m2=rights["area_m2"])


def decision_calendar(tenure: Tenure) -> pd.DataFrame:
    """Per target year the contracts, with their m2, on whose extension or option it
    hangs whether land is free then, and until when to act.

    Land with several such contracts stands under the one that asks for the earliest act.
    """
    every = _undecided(tenure)
    if every.empty:
        return CALENDAR.empty()
    is_claim, noticed = ~every["right_type"].isin(USE_RIGHTS), every["is_noticed"].to_numpy(dtype=bool)
    ends, notice = numbered(every["ends_on"]), numbered(every["last_notice_on"])
    # Without a last day for notice: an option or noticed lease runs to its end, others need the card's notice.
    unnamed = np.where(is_claim | noticed, ends, later(ends, -tenure.params.notice_months))
    every = every.assign(
        act=np.where(notice < FAR_DAY, notice, unnamed),
        action=np.select(
            [is_claim, noticed, every["extension_right"] == "tenant"],
            ["let_lapse", "enforce_notice", "buy_out_extension"],
            "do_not_extend",
        ),
        plot=tenure.holdings["parcel_id"].to_numpy(dtype=object)[every["position"]],
    )
    ordered = every.sort_values(["target_year", "position", "act", "contract_id"])
    first = ordered.drop_duplicates(["target_year", "position"])
    by_contract = first.groupby(["target_year", "contract_id", "right_type", "action", "act"], as_index=False).agg(
        area_m2=("area_m2", "sum"),
        count=("position", "size"),
        holder=("holder", "first"),
        parcel_ids=("plot", lambda names: ", ".join(sorted(set(names)))),
    )
    acts = by_contract.assign(act_by=dates(by_contract["act"].to_numpy()))
    acts = acts.sort_values(["target_year", "area_m2", "act_by", "contract_id"], ascending=[True, False, True, True])
    rank = acts.groupby("target_year").cumcount() + 1
    is_past = acts["act_by"] < pd.Timestamp(tenure.today)
    return CALENDAR.conform(acts.assign(rank=rank, cluster_id=tenure.cluster_id, is_past=is_past))


def _undecided(tenure: Tenure) -> pd.DataFrame:
    """Per target year the rights that hold land then in one case and not in the other: on them it hangs."""
    position = tenure.placed["position"].to_numpy()
    latest, earliest = (numbered(tenure.placed[f"released_{case}"]) for case in ("latest", "earliest"))
    rows = {}
    for year in tenure.config.years[1:]:
        day = tenure.config.day(year)
        is_free_early, is_free_late = (tenure.lines[case].state_on(day) == "free" for case in CASES)
        hangs, number = is_free_early & ~is_free_late, day_number(day)
        rows[year] = np.flatnonzero(hangs[position] & (latest > number) & (earliest <= number))
    years: Any = np.repeat(list(rows), [len(each) for each in rows.values()])
    return tenure.placed.iloc[np.concatenate([*rows.values(), []]).astype(int)].assign(target_year=years)


def double_occupation(tenure: Tenure) -> pd.DataFrame:
    """m2 that movers hold twice per year: they have new land before the old is let go, within the card's years."""
    parts = []
    for case in CASES:
        moves = movers(tenure, case)
        columns = {name: np.zeros(len(tenure.days)) for name in ("held_twice_m2", "free_meanwhile_m2", "count")}
        for row, day in enumerate(tenure.days.values()):
            is_now = (moves.begins <= day_number(day)) & (moves.ends > day_number(day))
            columns["held_twice_m2"][row] = moves.held_m2(is_now, tenure.area_m2).sum()
            # Land free throughout the moves could take in what is held twice; where nobody moves, all that is free.
            last = int(moves.ends[is_now].max(initial=day_number(day) + 1)) - 1
            columns["free_meanwhile_m2"][row] = tenure.area_m2[tenure.lines[case].free_through(day, last)].sum()
            columns["count"][row] = len(np.unique(moves.mover[is_now]))
        short_m2 = np.maximum(columns["held_twice_m2"] - columns["free_meanwhile_m2"], 0.0)
        parts.append({"year": list(tenure.days), "case": case, "short_m2": short_m2, **columns})
    return DOUBLE.conform(stacked(parts).assign(is_peak=is_peak, cluster_id=tenure.cluster_id))


def is_peak(table: pd.DataFrame) -> pd.Series:
    """The years of each case in which most m2 is held twice."""
    most_m2 = table.groupby("case")["held_twice_m2"].transform("max")
    return (table["held_twice_m2"] == most_m2) & (most_m2 > 0)


@dataclass(frozen=True)
class Moves:
    """Users (numbers) that move, the days between which both lands are held, and the positions of the old and of the
    new holdings of each move, rising."""

    mover: Any
    begins: Any
    ends: Any
    old: list[list[int]]
    new: list[list[int]]

    def held_m2(self, is_now: Any, area_m2: Any) -> Any:
        """m2 per user that it holds twice in some of the moves: the lesser of the old and the new land, each holding
        once."""
        return np.minimum(*(self._m2(side, is_now, area_m2) for side in (self.old, self.new)))

    def _m2(self, positions: list[list[int]], is_now: Any, area_m2: Any) -> Any:
        held = {(user, place) for move, user in zip(*self._now(is_now), strict=True) for place in positions[move]}
        user, place = np.array(sorted(held), dtype=int).reshape(-1, 2).T
        return np.bincount(user, area_m2[place], minlength=int(self.mover.max(initial=-1)) + 1)

    def _now(self, is_now: Any) -> tuple[list[int], list[int]]:
        return np.flatnonzero(is_now).tolist(), self.mover[is_now].tolist()


def movers(tenure: Tenure, case: str) -> Moves:
    """The moves of a case.

    A user moves who has other land by a later contract, and lets the old go within the card's years after that begins.
    """
    use = tenure.in_use
    holder, names = pd.factorize(use["holder"].to_numpy(dtype=object))
    folded = np.array([*(name.strip().casefold() for name in names), None], dtype=object)  # the last: of no name
    mover: Any = pd.factorize(folded[holder], sort=True)[0]
    contract, contracts = pd.factorize(use["contract_id"], sort=True)
    is_known = (mover >= 0) & (contract >= 0)
    position = use["position"].to_numpy()[is_known]
    lands, land = np.unique(mover[is_known] * max(len(contracts), 1) + contract[is_known], return_inverse=True)
    begins, ends = np.full(len(lands), FAR_DAY), np.full(len(lands), -FAR_DAY)
    np.minimum.at(begins, land, numbered(use["starts_on"], -FAR_DAY)[is_known])
    np.maximum.at(ends, land, numbered(use[f"released_{case}"])[is_known])
    # Every two lands of one user.
    mover = lands // max(len(contracts), 1)
    per_user: Any = np.bincount(mover)
    first, count = np.cumsum(per_user) - per_user, per_user[mover]
    new: Any = np.repeat(np.arange(len(lands)), count)
    old = first[mover[new]] + np.arange(len(new)) - np.repeat(np.cumsum(count) - count, count)
    begun, ended = begins[new], ends[old]
    is_move = (
        (begun > begins[old])
        & (ended > begun)
        & (ended <= later(begun, 12 * tenure.params.longest_move_years))
        & (ended > day_number(tenure.today))
    )
    new, old = new[is_move], old[is_move]
    held = {number: set(position[land == number].tolist()) for number in {*new.tolist(), *old.tolist()}}
    # Land that is under both contracts is not moved.
    given, taken = (
        [sorted(held[land] - held[other]) for land, other in zip(lands.tolist(), others.tolist(), strict=True)]
        for lands, others in ((old, new), (new, old))
    )
    moved = [row for row, sides in enumerate(zip(given, taken, strict=True)) if all(sides)]
    return Moves(
        mover[new][moved],
        begins[new][moved],
        ends[old][moved],
        [given[row] for row in moved],
        [taken[row] for row in moved],
    )
