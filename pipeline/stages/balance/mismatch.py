"""Mismatch: land that is free and land that has room, how far they miss each other, and what swapping could repair."""

from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from layers.closed_lists import HOLDING_TOTALS
from layers.derived.mismatch import LAYER as MISMATCH
from pipeline.land.categories import bars_on
from pipeline.land.land import AssessedLand, profile_years
from pipeline.project.project import Project
from pipeline.spatial.geometry import unions

LARGEST_FLOW = 2.0**31 - 1
USERS = HOLDING_TOTALS["in_use"]


def mismatch(land: AssessedLand, config: Project) -> pd.DataFrame:
    """The four cells per activity and year, no extension called, and what is not known; conditional is no room. m2.

    A swap moves a user from land with room to free land without it on which something may be built, within the
    distance: the most that area allows.
    """
    number, holdings = pd.factorize(land.pieces["holding_id"])
    swap_m = config.balance.room.swap_m
    about_land = land.pieces, land.combinations, land.zones, config.effects
    barred = {year: bars_on(*about_land, year).is_barred for year in config.years}
    rows: list[dict[str, Any]] = []
    moves: list[list[Any]] = []
    for name, _, year in profile_years(config):
        room = land.room(name, year)
        is_free, is_open = land.free(year), room == "open"
        tenure_status = land.tenure_status(year)
        known = (room != "unknown") & (tenure_status != "unknown")
        only_free, only_room = known & is_free & ~is_open, known & ~is_free & is_open
        # Nobody sits on public space, a reserve or land that is not serviced.
        sides = only_free & ~barred[year], only_room & np.isin(tenure_status, USERS)
        moves.append([np.bincount(number, land.area_m2 * which, len(holdings)) for which in sides])
        rows.append(
            {
                "profile": name,
                "year": year,
                "both_m2": land.sum_m2(known & is_free & is_open),
                "only_free_m2": land.sum_m2(only_free),
                "only_room_m2": land.sum_m2(only_room),
                "neither_m2": land.sum_m2(known & ~is_free & ~is_open),
                "unknown_m2": land.sum_m2(~known),
            }
        )
    pairs = holdings_within(land, number, moves, swap_m)
    for row, (gives, takes) in zip(rows, moves, strict=True):
        repaired_m2 = min(swapped_m2(gives, takes, pairs), row["only_free_m2"])
        row.update(repairable_m2=repaired_m2, not_repairable_m2=row["only_free_m2"] - repaired_m2)
    return MISMATCH.collect(rows, cluster_id=land.cluster_id, swap_m=swap_m, mismatch=mismatch_index)


def holdings_within(land: AssessedLand, number: Any, moves: list[list[Any]], swap_m: float) -> Any:
    """Positions of each two holdings within so many metres of which the first gives and the second takes m2 in some
    question (`moves`: of each the m2 that holdings give and take); `number`: the position of each piece's holding."""
    gives, takes = (np.flatnonzero(np.max(side, axis=0, initial=0.0) >= 1) for side in zip(*moves, strict=True))
    if not len(gives) or not len(takes):
        return np.zeros((2, 0), dtype=int)
    counts = np.isin(number, np.union1d(gives, takes))
    holdings, shapes = unions(land.shapes[counts], number[counts])
    giving, taking = (shapes[np.searchsorted(holdings, side)] for side in (gives, takes))
    giver, taker = _within(giving, taking, swap_m)
    return np.stack([gives[giver], takes[taker]])


def _within(giving: Any, taking: Any, metres: float) -> Any:
    """Positions of each two shapes within so many metres. Of most their boxes say so: only others are measured."""
    boxes = shapely.bounds(giving), shapely.bounds(taking)
    west, south, east, north = boxes[0].T
    around = shapely.box(west - metres, south - metres, east + metres, north + metres)
    left, right = shapely.STRtree(taking).query(around)
    from_box, to_box = boxes[0][left], boxes[1][right]
    across = np.maximum(from_box[:, 2:] - to_box[:, :2], to_box[:, 2:] - from_box[:, :2])
    is_within = np.hypot(*across.T) <= metres
    rest = np.flatnonzero(~is_within)
    is_within[rest] = shapely.dwithin(giving[left[rest]], taking[right[rest]], metres)
    return np.stack([left, right])[:, is_within]


def mismatch_index(cells: pd.DataFrame) -> pd.Series:
    """1 less the m2 of both over the smaller of free and room (0: they
    meet, 1: they miss); nan where either is nothing."""
    free_m2, room_m2 = cells["both_m2"] + cells["only_free_m2"], cells["both_m2"] + cells["only_room_m2"]
    least_m2 = np.minimum(free_m2, room_m2)
    return 1.0 - cells["both_m2"] / least_m2.where(least_m2 > 0)


def swapped_m2(gives: Any, takes: Any, pairs: Any) -> float:
    """The most m2 that can move along pairs from what gives to what takes, to 0.01 m2 a holding; all that gives where
    all of it can."""
    # The flow is in whole numbers of 31 bits: of smaller parts than m2 where these are not too many.
    parts = min(100.0, LARGEST_FLOW / max(gives.sum(), takes.sum(), 1.0))
    moved = swapped(gives * parts, takes * parts, pairs)
    return float(gives.sum()) if moved == np.floor(gives * parts).sum() else moved / parts


def swapped(gives: Any, takes: Any, pairs: Any) -> float:
    """The most m2 that can move along pairs from what gives to what takes: a largest flow, in whole m2."""
    giver, taker = pairs
    useful = (gives[giver] >= 1) & (takes[taker] >= 1)
    giver, taker = giver[useful], taker[useful]
    if not len(giver):
        return 0.0
    # The graph: the holdings that give, those that take, a start before the former, and an end after the latter.
    sources, from_source = np.unique(giver, return_inverse=True)
    sinks, to_sink = np.unique(taker, return_inverse=True)
    start, end = len(sources) + len(sinks), len(sources) + len(sinks) + 1
    limit = np.minimum(gives[giver], takes[taker])
    rows = np.concatenate([np.full(len(sources), start), from_source, len(sources) + np.arange(len(sinks))])
    columns = np.concatenate([np.arange(len(sources)), len(sources) + to_sink, np.full(len(sinks), end)])
    capacity = np.floor(np.concatenate([gives[sources], limit, takes[sinks]])).astype(np.int32)
    graph = csr_array((capacity, (rows, columns)), shape=(end + 1, end + 1))
    return float(maximum_flow(graph, start, end).flow_value)
