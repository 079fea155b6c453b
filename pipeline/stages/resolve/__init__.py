"""Bezit: who holds each part of each plot, until when, on what evidence?

reads   cluster_boundaries, parcels, issue_register, ground_leases, lease_polygons, buildings, overrides, refused
writes  holdings, holding_states, conflicts
keeps   the area of every plot inside the cluster; every conflict is a row
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.columns import CASES, HOLDINGS
from layers.derived.holding_states import LAYER as STATES
from layers.derived.holdings import LAYER as HOLDING_LAYER
from layers.errors import ContractRefusal
from layers.layer import RD_NEW
from pipeline.calendar import FAR, dates
from pipeline.cards import ResolveCard
from pipeline.geometry import area, covered_share
from pipeline.stages.resolve import conflicts as found
from pipeline.stages.resolve import records
from pipeline.stages.resolve.land import Land, clip, cut, disjoin, overlaps
from pipeline.stages.resolve.states import CODE, Ground, Rights, first_free, rights_on, state_on


@dataclass(frozen=True)
class Calendar:
    """The day that counts as today, and the day on which each year is judged."""

    today: dt.date
    year_days: Mapping[int, dt.date]


@dataclass(frozen=True)
class Resolved:
    """Who holds what: holdings with geometry (RD New, m2), their states per year and case, and the conflicts."""

    holdings: gpd.GeoDataFrame
    states: pd.DataFrame
    conflicts: pd.DataFrame


def resolve(
    tables: Mapping[str, Any], cluster_id: str, card: ResolveCard, calendar: Calendar, free_can_be_shown: bool = True
) -> Resolved:
    """Holdings of one cluster in RD New, their states per year and case, and what the records disagree on.

    Without contracts or buildings (`free_can_be_shown` false) nothing can be called free.
    """
    _alone(tables["cluster_boundaries"], cluster_id, card.tolerance.least_conflict_m2)
    leases, polygons = records.sound(tables["ground_leases"], card), tables["lease_polygons"]
    inside = clip(tables["parcels"], cluster_land(tables["cluster_boundaries"], cluster_id))
    if inside.empty:
        raise ContractRefusal(
            f"cluster '{cluster_id}'",
            found="no plot inside its boundary",
            expected="plots that lie in it",
            todo="check the boundary, or whether `cluster_id` in its source is spelled as the name of the card",
        )
    inside = records.plot_order(inside, tables, leases, pd.Timestamp(calendar.today))
    pairs = overlaps(inside)
    parcels = disjoin(inside, pairs)
    drawn = records.drawn_here(polygons, leases, shapely.union_all(parcels.geometry.to_numpy()))
    land = cut(parcels, drawn, card.tolerance.least_conflict_m2)
    counted, missed = records.counted(land, parcels, _terms(leases, parcels, drawn), drawn)
    today = np.datetime64(calendar.today, "D")
    rights = rights_on(counted, card, today)
    ground, said = _ground((land, parcels, counted), tables, (card, today))
    if not free_can_be_shown:
        unknown = np.where(ground.state == CODE["free"], CODE["unknown"], ground.state)
        ground = replace(ground, state=unknown, serviced_on=np.full(len(land.parcel), FAR))
    holdings = _holdings(land, parcels, cluster_id)
    known = tables["parcels"]["parcel_id"]
    disagreements = [
        found.of_overlap(inside, pairs, card.tolerance),
        found.of_area(tables["parcels"][known.isin(parcels["parcel_id"])], card.tolerance),
        found.of_leases(tables["ground_leases"], known),
        found.of_register(tables["issue_register"], tables["overrides"], known),
        found.of_polygons(polygons, tables["ground_leases"], missed),
        found.of_place(tables["ground_leases"], tables["parcels"], polygons),
        found.of_duplicates(tables["refused"]),
        found.of_double_use(counted, holdings, pd.Timestamp(calendar.today)),
        records.expired(tables["overrides"], parcels, calendar.today),
        *said,
    ]
    return Resolved(
        _dated(holdings, counted, rights, (ground, today)),
        _states(holdings, rights, ground, calendar),
        found.gather(disagreements, cluster_id),
    )


def _ground(
    where: tuple[Land, gpd.GeoDataFrame, pd.DataFrame], tables: Mapping[str, Any], rule: tuple[ResolveCard, Any]
) -> tuple[Ground, list[pd.DataFrame]]:
    land, parcels, _ = where
    card, today = rule
    roofs = records.standing(tables["buildings"], card).geometry.to_numpy()
    share = pd.Series(covered_share(land.shapes, roofs))
    register = tables["issue_register"].set_index("parcel_id").reindex(parcels["parcel_id"])
    ground, said = records.ground_of(where, register, share, rule)
    return records.corrected(ground, land, parcels, (tables["overrides"], today)), said


def _alone(boundaries: gpd.GeoDataFrame, cluster_id: str, least_m2: float) -> None:
    """Refuse land that another cluster counts too: it would stand twice in the sum of all clusters."""
    land = cluster_land(boundaries, cluster_id)
    for other in sorted(set(boundaries["cluster_id"]) - {cluster_id}):
        shared_m2 = shapely.area(shapely.intersection(land, cluster_land(boundaries, other)))
        if shared_m2 > least_m2:
            raise ContractRefusal(
                f"boundaries of '{cluster_id}' and '{other}'",
                found=f"{shared_m2 / 10_000:.4f} ha inside both",
                expected="land in one cluster only",
                todo="correct the boundaries: land in two clusters would count twice",
            )


def _terms(leases: pd.DataFrame, parcels: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame) -> pd.DataFrame:
    """Contracts on plots of this cluster, and those that reach into it by their polygon alone (with no plot)."""
    on_plots = records.on_plots(leases, parcels, drawn["contract_id"])
    elsewhere = leases["contract_id"].isin(drawn["contract_id"]) & ~leases["contract_id"].isin(on_plots["contract_id"])
    return pd.concat([on_plots, leases[elsewhere].assign(parcel_id=None)], ignore_index=True)


def cluster_land(boundaries: gpd.GeoDataFrame, cluster_id: str) -> Any:
    """The land of a cluster as one shape in RD New: the union of its sites."""
    return shapely.union_all(boundaries[boundaries["cluster_id"] == cluster_id].geometry.to_numpy())


def _holdings(land: Land, parcels: gpd.GeoDataFrame, cluster_id: str) -> gpd.GeoDataFrame:
    """One row per part, in the order of `land`; numbered within the plot from west to east."""
    taken = parcels[["parcel_id", "site_name", "plan_category"]].iloc[land.parcel].reset_index(drop=True)
    bounds = shapely.bounds(land.shapes)
    order = pd.DataFrame({"parcel": land.parcel, "x": bounds[:, 0], "y": bounds[:, 1]}).sort_values(
        ["parcel", "x", "y"]
    )
    number = (order.groupby("parcel").cumcount() + 1).sort_index().astype(str)
    frame = gpd.GeoDataFrame(taken, geometry=land.shapes, crs=RD_NEW)
    key = cluster_id + "." + frame["parcel_id"].astype(object) + "." + number
    return frame.assign(holding_id=key, cluster_id=cluster_id, area_m2=area(land.shapes))


def _dated(
    holdings: gpd.GeoDataFrame, counted: pd.DataFrame, rights: Rights, at: tuple[Ground, Any]
) -> gpd.GeoDataFrame:
    ground, today = at
    ids = counted.groupby("holding")["contract_id"].agg(lambda names: ", ".join(sorted(set(names))))
    return HOLDING_LAYER.conform(
        holdings.assign(
            contract_ids=ids.reindex(range(len(holdings))).to_numpy(),
            available_earliest=dates(first_free(rights, ground, today, "earliest")),
            available_latest=dates(first_free(rights, ground, today, "latest")),
        )
    )


def _states(holdings: gpd.GeoDataFrame, rights: Rights, ground: Ground, calendar: Calendar) -> pd.DataFrame:
    made = []
    for year, day in calendar.year_days.items():
        days = np.full(len(holdings), np.datetime64(day, "D"))
        for case in CASES:
            codes = state_on(rights, ground, days, case)
            decided = _decided_by(codes, rights, ground, days)
            names = np.array(HOLDINGS, dtype=object)[codes]
            made.append(
                pd.DataFrame(
                    {
                        "holding_id": holdings["holding_id"],
                        "year": year,
                        "case": case,
                        "holding": names,
                        "decided_by": decided,
                    }
                )
            )
    return STATES.conform(pd.concat(made))


def _decided_by(codes: Any, rights: Rights, ground: Ground, days: Any) -> Any:
    """Which kind of record decides: correction, contract, option letter, register, building, or none."""
    ruled = np.isin(np.arange(len(codes)), rights.holding[rights.is_use])
    kinds = np.where(np.isin(codes, [CODE["optioned"], CODE["reserved"]]), "option", "register")
    by_use = np.isin(codes, [CODE[name] for name in ("leased", "temporary", "contracted", "idle", "free")]) & ruled
    kinds = np.where(by_use, "contract", kinds)
    kinds = np.where(codes == CODE["unknown"], "none", kinds)
    return np.where(days <= ground.override_until, "override", kinds)
