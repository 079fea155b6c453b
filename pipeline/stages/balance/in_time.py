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

from layers.closed_lists import HOLDING_TERMS, counted_in
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
    """Who holds the land of a cluster: holdings in order of their key,
    periods and rights; and the days that are asked."""

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
        position = pd.Index(self.holdings["holding_id"]).get_indexer(self.rights["holding_id"])
        return self.rights.assign(position=position, area_m2=self.area_m2[position])

    def day(self, year: int) -> dt.date:
        """The day on which a year is judged: the reference date in the first, 1 January in later ones."""
        return self.today if year == self.today.year else dt.date(year, 1, 1)


def supply_curve(tenure: Tenure, config: InTimeConfig) -> pd.DataFrame:
    """Free m2 per year in each case, and the spread between earliest and latest."""
    rows = []
    for year in range(tenure.today.year, config.until_year + 1):
        free_m2 = {
            f"free_{case}_m2": float((line.chance[line.on(tenure.day(year))] * tenure.area_m2).sum())
            for case, line in tenure.lines.items()
        }
        rows.append({"year": year, **free_m2})
    table = pd.DataFrame(rows)
    table["spread_m2"] = (table["free_earliest_m2"] - table["free_latest_m2"]).clip(lower=0.0)
    return SUPPLY.conform(table.reindex(columns=list(SUPPLY.columns)).assign(cluster_id=tenure.cluster_id))


def paper_vacancy(tenure: Tenure) -> pd.DataFrame:
    """What looks vacant in each asked year and case, by what holds it back.

    Land that shows use without a contract does not look vacant; land in use today comes back bare.
    """
    tables = []
    strategic = tenure.holdings["is_strategic_reserve"].to_numpy(dtype=bool)
    for case in CASES:
        line = tenure.lines[case]
        used_now = np.isin(line.state_on(tenure.today), IN_USE)
        for year in tenure.years:
            state = line.state_on(tenure.day(year))
            stands = tenure.holdings["shows_use"].to_numpy(dtype=bool) & ((year == tenure.today.year) | ~used_now)
            instrument = pd.Series(state).map(INSTRUMENT_OF).to_numpy(dtype=object)
            instrument = np.where((instrument == "reservation") & strategic, "strategic_reserve", instrument)
            seen = ~pd.isna(instrument) & ~stands
            table = pd.DataFrame({"instrument": instrument[seen], "area_m2": tenure.area_m2[seen]})
            per = table.groupby("instrument")["area_m2"].agg(area_m2="sum", count="size")
            per = per.reindex(list(INSTRUMENTS), fill_value=0)
            per.loc["gross_vacant"] = per.sum()
            tables.append(per.rename_axis("instrument").reset_index().assign(year=year, case=case))
    return PAPER.collect(tables, cluster_id=tenure.cluster_id)


def renewal_wall(tenure: Tenure, config: InTimeConfig) -> pd.DataFrame:
    """m2 in use by contract per bin of years: by its end in each case, and by the last day to call its extension.

    Of several contracts on a holding the lowest in the chain counts; of those, the last to end.
    """
    begun = numbered(tenure.placed["starts_on"], -FAR_DAY) <= day_number(tenure.today)
    running = tenure.placed["right_type"].isin(USE_RIGHTS) & ~tenure.placed["right_status"].isin(["master", "over"])
    use = tenure.placed[running & begun]
    use = use.assign(
        last=numbered(use["ends_latest_on"]), end=numbered(use["ends_on"]), low=use["level"].eq("use").to_numpy()
    )
    lowest = use.sort_values(["position", "low", "last", "end", "contract_id"]).drop_duplicates("position", keep="last")
    notice = lowest[lowest["last_notice_on"].notna()]
    walls = [
        ("renewal_ends", "earliest", lowest, lowest["end"]),
        ("renewal_ends", "latest", lowest, lowest["last"]),
        ("renewal_notice", BOTH, notice, numbered(notice["last_notice_on"])),
    ]
    tables = [
        _binned(rows, np.asarray(days), tenure.today, config).assign(measure=name, case=case)
        for name, case, rows, days in walls
    ]
    return WALL.collect(tables, cluster_id=tenure.cluster_id)


