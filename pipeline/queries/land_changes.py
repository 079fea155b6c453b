"""Land that changed between two runs, in m2 per change, with the lineage of plots and the cause.

Both sides are resolved by the code of today. The land of both is cut by the holdings of both; on each piece the
outcome is its tenure and the day on which it can be free. Data, rules and day are exchanged one by one and together;
the part of each in a piece is its Shapley value over the orders of exchange, so the three parts add up to the piece.
Time is what the old registers foresaw for the new day; that they were wrong about it is a change of data.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.closed_lists import FIRMNESS, HOLDING_TOTALS
from layers.columns import CASES
from layers.derived.land_changes import CHANGES
from layers.derived.land_changes import LAYER as LAND_CHANGES
from layers.layer import RD_NEW
from pipeline.land.dates import FAR_DAY, dates, day_number
from pipeline.land.shapley import shapley
from pipeline.land.tenure_timeline import Timeline
from pipeline.queries.snapshot import Snapshot
from pipeline.spatial.adjacency import groups
from pipeline.spatial.geometry import area
from pipeline.spatial.reference_overlay import reference_overlay
from pipeline.stages.resolve import resolve

CHANGE_CAUSES = ("data", "rules", "time")
CLAIM = HOLDING_TOTALS["claim"]
LEAST_CHANGE_M2 = 1e-3  # smaller pieces are noise of the cut
NOBODY = ""


# What is known of land on which no holding lies. Days are day numbers: 0 for land that is free.
NO_HOLDING = pd.DataFrame(
    {
        "state": [NOBODY],
        "free_on": [FAR_DAY],
        "free_latest": [FAR_DAY],
        "contract": [NOBODY],
        "is_corrected": [False],
    }
)


def changes(old: Snapshot, new: Snapshot) -> gpd.GeoDataFrame:
    """Return what became of every piece of land of every cluster between two runs; EPSG:28992, areas in m2."""
    tables = [_cluster_changes(old, new, cluster) for cluster in sorted(set(old.clusters) | set(new.clusters))]
    return LAND_CHANGES.collect(tables)


def is_changed(land: pd.DataFrame) -> Any:
    """Return for each piece whether its tenure or its plot changed."""
    return (land["change"] != "unchanged") | (land["lineage"] != "same")


def _cluster_changes(old: Snapshot, new: Snapshot, cluster: str) -> gpd.GeoDataFrame:
    mixes = _mixes(old, new, cluster)
    before, after = mixes[(0, 0, 0)], mixes[(1, 1, 1)]
    pieces = _pieces(before, after)
    pieces["lineage"] = _lineage(pieces, old.config.tolerance.least_conflict_m2)
    outcomes = {mix: _outcome(tenure, pieces) for mix, tenure in mixes.items()}
    first, last = outcomes[(0, 0, 0)], outcomes[(1, 1, 1)]
    # 1 where a mix leads to the new outcome: the game whose Shapley values divide the piece over the causes.
    renewed = {
        frozenset(cause for cause, is_new in zip(CHANGE_CAUSES, mix, strict=True) if is_new): _is_new_outcome(
            outcome, first, last
        )
        for mix, outcome in outcomes.items()
    }
    change = _change(first, last)
    m2 = pieces["area_m2"].to_numpy()
    shares = shapley(CHANGE_CAUSES, renewed.__getitem__)
    parts = {f"by_{cause}_m2": np.where(change == "unchanged", 0.0, share) * m2 for cause, share in shares.items()}
    return pieces.assign(
        change_id=np.arange(1, len(pieces) + 1),
        cluster_id=cluster,
        holding_old=np.where(first["state"] == NOBODY, None, first["state"]),
        holding_new=np.where(last["state"] == NOBODY, None, last["state"]),
        free_old=_free_dates(first, old),
        free_new=_free_dates(last, new),
        change=change,
        **parts,
    )


def _free_dates(outcome: pd.DataFrame, side: Snapshot) -> Any:
    """Return the dates of release; for land that is free, the day of the run."""
    return dates(np.where(outcome["state"] == "free", day_number(side.today), outcome["free_on"])).to_numpy()


def _mixes(old: Snapshot, new: Snapshot, cluster: str) -> dict[tuple[int, ...], pd.DataFrame]:
    """Return the tenure for each mix of old (0) and new (1) data, rules and day; equal mixes are resolved once."""
    sides = (old, new)
    same = (old.data_key() == new.data_key(), old.config == new.config, old.today == new.today)
    loaded = {side: sides[side].tables() for side in ((0,) if same[0] else (0, 1))}
    mixes: dict[tuple[int, ...], pd.DataFrame] = {}
    for mix in product((0, 1), repeat=3):
        # Equal sides count as the old one, so that an equal mix is found among those that were resolved before.
        data, rules, day = known = tuple(0 if is_same else side for is_same, side in zip(same, mix, strict=True))
        if known not in mixes:
            mixes[known] = _tenure(loaded[data], (sides[data], sides[rules], sides[day]), cluster)
        mixes[mix] = mixes[known]
    return mixes


def _tenure(tables: Mapping[str, Any], sides: tuple[Snapshot, Snapshot, Snapshot], cluster: str) -> pd.DataFrame:
    """Return the holdings of a cluster on one day, for one mix of data, rules and day: shape (RD New), plot, tenure."""
    data, rules, day = sides
    if cluster not in data.clusters:
        return NO_HOLDING.iloc[:0].assign(shape=None, parcel=None)
    today = day.today
    start = min(today, data.params.today)  # a later day is foreseen, from the day of the data on
    done = resolve(tables, cluster, rules.config, replace(data.params, today=start))
    line, late = (
        Timeline.from_periods(done["holding_periods"], case, done["holdings"]["holding_id"]) for case in CASES
    )
    state, now = line.state_on(today), line.on(today)
    return pd.DataFrame(
        {
            "state": state,
            "free_on": np.where(state == "free", 0, line.next_free(today)),
            "free_latest": np.where(late.state_on(today) == "free", 0, late.next_free(today)),
            "contract": line.contract[now],
            "is_corrected": line.decided_by[now] == "override",
            "shape": done["holdings"].geometry.to_numpy(),
            "parcel": done["holdings"]["parcel_id"].to_numpy(),
        }
    )


def _pieces(before: pd.DataFrame, after: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the land of both cut by the holdings of both, with the plots of either side; no noise of the cut."""
    old_shapes, new_shapes = before["shape"].to_numpy(), after["shape"].to_numpy()
    common = reference_overlay(old_shapes, list(new_shapes))
    fresh = reference_overlay(new_shapes, list(old_shapes))
    # A part that the new side does not cover keeps -1: land that was removed.
    part, over = common.pairs()
    target = np.full(len(common.shapes), -1)
    target[part] = over
    # Land of the new side alone lies under no holding of the old one.
    added = np.flatnonzero(fresh.number == 0)
    shapes = np.concatenate([common.shapes, fresh.shapes[added]])
    old = _plots(before, np.concatenate([common.owner, np.full(len(added), -1)]))
    new = _plots(after, np.concatenate([target, fresh.owner[added]]))
    m2 = area(shapes)
    real = m2 > LEAST_CHANGE_M2
    frame = gpd.GeoDataFrame({"parcel_old": old, "parcel_new": new, "area_m2": m2}, geometry=shapes, crs=RD_NEW)[real]
    # The overlay gives no order of its own: pieces are numbered from west to east within their plots.
    ordered = frame.assign(x=frame.bounds["minx"]).sort_values(
        ["parcel_old", "parcel_new", "x", "area_m2"], na_position="last"
    )
    return ordered.drop(columns="x").reset_index(drop=True)


