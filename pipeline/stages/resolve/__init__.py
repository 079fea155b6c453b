"""Who holds each part of each plot, from when until when, on what evidence.

reads   cluster_boundaries, parcels, issue_register, ibis_register, ground_leases, lease_polygons, buildings, land_use,
        overrides, refused
writes  holdings, holding_shapes, holding_periods, holding_rights, contract_needs, contract_account, conflicts
keeps   the area of every plot inside the cluster; every day from the reference date on; every conflict is a row
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.columns import CASES, EXPECTED
from layers.derived.contract_needs import LAYER as NEEDS
from layers.derived.holding_periods import LAYER as PERIODS
from layers.derived.holdings import LAYER as HOLDING_LAYER
from layers.errors import ContractRefusal
from layers.layer import RD_NEW
from layers.units import M2_PER_HA
from pipeline.land.dates import FAR_DAY, dates, day_number
from pipeline.land.register_keys import read_keys
from pipeline.land.supplied import cluster_shape
from pipeline.land.tenure_knowledge import Known, ResolveParams
from pipeline.project.resolve import ResolveConfig
from pipeline.spatial.geometry import area
from pipeline.stages.resolve import chains, conflicts, periods, records
from pipeline.stages.resolve.account import contract_account, lies_nowhere
from pipeline.stages.resolve.doubts import TEXTS, with_doubts
from pipeline.stages.resolve.evidence import evidence
from pipeline.stages.resolve.land import ClusterParcels, clip, cut_parcels, disjoin, parcel_overlaps
from pipeline.stages.resolve.rights import dated, masters
from pipeline.stages.resolve.task import ResolveTask

__all__ = ["Known", "ResolveParams", "resolve"]


def resolve(
    tables: Mapping[str, Any], cluster_id: str, card: ResolveConfig, params: ResolveParams
) -> dict[str, pd.DataFrame]:
    """The tables of one cluster, as `resolve_cluster` gives them."""
    return resolve_cluster(registers(tables, card, params), cluster_id)


def registers(tables: Mapping[str, Any], card: ResolveConfig, params: ResolveParams) -> ResolveTask:
    """What the registers (RD New) say as a whole: worked out once, it serves for every cluster."""
    keys = read_keys({name: _plain(table) for name, table in tables.items()})
    leases = _leases(keys.tables, card, day_number(params.today))
    task = with_doubts(ResolveTask(keys.tables, card, params, leases, lies_nowhere(leases, keys.tables), keys))
    clashes = [*conflicts.of_registers(task), *conflicts.of_contracts(task)]
    return replace(task, clashes=pd.concat(clashes, ignore_index=True))


def resolve_cluster(task: ResolveTask, cluster_id: str) -> dict[str, pd.DataFrame]:
    """Holdings of one cluster (RD New, m2), their periods, the rights on them, what became of each contract, and what
    the records disagree on; by the name of their table."""
    tables, card, params = task.tables, task.card, task.params
    _refuse_shared_land(tables["cluster_boundaries"], cluster_id, card.tolerance.least_conflict_m2)
    where = _cut(task, cluster_id)
    rights, missed = _rights(where, task)
    signs = _with_doubts(records.signs_of_use(where, rights, task), where, task)
    ground = records.corrected(_base_tenure(signs, where, task), rights, where.on_plot, task)
    # Nothing can be shown to be free without contracts and buildings, now or after it is serviced.
    if not (params.known.contracts and params.known.buildings):
        ground = records.in_doubt(ground, True, ["free"]).assign(serviced_on=FAR_DAY)
    by_case = {case: periods.sequence(rights, ground, task.today, case) for case in CASES}
    rights = rights.assign(right_status=chains.right_statuses(rights, pd.concat(by_case.values()), task.today))
    # Without a card of chances nothing is expected beyond the two cases.
    if card.exercise:
        by_case[EXPECTED] = periods.likely(rights, ground, task.today)
    now = by_case["earliest"].drop_duplicates("holding", ignore_index=True).assign(note=ground["override_note"])
    held = _holdings(where, cluster_id).assign(available_expected=None)
    holdings = held.assign(
        **evidence(now, rights, signs, params),
        **chains.contracts(rights, len(held), task.today),
        **{f"available_{case}": dates(periods.first_free(rows, len(held))) for case, rows in by_case.items()},
        **signs[["built_share", "shows_use"]],
        is_strategic_reserve=signs["status"] == "strategic_reserve",
    )
    account = contract_account(task, rights, holdings)
    # What the records, the ground and the rights say that cannot all be so.
    clashes = chain(
        conflicts.of_plots(where, missed, task),
        [task.clashes],
        conflicts.of_ground(signs, holdings, now, params.absent),
        [conflicts.of_doubts(signs, holdings, now)],
        conflicts.of_rights(rights, holdings, where, task),
        [conflicts.of_crossing(rights, holdings, task)],
    )
    keys = holdings["holding_id"].to_numpy()
    in_time = [periods.named(rows, keys, rights["contract_id"]).assign(case=case) for case, rows in by_case.items()]
    return {
        "holdings": HOLDING_LAYER.conform(holdings),
        "holding_periods": PERIODS.collect(in_time),
        "holding_rights": chains.holding_rights(rights, keys),
        "contract_needs": NEEDS.conform(_first_rows(task.leases, rights["contract_id"])),
        "contract_account": account,
        "conflicts": conflicts.gather(clashes, cluster_id, params.absent),
    }


def _first_rows(leases: pd.DataFrame, contract_ids: pd.Series) -> pd.DataFrame:
    """The first row of the register of each of these contracts."""
    return leases[leases["contract_id"].isin(contract_ids)].drop_duplicates("contract_id")


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its texts as plain objects, which are looked up many times faster than strings of a dtype of
    their own."""
    texts = [name for name in table.columns if name != "geometry" and pd.api.types.is_string_dtype(table[name])]
    return table.astype(dict.fromkeys(texts, object))


