"""Aanbod in de tijd: supply year by year, what only looks vacant, when leases end, until when one can act, what is held twice.

reads   holdings, holding_periods, holding_rights, conflicts
writes  supply_curve, paper_vacancy, renewal_wall, decision_calendar, double_occupation
keeps   each m2 under one instrument and in one bin; the parts of what looks vacant add up to it
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from layers.closed_lists import HOLDING_TERMS, counted_in
from layers.columns import BOTH, CASES, EXPECTED, USE_RIGHTS
from layers.derived import DERIVED
from layers.derived.decision_calendar import LAYER as CALENDAR
from layers.derived.double_occupation import LAYER as DOUBLE
from layers.derived.paper_vacancy import INSTRUMENTS
from layers.derived.paper_vacancy import LAYER as PAPER
from layers.derived.renewal_wall import LAYER as WALL
from layers.derived.supply_curve import LAYER as SUPPLY
from pipeline.land.dates import FAR_DAY, dates, day_number, later, numbered
from pipeline.land.tenure_timeline import Timeline
from pipeline.project.models import InTimeConfig

INSTRUMENT_OF = {
    "optioned": "option",
    "reserved": "reservation",
    "contracted": "contracted",
    "idle": "company_reserve",
    "not_serviced": "not_serviced",
    "unknown": "unknown",
    "free": "truly_free",
}
IN_USE = counted_in(HOLDING_TERMS, "in_use")


@dataclass(frozen=True)
class Tenure:
    """Who holds the land of a cluster: holdings in order of their key, periods and rights; and the days that are asked."""

    cluster_id: str
    holdings: pd.DataFrame
    periods: pd.DataFrame
    rights: pd.DataFrame
    today: dt.date
    years: tuple[int, ...]

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
        """Rights with the position and m2 of their holding."""
        at = pd.Index(self.holdings["holding_id"]).get_indexer(self.rights["holding_id"])
        return self.rights.assign(at=at, area_m2=self.area_m2[at])

    def day(self, year: int) -> dt.date:
        """The day on which a year is judged: today in the first, 1 January in later ones."""
        return self.today if year == self.today.year else dt.date(year, 1, 1)


def supply_curve(of: Tenure, card: InTimeConfig) -> pd.DataFrame:
    """Free m2 per year in each case, and the spread between earliest and latest."""
    rows = []
    for year in range(of.today.year, card.until_year + 1):
        free = {case: float((line.chance[line.on(of.day(year))] * of.area_m2).sum()) for case, line in of.lines.items()}
        rows.append({"year": year, **{f"free_{case}_m2": m2 for case, m2 in free.items()}})
    table = pd.DataFrame(rows)
    table["spread_m2"] = (table["free_earliest_m2"] - table["free_latest_m2"]).clip(lower=0.0)
    return SUPPLY.conform(table.reindex(columns=list(SUPPLY.columns)).assign(cluster_id=of.cluster_id))


def paper_vacancy(of: Tenure) -> pd.DataFrame:
    """What looks vacant in each asked year and case, by what holds it back.

    Land that shows use without a contract does not look vacant; land in use today comes back bare.
    """
    made = []
    strategic = of.holdings["is_strategic_reserve"].to_numpy(dtype=bool)
    for case in CASES:
        line = of.lines[case]
        used_now = np.isin(line.state_on(of.today), IN_USE)
        for year in of.years:
            state = line.state_on(of.day(year))
            stands = of.holdings["shows_use"].to_numpy(dtype=bool) & ((year == of.today.year) | ~used_now)
            named = pd.Series(state).map(INSTRUMENT_OF).to_numpy(dtype=object)
            named = np.where((named == "reservation") & strategic, "strategic_reserve", named)
            seen = ~pd.isna(named) & ~stands
            table = pd.DataFrame({"instrument": named[seen], "area_m2": of.area_m2[seen]})
            per = table.groupby("instrument")["area_m2"].agg(area_m2="sum", count="size")
            per = per.reindex(list(INSTRUMENTS), fill_value=0)
            per.loc["gross_vacant"] = per.sum()
            made.append(per.rename_axis("instrument").reset_index().assign(year=year, case=case))
    return PAPER.conform(pd.concat(made).assign(cluster_id=of.cluster_id))


def renewal_wall(of: Tenure, card: InTimeConfig) -> pd.DataFrame:
    """m2 in use by contract per bin of years: by its end in each case, and by the last day to call its extension.

    Of several contracts on a holding the lowest in the chain counts; of those, the last to end.
    """
    begun = numbered(of.placed["starts_on"], -FAR_DAY) <= day_number(of.today)
    running = of.placed["right_type"].isin(USE_RIGHTS) & ~of.placed["fate"].isin(["master", "over"])
    use = of.placed[running & begun]
    use = use.assign(
        last=numbered(use["ends_latest_on"]), end=numbered(use["ends_on"]), low=use["level"].eq("use").to_numpy()
    )
    one = use.sort_values(["at", "low", "last", "end", "contract_id"]).drop_duplicates("at", keep="last")
    notice = one[one["last_notice_on"].notna()]
    asked = [
        ("renewal_ends", "earliest", one, one["end"]),
        ("renewal_ends", "latest", one, one["last"]),
        ("renewal_notice", BOTH, notice, numbered(notice["last_notice_on"])),
    ]
    made = [
        _binned(rows, np.asarray(days), (of.today, card)).assign(measure=name, case=case)
        for name, case, rows, days in asked
    ]
    return WALL.conform(pd.concat(made).assign(cluster_id=of.cluster_id))


def _binned(rows: pd.DataFrame, days: Any, at: tuple[dt.date, InTimeConfig]) -> pd.DataFrame:
    """m2 per right and bin; days before today, beyond the last year and without an end have bins of their own."""
    today, card = at
    year = days.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    first = year - (year - 1) % card.bin_years
    last = first + card.bin_years - 1
    names = pd.Series(first).astype(str) + "-" + pd.Series(last).astype(str)
    beyond = card.until_year + 1
    period = np.select(
        [days < day_number(today), days >= FAR_DAY, year > card.until_year], ["past", "no_end", "later"], names
    )
    start = np.select([period == "past", period == "no_end", period == "later"], [today.year, beyond, beyond], first)
    table = pd.DataFrame(
        {
            "right_type": rows["right_type"].to_numpy(),
            "from_year": start,
            "period": period,
            "area_m2": rows["area_m2"].to_numpy(),
        }
    )
    return table.groupby(["right_type", "from_year", "period"], as_index=False)["area_m2"].agg(
        area_m2="sum", count="size"
    )


def decision_calendar(of: Tenure, card: InTimeConfig) -> pd.DataFrame:
    """Per target year the contracts on whose extension or option it hangs whether land is free then, and until when to act.

    Land with several such contracts stands under the one that asks for the earliest act.
    """
    made = [_decisions(of, year, card) for year in of.years[1:]]
    if not made or not sum(map(len, made)):
        return CALENDAR.empty()
    every = pd.concat(made)
    every = every.sort_values(["target_year", "area_m2", "act_by", "contract_id"], ascending=[True, False, True, True])
    ranked = every.assign(rank=every.groupby("target_year").cumcount() + 1, cluster_id=of.cluster_id)
    return CALENDAR.conform(ranked.assign(is_past=ranked["act_by"] < pd.Timestamp(of.today)))


def _decisions(of: Tenure, year: int, card: InTimeConfig) -> pd.DataFrame:
    day = of.day(year)
    undecided = (of.lines["earliest"].state_on(day) == "free") & (of.lines["latest"].state_on(day) != "free")
    rights = of.placed[undecided[of.placed["at"]] & ~of.placed["fate"].isin(["master", "over"])]
    number = day_number(day)
    holds = (numbered(rights["released_latest"]) > number) & (numbered(rights["released_earliest"]) <= number)
    rights = rights[holds]
    is_claim = ~rights["right_type"].isin(USE_RIGHTS)
    ends, notice = numbered(rights["ends_on"]), numbered(rights["last_notice_on"])
    noticed = rights["is_noticed"].to_numpy(dtype=bool)
    unnamed = np.where(is_claim | noticed, ends, later(ends, -card.notice_months))
    action = np.select(
        [is_claim, noticed, rights["extension_right"] == "tenant"],
        ["let_lapse", "enforce_notice", "buy_out_extension"],
        "do_not_extend",
    )
    by = np.where(notice < FAR_DAY, notice, unnamed)
    first = rights.assign(act=by, action=action).sort_values(["at", "act", "contract_id"]).drop_duplicates("at")
    key = ["contract_id", "right_type", "action", "act"]
    plots = of.holdings["parcel_id"].to_numpy(dtype=object)[first["at"]]
    per = (
        first.assign(plot=plots)
        .groupby(key, as_index=False)
        .agg(area_m2=("area_m2", "sum"), count=("at", "size"), holder=("holder", "first"), parcel_ids=("plot", _listed))
    )
    return per.assign(target_year=year, act_by=dates(per["act"].to_numpy()))


def _listed(names: pd.Series) -> str:
    return ", ".join(sorted(set(names)))


def double_occupation(of: Tenure, card: InTimeConfig) -> pd.DataFrame:
    """m2 that movers hold twice per year: they have new land before the old is let go, within the card's years."""
    made = [_moves(of, case, card) for case in CASES]
    return DOUBLE.conform(pd.concat(made).assign(cluster_id=of.cluster_id))


