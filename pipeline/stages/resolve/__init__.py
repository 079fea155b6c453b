"""Bezit: who holds each part of each plot, from when until when, on what evidence?

reads   cluster_boundaries, parcels, issue_register, ibis_register, ground_leases, lease_polygons, buildings, land_use, overrides, refused
writes  holdings, holding_periods, holding_rights, contract_account, conflicts
keeps   the area of every plot inside the cluster; every day from the reference date on; every conflict is a row
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.columns import CASES, EXPECTED
from layers.derived.contract_account import LAYER as ACCOUNT
from layers.derived.holding_periods import LAYER as PERIODS
from layers.derived.holdings import LAYER as HOLDING_LAYER
from layers.errors import ContractRefusal
from layers.glossary import dutch_reason
from layers.layer import RD_NEW
from layers.units import M2_PER_HA
from pipeline.land.dates import FAR_DAY, dates, day_number
from pipeline.land.supplied import cluster_shape
from pipeline.land.tenure_timeline import states_on
from pipeline.project.resolve import ResolveConfig
from pipeline.spatial.geometry import area
from pipeline.stages.resolve import chains, periods, records
from pipeline.stages.resolve import conflicts as found
from pipeline.stages.resolve.evidence import Evidence, evidence
from pipeline.stages.resolve.land import Land, clip, cut, disjoin, overlaps
from pipeline.stages.resolve.periods import BaseTenure
from pipeline.stages.resolve.records import Signs
from pipeline.stages.resolve.rights import CODE, dated, masters

DAYS_OF_YEAR = 365.25


@dataclass(frozen=True)
class Known:
    """Which proof there is at all: without contracts or buildings nothing can be shown to be free, without surveyed use
    nothing to be idle."""

    contracts: bool = True
    buildings: bool = True
    land_use: bool = True


@dataclass(frozen=True)
class ResolveParams:
    """The day that counts as today, the day on which each year is judged, of what day each register is, and what is known."""

    today: dt.date
    year_days: Mapping[int, dt.date]
    dated: Mapping[str, dt.date] = field(default_factory=dict)
    known: Known = field(default_factory=Known)


@dataclass(frozen=True)
class Resolved:
    """Who holds what: holdings with geometry (RD New, m2), their periods and states, rights, the contracts' fates, conflicts."""

    holdings: gpd.GeoDataFrame
    periods: pd.DataFrame
    states: pd.DataFrame
    rights: pd.DataFrame
    account: pd.DataFrame
    conflicts: pd.DataFrame


@dataclass(frozen=True)
class Cut:
    """The land of a cluster, cut: plots in the order in which shared ground counts, pairs that share ground,
    plots that are left, plots that claim ground of another, polygons, and parts."""

    inside: gpd.GeoDataFrame
    pairs: pd.DataFrame
    parcels: gpd.GeoDataFrame
    claims: gpd.GeoDataFrame
    drawn: gpd.GeoDataFrame
    land: Land


