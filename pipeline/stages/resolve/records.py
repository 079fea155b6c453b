"""On which land each contract lies, and what registers, buildings and surveyed use say of land without one."""

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline.land.dates import FAR_DAY, numbered
from pipeline.spatial.geometry import area, covered_share
from pipeline.stages.resolve.land import ClusterParcels
from pipeline.stages.resolve.rights import BY, RANK, STATUS_CODE
from pipeline.stages.resolve.task import ResolveTask

ISSUED = ("issued", "idle")
ON_OFFER = ("available", "not_serviced")
LONG_AGO = -FAR_DAY
ON_PAPER_OPEN = ("free", "not_serviced")
# The claim, by its place in the stack, that a status of a register speaks of too.
CLAIM_OF_STATUS = {"optioned": "optioned", "reserved": "reserved"}
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
FIRST_DAY, LAST_DAY = pd.Timestamp("0001-01-01"), pd.Timestamp("2999-01-01")
RIGHT_KEY = ["holding", "contract_id", "right_type"]


def refused_contracts(refused: pd.DataFrame) -> pd.DataFrame:
    """Rows of the contract register that were refused, one per row of the file and plot that it names."""
    rows = refused[(refused["outcome"] == "refused") & (refused["layer"] == "ground_leases")]
    each = rows.assign(parcel_id=rows["parcel_id"].str.split(", ")).explode("parcel_id")
    return each.drop_duplicates(["source", "file", "row", "parcel_id"]).reset_index(drop=True)


def on_plots(leases: pd.DataFrame, parcels: gpd.GeoDataFrame, drawn: Any = ()) -> pd.DataFrame:
    """One row per contract and plot of this cluster; a contract on a site lies on every plot of it, unless
    it is drawn."""
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
    polygon = parcels.sindex.query(ours.geometry, predicate="intersects")[0]
    return ours.iloc[np.unique(polygon)].reset_index(drop=True)


def plot_order(
    parcels: gpd.GeoDataFrame, tables: Mapping[str, Any], leases: pd.DataFrame, today: pd.Timestamp
) -> gpd.GeoDataFrame:
    """Plots (RD New) with those first that are held by somebody or not known, then those not serviced, then
    those on offer.

    Ground under two plots is then not free because one of the two is.
    """
    ids, overrides, polygons = parcels["parcel_id"], tables["overrides"], tables["lease_polygons"]
    # On offer comes last, so that shared ground goes to the plot that binds it most.
    status = statuses(tables, ids)["status"]
    rank = np.select([status == "available", status == "not_serviced"], [2, 1], 0)
    running = leases[leases["ends_on"].isna() | (leases["ends_on"] >= today)]
    drawn = polygons[polygons["contract_id"].isin(running["contract_id"])]
    under = parcels.sindex.query(drawn.geometry, predicate="intersects")[1]
    corrected = overrides.loc[(overrides["new_value"] != "free") & (overrides["until"] >= today), "corrected_id"]
    bound = ids.isin([*on_plots(running, parcels)["parcel_id"], *corrected, *ids.iloc[under]])
    return parcels.iloc[np.argsort(np.where(bound, 0, rank), kind="stable")].reset_index(drop=True)


def statuses(tables: Mapping[str, Any], ids: pd.Series) -> pd.DataFrame:
    """What register and inventory say of each plot: the `status` that counts, whether it is `in_register`, that of the
    inventory (`ibis`), and the year in which it was to be serviced (nan: none).

    The land owner's register comes first; where it is silent or does not know, the inventory speaks.
    """
    register, ibis = (tables[name].set_index("parcel_id").reindex(ids) for name in ("issue_register", "ibis_register"))
    registered, listed = (table["issue_status"].fillna("unknown").to_numpy() for table in (register, ibis))
    in_register = registered != "unknown"
    return pd.DataFrame(
        {
            "status": np.where(in_register, registered, listed),
            "in_register": in_register,
            "ibis": listed,
            "serviced_year": register["serviced_year"].to_numpy(dtype=float, na_value=np.nan),
        }
    )


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
    missed = named[~stands_in(named, under, pair)]
    terms = together(leases.drop(columns="parcel_id"), ["contract_id", "right_type"])
    by_name, spot = stands_in(under, named, pair), ["holding", "contract_id"]
    # A contract that lies elsewhere than on the plots it names lies there by its polygon alone.
    at_home = under[~stands_in(under, under[by_name], spot)].drop_duplicates(spot)
    rows = [
        where.on_plot.merge(missed, on="parcel_id"),
        under[by_name].merge(named, on=pair),
        at_home.merge(terms, on="contract_id"),
    ]
    return together(pd.concat(rows, ignore_index=True), RIGHT_KEY), missed[pair].drop_duplicates()


