"""On which land each contract lies, and what registers, buildings and surveyed use say of land without one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.land.dates import FAR_DAY, numbered
from pipeline.spatial.geometry import area, covered_share
from pipeline.stages.resolve.land import ClusterParcels
from pipeline.stages.resolve.periods import BY, BaseTenure
from pipeline.stages.resolve.rights import STATUS_CODE
from pipeline.stages.resolve.task import ResolveTask

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
DAYS_OF_YEAR = 365.25
RIGHT_KEY = ["holding", "contract_id", "right_type"]


@dataclass(frozen=True)
class Statuses:
    """Per plot the issue status that counts, whether the register has it, the status of the inventory, and the year in
    which it was to be serviced (nan: none)."""

    status: Any
    in_register: Any
    ibis: Any
    serviced_year: Any


@dataclass(frozen=True)
class Signs:
    """What each holding shows without contracts: register and inventory status, built and used share (0-1), which
    contracts gave use and run or are over, and where no contract in force explains what stands or lies there.

    Overdue: it should have been serviced by now; idle: a contract gives it in use, and nothing shows that it is used.
    """

    status: Any
    in_register: Any
    ibis: Any
    serviced_year: Any
    is_overdue: Any
    built_share: Any
    used_share: Any
    has_use: Any
    had_use: Any
    may_linger: Any
    built: Any
    too_built: Any
    used: Any
    is_idle: Any


def refused_contracts(refused: pd.DataFrame) -> pd.DataFrame:
    """Rows of the contract register that were refused, one per row of the file and plot that it names."""
    rows = refused[(refused["outcome"] == "refused") & (refused["layer"] == "ground_leases")]
    each = rows.assign(parcel_id=rows["parcel_id"].astype(object).str.split(", ")).explode("parcel_id")
    return each.drop_duplicates(["source", "row", "parcel_id"]).reset_index(drop=True)


def on_plots(leases: pd.DataFrame, parcels: gpd.GeoDataFrame, drawn: Any = ()) -> pd.DataFrame:
    """One row per contract and plot of this cluster; a contract on a site lies on every plot of it, unless it is
    drawn."""
    of_site = leases["parcel_id"].isna() & leases["site_name"].notna() & ~leases["contract_id"].isin(list(drawn))
    spread = (
        leases[of_site]
        .drop(columns="parcel_id")
        .merge(pd.DataFrame(parcels[["site_name", "parcel_id"]]).dropna(), on="site_name")
    )
    named = leases[leases["parcel_id"].isin(parcels["parcel_id"])]
    return pd.concat([named, spread], ignore_index=True).sort_values(["contract_id", "parcel_id"], ignore_index=True)


def drawn_here(polygons: gpd.GeoDataFrame, leases: pd.DataFrame, parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Polygons (RD New) of contracts that count, on this cluster's plots, whatever plots the contracts name."""
    ours = polygons[polygons["contract_id"].isin(leases["contract_id"])]
    polygon = shapely.STRtree(parcels.geometry.to_numpy()).query(ours.geometry.to_numpy(), predicate="intersects")[0]
    return ours.iloc[np.unique(polygon)].reset_index(drop=True)


def plot_order(
    parcels: gpd.GeoDataFrame, tables: Mapping[str, Any], leases: pd.DataFrame, today: pd.Timestamp
) -> gpd.GeoDataFrame:
    """Plots with those first that are held by somebody or not known, then those not serviced, then those on offer.

    Ground under two plots is then not free because one of the two is.
    """
    ids, overrides, polygons = parcels["parcel_id"], tables["overrides"], tables["lease_polygons"]
    # On offer comes last, so that shared ground goes to the plot that binds it most.
    status = statuses(tables, ids).status
    rank = np.select([status == "available", status == "not_serviced"], [2, 1], 0)
    running = leases[leases["ends_on"].isna() | (leases["ends_on"] >= today)]
    drawn = polygons[polygons["contract_id"].isin(running["contract_id"])].geometry.to_numpy()
    under: Any = np.zeros(len(parcels), dtype=bool)
    under[shapely.STRtree(drawn).query(parcels.geometry.to_numpy(), predicate="intersects")[0]] = True
    corrected = overrides.loc[(overrides["new_value"] != "free") & (overrides["until"] >= today), "corrected_id"]
    bound = ids.isin(on_plots(running, parcels)["parcel_id"]) | ids.isin(corrected) | under
    return parcels.iloc[np.argsort(np.where(bound, 0, rank), kind="stable")].reset_index(drop=True)