def resolve(tables: Mapping[str, Any], cluster_id: str, card: ResolveConfig, params: ResolveParams) -> Resolved:
    """Holdings of one cluster in RD New, their states in time, the rights on them, and what the records disagree on."""
    known, tables = params.known, {name: _plain(table) for name, table in tables.items()}
    _alone(tables["cluster_boundaries"], cluster_id, card.tolerance.least_conflict_m2)
    today = day_number(params.today)
    leases = tables["ground_leases"]
    perpetual = leases["is_perpetual"].fillna(False).astype(bool)
    leases = leases.assign(ends_on=leases["ends_on"].mask(perpetual))  # whatever end stands beside it
    leases = leases.assign(is_master=masters(leases, tables, card, today))
    where = _cut(tables, leases, (cluster_id, card, params.today))
    rights, missed = _rights(where, (leases, tables["lease_polygons"]), (card, today))
    signs, register = records.signs((where.land, where.parcels, rights), tables, (card, today))
    ground, overdue = records.ground_of(signs, register, today)
    on_plot = records.claimed(where.land, (where.parcels, where.claims))
    ground = _doubted(ground, (signs, on_plot), where, (tables, leases))
    ground = records.corrected(ground, rights, on_plot, (tables["overrides"], today))
    if not (known.contracts and known.buildings):
        ground = _nothing_free(ground)
    holdings = _holdings(where, cluster_id)
    told = {case: periods.sequence(rights, ground, today, case) for case in CASES}
    if card.exercise:
        told[EXPECTED] = periods.likely(rights, ground, today)
    now = told["earliest"].drop_duplicates("holding")
    proof = evidence(now, rights, (signs, ground), (params.today, params.dated))
    fate = chains.fates(rights, [told[case] for case in CASES], today)
    whole = _described(holdings, (rights, told, proof, signs), (today, card.built.share_that_makes_unknown))
    lost = _fallen(leases, tables, where)
    disagreements = _conflicts(tables, where, (leases, rights, missed, lost), (card, params))
    disagreements += found.of_ground(signs, whole, now, (overdue, register, _idle(signs, rights, known, (card, today))))
    disagreements.append(found.of_slivers(where.land.slivers, where.parcels))
    disagreements += [
        found.of_rights(rights, whole, today),
        found.of_gaps(chains.gaps(rights, whole, today)),
        found.of_crossing(rights, leases, whole, today),
    ]
    keys = whole["holding_id"].to_numpy(dtype=object)
    order = np.argsort(keys.astype(str), kind="stable")
    in_time = _periods(told, keys, rights)
    return Resolved(
        HOLDING_LAYER.conform(whole.iloc[order]),
        in_time,
        states_on(in_time, params.year_days),
        chains.table(rights, keys, fate),
        _accounted(chains.account(leases, rights, (fate, whole, lost), cluster_id), tables["refused"]),
        found.gather(disagreements, cluster_id),
    )


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its texts as plain objects, which are looked up many times faster than strings of a dtype of their own."""
    texts = [name for name in table.columns if name != "geometry" and pd.api.types.is_string_dtype(table[name])]
    return table.astype(dict.fromkeys(texts, object))


def _alone(boundaries: gpd.GeoDataFrame, cluster_id: str, least_m2: float) -> None:
    """Refuse land that another cluster counts too: it would stand twice in the sum of all clusters."""
    land = cluster_shape(boundaries, cluster_id)
    for other in sorted(set(boundaries["cluster_id"]) - {cluster_id}):
        shared_m2 = shapely.area(shapely.intersection(land, cluster_shape(boundaries, other)))
        if shared_m2 > least_m2:
            raise ContractRefusal(
                f"boundaries of '{cluster_id}' and '{other}'",
                actual=f"{shared_m2 / M2_PER_HA:.4f} ha inside both",
                expected="land in one cluster only",
                todo="correct the boundaries: land in two clusters would count twice",
            )


def _cut(tables: Mapping[str, Any], leases: pd.DataFrame, of: tuple[str, ResolveConfig, dt.date]) -> Cut:
    cluster_id, card, today = of
    inside = clip(tables["parcels"], cluster_shape(tables["cluster_boundaries"], cluster_id))
    if inside.empty:
        raise ContractRefusal(
            f"cluster '{cluster_id}'",
            actual="no plot inside its boundary",
            expected="plots that lie in it",
            todo="check the boundary, or whether `cluster_id` in its source is spelled as the name of the card",
        )
    sound = leases[~leases["is_master"] & ~records.ends_before_begins(leases)]
    inside = records.plot_order(inside.sort_values("parcel_id", ignore_index=True), tables, sound, pd.Timestamp(today))
    pairs = overlaps(inside)
    parcels = disjoin(inside, pairs)
    drawn = records.drawn_here(tables["lease_polygons"], sound, parcels)
    large = pairs.loc[pairs["area_m2"] >= card.tolerance.least_conflict_m2, "later"]
    claims = inside.iloc[np.unique(large)].reset_index(drop=True)
    return Cut(inside, pairs, parcels, claims, drawn, cut(parcels, drawn, claims, card.tolerance))


def _rights(
    where: Cut, contracts: tuple[pd.DataFrame, gpd.GeoDataFrame], rule: tuple[ResolveConfig, int]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All rights on the cluster's holdings with their days, master leases among them; and plots that no polygon touches."""
    leases, polygons = contracts
    sound = leases[~records.ends_before_begins(leases)]
    on_plots = records.on_plots(sound, where.inside, where.drawn["contract_id"])
    # Contracts that reach into the cluster by their polygon alone have no plot here.
    elsewhere = sound["contract_id"].isin(where.drawn["contract_id"]) & ~sound["contract_id"].isin(
        on_plots["contract_id"]
    )
    terms = pd.concat([on_plots, sound[elsewhere].assign(parcel_id=None)], ignore_index=True)
    rows, missed = records.placed(where.land, (where.parcels, where.claims), terms, where.drawn)
    above = records.above(where.land, where.parcels, sound, polygons)
    key = records.RIGHT_KEY
    rows = pd.concat([rows, above], ignore_index=True).drop_duplicates(key).sort_values(key, ignore_index=True)
    rows = rows.assign(is_drawn=rows["contract_id"].isin(where.drawn["contract_id"]))
    return dated(rows, *rule), missed


