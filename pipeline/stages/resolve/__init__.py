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
from layers.layer import RD_NEW
from pipeline.calendar import FAR, dates
from pipeline.cards import ResolveCard
from pipeline.geometry import area, covered_share
from pipeline.stages.resolve import conflicts as found
from pipeline.stages.resolve.land import Land, clip, cut, disjoin, overlaps
from pipeline.stages.resolve.states import CODE, USE, Ground, Rights, first_free, rights_on, state_on


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
    tables: Mapping[str, Any], cluster_id: str, card: ResolveCard, calendar: Calendar, leases_known: bool = True
) -> Resolved:
    """Holdings of one cluster in RD New, their states per year and case, and what the records disagree on.

    Without any register of contracts (`leases_known` false) nothing can be called free.
    """
    boundary = cluster_land(tables["cluster_boundaries"], cluster_id)
    inside = clip(tables["parcels"], boundary)
    pairs = overlaps(inside)
    parcels = disjoin(inside, pairs)
    polygons = tables["lease_polygons"]
    leases = _on_parcels(tables["ground_leases"], parcels, card)
    drawn = polygons[polygons["contract_id"].isin(leases["contract_id"])].reset_index(drop=True)
    land = cut(parcels, drawn, card.tolerance.least_conflict_m2)
    holdings = _holdings(land, parcels, cluster_id)
    counted = _counted(land, parcels, leases, drawn)
    standing = _standing(tables["buildings"], card)
    share = pd.Series(covered_share(parcels.geometry.to_numpy(), standing.geometry.to_numpy()))
    today = np.datetime64(calendar.today, "D")
    rights = rights_on(counted, card, today)
    register = tables["issue_register"].set_index("parcel_id").reindex(parcels["parcel_id"])
    ground, said = _ground((land, parcels, counted), register, share, (card, today))
    ground = _corrected(ground, land, parcels, (tables["overrides"], today))
    if not leases_known:
        ground = replace(
            ground,
            state=np.where(ground.state == CODE["free"], CODE["unknown"], ground.state),
            serviced_on=np.full(len(land.parcel), FAR),
        )
    met = {drawn["contract_id"].iloc[at] for cover in land.polygons for at in cover}
    known = tables["parcels"]["parcel_id"]
    disagreements = [
        found.of_overlap(inside, pairs, card.tolerance),
        found.of_area(_whole(tables["parcels"], parcels), card.tolerance),
        found.of_leases(tables["ground_leases"], known),
        found.of_register(tables["issue_register"], tables["overrides"], known),
        found.of_polygons(_near(polygons, drawn, tables["ground_leases"]), tables["ground_leases"], met),
        found.of_duplicates(tables["refused"]),
        found.of_double_use(counted, holdings, pd.Timestamp(calendar.today)),
        _expired(tables["overrides"], parcels, calendar.today),
        *said,
    ]
    return Resolved(
        _dated(holdings, counted, rights, (ground, today)),
        _states(holdings, rights, ground, calendar),
        found.gather(disagreements, cluster_id),
    )


def cluster_land(boundaries: gpd.GeoDataFrame, cluster_id: str) -> Any:
    """The land of a cluster as one shape in RD New: the union of its sites."""
    return shapely.union_all(boundaries[boundaries["cluster_id"] == cluster_id].geometry.to_numpy())


def _on_parcels(leases: pd.DataFrame, parcels: gpd.GeoDataFrame, card: ResolveCard) -> pd.DataFrame:
    """Contracts that count, one row per plot of this cluster: no master leases, none that end before they begin."""
    sound = leases[~found.is_master(leases, card) & ~found.ends_before_begins(leases)]
    by_site = sound[sound["parcel_id"].isna() & sound["site_name"].notna()].drop(columns="parcel_id")
    spread = by_site.merge(parcels[["site_name", "parcel_id"]].dropna(), on="site_name")
    named = sound[sound["parcel_id"].isin(parcels["parcel_id"])]
    return pd.concat([named, spread], ignore_index=True).sort_values(["contract_id", "parcel_id"], ignore_index=True)


def _near(polygons: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame, leases: pd.DataFrame) -> gpd.GeoDataFrame:
    """Polygons of this cluster's contracts, and those whose contract nobody knows."""
    ours = polygons["contract_id"].isin(drawn["contract_id"]) | ~polygons["contract_id"].isin(leases["contract_id"])
    return polygons[ours]


