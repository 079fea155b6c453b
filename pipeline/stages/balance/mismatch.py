"""Vrij en ruimte: land that is free and land that has room, how far they miss each other, and what swapping could repair."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from layers.derived.mismatch import LAYER as MISMATCH
from pipeline.land.land import AssessedLand, Rulebook, question_key, sum_m2


def mismatch(ground: AssessedLand, rules: Rulebook, swap_m: float) -> pd.DataFrame:
    """The four cells per activity and year, no extension called, and what is not known; conditional is no room. m2.

    A swap moves a user from land with room to free land without it, within the distance: the most that area allows.
    """
    number, holdings = pd.factorize(ground.pieces["holding_id"])
    pairs = _within(ground, number, len(holdings), swap_m)
    rows = []
    for name, _, year in rules.profile_years():
        told = ground.room(name, year)
        free, room = ground.free(year), told == "open"
        known = (told != "unknown") & ~ground.has_status("unknown", year)
        cells = {
            "both_m2": known & free & room,
            "only_free_m2": known & free & ~room,
            "only_room_m2": known & ~free & room,
            "neither_m2": known & ~free & ~room,
            "unknown_m2": ~known,
        }
        m2 = {heading: sum_m2(ground.area_m2, which) for heading, which in cells.items()}
        gives = np.bincount(number, ground.area_m2 * cells["only_free_m2"], len(holdings))
        takes = np.bincount(number, ground.area_m2 * cells["only_room_m2"], len(holdings))
        repaired = min(swapped(gives, takes, pairs), m2["only_free_m2"])
        rows.append(
            {
                **question_key(ground.cluster_id, name, year),
                **m2,
                "mismatch": index(m2),
                "swap_m": swap_m,
                "repairable_m2": repaired,
                "not_repairable_m2": m2["only_free_m2"] - repaired,
            }
        )
    return MISMATCH.conform(pd.DataFrame(rows)) if rows else MISMATCH.empty()


def index(m2: dict[str, float]) -> float:
    """1 less what is both over the smaller of free and room (0: they meet, 1: they miss); nan where either is nothing."""
    least = min(m2["both_m2"] + m2["only_free_m2"], m2["both_m2"] + m2["only_room_m2"])
    return float("nan") if least <= 0 else 1.0 - m2["both_m2"] / least


def swapped(gives: Any, takes: Any, pairs: tuple[Any, Any]) -> float:
    """The most m2 that can move along pairs from what gives to what takes: a largest flow, in whole m2."""
    one, other = pairs
    useful = (gives[one] >= 1) & (takes[other] >= 1)
    one, other = one[useful], other[useful]
    if not len(one):
        return 0.0
    sources, at = np.unique(one, return_inverse=True)
    sinks, to = np.unique(other, return_inverse=True)
    start, end = len(sources) + len(sinks), len(sources) + len(sinks) + 1
    limit = np.minimum(gives[one], takes[other])
    rows = np.concatenate([np.full(len(sources), start), at, len(sources) + np.arange(len(sinks))])
    columns = np.concatenate([np.arange(len(sources)), len(sources) + to, np.full(len(sinks), end)])
    capacity = np.floor(np.concatenate([gives[sources], limit, takes[sinks]])).astype(np.int32)
    graph = csr_array((capacity, (rows, columns)), shape=(end + 1, end + 1))
    return float(maximum_flow(graph, start, end).flow_value)


def national(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The clusters with their sum; the index of the sum is that of the summed cells, and swaps stay within a cluster."""
    parts = [column for column in MISMATCH.columns if column.endswith("_m2")]
    total = table.groupby(["profile", "year", "swap_m"], as_index=False)[parts].sum().assign(cluster_id=name)
    found = [index(row) for row in total[parts].to_dict("records")]
    return MISMATCH.conform(pd.concat([table, total.assign(mismatch=found)], ignore_index=True))


def _within(ground: AssessedLand, number: Any, count: int, swap_m: float) -> tuple[Any, Any]:
    """Pairs of holdings (positions) within the distance of each other, both ways."""
    order = np.argsort(number, kind="stable")
    boxes = np.split(order, np.searchsorted(number[order], np.arange(1, count)))
    shapes = np.array([shapely.union_all(ground.shapes[part]) for part in boxes] + [None], dtype=object)[:-1]
    return tuple(shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=swap_m))