def _binned(rows: pd.DataFrame, days: Any, today: dt.date, config: InTimeConfig) -> pd.DataFrame:
    """m2 per right and bin; days before today, beyond the last year and without an end have bins of their own."""
    year = days.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    first = year - (year - 1) % config.bin_years
    last = first + config.bin_years - 1
    names = pd.Series(first).astype(str) + "-" + pd.Series(last).astype(str)
    beyond = config.until_year + 1
    period = np.select(
        [days < day_number(today), days >= FAR_DAY, year > config.until_year], ["past", "no_end", "later"], names
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


def decision_calendar(tenure: Tenure, config: InTimeConfig) -> pd.DataFrame:
    """Per target year the contracts on whose extension or option it
    hangs whether land is free then, and until when to act.

    Land with several such contracts stands under the one that asks for the earliest act.
    """
    tables = [_decisions(tenure, year, config) for year in tenure.years[1:]]
    if not tables or not sum(map(len, tables)):
        return CALENDAR.empty()
    every = pd.concat(tables)
    every = every.sort_values(["target_year", "area_m2", "act_by", "contract_id"], ascending=[True, False, True, True])
    ranked = every.assign(rank=every.groupby("target_year").cumcount() + 1, cluster_id=tenure.cluster_id)
    return CALENDAR.conform(ranked.assign(is_past=ranked["act_by"] < pd.Timestamp(tenure.today)))


def _decisions(tenure: Tenure, year: int, config: InTimeConfig) -> pd.DataFrame:
    day = tenure.day(year)
    undecided = (tenure.lines["earliest"].state_on(day) == "free") & (tenure.lines["latest"].state_on(day) != "free")
    rights = tenure.placed[
        undecided[tenure.placed["position"]] & ~tenure.placed["right_status"].isin(["master", "over"])
    ]
    number = day_number(day)
    holds = (numbered(rights["released_latest"]) > number) & (numbered(rights["released_earliest"]) <= number)
    rights = rights[holds]
    is_claim = ~rights["right_type"].isin(USE_RIGHTS)
    ends, notice = numbered(rights["ends_on"]), numbered(rights["last_notice_on"])
    noticed = rights["is_noticed"].to_numpy(dtype=bool)
    unnamed = np.where(is_claim | noticed, ends, later(ends, -config.notice_months))
    action = np.select(
        [is_claim, noticed, rights["extension_right"] == "tenant"],
        ["let_lapse", "enforce_notice", "buy_out_extension"],
        "do_not_extend",
    )
    by = np.where(notice < FAR_DAY, notice, unnamed)
    first = (
        rights.assign(act=by, action=action).sort_values(["position", "act", "contract_id"]).drop_duplicates("position")
    )
    key = ["contract_id", "right_type", "action", "act"]
    plots = tenure.holdings["parcel_id"].to_numpy(dtype=object)[first["position"]]
    per = (
        first.assign(plot=plots)
        .groupby(key, as_index=False)
        .agg(
            area_m2=("area_m2", "sum"),
            count=("position", "size"),
            holder=("holder", "first"),
            parcel_ids=("plot", _listed),
        )
    )
    return per.assign(target_year=year, act_by=dates(per["act"].to_numpy()))


def _listed(names: pd.Series) -> str:
    return ", ".join(sorted(set(names)))


def double_occupation(tenure: Tenure, config: InTimeConfig) -> pd.DataFrame:
    """m2 that movers hold twice per year: they have new land before the old is let go, within the card's years."""
    tables = [_moves(tenure, case, config) for case in CASES]
    return DOUBLE.collect(tables, cluster_id=tenure.cluster_id)


def _moves(tenure: Tenure, case: str, config: InTimeConfig) -> pd.DataFrame:
    moves = movers(tenure, case, config)
    rows = []
    for year in range(tenure.today.year, config.until_year + 1):
        day = day_number(tenure.day(year))
        now = moves[(moves["begins"] <= day) & (moves["ends"] > day)]
        twice, free = _twice(tenure, now), 0.0
        if len(now):
            through = tenure.lines[case].free_through(tenure.day(year), int(now["ends"].max()) - 1)
            free = float(tenure.area_m2[through].sum())
        rows.append({"year": year, "held_twice_m2": twice, "free_meanwhile_m2": free, "count": now["mover"].nunique()})
    table = pd.DataFrame(rows)
    return table.assign(
        case=case,
        short_m2=(table["held_twice_m2"] - table["free_meanwhile_m2"]).clip(lower=0.0),
        is_peak=is_peak(table.assign(case=case)),
    )


def is_peak(table: pd.DataFrame) -> pd.Series:
    """The years of each case in which most m2 is held twice."""
    most_m2 = table.groupby("case")["held_twice_m2"].transform("max")
    return (table["held_twice_m2"] == most_m2) & (most_m2 > 0)


def _twice(tenure: Tenure, moves: pd.DataFrame) -> float:
    """m2 held twice in these moves: per user the lesser of the old and the new land, each holding once."""
    sums = []
    for side in ("old", "new"):
        moved = moves[["mover", side]].rename(columns={side: "position"}).explode("position").drop_duplicates()
        m2 = tenure.area_m2[moved["position"].to_numpy(dtype=int)]
        sums.append(pd.Series(m2, index=moved["mover"].to_numpy(dtype=object)).groupby(level=0).sum())
    both = pd.concat(sums, axis=1)
    return float(both.min(axis=1).sum()) if len(both) else 0.0


def movers(tenure: Tenure, case: str, config: InTimeConfig) -> pd.DataFrame:
    """Moves: user, days between which both lands are held, and the positions of the old and of the new holdings.

    A user moves who has other land by a later contract, and lets the old go within the card's years after that begins.
    """
    use = tenure.placed[
        tenure.placed["right_type"].isin(USE_RIGHTS) & ~tenure.placed["right_status"].isin(["master", "over"])
    ]
    use = use.assign(
        mover=use["holder"].astype(object).str.strip().str.casefold(),
        begins=numbered(use["starts_on"], -FAR_DAY),
        ends=numbered(use[f"released_{case}"]),
    ).dropna(subset="mover")
    lands = use.groupby(["mover", "contract_id"], as_index=False).agg(
        begins=("begins", "min"), ends=("ends", "max"), positions=("position", lambda rows: tuple(sorted(set(rows))))
    )
    pairs = lands.merge(lands, on="mover", suffixes=("_new", "_old"))
    window = later(pairs["begins_new"].to_numpy(), 12 * config.longest_move_years)
    moved = (
        (pairs["begins_new"] > pairs["begins_old"])
        & (pairs["ends_old"] > pairs["begins_new"])
        & (pairs["ends_old"] <= window)
        & (pairs["ends_old"] > day_number(tenure.today))
    )
    pairs = pairs[moved]
    fresh = [
        tuple(set(new) - set(old)) for new, old in zip(pairs["positions_new"], pairs["positions_old"], strict=True)
    ]  # moves, few
    left = [tuple(set(old) - set(new)) for new, old in zip(pairs["positions_new"], pairs["positions_old"], strict=True)]
    moves = pd.DataFrame(
        {"mover": pairs["mover"], "begins": pairs["begins_new"], "ends": pairs["ends_old"], "old": left, "new": fresh}
    )
    real = [bool(old) and bool(new) for old, new in zip(left, fresh, strict=True)]
    return moves[np.array(real, dtype=bool)]