def _whole(parcels: gpd.GeoDataFrame, inside: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return parcels[parcels["parcel_id"].isin(inside["parcel_id"])]


def _standing(buildings: gpd.GeoDataFrame, card: ResolveCard) -> gpd.GeoDataFrame:
    return buildings[buildings["building_status"].isin(card.built.statuses)]


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


def _counted(land: Land, parcels: gpd.GeoDataFrame, leases: pd.DataFrame, drawn: gpd.GeoDataFrame) -> pd.DataFrame:
    """Lease rows per holding (its position): a contract with a polygon where that lies, any other on its whole plots."""
    per_part = pd.DataFrame(
        {"holding": range(len(land.parcel)), "parcel_id": parcels["parcel_id"].to_numpy()[land.parcel]}
    )
    whole = per_part.merge(leases[~leases["contract_id"].isin(drawn["contract_id"])], on="parcel_id")
    over = [(holding, drawn["contract_id"].iloc[at]) for holding, cover in enumerate(land.polygons) for at in cover]
    under = pd.DataFrame(over, columns=["holding", "contract_id"])
    own = leases.drop_duplicates("contract_id").drop(columns="parcel_id")
    partial = under.merge(per_part, on="holding").merge(own, on="contract_id")
    return pd.concat([whole, partial], ignore_index=True).sort_values(["holding", "contract_id"], ignore_index=True)


def _ground(
    where: tuple[Land, gpd.GeoDataFrame, pd.DataFrame],
    register: pd.DataFrame,
    share: pd.Series,
    rule: tuple[ResolveCard, Any],
) -> tuple[Ground, list[pd.DataFrame]]:
    """What land is without rights in force, from the register and what stands on it; and where these disagree.

    Issued land whose contract is known falls free after it; issued land whose contract is over is unknown; issued land
    without any contract stays leased. Land that is free on paper but built on is unknown.
    """
    land, parcels, counted = where
    card, today = rule
    use = counted[counted["right_type"].isin(list(USE))]
    over = (use["ends_on"].notna() & (use["ends_on"] < pd.Timestamp(today))).to_numpy()
    count = len(land.parcel)
    has_use = np.isin(np.arange(count), use["holding"][~over])
    had_use = np.isin(np.arange(count), use["holding"][over]) & ~has_use
    status = register["issue_status"].fillna("unknown").to_numpy()[land.parcel]
    part = share.to_numpy()[land.parcel]
    stands = (part * area(parcels.geometry.to_numpy())[land.parcel] >= card.tolerance.least_conflict_m2) & ~has_use
    built = stands & (part >= card.built.share_that_makes_unknown)
    issued, on_offer = np.isin(status, ["issued", "idle"]), np.isin(status, ["available", "not_serviced"])
    choices = {
        "unknown": (on_offer & built) | (issued & had_use) | (status == "unknown"),
        "free": (status == "available") | (issued & has_use),
        "not_serviced": status == "not_serviced",
        "public_space": np.isin(status, ["public_space", "residential"]),
        "idle": status == "idle",
        "leased": issued,
    }
    state = np.select(list(choices.values()), [CODE[name] for name in choices], CODE["unknown"])
    year = register["serviced_year"].to_numpy(dtype=float, na_value=np.nan)[land.parcel]
    serviced = np.array([FAR if np.isnan(y) else np.datetime64(f"{int(y) + 1}-01-01", "D") for y in year])
    none = np.full(count, np.datetime64("0001-01-01", "D"))
    ids, areas = parcels["parcel_id"].to_numpy()[land.parcel], area(land.shapes)
    per_cent = [f"on offer, and {100 * built_part:.1f}% built" for built_part in part]
    missing = register["issue_status"].isna().to_numpy()[land.parcel]
    said = [
        _say("free_but_built", on_offer & stands, ids, (per_cent, areas)),
        _say(
            "issued_without_contract",
            issued & ~has_use & ~had_use,
            ids,
            (["issued, and no contract names it"] * count, areas),
        ),
        _say("contract_over", issued & had_use, ids, (["issued, and its contract is over"] * count, areas)),
        _say("not_in_register", missing, ids, (["not in the register"] * count, areas)),
    ]
    return Ground(state, serviced, status == "idle", np.full(count, -1), none), said


def _say(kind: str, where: Any, ids: Any, told: tuple[list[str], Any]) -> pd.DataFrame:
    texts, areas = told
    return found.rows(kind, ids[where], np.array(texts, dtype=object)[where], areas[where])


def _corrected(ground: Ground, land: Land, parcels: gpd.GeoDataFrame, given: tuple[pd.DataFrame, Any]) -> Ground:
    """Ground with the manual corrections that still hold today."""
    overrides, today = given
    valid = overrides[overrides["until"] >= pd.Timestamp(today)].set_index("parcel_id")
    ids = parcels["parcel_id"].to_numpy()[land.parcel]
    until = valid["until"].reindex(ids).to_numpy(dtype="datetime64[D]")
    state = valid["holding"].reindex(ids).map(CODE).fillna(-1).to_numpy(dtype=int)
    return Ground(
        ground.state, ground.serviced_on, ground.is_idle, state, np.where(np.isnat(until), ground.override_until, until)
    )


def _expired(overrides: pd.DataFrame, parcels: gpd.GeoDataFrame, today: dt.date) -> pd.DataFrame:
    ours = overrides[overrides["parcel_id"].isin(parcels["parcel_id"])]
    late = ours[ours["until"] < pd.Timestamp(today)]
    text = [f"a correction to {row.holding} held until {row.until:%Y-%m-%d}" for row in late.itertuples()]
    return found.rows("override_expired", late["parcel_id"], text)


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
