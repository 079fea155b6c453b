"""Land that changed between two runs, in m2 per change, with the lineage of plots and the cause.

Both sides are resolved by the code of today. The land of both is cut by the holdings of both; on each piece the
outcome is its tenure and the day on which it can be free. Data, rules and day are exchanged one by one and together;
the part of each in a piece is its Shapley value over the orders of exchange, so the three parts add up to the piece.
Time is what the old registers foresaw for the new day; that they were wrong about it is a change of data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.closed_lists import HOLDING_TOTALS
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
# How firmly land is held: from nobody to a lease.
FIRMNESS = {"reserved": 1, "optioned": 2, "contracted": 3, "temporary": 4, "idle": 5, "leased": 5}
LEAST_CHANGE_M2 = 1e-3  # smaller pieces are noise of the cut
NOBODY = ""


@dataclass(frozen=True)
class TenureSnapshot:
    """The tenure of a cluster on one day, for one mix of data, rules and day; a row of each array is a holding.

    `free_on` and `free_latest` are day numbers: 0 for land that is free.
    """

    shapes: Any
    parcel: Any
    state: Any
    free_on: Any
    free_latest: Any
    contract: Any
    is_corrected: Any


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


def _free_dates(outcome: Mapping[str, Any], side: Snapshot) -> Any:
    """Return the dates of release; for land that is free, the day of the run."""
    today = day_number(side.today)
    return dates(np.where(outcome["state"] == "free", today, outcome["free_on"])).to_numpy()


def _mixes(old: Snapshot, new: Snapshot, cluster: str) -> dict[tuple[int, int, int], TenureSnapshot]:
    """Return the tenure for each mix of old (0) and new (1) data, rules and day; equal mixes are resolved once."""
    sides = (old, new)
    same = (old.data_key() == new.data_key(), old.config == new.config, old.today == new.today)
    loaded = {side: sides[side].tables() for side in ((0,) if same[0] else (0, 1))}
    mixes: dict[tuple[int, int, int], TenureSnapshot] = {}
    for mix in product((0, 1), repeat=3):
        # Equal sides count as the old one, so that an equal mix is found among those that were resolved before.
        d, r, t = (0 if same[index] else mix[index] for index in range(3))
        known = mixes.get((d, r, t))
        mixes[mix[0], mix[1], mix[2]] = known or _tenure(loaded[d], (sides[d], sides[r], sides[t]), cluster)
    return mixes


def _tenure(tables: Mapping[str, Any], sides: tuple[Snapshot, Snapshot, Snapshot], cluster: str) -> TenureSnapshot:
    data, rules, day = sides
    if cluster not in data.clusters:
        nothing: Any = np.zeros(0, dtype=object)
        none: Any = np.zeros(0, dtype=int)
        return TenureSnapshot(nothing, nothing, nothing, none, none, nothing, np.zeros(0, dtype=bool))
    today = day.today
    start = min(today, data.params.today)  # a later day is foreseen, from the day of the data on
    done = resolve(tables, cluster, rules.config, replace(data.params, today=start, year_days={start.year: start}))
    line, late = (Timeline.from_periods(done.periods, case, done.holdings["holding_id"]) for case in CASES)
    state = line.state_on(today)
    return TenureSnapshot(
        done.holdings.geometry.to_numpy(),
        done.holdings["parcel_id"].to_numpy(dtype=object),
        state,
        np.where(state == "free", 0, line.next_free(today)),
        np.where(late.state_on(today) == "free", 0, late.next_free(today)),
        line.contract[line.on(today)],
        line.decided_by[line.on(today)] == "override",
    )


def _pieces(before: TenureSnapshot, after: TenureSnapshot) -> gpd.GeoDataFrame:
    """Return the land of both cut by the holdings of both, with the plots of either side; no noise of the cut."""
    common = reference_overlay(before.shapes, list(after.shapes))
    fresh = reference_overlay(after.shapes, list(before.shapes))
    part, over = common.pairs()
    target = np.full(len(common.shapes), -1)
    target[part] = over
    # Land of the new side alone lies under no holding of the old one.
    added = np.flatnonzero(fresh.number == 0)
    shapes = np.concatenate([common.shapes, fresh.shapes[added]])
    old = np.concatenate([_values_at(before.parcel, common.owner), np.full(len(added), None, dtype=object)])
    new = np.concatenate([_values_at(after.parcel, target), _values_at(after.parcel, fresh.owner[added])])
    m2 = area(shapes)
    real = m2 > LEAST_CHANGE_M2
    frame = gpd.GeoDataFrame({"parcel_old": old, "parcel_new": new, "area_m2": m2}, geometry=shapes, crs=RD_NEW)[real]
    ordered = frame.assign(x=shapely.bounds(frame.geometry.to_numpy())[:, 0]).sort_values(
        ["parcel_old", "parcel_new", "x", "area_m2"], na_position="last"
    )
    return ordered.drop(columns="x").reset_index(drop=True)


def _values_at(values: Any, positions: Any) -> Any:
    """Return the values at these positions; None at -1."""
    return np.append(values, None)[positions]


def _lineage(pieces: pd.DataFrame, least_m2: float) -> Any:
    """Return what became of the plot under each piece; plots that share more m2 than drawing noise are related."""
    pairs = pieces.dropna(subset=["parcel_old", "parcel_new"])
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
        "gone": pieces["parcel_new"].isna().to_numpy(),
        "same": related["family"].isna().to_numpy(),  # an edge that moved by a hand
        "rearranged": (heirs > 1) & (parents > 1),
        "split": heirs > 1,
        "merged": parents > 1,
        "renumbered": (pieces["parcel_old"] != pieces["parcel_new"]).to_numpy(),
    }
    return np.select(list(tests.values()), list(tests), "same")


def _outcome(tenure: TenureSnapshot, pieces: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the tenure of each piece and the day on which it can be free, read at a point inside the piece."""
    points = shapely.point_on_surface(pieces.geometry.to_numpy())
    index, holding = shapely.STRtree(tenure.shapes).query(points, predicate="intersects")
    # -1 where no holding lies: it points at the value that is appended to each array below.
    where = np.full(len(points), -1)
    where[index] = holding
    return {
        "state": np.append(tenure.state, NOBODY)[where],
        "free_on": np.append(tenure.free_on, FAR_DAY)[where],
        "free_latest": np.append(tenure.free_latest, FAR_DAY)[where],
        "contract": np.append(tenure.contract, NOBODY)[where],
        "is_corrected": np.append(tenure.is_corrected, False)[where].astype(bool),
    }