def _plots(tenure: pd.DataFrame, positions: Any) -> Any:
    """Return the plots of the holdings at these positions; None at -1."""
    return np.append(tenure["parcel"].to_numpy(dtype=object), None)[positions]


def _lineage(pieces: pd.DataFrame, least_m2: float) -> Any:
    """Return what became of the plot under each piece; plots that share more m2 than drawing noise are related."""
    pairs = pieces.dropna(subset=["parcel_old", "parcel_new"])
    # Plots are one family if land passed between them, at any remove: two that swap a corner, and all that they meet.
    shared = pairs.groupby(["parcel_old", "parcel_new"], as_index=False)["area_m2"].sum()
    kin = shared[shared["area_m2"] > least_m2]
    old, new = pd.factorize(kin["parcel_old"])[0], pd.factorize(kin["parcel_new"])[0]
    count = int(old.max(initial=-1)) + 1
    family = groups(count + int(new.max(initial=-1)) + 1, np.column_stack([old, new + count]))[old]
    kin = kin.assign(family=family)
    sizes = kin.groupby("family")[["parcel_old", "parcel_new"]].nunique()
    related = pieces.merge(kin[["parcel_old", "parcel_new", "family"]], on=["parcel_old", "parcel_new"], how="left")
    parents, heirs = (related["family"].map(sizes[side]).to_numpy() for side in ("parcel_old", "parcel_new"))
    tests = {
        "new": pieces["parcel_old"].isna().to_numpy(),
        "retired": pieces["parcel_new"].isna().to_numpy(),
        "same": related["family"].isna().to_numpy(),  # an edge that moved by a hand
        "rearranged": (heirs > 1) & (parents > 1),
        "split": heirs > 1,
        "merged": parents > 1,
        "renumbered": (pieces["parcel_old"] != pieces["parcel_new"]).to_numpy(),
    }
    return np.select(list(tests.values()), list(tests), "same")


