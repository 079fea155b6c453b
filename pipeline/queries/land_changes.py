"""Monitoring: what moved between two runs, in m2 per change, with the lineage of plots and the cause.

Both sides are told by the code of today. The land of both is cut by the holdings of both; on each piece the outcome is who
has it and when it can be free. Data, rules and day are exchanged one by one and together; what each does to a piece is its
Shapley value over the orders of exchange, so the three parts add up to the piece. Time is what the old registers foresaw for the
new day; that they were wrong about it is a change of data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import factorial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.closed_lists import HOLDING_TERMS, counted_in
from layers.columns import CASES
from layers.derived.land_changes import CHANGES
from layers.derived.land_changes import LAYER as LAND_CHANGES
from layers.layer import RD_NEW
from pipeline.land.dates import FAR_DAY, dates, day_number
from pipeline.land.tenure_timeline import Timeline
from pipeline.line.snapshot import Snapshot
from pipeline.spatial.adjacency import groups
from pipeline.spatial.geometry import area
from pipeline.spatial.reference_overlay import arrange
from pipeline.stages.resolve import resolve

CAUSES = ("data", "rules", "time")
CLAIM = counted_in(HOLDING_TERMS, "claim")
# How firmly land is held: from nobody to a lease.
FIRMNESS = {"reserved": 1, "optioned": 2, "contracted": 3, "temporary": 4, "idle": 5, "leased": 5}
LEAST_M2 = 1e-3
NOBODY = ""


@dataclass(frozen=True)
class Told:
    """Who has the land of a cluster today in one mix of data, rules and day: shapes, plots, states, days of release."""

    shapes: Any
    parcel: Any
    state: Any
    free_on: Any
    free_latest: Any
    contract: Any
    is_corrected: Any


def changes(old: Snapshot, new: Snapshot) -> gpd.GeoDataFrame:
    """What became of every piece of land of every cluster between two runs; RD New, m2."""
    found = [_of_cluster(old, new, cluster) for cluster in sorted(set(old.clusters) | set(new.clusters))]
    return LAND_CHANGES.conform(pd.concat(found)) if found else LAND_CHANGES.empty()


def _of_cluster(old: Snapshot, new: Snapshot, cluster: str) -> gpd.GeoDataFrame:
    told = _mixes(old, new, cluster)
    before, after = told[(0, 0, 0)], told[(1, 1, 1)]
    pieces = _pieces(before, after, (old.card.tolerance.least_conflict_m2, cluster))
    outcomes = {mix: _outcome(one, pieces) for mix, one in told.items()}
    first, last = outcomes[(0, 0, 0)], outcomes[(1, 1, 1)]
    same = {mix: _alike(one, first, last) for mix, one in outcomes.items()}
    change = _change(first, last)
    m2 = pieces["area_m2"].to_numpy()
    parts = {
        f"by_{cause}_m2": np.where(change == "unchanged", 0.0, _share(same, at)) * m2 for at, cause in enumerate(CAUSES)
    }
    return pieces.assign(
        holding_old=np.where(first["state"] == NOBODY, None, first["state"]),
        holding_new=np.where(last["state"] == NOBODY, None, last["state"]),
        free_old=_shown(first, old),
        free_new=_shown(last, new),
        change=change,
        **parts,
    )


def _shown(outcome: Mapping[str, Any], side: Snapshot) -> Any:
    """The day of release for people: for land that is free, the day of the run."""
    today = day_number(side.today)
    return dates(np.where(outcome["state"] == "free", today, outcome["free_on"])).to_numpy()


def _mixes(old: Snapshot, new: Snapshot, cluster: str) -> dict[tuple[int, int, int], Told]:
    """The land as each mix of old (0) and new (1) data, rules and day tells it; what does not differ is told once."""
    sides = (old, new)
    same = (old.data_key() == new.data_key(), old.card == new.card, old.today == new.today)
    loaded = {at: sides[at].tables() for at in ((0,) if same[0] else (0, 1))}
    told: dict[tuple[int, int, int], Told] = {}
    for mix in product((0, 1), repeat=3):
        d, r, t = (0 if same[at] else mix[at] for at in range(3))
        known = told.get((d, r, t))
        told[mix[0], mix[1], mix[2]] = known or _tell(loaded[d], (sides[d], sides[r], sides[t]), cluster)
    return told


def _tell(tables: Mapping[str, Any], sides: tuple[Snapshot, Snapshot, Snapshot], cluster: str) -> Told:
    data, rules, day = sides
    if cluster not in data.clusters:
        nothing: Any = np.zeros(0, dtype=object)
        none: Any = np.zeros(0, dtype=int)
        return Told(nothing, nothing, nothing, none, none, nothing, np.zeros(0, dtype=bool))
    today = day.today
    start = min(today, data.asked.today)  # a later day is foreseen, from the day of the data on
    done = resolve(tables, cluster, rules.card, replace(data.asked, today=start, year_days={start.year: start}))
    line, late = (Timeline.of(done.periods, case, done.holdings["holding_id"]) for case in CASES)
    state = line.state_on(today)
    return Told(
        done.holdings.geometry.to_numpy(),
        done.holdings["parcel_id"].to_numpy(dtype=object),
        state,
        np.where(state == "free", 0, line.next_free(today)),
        np.where(late.state_on(today) == "free", 0, late.next_free(today)),
        line.contract[line.on(today)],
        line.decided_by[line.on(today)] == "override",
    )


def _pieces(before: Told, after: Told, of: tuple[float, str]) -> gpd.GeoDataFrame:
    """The land of both cut by the holdings of both, with the plots of either side; noise below LEAST_M2 is left out."""
    least_m2, cluster = of
    kept = arrange(before.shapes, list(after.shapes))
    fresh = arrange(after.shapes, list(before.shapes))
    part, over = kept.pairs()
    target = np.full(len(kept.shapes), -1)
    target[part] = over
    added = np.flatnonzero(fresh.number == 0)
    shapes = np.concatenate([kept.shapes, fresh.shapes[added]])
    old = np.concatenate([_of(before.parcel, kept.owner), np.full(len(added), None, dtype=object)])
    new = np.concatenate([_of(after.parcel, target), _of(after.parcel, fresh.owner[added])])
    m2 = area(shapes)
    real = m2 > LEAST_M2
    frame = gpd.GeoDataFrame({"parcel_old": old, "parcel_new": new, "area_m2": m2}, geometry=shapes, crs=RD_NEW)[real]
    ordered = frame.assign(x=shapely.bounds(frame.geometry.to_numpy())[:, 0]).sort_values(
        ["parcel_old", "parcel_new", "x", "area_m2"], na_position="last"
    )
    numbered_rows = ordered.drop(columns="x").reset_index(drop=True)
    numbered_rows["lineage"] = _lineage(numbered_rows, least_m2)
    return numbered_rows.assign(change_id=np.arange(1, len(numbered_rows) + 1), cluster_id=cluster)


def _of(values: Any, at: Any) -> Any:
    return np.append(values, None)[at]


def _lineage(pieces: pd.DataFrame, least_m2: float) -> Any:
    """What became of the plot under each piece: plots that share more ground than drawing noise are kin."""
    pairs = pieces.dropna(subset=["parcel_old", "parcel_new"])
    shared = pairs.groupby(["parcel_old", "parcel_new"], as_index=False)["area_m2"].sum()
    kin = shared[shared["area_m2"] > least_m2]
    old, new = pd.factorize(kin["parcel_old"])[0], pd.factorize(kin["parcel_new"])[0]
    count = int(old.max(initial=-1)) + 1
    family = groups(count + int(new.max(initial=-1)) + 1, np.column_stack([old, new + count]))[old]
    kin = kin.assign(family=family)
    sizes = kin.groupby("family")[["parcel_old", "parcel_new"]].nunique()
    told = pieces.merge(kin[["parcel_old", "parcel_new", "family"]], on=["parcel_old", "parcel_new"], how="left")
    parents, heirs = (told["family"].map(sizes[side]).to_numpy() for side in ("parcel_old", "parcel_new"))
    tests = {
        "new": pieces["parcel_old"].isna().to_numpy(),
        "gone": pieces["parcel_new"].isna().to_numpy(),
        "same": told["family"].isna().to_numpy(),  # an edge that moved by a hand
        "rearranged": (heirs > 1) & (parents > 1),
        "split": heirs > 1,
        "merged": parents > 1,
        "renumbered": (pieces["parcel_old"] != pieces["parcel_new"]).to_numpy(),
    }
    return np.select(list(tests.values()), list(tests), "same")


def _outcome(told: Told, pieces: gpd.GeoDataFrame) -> dict[str, Any]:
    """Who has each piece in a mix and from when it can be free: read at a point inside the piece."""
    points = shapely.point_on_surface(pieces.geometry.to_numpy())
    at, holding = shapely.STRtree(told.shapes).query(points, predicate="intersects")
    where = np.full(len(points), -1)
    where[at] = holding
    return {
        "state": np.append(told.state, NOBODY)[where],
        "free_on": np.append(told.free_on, FAR_DAY)[where],
        "free_latest": np.append(told.free_latest, FAR_DAY)[where],
        "contract": np.append(told.contract, NOBODY)[where],
        "is_corrected": np.append(told.is_corrected, False)[where].astype(bool),
    }


def _alike(one: Mapping[str, Any], first: Mapping[str, Any], last: Mapping[str, Any]) -> Any:
    """Whether a mix comes to the new outcome: the new state; where that stays, the new contract, and the days of release."""
    state, rest = one["state"] == last["state"], _same(one, last)
    return np.where(first["state"] != last["state"], state, state & rest).astype(float)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> Any:
    """Whether contract and days of release are the same."""
    return np.logical_and.reduce([one[name] == other[name] for name in ("contract", "free_on", "free_latest")])


def _share(same: Mapping[tuple[int, int, int], Any], cause: int) -> Any:
    """The Shapley value of a cause in coming to the new outcome."""
    total: Any = 0.0
    for mix, there in same.items():
        if mix[cause]:
            continue
        others = sum(mix)
        weight = factorial(others) * factorial(len(CAUSES) - others - 1) / factorial(len(CAUSES))
        data, rules, time = (1 if at == cause else mix[at] for at in range(3))
        total = total + weight * (same[data, rules, time] - there)
    return total


def _change(first: Mapping[str, Any], last: Mapping[str, Any]) -> Any:
    """What happened to each piece: the first line below that fits."""
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


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """m2 per cluster and change, with the parts of the causes; every change but `unchanged`."""
    moved = found[found["change"] != "unchanged"]
    columns = ["area_m2", *(f"by_{cause}_m2" for cause in CAUSES)]
    per = moved.groupby(["cluster_id", "change"], as_index=False)[columns].sum()
    order = {name: place for place, name in enumerate(CHANGES)}
    return per.sort_values(
        ["cluster_id", "change"], key=lambda values: values.map(lambda v: order.get(v, v)), ignore_index=True
    )


def lineages(found: pd.DataFrame) -> pd.DataFrame:
    """m2 and plots per cluster and lineage; every lineage but `same`."""
    kin = found[found["lineage"] != "same"]
    return kin.groupby(["cluster_id", "lineage"], as_index=False).agg(
        area_m2=("area_m2", "sum"), plots_old=("parcel_old", "nunique"), plots_new=("parcel_new", "nunique")
    )