def _is_new_outcome(outcome: Mapping[str, Any], first: Mapping[str, Any], last: Mapping[str, Any]) -> Any:
    """Return 1 where a mix has the new state; where the state stays, the new contract and days of release as well."""
    state, rest = outcome["state"] == last["state"], _same(outcome, last)
    return np.where(first["state"] != last["state"], state, state & rest).astype(float)


def _same(outcome: Mapping[str, Any], other: Mapping[str, Any]) -> Any:
    """Return whether contract and days of release are the same."""
    return np.logical_and.reduce([outcome[name] == other[name] for name in ("contract", "free_on", "free_latest")])


def _change(first: Mapping[str, Any], last: Mapping[str, Any]) -> Any:
    """Return what happened to each piece: the first line of the table below that fits."""
    old, new = first["state"], last["state"]
    doubtful = ("unknown", "public_space")
    corrected = np.isin(old, doubtful) | np.isin(new, doubtful) | (first["is_corrected"] != last["is_corrected"])
    was_claim = np.isin(old, CLAIM)
    rank, before = (pd.Series(side).map(FIRMNESS).fillna(0).to_numpy() for side in (new, old))
    tests: list[tuple[str, Any]] = [
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
    ]
    return np.select([test for _, test in tests], [name for name, _ in tests], "unchanged")


def summary(land: pd.DataFrame) -> pd.DataFrame:
    """Return m2 per cluster and change, with the parts of the causes; every change but `unchanged`."""
    changed = land[land["change"] != "unchanged"]
    columns = ["area_m2", *(f"by_{cause}_m2" for cause in CHANGE_CAUSES)]
    sums = changed.groupby(["cluster_id", "change"], as_index=False)[columns].sum()
    order = {name: place for place, name in enumerate(CHANGES)}
    return sums.sort_values(
        ["cluster_id", "change"], key=lambda values: values.map(lambda v: order.get(v, v)), ignore_index=True
    )


def lineages(land: pd.DataFrame) -> pd.DataFrame:
    """Return m2 and plots per cluster and lineage; every lineage but `same`."""
    moved = land[land["lineage"] != "same"]
    return moved.groupby(["cluster_id", "lineage"], as_index=False).agg(
        area_m2=("area_m2", "sum"), plots_old=("parcel_old", "nunique"), plots_new=("parcel_new", "nunique")
    )