def _moves(of: Tenure, case: str, card: InTimeConfig) -> pd.DataFrame:
    moves = movers(of, case, card)
    rows = []
    for year in range(of.today.year, card.until_year + 1):
        day = day_number(of.day(year))
        now = moves[(moves["begins"] <= day) & (moves["ends"] > day)]
        twice, free = _twice(of, now), 0.0
        if len(now):
            through = of.lines[case].free_through(of.day(year), int(now["ends"].max()) - 1)
            free = float(of.area_m2[through].sum())
        rows.append({"year": year, "held_twice_m2": twice, "free_meanwhile_m2": free, "count": now["mover"].nunique()})
    table = pd.DataFrame(rows)
    most = table["held_twice_m2"].max()
    return table.assign(
        case=case,
        short_m2=(table["held_twice_m2"] - table["free_meanwhile_m2"]).clip(lower=0.0),
        is_peak=(table["held_twice_m2"] == most) & (most > 0),
    )


def _twice(of: Tenure, moves: pd.DataFrame) -> float:
    """m2 held twice in these moves: per user the lesser of the old and the new land, each holding once."""
    sums = []
    for side in ("old", "new"):
        one = moves[["mover", side]].rename(columns={side: "at"}).explode("at").drop_duplicates()
        m2 = of.area_m2[one["at"].to_numpy(dtype=int)]
        sums.append(pd.Series(m2, index=one["mover"].to_numpy(dtype=object)).groupby(level=0).sum())
    both = pd.concat(sums, axis=1)
    return float(both.min(axis=1).sum()) if len(both) else 0.0