def _doubted(
    ground: BaseTenure, shown: tuple[Signs, pd.DataFrame], where: Cut, given: tuple[Mapping[str, Any], pd.DataFrame]
) -> BaseTenure:
    """Ground where every other plot that claims it has its say, and where a contract may lie that was refused or is not known."""
    (signs, on_plot), (tables, leases) = shown, given
    claims = on_plot.iloc[len(signs.status) :]
    status, _, _, register = records.statuses(tables, claims["parcel_id"])
    told = claims.assign(status=status, serviced_on=records.serviced_on(register["serviced_year"]))
    ground = records.under_two(ground, signs, told)
    return records.in_doubt(ground, _is_doubtful(on_plot, where, (tables, leases)))


def _is_doubtful(on_plot: pd.DataFrame, where: Cut, given: tuple[Mapping[str, Any], pd.DataFrame]) -> Any:
    """Which holdings lie on a plot or site that a refused row of the contract register names, or under a polygon of nobody."""
    tables, leases = given
    rows = records.refused_contracts(tables["refused"])
    no_plot = rows["parcel_id"].isna()
    named = on_plot["parcel_id"].isin(rows.loc[~no_plot, "parcel_id"])
    named |= on_plot["site_of_plot"].isin(rows.loc[no_plot, "site_name"].dropna())
    found: Any = np.zeros(len(where.land.parcel), dtype=bool)
    found[on_plot.loc[named, "holding"]] = True
    polygons = tables["lease_polygons"]
    loose = polygons[~polygons["contract_id"].isin(leases["contract_id"])].geometry.to_numpy()
    at, polygon = shapely.STRtree(loose).query(where.land.shapes, predicate="intersects")
    covered = area(shapely.intersection(where.land.shapes[at], loose[polygon])) > 0
    found[at[covered]] = True
    return found


def _nothing_free(ground: BaseTenure) -> BaseTenure:
    unknown = np.where(ground.state == CODE["free"], CODE["unknown"], ground.state)
    by = np.where(ground.state == CODE["free"], periods.BY["none"], ground.by)
    return replace(ground, state=unknown, by=by, serviced_on=np.full(len(unknown), FAR_DAY))


def _holdings(where: Cut, cluster_id: str) -> gpd.GeoDataFrame:
    """One row per part, in the order of the land; numbered within the plot from west to east."""
    land, parcels = where.land, where.parcels
    taken = parcels[["parcel_id", "site_name", "plan_category"]].iloc[land.parcel].reset_index(drop=True)
    bounds = shapely.bounds(land.shapes)
    order = pd.DataFrame({"parcel": land.parcel, "x": bounds[:, 0], "y": bounds[:, 1]}).sort_values(
        ["parcel", "x", "y"]
    )
    number = (order.groupby("parcel").cumcount() + 1).sort_index().astype(str)
    frame = gpd.GeoDataFrame(taken, geometry=land.shapes, crs=RD_NEW)
    key = cluster_id + "." + frame["parcel_id"].astype(object) + "." + number
    return frame.assign(holding_id=key, cluster_id=cluster_id, area_m2=area(land.shapes))


def _described(
    holdings: gpd.GeoDataFrame,
    of: tuple[pd.DataFrame, dict[str, pd.DataFrame], Evidence, Signs],
    rule: tuple[int, float],
) -> gpd.GeoDataFrame:
    """Holdings with their contracts, the days on which they can come free, and the evidence."""
    rights, told, proof, signs = of
    today, least_share = rule
    count = len(holdings)
    ids, chain = chains.contracts(rights, count, today)
    free = {case: dates(periods.first_free(told[case], count)) for case in CASES}
    likely = dates(periods.first_free(told[EXPECTED], count, 0.5) if EXPECTED in told else np.full(count, FAR_DAY))
    return holdings.assign(
        contract_ids=ids,
        chain=chain,
        available_earliest=free["earliest"].to_numpy(),
        available_expected=likely.to_numpy(),
        available_latest=free["latest"].to_numpy(),
        decided_by=proof.decided_by,
        record=proof.record,
        recorded_on=proof.recorded_on.to_numpy(),
        certainty=proof.certainty,
        disagreeing=proof.disagreeing,
        built_share=signs.built_share,
        shows_use=signs.too_built | signs.used | (signs.status == "idle") & (signs.built_share >= least_share),
        is_strategic_reserve=signs.status == "strategic_reserve",
    )