def stands_in(rows: pd.DataFrame, others: pd.DataFrame, key: list[str]) -> Any:
    """Which rows have the key of one of the others."""
    return pd.MultiIndex.from_frame(rows[key]).isin(pd.MultiIndex.from_frame(others[key]))


def together(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Rows of one key as one, in order of the key: from the first to begin until the last to end (not known is last),
    with the longest extension among them."""
    # An end that is not known counts as the last of all.
    end = rows["ends_on"].fillna(LAST_DAY)
    ordered = rows.assign(end=end).sort_values([*key, "end", "starts_on"], na_position="first", ignore_index=True)
    several = ordered.duplicated(key, keep=False)
    if several.any():
        group = ordered[several]
        # A start that is not known counts as the first of all.
        first = group.fillna({"starts_on": FIRST_DAY}).groupby(key, dropna=False)["starts_on"].transform("min")
        longest = group.assign(
            years=group["extension_years"].mask(group["extension_right"] == "none").fillna(0).astype(int)
        )
        best = longest.sort_values("years", kind="stable").drop_duplicates(key, keep="last").set_index(key)
        taken = pd.MultiIndex.from_frame(group[key])
        for name in ("extension_years", "extension_right", "last_notice_on"):
            ordered.loc[several, name] = best[name].reindex(taken).to_numpy()
        ordered.loc[several, "starts_on"] = first.mask(first == FIRST_DAY)
    return ordered.drop_duplicates(key, keep="last").drop(columns="end").reset_index(drop=True)


def above(where: ClusterParcels, leases: pd.DataFrame, polygons: gpd.GeoDataFrame) -> pd.DataFrame:
    """Rows of master leases per holding (position) that lies in their polygon (RD New); a master lease cuts nothing."""
    drawn = polygons.merge(leases[leases["is_master"]].drop_duplicates("contract_id"), on="contract_id")
    # A master lease cuts nothing, so one point says whether a holding lies in it.
    points = shapely.point_on_surface(where.land.shapes)
    holding, polygon = drawn.sindex.query(points, predicate="intersects")
    rows = pd.DataFrame(drawn.drop(columns="geometry")).iloc[polygon].reset_index(drop=True)
    return rows.assign(holding=holding, site_of_plot=where.parcels["site_name"].to_numpy()[where.land.parcel[holding]])


def signs_of_use(where: ClusterParcels, rights: pd.DataFrame, task: ResolveTask) -> pd.DataFrame:
    """What the holdings show without contracts: as `statuses`, built and used share (0-1) of their m2, which contracts
    gave use and run or are over, where a claim in force is the one that the register speaks of, and where no contract
    in force explains what stands or lies there.

    Overdue: it should have been serviced by now; idle: a contract gives it in use, and nothing shows that it is used.
    """
    card, tables, land = task.card, task.tables, where.land
    standing = tables["buildings"][tables["buildings"]["building_status"].isin(card.built.statuses)]
    in_use = tables["land_use"][tables["land_use"]["use_kind"].isin(card.use.kinds)]
    built_share, used_share = (covered_share(land.shapes, signs.geometry.to_numpy()) for signs in (standing, in_use))
    use = rights[is_use_right(rights)]
    over = use["ends"] < task.today
    # A contract that is over may have been extended, where the card says that the register need not know.
    lingers = over & (use["release_latest"] > use["release_earliest"]) & (use["release_latest"] > task.today)
    signs = statuses(tables, where.parcels["parcel_id"]).iloc[land.parcel].reset_index(drop=True)
    has_use, had_use, may_linger = (signs.index.isin(use["holding"][those]) for those in (~over, over, lingers))
    sizes, least_m2 = area(land.shapes), card.tolerance.least_conflict_m2
    built, used = (((part * sizes >= least_m2) & ~has_use) for part in (built_share, used_share))
    used &= used_share >= card.use.least_share
    is_built_up = built_share >= card.built.share_that_makes_unknown
    return signs.assign(
        is_serviced_later=(serviced_on(signs["serviced_year"]) > task.today) & signs["serviced_year"].notna(),
        is_overdue=(signs["status"] == "not_serviced") & (serviced_on(signs["serviced_year"]) <= task.today),
        built_share=built_share,
        used_share=used_share,
        has_use=has_use,
        has_claim=_has_claim_of_status(signs["status"], rights, task.today),
        had_use=had_use & ~has_use,
        may_linger=may_linger & ~has_use,
        built=built,
        too_built=built & is_built_up,
        used=used,
        is_idle=_in_long_use(rights, task, signs.index) & (built_share <= 0) & (used_share <= 0),
        shows_use=(built & is_built_up) | used | (signs["status"] == "idle") & is_built_up,
    )


def _has_claim_of_status(status: pd.Series, rights: pd.DataFrame, today: int) -> Any:
    """Holdings that a claim in force binds which their register names as well."""
    in_force = rights[rights["ends"] >= today]
    claims = {
        name: status.index.isin(in_force["holding"][in_force["rank"] == RANK[name]])
        for name in CLAIM_OF_STATUS.values()
    }
    return np.logical_or.reduce([(status == word) & claims[claim] for word, claim in CLAIM_OF_STATUS.items()])


def _in_long_use(rights: pd.DataFrame, task: ResolveTask, holdings: pd.Index) -> Any:
    """Holdings that a contract has given in use for some years; none where buildings or surveyed use are not known."""
    known = task.params.known
    begun = rights["starts"] <= task.today - int(task.card.use.idle_after_years * DAYS_OF_YEAR)
    use = rights[is_use_right(rights) & (rights["ends"] >= task.today) & begun]
    return holdings.isin(use["holding"]) & known.buildings & known.land_use


def state_of_status(status: pd.Series) -> Any:
    """The state (position in the list of holdings) that each status speaks of."""
    return status.map(STATE_OF_STATUS).map(STATUS_CODE).to_numpy(dtype=int)


def base_tenure(signs: pd.DataFrame) -> pd.DataFrame:
    """What land is without rights in force: `state` and kind of record (`by`) as codes, the day from which it is
    serviced, whether the register calls it unused.

    What a register says bears no date of its end; a contract or claim that it speaks of too does. So issued land whose
    contract is known falls free after it, and optioned or reserved land whose claim is known after that. Issued land
    whose contract is over is unknown; issued, optioned or reserved land of which no record is known stays so. Land that
    is free on paper but built on or in use is unknown.
    """
    status = signs["status"]
    issued, on_offer = status.isin(ISSUED), status.isin(ON_OFFER) | signs["has_claim"]
    unknown, free = STATUS_CODE["unknown"], STATUS_CODE["free"]
    # The first test that holds decides; what the register says comes last.
    exceptions = [
        (on_offer & signs["too_built"], unknown, "building"),
        (on_offer & signs["used"], unknown, "land_use"),
        (issued & signs["had_use"], unknown, "contract"),
        (status == "unknown", unknown, "none"),
        (issued & signs["has_use"], free, "contract"),
        (signs["has_claim"] & signs["is_serviced_later"], STATUS_CODE["not_serviced"], "claim"),
        (signs["has_claim"], free, "claim"),
    ]
    tests, codes, kinds = zip(*exceptions, strict=True)
    spoken = np.where(signs["in_register"], BY["register"], BY["ibis"])
    # The register says not yet of what is overdue.
    serviced = np.where(signs["is_overdue"], FAR_DAY, serviced_on(signs["serviced_year"]))
    return pd.DataFrame(
        {
            "state": np.select(tests, codes, state_of_status(status)),
            "by": np.select(tests, [BY[kind] for kind in kinds], spoken),
            "serviced_on": serviced,
            "is_idle": status == "idle",
        }
    )


def in_doubt(ground: pd.DataFrame, doubtful: Any, states: Iterable[str] = ON_PAPER_OPEN) -> pd.DataFrame:
    """Tenure where some holdings are `doubtful` (bool per position): what would be free is unknown."""
    # Land that is not free by its registers stays what it is.
    is_open = doubtful & ground["state"].isin([STATUS_CODE[name] for name in states])
    ground = ground.copy()
    ground.loc[is_open, ["state", "by", "serviced_on"]] = STATUS_CODE["unknown"], BY["none"], FAR_DAY
    return ground


def under_two(ground: pd.DataFrame, signs: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """Ground under two plots (`claims`: holding, status and the year it is serviced, per other plot that claims it).

    It is free only where every plot is on offer; what is not serviced is so until the last of them is; else what
    would be free is unknown."""
    differs = claims["status"].to_numpy() != signs["status"].to_numpy()[claims["holding"]]
    # Two plots on the same ground must say the same, and both be on offer.
    is_sound = ~ground.index.isin(claims["holding"][differs]) & signs["status"].isin(ON_OFFER)
    last = claims.assign(day=serviced_on(claims["serviced_year"])).groupby("holding")["day"].max()
    later = np.maximum(ground["serviced_on"], last.reindex(ground.index, fill_value=LONG_AGO))
    not_yet = ground["state"] == STATUS_CODE["not_serviced"]
    ground = ground.assign(serviced_on=ground["serviced_on"].mask(not_yet, later))
    return in_doubt(ground, ground.index.isin(claims["holding"]) & ~is_sound)


def serviced_on(year: pd.Series) -> Any:
    """The first of January after each year, in days since 1970; FAR_DAY where there is no year (nan)."""
    first = (year.fillna(1969).to_numpy(dtype=int) - 1969).astype("datetime64[Y]").astype("datetime64[D]")
    return np.where(year.isna(), FAR_DAY, first.astype(np.int64))


def corrected(ground: pd.DataFrame, rights: pd.DataFrame, on_plot: pd.DataFrame, task: ResolveTask) -> pd.DataFrame:
    """Ground with the manual corrections that still hold today (`override`, `override_until`, `override_note`), by plot
    or by contract that counts; of two, that of the plot.

    A master lease, a contract that is over, and a contract with the key of a plot correct nothing. Land that another
    contract or another plot claims too is not freed by a correction of one.
    """
    # A right of use counts until it may have let the land go, a claim until its own end.
    counts = np.where(rights["is_use"], rights["release_latest"] > task.today, rights["ends"] >= task.today)
    mine = rights[(rights["rank"] > 0) & counts & ~rights["contract_id"].isin(on_plot["parcel_id"])]
    by_contract = mine[["holding", "contract_id"]].drop_duplicates()
    sides = [
        claims.set_axis(["holding", "corrected_id"], axis=1).assign(
            order=order, claims=claims.groupby("holding")["holding"].transform("size")
        )
        for order, claims in enumerate([by_contract, on_plot[["holding", "parcel_id"]]])
    ]
    hits = pd.concat(sides).merge(_valid(task.tables["overrides"], task.today), on="corrected_id")
    is_shared = (hits["claims"] > 1) | hits["holding"].isin(on_plot["holding"][on_plot["holding"].duplicated()])
    hits["binds"] = ~hits["override"].isin([STATUS_CODE[name] for name in ON_PAPER_OPEN])
    # The last per holding is the one that counts: by plot before by contract, and what binds before what frees.
    hits = hits[hits["binds"] | ~is_shared].sort_values(["holding", "order", "binds", "corrected_id"])
    last = hits.drop_duplicates("holding", keep="last").set_index("holding").reindex(ground.index)
    return ground.assign(
        override=last["override"].fillna(-1).astype(int),
        override_until=last["override_until"].fillna(LONG_AGO).astype(int),
        override_note=last["override_note"],
    )


def _valid(overrides: pd.DataFrame, today: int) -> pd.DataFrame:
    last_day = overrides["until"].dt.strftime("%d-%m-%Y")
    rows = overrides[["corrected_id"]].assign(
        override=overrides["new_value"].map(STATUS_CODE),
        override_until=numbered(overrides["until"], LONG_AGO),
        override_note=overrides["author"] + ": " + overrides["correction_reason"] + " (t/m " + last_day + ")",
    )
    return rows[rows["override_until"] >= today]


def is_use_right(rights: pd.DataFrame) -> Any:
    """Which rows of rights give use to somebody, master leases not."""
    return rights["is_use"] & ~rights["is_master"]
