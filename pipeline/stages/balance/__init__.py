"""Ruimtebalans: how much, and why not more?

reads   cluster_boundaries, holdings, holding_states, pieces, rooms, assessments, sites, demand
writes  land_balance, waterfall
keeps   headings add up to gross to the decimetre; clusters add up to the Netherlands
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.columns import BOTH, CASES
from layers.derived.land_balance import LAYER as BALANCE
from layers.derived.waterfall import LAYER as WATERFALL
from layers.units import M2_PER_HA
from pipeline.project.models import BalanceConfig, DemandConfig
from pipeline.stages.balance.falls import with_shares

KEY = ["cluster_id", "year", "case", "profile", "measure", "heading"]
ALL = "all"


@dataclass(frozen=True)
class Account:
    """What a cluster's accounting is drawn up from; gross is the m2 inside its boundary, shares the headings without order."""

    cluster_id: str
    gross_m2: float
    holdings: pd.DataFrame
    states: pd.DataFrame
    pieces: pd.DataFrame
    rooms: pd.DataFrame
    assessments: pd.DataFrame
    sites: pd.DataFrame
    shares: pd.DataFrame
    other: pd.DataFrame | None = None


def balance(account: Account, card: BalanceConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """land_balance and waterfall of one cluster, m2 rounded to 0.1 so that headings still add up."""
    verdicts = _verdicts(account)
    measures = pd.concat([_holding(account), _room(account), verdicts], ignore_index=True)
    rounded = pd.concat([apportion(group) for _, group in measures.groupby(KEY[1:5], sort=True)])
    everything = pd.concat([rounded, _sites(account), account.other])
    falls = with_shares(_waterfall(account, verdicts, card), account.shares)
    return (
        BALANCE.conform(everything.assign(cluster_id=account.cluster_id)),
        WATERFALL.conform(falls.assign(cluster_id=account.cluster_id)),
    )


def national(tables: Iterable[pd.DataFrame], name: str) -> pd.DataFrame:
    """The clusters' tables with their sum under the national name."""
    every = pd.concat(list(tables), ignore_index=True)
    keep = ["step"] if "step" in every else []
    groups = [*KEY[1:], *keep]
    total = (
        every.groupby(groups, as_index=False)[["area_m2", "count", *(["share_m2"] if keep else [])]]
        .sum()
        .assign(cluster_id=name)
    )
    layer = WATERFALL if keep else BALANCE
    return layer.conform(pd.concat([every, total.round({"area_m2": 1, "share_m2": 1})]))


def demand(rows: Iterable[DemandConfig], supply: pd.DataFrame, lead_profile: str, national_name: str) -> pd.DataFrame:
    """Demand and what supply leaves after it, per cluster and year and for the Netherlands; nothing where none is given.

    The Netherlands are the sum of the clusters that state a demand: one that states none does not ask for nothing.
    """
    given = pd.DataFrame([row.model_dump() for row in rows])
    if given.empty:
        return BALANCE.empty()
    wanted = given.assign(
        heading=given["scenario"] + "." + given["segment"],
        area_m2=given["demand_ha"] * M2_PER_HA,
        measure="demand",
        profile=ALL,
        case=BOTH,
    )
    asked = wanted.groupby([*KEY, "scenario"], as_index=False)["area_m2"].sum()
    total = asked.groupby(["cluster_id", "year", "scenario"], as_index=False)["area_m2"].sum()
    usable = supply[
        (supply["measure"] == "verdict") & (supply["heading"] == "usable") & (supply["profile"] == lead_profile)
    ]
    left = total.merge(pd.DataFrame({"case": CASES}), how="cross").merge(
        usable[["cluster_id", "year", "case", "area_m2"]],
        on=["cluster_id", "year", "case"],
        how="left",
        suffixes=("_asked", ""),
    )
    left = left.assign(
        measure="supply_minus_demand",
        profile=lead_profile,
        heading=left["scenario"],
        area_m2=left["area_m2"].fillna(0.0) - left["area_m2_asked"],
    )
    told = pd.concat([asked, left])[[*KEY, "area_m2"]]
    summed = told.assign(cluster_id=national_name).groupby(KEY, as_index=False)["area_m2"].sum()
    return BALANCE.conform(pd.concat([told, summed]).assign(count=pd.NA))


def apportion(group: pd.DataFrame) -> pd.DataFrame:
    """Areas rounded to 0.1 m2 by largest remainder, so that they add up to their rounded sum."""
    tenths = group["area_m2"].to_numpy() * 10.0
    floor = np.floor(tenths)
    short = round(float(tenths.sum())) - int(floor.sum())
    order = np.lexsort((group["heading"].to_numpy().astype(str), -(tenths - floor)))
    floor[order[:short]] += 1.0
    return group.assign(area_m2=floor / 10.0)


def _frame(rows: pd.DataFrame, **fixed: Any) -> pd.DataFrame:
    return rows.assign(**fixed)[["year", "case", "profile", "measure", "heading", "area_m2", "count"]]


def _no_parcel(account: Account) -> float:
    return no_parcel_m2(account.gross_m2, account.holdings)


def no_parcel_m2(gross: float, holdings: pd.DataFrame) -> float:
    """Land inside the boundary on no plot, m2; a rounding below zero is none."""
    return max(0.0, gross - float(holdings["area_m2"].sum()))


def _holding(account: Account) -> pd.DataFrame:
    states = account.states.merge(account.holdings[["holding_id", "area_m2"]], on="holding_id")
    counted = states.groupby(["year", "case", "tenure_status"], as_index=False).agg(
        area_m2=("area_m2", "sum"), count=("holding_id", "size")
    )
    rest = (
        counted[["year", "case"]]
        .drop_duplicates()
        .assign(tenure_status="no_parcel", area_m2=_no_parcel(account), count=0)
    )
    return _frame(
        pd.concat([counted, rest]).rename(columns={"tenure_status": "heading"}), profile=ALL, measure="holding"
    )


def _room(account: Account) -> pd.DataFrame:
    under = account.pieces.groupby(["combination_id", "plan_category"], as_index=False).agg(
        area_m2=("area_m2", "sum"), count=("piece_id", "size")
    )
    each = account.rooms.merge(under, on=["combination_id", "plan_category"])
    counted = each.groupby(["year", "profile", "room"], as_index=False)[["area_m2", "count"]].sum()
    return _frame(counted.rename(columns={"room": "heading"}), case=BOTH, measure="room")


def _verdicts(account: Account) -> pd.DataFrame:
    each = account.assessments.merge(account.pieces[["piece_id", "area_m2"]], on="piece_id")
    key = ["year", "case", "profile", "verdict"]
    counted = each.groupby(key, as_index=False).agg(area_m2=("area_m2", "sum"), count=("piece_id", "size"))
    return _frame(counted.rename(columns={"verdict": "heading"}), measure="verdict")


def _sites(account: Account) -> pd.DataFrame:
    key = ["year", "case", "profile"]
    counted = account.sites.groupby(key, as_index=False).agg(area_m2=("area_m2", "sum"), count=("site_id", "size"))
    return _frame(counted.assign(area_m2=counted["area_m2"].round(1)), measure="sites", heading=ALL)


def measures_of_sites(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Sites from each size on, and the loss by fragmentation, as figures.csv has them; m2 to 0.1."""
    sizes, lost = tables["site_sizes"], tables["fragmentation"]
    counted = sizes.assign(
        measure="sites_at_least",
        heading=sizes["at_least_ha"].map("{:g}".format),
        area_m2=sizes["area_m2"].round(1),
        count=sizes["site_count"],
    )
    loss = lost.assign(measure="fragmentation_loss", heading=ALL, area_m2=lost["loss_m2"].round(1), count=pd.NA)
    return pd.concat([counted, loss])[["year", "case", "profile", "measure", "heading", "area_m2", "count"]]


def measures_of_shortages(found: pd.DataFrame) -> pd.DataFrame:
    """Shortages by scenario and cause as figures.csv has them; m2 to 0.1."""
    told = found.assign(
        measure="shortage",
        profile=ALL,
        heading=found["scenario"].astype(str) + "." + found["cause"].astype(str),
        area_m2=found["shortage_m2"].round(1),
        count=pd.NA,
    )
    return told[["year", "case", "profile", "measure", "heading", "area_m2", "count"]]


def _waterfall(account: Account, verdicts: pd.DataFrame, card: BalanceConfig) -> pd.DataFrame:
    """Gross, and every heading below it in the order of the card; together they are gross, to 0.1 m2."""
    years, profiles = verdicts["year"].unique(), verdicts["profile"].unique()
    steps = {name: step for step, name in enumerate(card.waterfall)}
    every = pd.MultiIndex.from_product(
        [years, CASES, profiles, list(steps)[1:]], names=["year", "case", "profile", "heading"]
    )
    table = (
        verdicts.set_index(["year", "case", "profile", "heading"])[["area_m2", "count"]]
        .reindex(every, fill_value=0)
        .reset_index()
    )
    table.loc[table["heading"] == "no_parcel", "area_m2"] = _no_parcel(account)
    key = ["year", "case", "profile"]
    rounded = pd.concat([apportion(group) for _, group in table.groupby(key)])
    gross = (
        rounded.groupby(key, as_index=False)
        .agg(area_m2=("area_m2", "sum"), count=("count", "sum"))
        .assign(heading="gross")
    )
    whole = pd.concat([gross.assign(area_m2=gross["area_m2"].round(1)), rounded]).assign(measure="waterfall")
    return whole.assign(step=whole["heading"].map(steps))


def gross_m2(boundaries: gpd.GeoDataFrame, cluster_id: str) -> float:
    """m2 inside a cluster's boundary, overlapping sites once."""
    own = boundaries[boundaries["cluster_id"] == cluster_id].geometry
    return float(own.union_all().area)


def figures(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The whole accounting as figures.csv has it: cluster, year, case, profile, measure, heading, m2, count; sorted."""
    falls = tables["waterfall"]
    shared = falls.assign(measure="waterfall_shapley", area_m2=falls["share_m2"])
    every = pd.concat([tables["land_balance"], falls, shared], ignore_index=True)
    return every.sort_values(KEY, ignore_index=True)[[*KEY, "area_m2", "count"]].rename(
        columns={"cluster_id": "cluster"}
    )