def _outcome(tenure: pd.DataFrame, pieces: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the tenure of each piece and the day on which it can be free, read at a point inside the piece."""
    points = shapely.point_on_surface(pieces.geometry.to_numpy())
    index, holding = shapely.STRtree(tenure["shape"].to_numpy()).query(points, predicate="intersects")
    # -1 where no holding lies: the last row.
    where = np.full(len(points), -1)
    where[index] = holding
    return pd.concat([tenure[NO_HOLDING.columns], NO_HOLDING]).iloc[where].reset_index(drop=True)


def _is_new_outcome(outcome: pd.DataFrame, first: pd.DataFrame, last: pd.DataFrame) -> Any:
    """Return 1 where a mix has the new state; where the state stays, the new contract and days of release as well."""
    state = outcome["state"] == last["state"]
    return (state & (_same(outcome, last) | (first["state"] != last["state"]))).to_numpy(dtype=float)


def _same(outcome: pd.DataFrame, other: pd.DataFrame) -> Any:
    """Return whether contract and days of release are the same."""
    fields = ["contract", "free_on", "free_latest"]
    return (outcome[fields] == other[fields]).all(axis=1)


def _change(first: pd.DataFrame, last: pd.DataFrame) -> Any:
    """Return what happened to each piece: the first line of the table below that fits."""
    old, new = first["state"], last["state"]
    doubtful = ("unknown", "public_space")
    corrected = np.isin(old, doubtful) | np.isin(new, doubtful) | (first["is_corrected"] != last["is_corrected"])
    was_claim = np.isin(old, CLAIM)
    rank, before = (side.map(FIRMNESS).fillna(0) for side in (new, old))
    names, tests = zip(
        ("unchanged", (old == new) & _same(first, last)),
        ("added", old == NOBODY),
        ("removed", new == NOBODY),
        ("corrected", (old != new) & corrected),
        ("serviced", (old == "not_serviced") & (new == "free")),
        ("lapsed", was_claim & (new == "free")),
        ("freed", new == "free"),
        ("taken", rank > before),
        ("loosened", rank < before),
        ("corrected", (old != new) | (rank == 0)),
        (
            "reissued",
            (first["contract"] != last["contract"]) & (first["contract"] != NOBODY) & (last["contract"] != NOBODY),
        ),
        ("extended", last["free_on"] > first["free_on"]),
        ("shortened", last["free_on"] < first["free_on"]),
        ("extended", last["free_latest"] > first["free_latest"]),
        ("shortened", last["free_latest"] < first["free_latest"]),
        ("corrected", old == new),
        strict=True,
    )
    return np.select(tests, names, "unchanged")


def summary(land: pd.DataFrame) -> pd.DataFrame:
    """Return m2 per cluster and change, with the parts of the causes; every change but `unchanged`."""
    changed = land[land["change"] != "unchanged"]
    columns = ["area_m2", *(f"by_{cause}_m2" for cause in CHANGE_CAUSES)]
    sums = changed.groupby(["cluster_id", "change"], as_index=False)[columns].sum()
    order = sums["change"].map(list(CHANGES).index)
    return sums.assign(order=order).sort_values(["cluster_id", "order"], ignore_index=True).drop(columns="order")


def lineages(land: pd.DataFrame) -> pd.DataFrame:
    """Return m2 and plots per cluster and lineage; every lineage but `same`."""
    moved = land[land["lineage"] != "same"]
    return moved.groupby(["cluster_id", "lineage"], as_index=False).agg(
        area_m2=("area_m2", "sum"), plots_old=("parcel_old", "nunique"), plots_new=("parcel_new", "nunique")
    )
