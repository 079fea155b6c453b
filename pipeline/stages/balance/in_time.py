"""Supply in time: supply year by year, what only looks vacant, when
leases end, until when one can act, what is held twice.

reads   holdings, holding_periods, holding_rights, conflicts
writes  supply_curve, paper_vacancy, renewal_wall, decision_calendar, double_occupation
keeps   each m2 under one instrument and in one bin; the parts of what looks vacant add up to it
"""

import datetime as dt
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
from pipeline.land.dates import FAR_DAY, dates, day_number, later, numbered
from pipeline.land.tenure_timeline import Timeline
from pipeline.project.models import InTimeConfig
from pipeline.project.project import Project

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

    @property
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
    def placed(self) -> pd.DataFrame:
        """Rights that are at work themselves (no master contract, not over) with the position and m2
        of their holding."""
        rights = self.rights[~self.rights["right_status"].isin(["master", "over"])]
        position = pd.Index(self.holdings["holding_id"]).get_indexer(rights["holding_id"])
        return rights.assign(position=position, area_m2=self.area_m2[position])

    @property
    def in_use(self) -> pd.DataFrame:
        """The rights by which land is used."""
        return self.placed[self.placed["right_type"].isin(USE_RIGHTS)]


def supply_curve(tenure: Tenure) -> pd.DataFrame:
    """Free m2 per year in each case, and the spread between earliest and latest."""
    table = pd.DataFrame({"year": list(tenure.days)})
    for case, line in tenure.lines.items():
        free_m2 = [float((line.chance[line.on(day)] * tenure.area_m2).sum()) for day in tenure.days.values()]
        table[f"free_{case}_m2"] = free_m2
    table["spread_m2"] = (table["free_earliest_m2"] - table["free_latest_m2"]).clip(lower=0.0)
    return SUPPLY.conform(table.reindex(columns=list(SUPPLY.columns)).assign(cluster_id=tenure.cluster_id))


def paper_vacancy(tenure: Tenure) -> pd.DataFrame:
    """What looks vacant in each asked year and case, m2 by what holds it back.

    Land that shows use without a contract does not look vacant; land in use today comes back bare.
    """
    tables = []
    holdings = tenure.holdings
    for case in CASES:
        line = tenure.lines[case]
        used_now = np.isin(line.state_on(tenure.today), IN_USE)
        for year in tenure.config.years:
            # Later on, land in use today has been given back, and what showed its use is gone.
            stands = holdings["shows_use"].to_numpy(dtype=bool) & ((year == tenure.today.year) | ~used_now)
            instrument = pd.Series(line.state_on(tenure.config.day(year))).map(VACANCY)
            is_strategic = (instrument == "reservation") & holdings["is_strategic_reserve"].to_numpy(dtype=bool)
            table = pd.DataFrame({"instrument": instrument.mask(is_strategic, "strategic_reserve").mask(stands)})
            per = table.assign(area_m2=tenure.area_m2).groupby("instrument")["area_m2"].agg(area_m2="sum", count="size")
            per = per.reindex(list(INSTRUMENTS), fill_value=0)
            per.loc["gross_vacant"] = per.sum()
            tables.append(per.rename_axis("instrument").reset_index().assign(year=year, case=case))
    return PAPER.collect(tables, cluster_id=tenure.cluster_id)


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
    tables = [
        _binned(rows, days, tenure.today, tenure.params).assign(measure=name, case=case)
        for name, case, rows, days in walls
    ]
    return WALL.collect(tables, cluster_id=tenure.cluster_id)


def _binned(rights: pd.DataFrame, days: Any, today: dt.date, config: InTimeConfig) -> pd.DataFrame:
    """m2 per right and bin; days before today, beyond the last year and without an end have bins of their own."""
    year = days.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    # Bins end on whole multiples: of five years, 2026-2030.
    first = year - (year - 1) % config.bin_years
    names = pd.Series(first).astype(str) + "-" + pd.Series(first + config.bin_years - 1).astype(str)
    bins = [days < day_number(today), days >= FAR_DAY, year > config.until_year]
    beyond = config.until_year + 1
    table = rights.assign(
        period=np.select(bins, ["past", "no_end", "later"], names),
        from_year=np.select(bins, [today.year, beyond, beyond], first),
    )
    return table.groupby(["right_type", "from_year", "period"], as_index=False)["area_m2"].agg(
        area_m2="sum", count="size"
    )


def decision_calendar(tenure: Tenure) -> pd.DataFrame:
    """Per target year the contracts, with their m2, on whose extension or option it
    hangs whether land is free then, and until when to act.

    Land with several such contracts stands under the one that asks for the earliest act.
    """
    tables = [_decisions(tenure, year) for year in tenure.config.years[1:]]
    if not sum(map(len, tables)):
        return CALENDAR.empty()
    every = pd.concat(tables)
    every = every.sort_values(["target_year", "area_m2", "act_by", "contract_id"], ascending=[True, False, True, True])
    rank = every.groupby("target_year").cumcount() + 1
    is_past = every["act_by"] < pd.Timestamp(tenure.today)
    return CALENDAR.conform(every.assign(rank=rank, cluster_id=tenure.cluster_id, is_past=is_past))


