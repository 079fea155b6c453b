"""Registers: on which land each contract lies, and what registers, buildings and surveyed use say of land without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.land.dates import FAR_DAY, numbered
from pipeline.project.resolve import ResolveConfig
from pipeline.spatial.geometry import area, covered_share
from pipeline.stages.resolve.land import Land
from pipeline.stages.resolve.periods import BY, BaseTenure
from pipeline.stages.resolve.rights import CODE

ISSUED = ("issued", "idle")
ON_OFFER = ("available", "not_serviced")
LONG_AGO = -FAR_DAY
# What each status of a register says of the land by itself.
STATE_OF_STATUS = {
    "available": "free",
    "not_serviced": "not_serviced",
    "optioned": "optioned",
    "reserved": "reserved",
    "strategic_reserve": "reserved",
    "issued": "leased",
    "idle": "idle",
    "public_space": "public_space",
    "residential": "public_space",
    "unknown": "unknown",
}
RIGHT_KEY = ["holding", "contract_id", "right_type"]


@dataclass(frozen=True)
class Signs:
    """What each holding shows without contracts: register and inventory status, built and used share (0-1), which contracts
    gave use and run or are over, and where no contract in force explains what stands or lies there."""

    status: Any
    in_register: Any
    ibis: Any
    built_share: Any
    used_share: Any
    has_use: Any
    had_use: Any
    may_linger: Any
    built: Any
    too_built: Any
    used: Any


def ends_before_begins(leases: pd.DataFrame) -> Any:
    """Which contracts end before they begin."""
    return (leases["ends_on"] < leases["starts_on"]).fillna(False).to_numpy(dtype=bool)


def refused_contracts(refused: pd.DataFrame) -> pd.DataFrame:
    """Rows of the contract register that were refused, one per row of the file and plot that it names."""
    rows = refused[(refused["outcome"] == "refused") & (refused["layer"] == "ground_leases")]
    each = rows.assign(parcel_id=rows["parcel_id"].astype(object).str.split(", ")).explode("parcel_id")
    return each.drop_duplicates(["source", "row", "parcel_id"]).reset_index(drop=True)


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


def drawn_here(polygons: gpd.GeoDataFrame, leases: pd.DataFrame, parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Polygons of contracts that count, on this cluster's plots, whatever plots the contracts name."""
    ours = polygons[polygons["contract_id"].isin(leases["contract_id"])]
    at = shapely.STRtree(parcels.geometry.to_numpy()).query(ours.geometry.to_numpy(), predicate="intersects")[0]
    return ours.iloc[np.unique(at)].reset_index(drop=True)


def plot_order(
    parcels: gpd.GeoDataFrame, tables: Mapping[str, Any], leases: pd.DataFrame, today: pd.Timestamp
) -> gpd.GeoDataFrame:
    """Plots with those first that are held by somebody or not known, then those not serviced, then those on offer.

    Ground under two plots is then not free because one of the two is.
    """
    ids, overrides, polygons = parcels["parcel_id"], tables["overrides"], tables["lease_polygons"]
    status = statuses(tables, ids)[0]
    rank = np.select([status == "available", status == "not_serviced"], [2, 1], 0)
    running = leases[leases["ends_on"].isna() | (leases["ends_on"] >= today)]
    drawn = polygons[polygons["contract_id"].isin(running["contract_id"])].geometry.to_numpy()
    under: Any = np.zeros(len(parcels), dtype=bool)
    under[shapely.STRtree(drawn).query(parcels.geometry.to_numpy(), predicate="intersects")[0]] = True
    corrected = overrides.loc[(overrides["new_value"] != "free") & (overrides["until"] >= today), "corrected_id"]
    bound = ids.isin(on_plots(running, parcels)["parcel_id"]) | ids.isin(corrected) | under
    return parcels.iloc[np.argsort(np.where(bound, 0, rank), kind="stable")].reset_index(drop=True)


def statuses(tables: Mapping[str, Any], ids: pd.Series) -> tuple[Any, Any, Any, pd.DataFrame]:
    """Per plot the issue status that counts, whether the register has it, the status of the inventory, and the register's row.

    The land owner's register comes first; where it is silent or does not know, the inventory speaks.
    """
    register = tables["issue_register"].set_index("parcel_id").reindex(ids)
    own = register["issue_status"].fillna("unknown").to_numpy()
    ibis = tables["ibis_register"].set_index("parcel_id")["issue_status"].reindex(ids).fillna("unknown").to_numpy()
    return np.where(own == "unknown", ibis, own), own != "unknown", ibis, register