def movers(of: Tenure, case: str, card: InTimeConfig) -> pd.DataFrame:
    """Moves: user, days between which both lands are held, and the positions of the old and of the new holdings.

    A user moves who has other land by a later contract, and lets the old go within the card's years after that begins.
    """
    use = of.placed[of.placed["right_type"].isin(USE_RIGHTS) & ~of.placed["fate"].isin(["master", "over"])]
    use = use.assign(
        mover=use["holder"].astype(object).str.strip().str.casefold(),
        begins=numbered(use["starts_on"], -FAR_DAY),
        ends=numbered(use[f"released_{case}"]),
    ).dropna(subset="mover")
    per = use.groupby(["mover", "contract_id"], as_index=False).agg(
        begins=("begins", "min"), ends=("ends", "max"), at=("at", lambda at: tuple(sorted(set(at))))
    )
    pairs = per.merge(per, on="mover", suffixes=("_new", "_old"))
    window = later(pairs["begins_new"].to_numpy(), 12 * card.longest_move_years)
    moved = (
        (pairs["begins_new"] > pairs["begins_old"])
        & (pairs["ends_old"] > pairs["begins_new"])
        & (pairs["ends_old"] <= window)
        & (pairs["ends_old"] > day_number(of.today))
    )
    pairs = pairs[moved]
    fresh = [
        tuple(set(new) - set(old)) for new, old in zip(pairs["at_new"], pairs["at_old"], strict=True)
    ]  # moves, few
    left = [tuple(set(old) - set(new)) for new, old in zip(pairs["at_new"], pairs["at_old"], strict=True)]
    found = pd.DataFrame(
        {"mover": pairs["mover"], "begins": pairs["begins_new"], "ends": pairs["ends_old"], "old": left, "new": fresh}
    )
    real = [bool(old) and bool(new) for old, new in zip(left, fresh, strict=True)]
    return found[np.array(real, dtype=bool)]