def _idle(signs: Signs, rights: pd.DataFrame, known: Known, rule: tuple[ResolveConfig, int]) -> Any:
    """Land in use by contract for some years on which nothing stands or lies; only where all signs are known."""
    card, today = rule
    use = rights[records.is_use_right(rights) & (rights["ends"] >= today)]
    long = use.loc[use["starts"] <= today - int(card.use.idle_after_years * DAYS_OF_YEAR), "holding"]
    began = np.isin(np.arange(len(signs.status)), long)
    bare = (signs.built_share <= 0) & (signs.used_share <= 0)
    return began & bare if known.buildings and known.land_use else np.zeros(len(signs.status), dtype=bool)


def _fallen(leases: pd.DataFrame, tables: Mapping[str, Any], where: Cut) -> pd.DataFrame:
    """Per row of the contract register `why` it lies nowhere at all (empty where it does), and whether it is `loose`: it
    names no plot that counts in any cluster."""
    parcels, polygons = tables["parcels"], tables["lease_polygons"]
    inside: Any = np.zeros(len(parcels), dtype=bool)
    sites, shapes = tables["cluster_boundaries"].geometry.to_numpy(), parcels.geometry.to_numpy()
    edge, at = shapely.STRtree(shapes).query(sites, predicate="intersects")
    inside[at[~shapely.touches(shapes[at], sites[edge])]] = True
    counted, known = parcels[inside], parcels["parcel_id"]
    hits = shapely.STRtree(counted.geometry.to_numpy()).query(polygons.geometry.to_numpy(), predicate="intersects")[0]
    drawn = leases["contract_id"].isin(polygons["contract_id"])
    reaches = leases["contract_id"].isin(polygons["contract_id"].iloc[np.unique(hits)])
    no_plot = leases["parcel_id"].isna()
    on_site = no_plot & leases["site_name"].isin(counted["site_name"].dropna())
    on_plot = leases["parcel_id"].isin(counted["parcel_id"])
    nowhere = no_plot & ~leases["site_name"].isin(parcels["site_name"].dropna()) & ~drawn
    stray = ~no_plot & ~leases["parcel_id"].isin(known) & ~reaches
    tests = [records.ends_before_begins(leases), nowhere, stray, ~on_plot & ~on_site & ~reaches]
    kinds = ["ends_before_begins", "contract_without_place", "unknown_parcel", "outside_clusters"]
    return pd.DataFrame({"why": np.select(tests, kinds, ""), "loose": ~on_plot.to_numpy()})


def _accounted(account: pd.DataFrame, refused: pd.DataFrame) -> pd.DataFrame:
    """The account of contracts with the rows that were refused, and why."""
    rows = records.refused_contracts(refused)
    place = rows["file"].astype(object) + ", rij " + rows["row"].astype(str)
    told = rows[["parcel_id", "site_name"]].assign(
        contract_id=rows["contract_id"].astype(object).fillna(place),
        cluster_id=found.EVERYWHERE,
        right_type=None,
        why=place + ": " + rows["reason"].map(dutch_reason),
        fate="refused",
        area_m2=0.0,
    )
    return ACCOUNT.conform(pd.concat([account, told]).drop_duplicates(list(ACCOUNT.key)))


def _conflicts(
    tables: Mapping[str, Any],
    where: Cut,
    contracts: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame],
    rule: tuple[ResolveConfig, ResolveParams],
) -> list[pd.DataFrame]:
    card, params = rule
    leases, rights, missed, lost = contracts
    plots, polygons, overrides = tables["parcels"], tables["lease_polygons"], tables["overrides"]
    ours = plots["parcel_id"].isin(where.parcels["parcel_id"])
    registers = {"register": tables["issue_register"], "IBIS": tables["ibis_register"]}
    return [
        found.of_overlap(where.inside, where.pairs, card.tolerance),
        found.of_area(plots[ours], card.tolerance),
        found.of_lease_area(leases, plots, polygons, card.tolerance),
        found.of_leases(leases, plots["parcel_id"]),
        found.of_register(registers, overrides, (plots["parcel_id"], leases["contract_id"])),
        found.of_polygons(polygons, leases, missed),
        found.of_place(leases, (lost["why"] == "contract_without_place").to_numpy()),
        found.of_duplicates(tables["refused"]),
        found.of_expired(overrides, where.parcels, rights, params.today),
        found.of_refused(records.refused_contracts(tables["refused"])),
    ]


def _periods(told: dict[str, pd.DataFrame], keys: Any, rights: pd.DataFrame) -> pd.DataFrame:
    named = [periods.named(rows, keys, rights["contract_id"]).assign(case=case) for case, rows in told.items()]
    return PERIODS.conform(pd.concat(named))