def statuses(tables: Mapping[str, Any], ids: pd.Series) -> Statuses:
    """What register and inventory say of each plot.

    The land owner's register comes first; where it is silent or does not know, the inventory speaks.
    """
    register = tables["issue_register"].set_index("parcel_id").reindex(ids)
    registered = register["issue_status"].fillna("unknown").to_numpy()
    ibis = tables["ibis_register"].set_index("parcel_id")["issue_status"].reindex(ids).fillna("unknown").to_numpy()
    status = np.where(registered == "unknown", ibis, registered)
    year = register["serviced_year"].to_numpy(dtype=float, na_value=np.nan)
    return Statuses(status, registered != "unknown", ibis, year)


def rights_on_holdings(where: ClusterParcels, leases: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of rights per holding (its position), and the pairs of contract and plot that no polygon touches.

    A contract with a polygon counts where that lies; on plots that it names but that its polygon does not touch, and
    without a polygon, it counts on the whole plot. Ground under two plots carries the rights of both. Several rows of
    one contract with the same right on a holding count as one."""
    part, polygon = where.land.pairs
    under = pd.DataFrame({"holding": part, "contract_id": where.drawn["contract_id"].to_numpy()[polygon]})
    under = under.drop_duplicates().merge(where.on_plot, on="holding")
    pair = ["contract_id", "parcel_id"]
    named = leases.dropna(subset="parcel_id")
    # A plot that a contract names and its polygon does not touch is bound as a whole.
    missed = named[~pd.MultiIndex.from_frame(named[pair]).isin(pd.MultiIndex.from_frame(under[pair]))]
    terms = together(leases.drop(columns="parcel_id"), ["contract_id", "right_type"])
    by_name = pd.MultiIndex.from_frame(under[pair]).isin(pd.MultiIndex.from_frame(named[pair]))
    spot = ["holding", "contract_id"]
    # A contract that lies elsewhere than on the plots it names lies there by its polygon alone.
    is_named = pd.MultiIndex.from_frame(under[spot]).isin(pd.MultiIndex.from_frame(under.loc[by_name, spot]))
    at_home = under[~is_named].drop_duplicates(spot)
    rows = [
        where.on_plot.merge(missed, on="parcel_id"),
        under[by_name].merge(named, on=pair),
        at_home.merge(terms, on="contract_id"),
    ]
    return together(pd.concat(rows, ignore_index=True), RIGHT_KEY), missed[pair].drop_duplicates()


def together(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Rows of one key as one, in order of the key: from the first to begin until the last to end (not known is last),
    with the longest extension among them."""
    # An end that is not known counts as the last of all.
    end = rows["ends_on"].fillna(pd.Timestamp("2999-01-01"))
    ordered = rows.assign(end=end).sort_values([*key, "end", "starts_on"], na_position="first", ignore_index=True)
    several = ordered.duplicated(key, keep=False)
    if several.any():
        group = ordered[several]
        # A start that is not known counts as the first of all.
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


def above(where: ClusterParcels, leases: pd.DataFrame, polygons: gpd.GeoDataFrame) -> pd.DataFrame:
    """Rows of master leases per holding (position) that lies in their polygon; a master lease cuts nothing."""
    drawn = polygons.merge(leases[leases["is_master"]].drop_duplicates("contract_id"), on="contract_id")
    # A master lease cuts nothing, so one point says whether a holding lies in it.
    points = shapely.point_on_surface(where.land.shapes)
    holding, polygon = shapely.STRtree(drawn.geometry.to_numpy()).query(points, predicate="intersects")
    rows = pd.DataFrame(drawn.drop(columns="geometry")).iloc[polygon].reset_index(drop=True)
    return rows.assign(holding=holding, site_of_plot=where.parcels["site_name"].to_numpy()[where.land.parcel[holding]])


def signs_of_use(where: ClusterParcels, rights: pd.DataFrame, task: ResolveTask) -> Signs:
    """What the holdings show, whatever contracts say of them; built and used as share 0-1 of their m2."""
    card, tables, land = task.card, task.tables, where.land
    standing = tables["buildings"][tables["buildings"]["building_status"].isin(card.built.statuses)]
    in_use = tables["land_use"][tables["land_use"]["use_kind"].isin(card.use.kinds)]
    built_share, used_share = (covered_share(land.shapes, signs.geometry.to_numpy()) for signs in (standing, in_use))
    use = rights[is_use_right(rights)]
    over = use["ends"] < task.today
    # A contract that is over may have been extended, where the card says that the register need not know.
    lingers = over & (use["release_latest"] > use["release_earliest"]) & (use["release_latest"] > task.today)
    everyone = np.arange(len(land.parcel))
    has_use = np.isin(everyone, use["holding"][~over])
    shown = statuses(tables, where.parcels["parcel_id"])
    status, year = shown.status[land.parcel], shown.serviced_year[land.parcel]
    sizes, least_m2 = area(land.shapes), card.tolerance.least_conflict_m2
    built, used = (((part * sizes >= least_m2) & ~has_use) for part in (built_share, used_share))
    return Signs(
        status=status,
        in_register=shown.in_register[land.parcel],
        ibis=shown.ibis[land.parcel],
        serviced_year=year,
        is_overdue=(status == "not_serviced") & (serviced_on(year) <= task.today),
        built_share=built_share,
        used_share=used_share,
        has_use=has_use,
        had_use=np.isin(everyone, use["holding"][over]) & ~has_use,
        may_linger=np.isin(everyone, use["holding"][lingers]) & ~has_use,
        built=built,
        too_built=built & (built_share >= card.built.share_that_makes_unknown),
        used=used & (used_share >= card.use.least_share),
        is_idle=_in_long_use(rights, task, everyone) & (built_share <= 0) & (used_share <= 0),
    )


def _in_long_use(rights: pd.DataFrame, task: ResolveTask, everyone: Any) -> Any:
    """Holdings that a contract has given in use for some years; none where buildings or surveyed use are not known."""
    known = task.params.known
    if not (known.buildings and known.land_use):
        return np.zeros(len(everyone), dtype=bool)
    use = rights[is_use_right(rights) & (rights["ends"] >= task.today)]
    begun = use["starts"] <= task.today - int(task.card.use.idle_after_years * DAYS_OF_YEAR)
    return np.isin(everyone, use.loc[begun, "holding"])


def state_of_status(status: Any) -> Any:
    """The state (position in the list of holdings) that each status speaks of."""
    return pd.Series(status).map(STATE_OF_STATUS).map(STATUS_CODE).to_numpy(dtype=int)


def base_tenure(shown: Signs) -> BaseTenure:
    """What land is without rights in force.

    Issued land whose contract is known falls free after it; issued land whose contract is over is unknown; issued land
    without any contract stays leased. Land that is free on paper but built on or in use is unknown.
    """
    status, none = shown.status, np.full(len(shown.status), LONG_AGO)
    issued, on_offer = np.isin(status, ISSUED), np.isin(status, ON_OFFER)
    unknown, free = STATUS_CODE["unknown"], STATUS_CODE["free"]
    # The first test that holds decides; what the register says comes last.
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
    return BaseTenure(
        state=state,
        by=by,
        serviced_on=np.where(shown.is_overdue, FAR_DAY, serviced_on(shown.serviced_year)),  # the register says not yet
        is_idle=status == "idle",
        override=np.full(len(status), -1),
        override_until=none,
        override_note=np.full(len(status), None, dtype=object),
    )


def in_doubt(ground: BaseTenure, doubtful: Any) -> BaseTenure:
    """Tenure where some holdings are `doubtful` (bool per position): what would be free is unknown."""
    # Land that is not free by its registers stays what it is.
    open_land = doubtful & np.isin(ground.state, [STATUS_CODE["free"], STATUS_CODE["not_serviced"]])
    return replace(
        ground,
        state=np.where(open_land, STATUS_CODE["unknown"], ground.state),
        by=np.where(open_land, BY["none"], ground.by),
        serviced_on=np.where(open_land, FAR_DAY, ground.serviced_on),
    )


def under_two(ground: BaseTenure, signs: Signs, claims: pd.DataFrame) -> BaseTenure:
    """Ground under two plots (`claims`: holding, status and the day it is serviced, per other plot that claims it).

    It is free only where every plot is on offer; what is not serviced is so until the last of them is; else what
    would be free is unknown."""
    holding = claims["holding"].to_numpy(dtype=int)
    is_shared: Any = np.zeros(len(ground.state), dtype=bool)
    is_shared[holding] = True
    differs: Any = np.zeros(len(ground.state), dtype=bool)
    differs[holding[claims["status"].to_numpy() != signs.status[holding]]] = True
    # Two plots on the same ground must say the same, and both be on offer.
    doubt = is_shared & (differs | ~np.isin(signs.status, ON_OFFER))
    serviced = ground.serviced_on.copy()
    last = claims.groupby("holding")["serviced_on"].max()
    serviced[last.index] = np.maximum(serviced[last.index], last)
    late = is_shared & (ground.state == STATUS_CODE["not_serviced"])
    return in_doubt(replace(ground, serviced_on=np.where(late, serviced, ground.serviced_on)), doubt)


def serviced_on(year: Any) -> Any:
    """The first of January after each year, in days since 1970; FAR_DAY where there is no year (nan)."""
    is_known = ~np.isnan(year)
    days: Any = np.full(len(year), FAR_DAY)
    days[is_known] = (
        (year[is_known].astype(int) - 1969).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    )
    return days


def corrected(ground: BaseTenure, rights: pd.DataFrame, on_plot: pd.DataFrame, task: ResolveTask) -> BaseTenure:
    """Ground with the manual corrections that still hold today, by plot or by contract that counts; of two, that of
    the plot.

    A master lease, a contract that is over, and a contract with the key of a plot correct nothing. Land that another
    contract or another plot claims too is not freed by a correction of one.
    """
    today = task.today
    valid = _valid(task.tables["overrides"], today)
    count, frees = len(ground.state), [STATUS_CODE["free"], STATUS_CODE["not_serviced"]]
    claims = np.bincount(on_plot["holding"], minlength=count)
    # A right of use counts until it may have let the land go, a claim until its own end.
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
    # The last per holding is the one that counts: by plot before by contract, and what binds before what frees.
    hits = hits.assign(holds=~hits["state"].isin(frees)).sort_values(["holding", "order", "holds", "corrected_id"])
    last = hits.drop_duplicates("holding", keep="last")
    state, holds, notes = ground.override.copy(), ground.override_until.copy(), ground.override_note.copy()
    state[last["holding"]], holds[last["holding"]] = last["state"], last["until"]
    notes[last["holding"]] = last["note"]
    return replace(ground, override=state, override_until=holds, override_note=notes)


def _valid(overrides: pd.DataFrame, today: int) -> pd.DataFrame:
    until = numbered(overrides["until"], LONG_AGO)
    last_day = overrides["until"].dt.strftime("%d-%m-%Y")
    author, reason = (overrides[name].astype(object) for name in ("author", "correction_reason"))
    note = author + ": " + reason + " (t/m " + last_day + ")"
    state = overrides["new_value"].map(STATUS_CODE)
    rows = pd.DataFrame({"corrected_id": overrides["corrected_id"], "state": state, "until": until, "note": note})
    return rows[until >= today]


def is_use_right(rights: pd.DataFrame) -> Any:
    """Which rows of rights give use to somebody, master leases not."""
    return (rights["is_use"] & ~rights["is_master"]).to_numpy(dtype=bool)
