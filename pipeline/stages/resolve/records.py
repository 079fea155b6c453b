"""Registers: what contracts, the issue register, buildings and corrections say of each holding, and where they disagree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from pipeline.calendar import FAR
from pipeline.cards import ResolveCard
from pipeline.geometry import area
from pipeline.stages.resolve import conflicts as found
from pipeline.stages.resolve.land import Land
from pipeline.stages.resolve.states import CODE, USE, Ground


def sound(leases: pd.DataFrame, card: ResolveCard) -> pd.DataFrame:
    """Contracts that count: no master leases, none that end before they begin."""
    return leases[~found.is_master(leases, card) & ~found.ends_before_begins(leases)]


def on_plots(leases: pd.DataFrame, parcels: gpd.GeoDataFrame, drawn: Any = ()) -> pd.DataFrame:
    """One row per contract and plot of this cluster; a contract on a site lies on every plot of it, unless it is drawn."""
    of_site = leases["parcel_id"].isna() & leases["site_name"].notna() & ~leases["contract_id"].isin(list(drawn))
    spread = (
        leases[of_site]
        .drop(columns="parcel_id")
        .merge(pd.DataFrame(parcels[["site_name", "parcel_id"]]).dropna(), on="site_name")
    )
    named = leases[leases["parcel_id"].isin(parcels["parcel_id"])]
    return pd.concat([named, spread], ignore_index=True).sort_values(["contract_id", "parcel_id"], ignore_index=True)


def drawn_here(polygons: gpd.GeoDataFrame, leases: pd.DataFrame, land: Any) -> gpd.GeoDataFrame:
    """Polygons of contracts that count, on this cluster's land, whatever plots the contracts name."""
    ours = polygons["contract_id"].isin(leases["contract_id"]) & polygons.geometry.intersects(land)
    return polygons[ours].reset_index(drop=True)


def plot_order(
    parcels: gpd.GeoDataFrame, tables: Mapping[str, Any], leases: pd.DataFrame, today: pd.Timestamp
) -> gpd.GeoDataFrame:
    """Plots with those first that are held by somebody or not known, then those not serviced, then those on offer.

    Ground under two plots is then not free because one of the two is.
    """
    ids, overrides, polygons = parcels["parcel_id"], tables["overrides"], tables["lease_polygons"]
    status = tables["issue_register"].set_index("parcel_id")["issue_status"].reindex(ids).fillna("unknown").to_numpy()
    rank = np.select([status == "available", status == "not_serviced"], [2, 1], 0)
    running = leases[leases["ends_on"].isna() | (leases["ends_on"] >= today)]
    drawn = polygons[polygons["contract_id"].isin(running["contract_id"])].geometry.union_all()
    corrected = overrides.loc[(overrides["holding"] != "free") & (overrides["until"] >= today), "parcel_id"]
    bound = ids.isin(on_plots(running, parcels)["parcel_id"]) | ids.isin(corrected) | parcels.geometry.intersects(drawn)
    return parcels.iloc[np.argsort(np.where(bound, 0, rank), kind="stable")].reset_index(drop=True)


def standing(buildings: gpd.GeoDataFrame, card: ResolveCard) -> gpd.GeoDataFrame:
    """Buildings that count as standing, by their status."""
    return buildings[buildings["building_status"].isin(card.built.statuses)]