def placed(
    land: Land, plots: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame], leases: pd.DataFrame, drawn: gpd.GeoDataFrame
) -> tuple[Any, Any]:
    """Rows of rights per holding (its position), and the pairs of contract and plot that no polygon touches.

    A contract with a polygon counts where that lies; on plots that it names but that its polygon does not touch, and
    without a polygon, it counts on the whole plot. Ground under two plots (`plots`: those that are left, and the claims)
    carries the rights of both. Several rows of one contract with the same right on a holding count as one.
    """
    on_plot = claimed(land, plots)
    part, polygon = land.pairs
    under = pd.DataFrame({"holding": part, "contract_id": drawn["contract_id"].to_numpy()[polygon]})
    under = under.drop_duplicates().merge(on_plot, on="holding")
    pair = ["contract_id", "parcel_id"]
    named = leases.dropna(subset="parcel_id")
    missed = named[~pd.MultiIndex.from_frame(named[pair]).isin(pd.MultiIndex.from_frame(under[pair]))]
    terms = together(leases.drop(columns="parcel_id"), ["contract_id", "right_type"])
    by_name = pd.MultiIndex.from_frame(under[pair]).isin(pd.MultiIndex.from_frame(named[pair]))
    spot = ["holding", "contract_id"]
    told = pd.MultiIndex.from_frame(under[spot]).isin(pd.MultiIndex.from_frame(under.loc[by_name, spot]))
    at_home = under[~told].drop_duplicates(spot)
    rows = [
        on_plot.merge(missed, on="parcel_id"),
        under[by_name].merge(named, on=pair),
        at_home.merge(terms, on="contract_id"),
    ]
    return together(pd.concat(rows, ignore_index=True), RIGHT_KEY), missed[pair].drop_duplicates()


def claimed(land: Land, plots: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]) -> pd.DataFrame:
    """Each holding (its position) with its plot and every other plot that claims its ground; with the site of that plot."""
    left, claims = (
        pd.DataFrame(part[["parcel_id", "site_name"]]).rename(columns={"site_name": "site_of_plot"}) for part in plots
    )
    own = left.iloc[land.parcel].reset_index(drop=True).assign(holding=np.arange(len(land.parcel)))
    shared, claim = land.shared
    return pd.concat([own, claims.iloc[claim].reset_index(drop=True).assign(holding=shared)], ignore_index=True)