def _refuse_shared_land(boundaries: gpd.GeoDataFrame, cluster_id: str, least_m2: float) -> None:
    """Refuse land that another cluster counts too: it would stand twice in the sum of all clusters."""
    land = cluster_shape(boundaries, cluster_id)
    near = boundaries["cluster_id"].iloc[boundaries.sindex.query(land, predicate="intersects")]
    for other in sorted(set(near) - {cluster_id}):
        shared_m2 = shapely.area(shapely.intersection(land, cluster_shape(boundaries, other)))
        if shared_m2 > least_m2:
            raise ContractRefusal(
                f"boundaries of '{cluster_id}' and '{other}'",
                actual=f"{shared_m2 / M2_PER_HA:.4f} ha inside both",
                expected="land in one cluster only",
                todo="correct the boundaries: land in two clusters would count twice",
            )


def _leases(tables: Mapping[str, Any], card: ResolveConfig, today: int) -> pd.DataFrame:
    """The contract register with which rows are master leases; a perpetual right has no end, whatever
    the register says."""
    leases = tables["ground_leases"]
    leases = leases.assign(ends_on=leases["ends_on"].mask(leases["is_perpetual"].fillna(False)))
    return leases.assign(is_master=masters(leases, tables, card, today))


def _cut(task: ResolveTask, cluster_id: str) -> ClusterParcels:
    tables, tolerance = task.tables, task.card.tolerance
    inside = clip(tables["parcels"], cluster_shape(tables["cluster_boundaries"], cluster_id))
    if inside.empty:
        raise ContractRefusal(
            f"cluster '{cluster_id}'",
            actual="no plot inside its boundary",
            expected="plots that lie in it",
            todo="check the boundary, or whether `cluster_id` in its source is spelled as the name of the card",
        )
    # A master lease occupies nothing, so it neither cuts nor decides to whom shared ground goes.
    sound = task.sound_leases[~task.sound_leases["is_master"]]
    today = pd.Timestamp(task.params.today)
    inside = records.plot_order(inside.sort_values("parcel_id", ignore_index=True), tables, sound, today)
    pairs = parcel_overlaps(inside)
    parcels = disjoin(inside, pairs)
    drawn = records.drawn_here(tables["lease_polygons"], sound, parcels)
    large = pairs.loc[pairs["area_m2"] >= tolerance.least_conflict_m2, "later"]
    claims = inside.iloc[np.unique(large)].reset_index(drop=True)
    return ClusterParcels(inside, pairs, parcels, claims, drawn, cut_parcels(parcels, drawn, claims, tolerance))


