"""Registers: what contracts, the issue register, buildings and corrections say of each holding, and where they disagree."""

from __future__ import annotations

import datetime as dt
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


def on_parcels(leases: pd.DataFrame, parcels: gpd.GeoDataFrame, card: ResolveCard) -> pd.DataFrame:
    """Contracts that count, one row per plot of this cluster: no master leases, none that end before they begin."""
    sound = leases[~found.is_master(leases, card) & ~found.ends_before_begins(leases)]
    by_site = sound[sound["parcel_id"].isna() & sound["site_name"].notna()].drop(columns="parcel_id")
    spread = by_site.merge(parcels[["site_name", "parcel_id"]].dropna(), on="site_name")
    named = sound[sound["parcel_id"].isin(parcels["parcel_id"])]
    return pd.concat([named, spread], ignore_index=True).sort_values(["contract_id", "parcel_id"], ignore_index=True)


def near(polygons: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame, leases: pd.DataFrame) -> gpd.GeoDataFrame:
    """Polygons of this cluster's contracts, and those whose contract nobody knows."""
    ours = polygons["contract_id"].isin(drawn["contract_id"]) | ~polygons["contract_id"].isin(leases["contract_id"])
    return polygons[ours]


def standing(buildings: gpd.GeoDataFrame, card: ResolveCard) -> gpd.GeoDataFrame:
    """Buildings that count as standing, by their status."""
    return buildings[buildings["building_status"].isin(card.built.statuses)]


def counted(land: Land, parcels: gpd.GeoDataFrame, leases: pd.DataFrame, drawn: gpd.GeoDataFrame) -> pd.DataFrame:
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
    part = share.to_numpy()[land.parcel]
    stands = (part * area(parcels.geometry.to_numpy())[land.parcel] >= card.tolerance.least_conflict_m2) & ~has_use
    built = stands & (part >= card.built.share_that_makes_unknown)
    issued, on_offer = np.isin(status, ["issued", "idle"]), np.isin(status, ["available", "not_serviced"])
    state = _state(status, built, (has_use, had_use))
    year = register["serviced_year"].to_numpy(dtype=float, na_value=np.nan)[land.parcel]
    serviced = np.array([FAR if np.isnan(y) else np.datetime64(f"{int(y) + 1}-01-01", "D") for y in year])
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