def together(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Rows of one key as one, in order of the key: from the first to begin until the last to end (not known is last), with
    the longest extension among them."""
    end = rows["ends_on"].fillna(pd.Timestamp("2999-01-01"))
    ordered = rows.assign(end=end).sort_values([*key, "end", "starts_on"], na_position="first", ignore_index=True)
    several = ordered.duplicated(key, keep=False)
    if several.any():
        group = ordered[several]
        begun = group["starts_on"].isna().groupby([group[name] for name in key], dropna=False).transform("any")
        first = group["starts_on"].groupby([group[name] for name in key], dropna=False).transform("min").mask(begun)
        longest = group.assign(
            years=group["extension_years"].mask(group["extension_right"] == "none").fillna(0).astype(int)
        )
        best = longest.sort_values("years", kind="stable").drop_duplicates(key, keep="last").set_index(key)
        taken = pd.MultiIndex.from_frame(group[key])
        for name in ("extension_years", "extension_right", "last_notice_on"):
            ordered.loc[several, name] = best[name].reindex(taken).to_numpy()
        ordered.loc[several, "starts_on"] = first
    return ordered.drop_duplicates(key, keep="last").drop(columns="end").reset_index(drop=True)


def above(land: Land, parcels: gpd.GeoDataFrame, leases: pd.DataFrame, polygons: gpd.GeoDataFrame) -> pd.DataFrame:
    """Rows of master leases per holding that lies in their polygon; a master lease cuts nothing."""
    drawn = polygons.merge(leases[leases["is_master"]].drop_duplicates("contract_id"), on="contract_id")
    points = shapely.point_on_surface(land.shapes)
    at, polygon = shapely.STRtree(drawn.geometry.to_numpy()).query(points, predicate="intersects")
    rows = pd.DataFrame(drawn.drop(columns="geometry")).iloc[polygon].reset_index(drop=True)
    return rows.assign(holding=at, site_of_plot=parcels["site_name"].to_numpy()[land.parcel[at]])


def standing(buildings: gpd.GeoDataFrame, card: ResolveConfig) -> gpd.GeoDataFrame:
    """Buildings that count as standing, by their status."""
    return buildings[buildings["building_status"].isin(card.built.statuses)]


def signs(
    where: tuple[Land, gpd.GeoDataFrame, pd.DataFrame], tables: Mapping[str, Any], rule: tuple[ResolveConfig, int]
) -> tuple[Signs, pd.DataFrame]:
    """What the holdings show, and the register's row of each plot."""
    land, parcels, rights = where
    card, today = rule
    in_use = tables["land_use"][tables["land_use"]["use_kind"].isin(card.use.kinds)]
    part = covered_share(land.shapes, standing(tables["buildings"], card).geometry.to_numpy())
    used_part = covered_share(land.shapes, in_use.geometry.to_numpy())
    use = rights[is_use_right(rights)]
    over = (use["ends"] < today).to_numpy()
    everyone = np.arange(len(land.parcel))
    has_use = np.isin(everyone, use["holding"][~over])
    status, known, ibis, register = statuses(tables, parcels["parcel_id"])
    sizes, least = area(land.shapes), card.tolerance.least_conflict_m2
    shown = Signs(
        status=status[land.parcel],
        in_register=known[land.parcel],
        ibis=ibis[land.parcel],
        built_share=part,
        used_share=used_part,
        has_use=has_use,
        had_use=np.isin(everyone, use["holding"][over]) & ~has_use,
        may_linger=np.isin(
            everyone,
            use["holding"][
                over
                & (use["release_latest"] > use["release_earliest"]).to_numpy()
                & (use["release_latest"] > today).to_numpy()
            ],
        )
        & ~has_use,
        built=(part * sizes >= least) & ~has_use,
        too_built=(part * sizes >= least) & (part >= card.built.share_that_makes_unknown) & ~has_use,
        used=(used_part * sizes >= least) & (used_part >= card.use.least_share) & ~has_use,
    )
    return shown, register.iloc[land.parcel]


def state_of_status(status: Any) -> Any:
    """The state (code) that each status speaks of."""
    return pd.Series(status).map(STATE_OF_STATUS).map(CODE).to_numpy(dtype=int)


def ground_of(shown: Signs, register: pd.DataFrame, today: int) -> tuple[BaseTenure, Any]:
    """What land is without rights in force, and where it should have been serviced already.

    Issued land whose contract is known falls free after it; issued land whose contract is over is unknown; issued land
    without any contract stays leased. Land that is free on paper but built on or in use is unknown.
    """
    status, none = shown.status, np.full(len(shown.status), LONG_AGO)
    issued, on_offer = np.isin(status, ISSUED), np.isin(status, ON_OFFER)
    unknown, free = CODE["unknown"], CODE["free"]
    exceptions = [
        (on_offer & shown.too_built, unknown, "building"),
        (on_offer & shown.used, unknown, "land_use"),
        (issued & shown.had_use, unknown, "contract"),
        (status == "unknown", unknown, "none"),
        (issued & shown.has_use, free, "contract"),
    ]
    tests = [test for test, _, _ in exceptions]
    state = np.select(tests, [code for _, code, _ in exceptions], state_of_status(status))
    spoken = np.where(shown.in_register, BY["register"], BY["ibis"])
    by = np.select(tests, [BY[kind] for _, _, kind in exceptions], spoken)
    serviced = serviced_on(register["serviced_year"])
    overdue = (status == "not_serviced") & (serviced <= today)  # the register still says that it is not
    ground = BaseTenure(
        state=state,
        by=by,
        serviced_on=np.where(overdue, FAR_DAY, serviced),
        is_idle=status == "idle",
        override=np.full(len(status), -1),
        override_until=none,
        override_note=np.full(len(status), None, dtype=object),
    )
    return ground, overdue


def in_doubt(ground: BaseTenure, doubtful: Any) -> BaseTenure:
    """Ground of which a contract was refused: what would be free is unknown."""
    open_land = doubtful & np.isin(ground.state, [CODE["free"], CODE["not_serviced"]])
    return replace(
        ground,
        state=np.where(open_land, CODE["unknown"], ground.state),
        by=np.where(open_land, BY["none"], ground.by),
        serviced_on=np.where(open_land, FAR_DAY, ground.serviced_on),
    )


def under_two(ground: BaseTenure, signs: Signs, claims: pd.DataFrame) -> BaseTenure:
    """Ground under two plots (`claims`: holding, status and servicing year of every other plot that claims it).

    It is free only where every plot is on offer; what is not serviced is so until the last of them is; else what would be
    free is unknown.
    """
    holding = claims["holding"].to_numpy(dtype=int)
    is_shared: Any = np.zeros(len(ground.state), dtype=bool)
    is_shared[holding] = True
    differs: Any = np.zeros(len(ground.state), dtype=bool)
    differs[holding[claims["status"].to_numpy() != signs.status[holding]]] = True
    doubt = is_shared & (differs | ~np.isin(signs.status, ON_OFFER))
    serviced = ground.serviced_on.copy()
    np.maximum.at(serviced, holding, claims["serviced_on"].to_numpy())
    late = is_shared & (ground.state == CODE["not_serviced"])
    return in_doubt(replace(ground, serviced_on=np.where(late, serviced, ground.serviced_on)), doubt)


def serviced_on(years: pd.Series) -> Any:
    """The first of January after each year, as a day; FAR_DAY where no year is told."""
    year = years.to_numpy(dtype=float, na_value=np.nan)
    told = ~np.isnan(year)
    found: Any = np.full(len(year), FAR_DAY)
    found[told] = (year[told].astype(int) - 1969).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return found


def corrected(
    ground: BaseTenure, rights: pd.DataFrame, on_plot: pd.DataFrame, given: tuple[pd.DataFrame, int]
) -> BaseTenure:
    """Ground with the manual corrections that still hold today, by plot or by contract that counts; of two, that of the plot.

    A master lease, a contract that is over, and a contract with the key of a plot correct nothing. Land that another
    contract or another plot claims too is not freed by a correction of one.
    """
    overrides, today = given
    valid = _valid(overrides, today)
    count, frees = len(ground.state), [CODE["free"], CODE["not_serviced"]]
    claims = np.bincount(on_plot["holding"], minlength=count)
    counts = np.where(rights["is_use"], rights["release_latest"] > today, rights["ends"] >= today)
    mine = rights[(rights["rank"] > 0) & counts & ~rights["contract_id"].isin(on_plot["parcel_id"])]
    holders = np.bincount(mine.drop_duplicates(["holding", "contract_id"])["holding"], minlength=count)
    by_contract = (
        mine[["contract_id", "holding"]].rename(columns={"contract_id": "corrected_id"}).merge(valid, on="corrected_id")
    )
    by_contract = by_contract[~(by_contract["state"].isin(frees) & (holders[by_contract["holding"]] > 1))]
    by_plot = (
        on_plot[["parcel_id", "holding"]].rename(columns={"parcel_id": "corrected_id"}).merge(valid, on="corrected_id")
    )
    hits = pd.concat([by_contract.assign(order=0), by_plot.assign(order=1)])
    hits = hits[~(hits["state"].isin(frees) & (claims[hits["holding"]] > 1))]
    hits = hits.assign(holds=~hits["state"].isin(frees)).sort_values(["holding", "order", "holds", "corrected_id"])
    last = hits.drop_duplicates("holding", keep="last")
    state, holds, told = ground.override.copy(), ground.override_until.copy(), ground.override_note.copy()
    state[last["holding"]], holds[last["holding"]] = last["state"], last["until"]
    told[last["holding"]] = last["note"]
    return replace(ground, override=state, override_until=holds, override_note=told)


def _valid(overrides: pd.DataFrame, today: int) -> pd.DataFrame:
    until = numbered(overrides["until"], LONG_AGO)
    last_day = overrides["until"].dt.strftime("%d-%m-%Y")
    note = (
        overrides["author"].astype(object)
        + ": "
        + overrides["correction_reason"].astype(object)
        + " (t/m "
        + last_day
        + ")"
    )
    state = overrides["new_value"].map(CODE)
    return pd.DataFrame({"corrected_id": overrides["corrected_id"], "state": state, "until": until, "note": note})[
        until >= today
    ]


def is_use_right(rights: pd.DataFrame) -> Any:
    """Which rows of rights give use to somebody, master leases not."""
    return (rights["is_use"] & ~rights["is_master"]).to_numpy(dtype=bool)