def _rights(where: ClusterParcels, task: ResolveTask) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All rights on the cluster's holdings with their days, master leases among them; and plots no polygon touches."""
    sound, drawn_ids = task.sound_leases, where.drawn["contract_id"]
    on_plots = records.on_plots(sound, where.inside, drawn_ids)
    # Contracts that reach into the cluster by their polygon alone have no plot here.
    elsewhere = sound["contract_id"].isin(drawn_ids) & ~sound["contract_id"].isin(on_plots["contract_id"])
    terms = pd.concat([on_plots, sound[elsewhere].assign(parcel_id=None)], ignore_index=True)
    rows, missed = records.rights_on_holdings(where, terms)
    above = records.above(where, sound, task.tables["lease_polygons"])
    key = records.RIGHT_KEY
    rows = pd.concat([rows, above], ignore_index=True).drop_duplicates(key).sort_values(key, ignore_index=True)
    is_undrawn = rows["contract_id"].isin(task.undrawn) & ~_lies_drawn(rows, where)
    rows = rows.assign(is_drawn=rows["contract_id"].isin(drawn_ids), is_undrawn=is_undrawn)
    return dated(rows, task.card, task.today), missed


def _lies_drawn(rights: pd.DataFrame, where: ClusterParcels) -> Any:
    """Which rights lie on a holding that a polygon of their contract covers."""
    holding, polygon = where.land.pairs
    drawn = pd.DataFrame({"holding": holding, "contract_id": where.drawn["contract_id"].to_numpy()[polygon]})
    return records.stands_in(rights, drawn, ["holding", "contract_id"])


def _base_tenure(signs: pd.DataFrame, where: ClusterParcels, task: ResolveTask) -> pd.DataFrame:
    """What land is without rights in force.

    Every other plot that claims it has its say; where a contract may lie that was refused or is not known,
    nothing is free."""
    claims = where.on_plot.iloc[len(signs) :].reset_index(drop=True)
    claims = claims.join(records.statuses(task.tables, claims["parcel_id"]))
    ground = records.under_two(records.base_tenure(signs), signs, claims)
    return records.in_doubt(ground, _is_doubtful(where, task))


def _with_doubts(signs: pd.DataFrame, where: ClusterParcels, task: ResolveTask) -> pd.DataFrame:
    """Signs with why it is not sure who has a holding, in words (`doubt`)."""
    rows = where.on_plot.merge(task.doubts, on="parcel_id").drop_duplicates("holding").set_index("holding")
    return signs.assign(doubt=rows["cause"].map(TEXTS).reindex(signs.index))


def _is_doubtful(where: ClusterParcels, task: ResolveTask) -> Any:
    """Which holdings lie on a plot in doubt, or under a polygon of nobody, or of a contract that contradicts itself."""
    on_plot, leases = where.on_plot, task.leases
    named = on_plot["parcel_id"].isin(task.doubts["parcel_id"])
    polygons = task.tables["lease_polygons"]
    wrong = leases.loc[(task.contradiction != "") & ~leases["is_master"], "contract_id"]
    is_loose = ~polygons["contract_id"].isin(leases["contract_id"]) | polygons["contract_id"].isin(wrong)
    loose = polygons[is_loose].geometry.to_numpy()
    holding, polygon = shapely.STRtree(loose).query(where.land.shapes, predicate="intersects")
    covered = area(shapely.intersection(where.land.shapes[holding], loose[polygon])) > 0
    return np.isin(np.arange(len(where.land.parcel)), [*on_plot.loc[named, "holding"], *holding[covered]])


def _holdings(where: ClusterParcels, cluster_id: str) -> gpd.GeoDataFrame:
    """One row per part, in the order of the land; numbered within the plot from west to east."""
    land, parcels = where.land, where.parcels
    taken = parcels[["parcel_id", "site_name", "plan_category"]].iloc[land.parcel].reset_index(drop=True)
    bounds = shapely.bounds(land.shapes)
    # From west to east, so that a key does not depend on the order in which parts were cut.
    order = pd.DataFrame({"parcel": land.parcel, "x": bounds[:, 0], "y": bounds[:, 1]}).sort_values(
        ["parcel", "x", "y"]
    )
    number = (order.groupby("parcel").cumcount() + 1).sort_index().astype(str)
    frame = gpd.GeoDataFrame(taken, geometry=land.shapes, crs=RD_NEW)
    key = cluster_id + "." + frame["parcel_id"] + "." + number
    return frame.assign(holding_id=key, cluster_id=cluster_id, area_m2=area(land.shapes))