def tables_in_time(of: Tenure, card: InTimeConfig) -> dict[str, pd.DataFrame]:
    """All tables in time of a cluster."""
    return {
        "supply_curve": supply_curve(of, card),
        "paper_vacancy": paper_vacancy(of),
        "renewal_wall": renewal_wall(of, card),
        "decision_calendar": decision_calendar(of, card),
        "double_occupation": double_occupation(of, card),
    }


def measures_in_time(made: Mapping[str, pd.DataFrame], conflicts: pd.DataFrame, year: int) -> pd.DataFrame:
    """The tables in time as rows of the accounting: year, case, profile, measure, heading, m2, count."""
    supply, double = made["supply_curve"], made["double_occupation"]
    kinds = {f"free_{case}_m2": ("supply", case) for case in (*CASES, EXPECTED)} | {"spread_m2": ("spread", BOTH)}
    rows = [
        pd.DataFrame(
            {"year": supply["year"], "case": case, "measure": measure, "heading": "free", "area_m2": supply[column]}
        )
        for column, (measure, case) in kinds.items()
    ]
    paper = made["paper_vacancy"].rename(columns={"instrument": "heading"}).assign(measure="paper_vacancy")
    wall = (
        made["renewal_wall"]
        .groupby(["measure", "case", "from_year", "period"], as_index=False)[["area_m2", "count"]]
        .sum()
    )
    decisions = made["decision_calendar"].groupby(["target_year", "action"], as_index=False)[["area_m2", "count"]].sum()
    clashes = conflicts.groupby("conflict_class", as_index=False).agg(
        area_m2=("area_m2", "sum"), count=("subject", "size")
    )
    rows += [
        paper,
        wall.rename(columns={"from_year": "year", "period": "heading"}),
        decisions.rename(columns={"target_year": "year", "action": "heading"}).assign(
            measure="decision_moment", case=BOTH
        ),
        clashes.rename(columns={"conflict_class": "heading"}).assign(measure="conflict", case=BOTH, year=year),
        *(
            double.assign(measure="double_occupation", heading=heading, area_m2=double[f"{heading}_m2"])
            for heading in ("held_twice", "short")
        ),
    ]
    columns = ["year", "case", "profile", "measure", "heading", "area_m2", "count"]
    every = pd.concat([row.reindex(columns=columns) for row in rows], ignore_index=True)
    every = every[every["area_m2"].notna()].assign(profile="all")
    return every.assign(area_m2=every["area_m2"].astype(float).round(1))


def sum_of_clusters(name: str, tables: list[pd.DataFrame], national_name: str) -> pd.DataFrame:
    """A table in time of all clusters together with its sum under the national name; decisions are only listed."""
    every = pd.concat(tables, ignore_index=True)
    layer = DERIVED[name]
    if name == "decision_calendar":
        return layer.conform(every)
    key = [column for column in layer.key if column != "cluster_id"]
    measures = [column for column, card in layer.columns.items() if card.unit == "m2" or column == "count"]
    total = every.groupby(key, as_index=False)[measures].sum(min_count=1).assign(cluster_id=national_name)
    if "is_peak" in layer.columns:
        most = total.groupby("case")["held_twice_m2"].transform("max")
        total = total.assign(is_peak=(total["held_twice_m2"] == most) & (most > 0))
    return layer.conform(pd.concat([every, total], ignore_index=True))
