"""The stack of rights on each holding, from the owner down, and from when until when each right keeps the land.

Owner > master lease > lease > sublease, superficies, rent, temporary use > option, reservation. A master lease occupies
nothing. A right counts from its signature on. Days are whole numbers since 1970; FAR_DAY is not known or never.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from layers.closed_lists import HOLDINGS
from layers.columns import EVIDENCE, USE_RIGHTS
from layers.sources.ground_leases import LEAST_END, NO_DATES
from pipeline.land.dates import FAR_DAY, after, later, numbered
from pipeline.land.register_keys import NAMED_AS
from pipeline.project.resolve import ExerciseConfig, MastersConfig, ResolveConfig

STATUS_CODE = {name: position for position, name in enumerate(HOLDINGS)}
# The places in the stack, weakest first; the strongest right in force decides. Rank 0 is the land itself. Of each: the
# state of land under it, and the kind of record that it is.
STACK = {
    "bare": ("unknown", "none"),
    "reserved": ("reserved", "claim"),
    "optioned": ("optioned", "claim"),
    "undrawn": ("unknown", "contract"),
    "contracted": ("contracted", "contract"),
    "lease": ("leased", "contract"),
    "temporary": ("temporary", "contract"),
    "use": ("leased", "contract"),
    "override": ("unknown", "override"),
}
RANKS = tuple(STACK)
RANK = {name: rank for rank, name in enumerate(RANKS)}
BY = {name: position for position, name in enumerate(EVIDENCE)}
STATE_OF_RANK = np.array([STATUS_CODE[state] for state, _ in STACK.values()])
BY_OF_RANK = np.array([BY[kind] for _, kind in STACK.values()])
RANK_OF_RIGHT = {
    "ground_lease": "lease",
    "sublease": "use",
    "superficies": "use",
    "rent": "use",
    "temporary_use": "temporary",
    "option": "optioned",
    "reservation": "reserved",
}

# What says from when until when a row of the contract register keeps the land.
TERMS = [
    "starts_on",
    "ends_on",
    "is_perpetual",
    "extension_years",
    "extension_right",
    "last_notice_on",
    "notice_given_on",
    "ends_by_notice_on",
]


def contradictions(leases: pd.DataFrame) -> Any:
    """What is wrong with the days of each row of the contract register by themselves; empty where nothing is.

    A right ends before it begins, also by notice; or its days cannot be so: an end, notice or last day to extend that a
    system writes where it has no date, or that lies on the wrong side of another day of the right; or two spellings of
    one plot have other days.
    """
    ends = leases[["ends_on", "ends_by_notice_on"]]
    turned = ends.lt(leases["starts_on"], axis=0).any(axis=1)
    days = leases[["ends_on", "ends_by_notice_on", "notice_given_on", "last_notice_on"]]
    odd = (days.lt(pd.Timestamp(LEAST_END)) | days.isin([pd.Timestamp(day) for day in NO_DATES])).any(axis=1)
    odd |= leases[["notice_given_on", "last_notice_on"]].lt(leases["starts_on"], axis=0).any(axis=1)
    odd |= (leases["ends_by_notice_on"] < leases["notice_given_on"]) | (leases["last_notice_on"] > leases["ends_on"])
    odd |= _noticed_when_over(leases) | _spelled_twice(leases)
    return np.select([turned, odd], ["ends_before_begins", "end_implausible"], "")


def _spelled_twice(leases: pd.DataFrame) -> Any:
    """Which rows stand there under two spellings of one place, with other days; under one spelling both are refused."""
    place = leases["parcel_id"].fillna(leases["site_name"])
    rows = leases.assign(place=place, is_read=leases[NAMED_AS].notna())
    key = ["contract_id", "right_type", "place"]
    twice = rows[rows.duplicated(key, keep=False) & place.notna()]
    if not twice["is_read"].any():
        return False
    group = twice.groupby(key)
    differs = (group[TERMS].transform("nunique", dropna=False) > 1).any(axis=1) & group["is_read"].transform("any")
    return differs.reindex(leases.index, fill_value=False)


def _noticed_when_over(leases: pd.DataFrame) -> pd.Series:
    """Which rows have notice given after their end; a right that went on by its extension ends by that notice."""
    years = leases["extension_years"].fillna(0).to_numpy(dtype=int)
    run_out = pd.Series(later(numbered(leases["ends_on"]), 12 * years), index=leases.index)
    goes_on = leases["extension_right"].ne("none") & leases["ends_by_notice_on"].notna()
    goes_on &= leases["extension_years"].isna() | (numbered(leases["notice_given_on"]) <= run_out)
    return (leases["notice_given_on"] > leases["ends_on"]) & ~goes_on


def masters(leases: pd.DataFrame, tables: Mapping[str, Any], card: ResolveConfig, today: int) -> Any:
    """Which rows are master leases, that occupy nothing: by holder, by right, or by covering a whole site
    (share of m2).

    A lease covers a site of the map when it names it and is not drawn, when it is drawn over it, or when it names
    every plot of it while another holder has land of that site in use today."""
    rule, parcels, polygons = card.master, tables["parcels"], tables["lease_polygons"]
    plots = pd.DataFrame(parcels[["parcel_id", "site_name"]]).assign(m2=parcels.geometry.area).dropna()
    by_site = leases["right_type"].isin(rule.rights)
    # Three ways to cover a site: by its name, by a polygon over it, or plot by plot.
    named = by_site & leases["parcel_id"].isna() & leases["site_name"].isin(parcels["site_name"].dropna())
    is_drawn = leases["contract_id"].isin(polygons["contract_id"])
    drawn_m2 = polygons.geometry.area.groupby(polygons["contract_id"]).sum()
    site_m2 = leases["site_name"].map(plots.groupby("site_name")["m2"].sum())
    covers = leases["contract_id"].map(drawn_m2) >= rule.whole_site_share * site_m2
    running = (numbered(leases["starts_on"], -FAR_DAY) <= today) & (numbered(leases["ends_on"]) >= today)
    below = leases[running & leases["right_type"].isin(USE_RIGHTS) & ~by_site]
    whole = leases["contract_id"].isin(_on_whole_sites(leases[by_site], below, plots, rule.whole_site_share))
    covers_site = (named & (~is_drawn | covers)) | (by_site & whole & ~is_drawn)
    return covers_site | masters_everywhere(leases, rule)


def masters_everywhere(leases: pd.DataFrame, rule: MastersConfig) -> pd.Series:
    """Which rows are master leases by right or by holder, wherever they lie."""
    return leases["right_type"].isin(rule.rights_everywhere) | leases["holder"].isin(rule.holders)


def _on_whole_sites(above: pd.DataFrame, below: pd.DataFrame, plots: pd.DataFrame, least_share: float) -> Any:
    """Contracts that name all plots of a site of several, plot by plot, while another holder has some of it in use."""
    sites = plots.groupby("site_name").agg(whole_m2=("m2", "sum"), plots=("parcel_id", "size"))
    each = above[["contract_id", "holder", "parcel_id"]].merge(plots, on="parcel_id")
    per = each.groupby(["contract_id", "site_name"]).agg(m2=("m2", "sum"), holder=("holder", "first")).reset_index()
    covered = per.join(sites, on="site_name")
    covered = covered[(covered["m2"] >= least_share * covered["whole_m2"]) & (covered["plots"] > 1)]
    users = below[["holder", "parcel_id"]].merge(plots, on="parcel_id")[["holder", "site_name"]].drop_duplicates()
    pairs = covered.merge(users, on="site_name", suffixes=("", "_below"))
    # Registers spell one holder in several ways; case and spaces make no other holder.
    below_name, name = (pairs[side].str.strip().str.casefold() for side in ("holder_below", "holder"))
    others = pairs["holder_below"].notna() & (below_name != name)
    return pairs.loc[others, "contract_id"]


def dated(rows: pd.DataFrame, card: ResolveConfig, today: int) -> pd.DataFrame:
    """Rows of rights per holding with their days: starts, ends, release in each case (days since 1970), and the
    chance (0-1) of an extension.

    An extension counts until notice is given. A right to extend of unknown length has no known end; nor has an option
    or reservation that is taken up.
    """
    is_use = rows["right_type"].isin(USE_RIGHTS)
    starts, contract_end = numbered(rows["starts_on"], -FAR_DAY), numbered(rows["ends_on"])
    given, by_notice = numbered(rows["notice_given_on"]), numbered(rows["ends_by_notice_on"])
    # Notice counts from the day on which it was given, or at once where that day is not known.
    noticed = (given <= today) | ((given == FAR_DAY) & (by_notice < FAR_DAY))
    ends = np.where(noticed & (by_notice < FAR_DAY), by_notice, contract_end)
    # A tenant who disputes notice stays for the term of the card, but no longer than the contract would have run.
    contested = np.minimum(later(ends, card.notice.dispute_months), np.maximum(contract_end, ends))
    past = numbered(rows["last_notice_on"]) < today
    extension_over = past & (card.extension.after_last_notice == "lapsed")
    may_extend = is_use & ~noticed & ~extension_over & rows["extension_right"].ne("none")
    years = np.where(may_extend, rows["extension_years"].fillna(0).to_numpy(dtype=int), 0)
    # A right to extend of unknown length may be called for ever; who may call it must be known.
    endless = may_extend & rows["extension_right"].isin(["tenant", "mutual"]) & rows["extension_years"].isna()
    # An extension begins on the day after the last and ends on the day before as many years later.
    extended = np.where(endless | ~is_use, FAR_DAY, later(after(contested), 12 * years) - 1)
    extended = np.where(extended >= FAR_DAY - 1, FAR_DAY, extended)
    months = np.where(is_use, handover_months(rows, card), 0)
    rank = rows["right_type"].map(RANK_OF_RIGHT).map(RANK).to_numpy(dtype=int)
    return rows.assign(
        rank=np.where(rows["is_master"], 0, rank),
        is_use=is_use,
        starts=starts,
        ends=ends,
        extended=extended,
        release_earliest=later(after(ends), months),
        release_latest=np.where(is_use, later(after(extended), months), FAR_DAY),
        notice_by=np.where(may_extend, numbered(rows["last_notice_on"]), FAR_DAY),
        is_noticed=noticed,
        notice_past=past & may_extend & (contract_end >= today),
        chance=np.where(noticed, np.nan, chances(rows, card)),  # a dispute is no extension
    )


def handover_months(rows: pd.DataFrame, card: ResolveConfig) -> Any:
    """Months between the last day of use and the day the land is free: by the landlord's own rule, else by
    kind of right."""
    months = rows["right_type"].map(card.handover.months)
    landlord = rows["lessor"].fillna(rows["site_of_plot"].map(card.handover.landlord_of_site))
    for rule in card.handover.landlord:
        months = rows["right_type"].map(rule.months).where(landlord == rule.name).fillna(months)
    return months.fillna(0).to_numpy(dtype=int)


def chances(rows: pd.DataFrame, card: ResolveConfig) -> Any:
    """The chance (share 0-1) that an extension or option is called, by the first card that fits; nan
    where none does."""
    known = np.array([*(rule.chance for rule in card.exercise), np.nan])
    return known[first_fit(rows, card.exercise)]


def first_fit(rows: pd.DataFrame, rules: Sequence[ExerciseConfig]) -> Any:
    """The position of the first card of chances that fits each contract; -1 where none does."""
    positions: Any = np.full(len(rows), -1)
    # Backwards, so that the first card that fits is written last.
    for number, rule in reversed(list(enumerate(rules))):
        wanted = {name: getattr(rule, name) for name in ("right_type", "extension_right", "certainty")}
        fits = [rows[name] == value for name, value in wanted.items() if value]
        positions[np.all(fits, axis=0)] = number  # a card that asks nothing fits all
    return positions


def spans(rights: pd.DataFrame, today: int, case: str) -> pd.DataFrame:
    """The stretches of days in which rights keep holdings in a case: `holding`, `begins` up to `ends`, `rank`, `right`
    (row) and `chance`; claims that lapsed before today have none.

    Expected: up to the earliest release for sure, from there to the latest by the chance of the card, for sure
    without one. A right of which it is not known where on its plots it lies keeps them, and says no more of them."""
    held = rights[(rights["rank"] > 0) & (rights["is_use"] | (rights["ends"] >= today))]
    is_use, rank = held["is_use"], held["rank"]
    early, late = held["release_earliest"], held["release_latest"]
    sure = late.where(is_use | (rank == RANK["reserved"]), early) if case == "latest" else early
    waits = held["starts"].clip(today).where(is_use, today)
    sound = held[["holding", "rank"]].assign(right=held.index, chance=1.0)
    stretches = [
        sound.assign(begins=today, ends=np.minimum(waits, sure), rank=RANK["contracted"]),
        sound.assign(begins=waits, ends=sure),
    ]
    called = ~is_use & (rank == RANK["optioned"])
    if case == "latest":
        stretches.append(sound.assign(begins=early, ends=late, rank=RANK["lease"])[called])
    if case == "expected":
        likely = sound.assign(rank=rank.mask(called, RANK["lease"]), chance=held["chance"].fillna(1.0))
        stretches.append(likely.assign(begins=np.maximum(early, waits), ends=late))
    every = pd.concat(stretches, ignore_index=True)
    every["rank"] = every["rank"].mask(rights["is_undrawn"].to_numpy()[every["right"]], RANK["undrawn"])
    return every[(every["ends"] > every["begins"]) & (every["ends"] > today) & (every["chance"] > 0)]