def counted(
    land: Land, parcels: gpd.GeoDataFrame, leases: pd.DataFrame, drawn: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lease rows per holding (its position), and the pairs of contract and plot that no polygon touches.

    A contract with a polygon counts where that lies; on plots that it names but that its polygon does not touch, and
    without a polygon, it counts on the whole plot. Where its rows differ in terms, the row of the plot counts, or the last to end.
    """
    ids = parcels["parcel_id"].to_numpy()[land.parcel]
    per_part = pd.DataFrame({"holding": range(len(land.parcel)), "parcel_id": ids})
    names = drawn["contract_id"].to_numpy()
    over = [(holding, names[at]) for holding, cover in enumerate(land.polygons) for at in cover]
    under = pd.DataFrame(over, columns=["holding", "contract_id"]).merge(per_part, on="holding")
    pair = ["contract_id", "parcel_id"]
    touched = pd.MultiIndex.from_frame(under[pair])
    placed = leases.dropna(subset="parcel_id")
    missed = placed[~pd.MultiIndex.from_frame(placed[pair]).isin(touched)]
    last = leases.assign(end=leases["ends_on"].fillna(pd.Timestamp("2999-01-01"))).sort_values(["contract_id", "end"])
    terms = last.drop_duplicates("contract_id", keep="last").drop(columns=["parcel_id", "end"])
    named = pd.MultiIndex.from_frame(under[pair]).isin(pd.MultiIndex.from_frame(placed[pair]))
    rows = [
        per_part.merge(missed, on="parcel_id"),
        under[named].merge(placed, on=pair),
        under[~named].merge(terms, on="contract_id"),
    ]
    return pd.concat(rows, ignore_index=True).sort_values(["holding", "contract_id"], ignore_index=True), missed[pair]


def ground_of(
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
    part = share.to_numpy()
    stands = (part * area(land.shapes) >= card.tolerance.least_conflict_m2) & ~has_use
    built = stands & (part >= card.built.share_that_makes_unknown)
    issued, on_offer = np.isin(status, ["issued", "idle"]), np.isin(status, ["available", "not_serviced"])
    state = _state(status, built, (has_use, had_use))
    year = register["serviced_year"].to_numpy(dtype=float, na_value=np.nan)[land.parcel]
    free_on = [FAR if np.isnan(y) else np.datetime64(f"{int(y) + 1}-01-01", "D") for y in year]
    serviced = np.array(free_on, dtype="datetime64[D]")
    overdue = (status == "not_serviced") & (serviced <= today)  # the register still says that it is not
    serviced = np.where(overdue, FAR, serviced)
    none = np.full(count, np.datetime64("0001-01-01", "D"))
    ids, areas = parcels["parcel_id"].to_numpy()[land.parcel], area(land.shapes)
    per_cent = [f"uitgeefbaar, en {100 * built_part:.1f} % bebouwd".replace(".", ",") for built_part in part]
    missing = register["issue_status"].isna().to_numpy()[land.parcel]
    said = [
        _say("free_but_built", on_offer & stands, ids, (per_cent, areas)),
        _say(
            "issued_without_contract",
            issued & ~has_use & ~had_use,
            ids,
            (["uitgegeven, en geen contract noemt haar"] * count, areas),
        ),
        _say("contract_over", issued & had_use, ids, (["uitgegeven, en het contract is verlopen"] * count, areas)),
        _say(
            "servicing_overdue",
            overdue,
            ids,
            ([f"bouwrijp in {y:.0f}, volgens het register nog niet" for y in year], areas),
        ),
        _say("not_in_register", missing, ids, (["staat niet in het uitgifteregister"] * count, areas)),
    ]
    return Ground(state, serviced, status == "idle", np.full(count, -1), none), said


def _state(status: Any, built: Any, use: tuple[Any, Any]) -> Any:
    """The ground state from the register: the first line below that fits."""
    has_use, had_use = use
    issued, on_offer = np.isin(status, ["issued", "idle"]), np.isin(status, ["available", "not_serviced"])
    choices = {
        "unknown": (on_offer & built) | (issued & had_use) | (status == "unknown"),
        "free": (status == "available") | (issued & has_use),
        "not_serviced": status == "not_serviced",
        "public_space": np.isin(status, ["public_space", "residential"]),
        "idle": status == "idle",
        "leased": issued,
    }
    return np.select(list(choices.values()), [CODE[name] for name in choices], CODE["unknown"])


def _say(kind: str, where: Any, ids: Any, told: tuple[list[str], Any]) -> pd.DataFrame:
    texts, areas = told
    return found.rows(kind, ids[where], np.array(texts, dtype=object)[where], areas[where])


def corrected(ground: Ground, land: Land, parcels: gpd.GeoDataFrame, given: tuple[pd.DataFrame, Any]) -> Ground:
    """Ground with the manual corrections that still hold today."""
    overrides, today = given
    valid = overrides[overrides["until"] >= pd.Timestamp(today)].set_index("parcel_id")
    ids = parcels["parcel_id"].to_numpy()[land.parcel]
    until = valid["until"].reindex(ids).to_numpy(dtype="datetime64[D]")
    state = valid["holding"].reindex(ids).map(CODE).fillna(-1).to_numpy(dtype=int)
    return Ground(
        ground.state, ground.serviced_on, ground.is_idle, state, np.where(np.isnat(until), ground.override_until, until)
    )


def expired(overrides: pd.DataFrame, parcels: gpd.GeoDataFrame, today: dt.date) -> pd.DataFrame:
    """Corrections of plots of this cluster whose last day is past."""
    ours = overrides[overrides["parcel_id"].isin(parcels["parcel_id"])]
    late = ours[ours["until"] < pd.Timestamp(today)]
    text = [f"een correctie gold tot en met {row.until:%d-%m-%Y}" for row in late.itertuples()]
    return found.rows("override_expired", late["parcel_id"], text)