def _decisions(tenure: Tenure, year: int) -> pd.DataFrame:
    day = tenure.config.day(year)
    # Free in one case and not in the other: it hangs on what people decide.
    undecided = (tenure.lines["earliest"].state_on(day) == "free") & (tenure.lines["latest"].state_on(day) != "free")
    rights = tenure.placed[undecided[tenure.placed["position"]]]
    number = day_number(day)
    rights = rights[(numbered(rights["released_latest"]) > number) & (numbered(rights["released_earliest"]) <= number)]
    is_claim = ~rights["right_type"].isin(USE_RIGHTS)
    ends, notice = numbered(rights["ends_on"]), numbered(rights["last_notice_on"])
    noticed = rights["is_noticed"].to_numpy(dtype=bool)
    # Without a last day for notice: an option or noticed lease runs to its end, others need the card's notice.
    unnamed = np.where(is_claim | noticed, ends, later(ends, -tenure.params.notice_months))
    rights = rights.assign(
        act=np.where(notice < FAR_DAY, notice, unnamed),
        action=np.select(
            [is_claim, noticed, rights["extension_right"] == "tenant"],
            ["let_lapse", "enforce_notice", "buy_out_extension"],
            "do_not_extend",
        ),
        plot=tenure.holdings["parcel_id"].to_numpy(dtype=object)[rights["position"]],
    )
    first = rights.sort_values(["position", "act", "contract_id"]).drop_duplicates("position")
    by_contract = first.groupby(["contract_id", "right_type", "action", "act"], as_index=False).agg(
        area_m2=("area_m2", "sum"),
        count=("position", "size"),
        holder=("holder", "first"),
        parcel_ids=("plot", lambda names: ", ".join(sorted(set(names)))),
    )
    return by_contract.assign(target_year=year, act_by=dates(by_contract["act"].to_numpy()))


def double_occupation(tenure: Tenure) -> pd.DataFrame:
    """m2 that movers hold twice per year: they have new land before the old is let go, within the card's years."""
    rows = []
    for case in CASES:
        moves = movers(tenure, case)
        sides = [_held(moves, side) for side in ("old", "new")]
        for year, day in tenure.days.items():
            is_now = ((moves["begins"] <= day_number(day)) & (moves["ends"] > day_number(day))).to_numpy()
            now = moves[is_now]
            # Land free throughout the moves could take in what is held twice.
            free_m2 = 0.0
            if len(now):
                through = tenure.lines[case].free_through(day, int(now["ends"].max()) - 1)
                free_m2 = float(tenure.area_m2[through].sum())
            # Per user the lesser of the old and the new land.
            old_m2, new_m2 = (_held_m2(held, is_now, tenure.area_m2) for held in sides)
            twice_m2, count = float(np.minimum(old_m2, new_m2).sum()), now["mover"].nunique()
            rows.append(
                {
                    "year": year,
                    "case": case,
                    "held_twice_m2": twice_m2,
                    "free_meanwhile_m2": free_m2,
                    "short_m2": max(twice_m2 - free_m2, 0.0),
                    "count": count,
                }
            )
    table = pd.DataFrame(rows)
    return DOUBLE.conform(table.assign(is_peak=is_peak, cluster_id=tenure.cluster_id))


def is_peak(table: pd.DataFrame) -> pd.Series:
    """The years of each case in which most m2 is held twice."""
    most_m2 = table.groupby("case")["held_twice_m2"].transform("max")
    return (table["held_twice_m2"] == most_m2) & (most_m2 > 0)


def _held(moves: pd.DataFrame, side: str) -> pd.DataFrame:
    """The holdings on one side of each move (the old or the new land): number of the move and of its user, position
    of the holding."""
    user, _ = pd.factorize(moves["mover"])
    held = pd.DataFrame({"move": np.arange(len(moves)), "user": user, "position": moves[side].to_numpy()})
    return held.explode("position").astype(int).sort_values(["user", "position"], ignore_index=True)


def _held_m2(held: pd.DataFrame, is_now: Any, area_m2: Any) -> Any:
    """m2 per user in some of the moves, each holding once."""
    now = held[is_now[held["move"].to_numpy()]].drop_duplicates(["user", "position"])
    most = int(held["user"].max()) + 1 if len(held) else 0
    return np.bincount(now["user"], area_m2[now["position"].to_numpy()], minlength=most)


def movers(tenure: Tenure, case: str) -> pd.DataFrame:
    """Moves: user, days between which both lands are held, and the positions of the old and of the new holdings.

    A user moves who has other land by a later contract, and lets the old go within the card's years after that begins.
    """
    use = tenure.in_use
    use = use.assign(
        mover=use["holder"].astype(object).str.strip().str.casefold(),
        begins=numbered(use["starts_on"], -FAR_DAY),
        ends=numbered(use[f"released_{case}"]),
    ).dropna(subset="mover")
    lands = use.groupby(["mover", "contract_id"], as_index=False).agg(
        begins=("begins", "min"), ends=("ends", "max"), positions=("position", set)
    )
    moves = lands.merge(lands, on="mover", suffixes=("_new", "_old"))
    moves = moves.assign(begins=moves["begins_new"], ends=moves["ends_old"])
    window = later(moves["begins"].to_numpy(), 12 * tenure.params.longest_move_years)
    is_move = (
        (moves["begins"] > moves["begins_old"])
        & (moves["ends"] > moves["begins"])
        & (moves["ends"] <= window)
        & (moves["ends"] > day_number(tenure.today))
    )
    moves = moves[is_move]
    # Land that is under both contracts is not moved.
    moves = moves.assign(
        old=moves["positions_old"] - moves["positions_new"], new=moves["positions_new"] - moves["positions_old"]
    )
    return moves[moves["old"].astype(bool) & moves["new"].astype(bool)]
