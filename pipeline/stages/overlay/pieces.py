"""Which part of which holding lies under which reasons?

reads   holdings, zones
writes  pieces, combinations, holding_fingerprints
keeps   the area of every holding, to 1e-6 of it
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from layers.derived.combinations import LAYER as COMBINATIONS
from layers.derived.holding_fingerprints import LAYER as FINGERPRINTS
from layers.derived.pieces import LAYER as PIECES
from layers.errors import ContractRefusal
from layers.layer import RD_NEW
from pipeline.stages.overlay.candidate_zones import WkbByPosition
from pipeline.stages.overlay.engines import ENGINES
from pipeline.stages.overlay.execution import ExecutionContext, Executor, map_ordered
from pipeline.stages.overlay.incremental import PreparedZones, PreviousResult, arrow, fingerprints, retained

AREA_SHARE = 1e-6  # of a holding, that its pieces may lack or have too much
AGREED_SHARE = 1e-9
ROUNDING_M = 1.2e-10  # what a coordinate of half a million metres can hold


@dataclass(frozen=True)
class Part:
    """A part of the holdings in order of their keys, what an earlier cut left of it, and how its ranges
    are worked on.
    """

    holdings: gpd.GeoDataFrame
    previous: PreviousResult | None
    context: ExecutionContext


def _cut(
    holdings: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    engine: str,
    context: ExecutionContext,
    known_wkb: WkbByPosition,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Pieces of holdings on which no zone changes, and the combinations of zones over them; m2, RD New.

    zones: in order of their keys; engine: one of ENGINES; known_wkb: of zones whose bytes are at hand. How many
    holdings the engine left to the reference stands in `pieces.attrs["left_to_reference"]`.
    """
    cut = ENGINES[engine](holdings.geometry.to_numpy(), list(zones.geometry), context, known_wkb)
    names = zones["zone_id"].tolist()
    covers = [" ".join(names[zone] for zone in zone_set) for zone_set in cut.sets]
    keys: Any = np.array([combination_id(cover) for cover in covers], dtype=object)
    pieces = gpd.GeoDataFrame(
        {
            "holding_id": holdings["holding_id"].to_numpy()[cut.owner],
            "combination_id": keys[cut.number],
            "area_m2": cut.area_m2,
        },
        geometry=cut.shapes,
        crs=RD_NEW,
    )
    apart = _keep_area(holdings, pieces)
    combinations = pd.DataFrame({"combination_id": keys, "zones": covers}).iloc[np.unique(cut.number)]
    numbered = PIECES.conform(_numbered(pieces))
    numbered.attrs = {"left_to_reference": len(cut.fallbacks), **({"area_beyond_1e-9": apart} if apart else {})}
    return numbered, COMBINATIONS.conform(combinations)


def overlay_part(part: Part, zones: PreparedZones, engine: str) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame]:
    """Pieces of holdings on which no zone changes, the combinations of zones over them, and a fingerprint per holding;
    m2, RD New.

    A holding with the fingerprint of before retains its pieces; the result is that of a full run, to the bit. No other
    part of the land need be there; zones are made ready for all of it. How many holdings were cut stands in
    `pieces.attrs["cut"]`.
    """
    holdings, previous = part.holdings, part.previous
    now, names = fingerprints(holdings, zones, engine), arrow(holdings["holding_id"])
    same, dropped = retained(previous, names, now.text)
    fresh, near = holdings[~same].reset_index(drop=True), np.unique(now.zone[~same[now.holding]])
    over = zones.zones.iloc[near].reset_index(drop=True)
    is_near: Any = np.bincount(near, minlength=len(zones.zones)).astype(bool)
    context = part.context.restricted_to(~same, is_near, _key(now.text.filter(pa.array(~same)), over))
    known_wkb = {row: zones.known_wkb[zone] for row, zone in enumerate(near.tolist()) if zone in zones.known_wkb}
    pieces, combinations = _cut(fresh, over, engine, context, known_wkb)
    counted = {**pieces.attrs, "cut": len(fresh)}
    if previous is not None and same.any() and len(previous.pieces):
        pieces, combinations = _joined(previous, dropped, pieces, combinations)
    pieces.attrs = counted
    table = pd.DataFrame({"holding_id": holdings["holding_id"].array, "fingerprint": pd.array(now.text, "str")})
    return pieces, combinations, FINGERPRINTS.conform(table)


def overlay_in_parts(
    parts: Iterable[Part], zones: PreparedZones, engine: str, executor: Executor
) -> Iterator[tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame]]:
    """The result of `overlay_part` (m2, RD New) for each part, in order; the next one is cut, in an executor of one,
    while the caller writes."""

    def cut(part: Part) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame]:
        tables = overlay_part(part, zones, engine)
        part.context.on_progress(1, 1)  # those that retained their pieces were in no range
        return tables

    with closing(map_ordered(parts, cut, executor, 2)) as results:
        yield from results


def _joined(
    previous: PreviousResult, dropped: Any, pieces: gpd.GeoDataFrame, combinations: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """What was cut before, but for the holdings that were dropped or changed, with what is cut now."""
    before = arrow(previous.pieces["piece_id"])
    old = np.flatnonzero(~np.asarray(pc.is_in(arrow(previous.pieces["holding_id"]), value_set=dropped)))
    # Both are in order of their keys: those that are new go to their places, and nothing is sorted.
    places = np.searchsorted(old, _places(before, pieces["piece_id"].tolist()))
    order: Any = np.insert(old, places, len(before) + np.arange(len(pieces)))
    both, sets = _taken(previous.pieces, pieces, order), _each_set_once(previous.combinations, combinations)
    used = np.asarray(pc.is_in(arrow(sets["combination_id"]), value_set=pc.unique(arrow(both["combination_id"]))))
    return both, COMBINATIONS.conform(sets[used])


def _each_set_once(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Combinations of before and of now, each once; a key of two sets stands twice, to be refused."""
    sets = [pc.fill_null(arrow(those["zones"]), "") for those in (before, now)]
    place = pc.index_in(arrow(now["combination_id"]), value_set=arrow(before["combination_id"]))
    again = pc.fill_null(pc.equal(sets[0].take(place), sets[1]), False)
    return pd.concat([before, now[~np.asarray(again)]])


def _places(before: Any, names: list[str]) -> list[int]:
    """Where each of names that rise would stand in a rising array of text; names that follow each other stand near
    each other.
    """
    places, low = [], 0
    for name in names:
        # Ever longer steps from the last place on, then halves between the last two.
        step = 1
        while low + step < len(before) and before[low + step].as_py() < name:
            step *= 2
        high = min(low + step, len(before))
        low = bisect_left(range(high), name, low, key=lambda row: before[row].as_py())
        places.append(low)
    return places


def _taken(before: gpd.GeoDataFrame, now: gpd.GeoDataFrame, order: Any) -> gpd.GeoDataFrame:
    """Rows of one table, which is not empty, behind another, in an order of positions; column beside column."""
    is_new = order >= len(before)

    def column(name: str) -> Any:
        if name != "geometry":
            return pd.concat([before[name], now[name]], ignore_index=True).array.take(order)
        shapes = before[name].array.take(np.where(is_new, 0, order))
        shapes[is_new] = now[name].array[order[is_new] - len(before)]
        return shapes

    with ThreadPoolExecutor(2) as pool:
        columns = dict(zip(before.columns, pool.map(column, before.columns), strict=True))
    return gpd.GeoDataFrame(pd.DataFrame(columns, copy=False), geometry="geometry", crs=RD_NEW, copy=False)


def _key(holdings: Any, zones: gpd.GeoDataFrame) -> str:
    """A name for all that is cut and by what: the fingerprints of holdings, and the keys of zones, whose positions a
    range holds.
    """
    return hashlib.sha256(" ".join([*holdings.to_pylist(), *zones["zone_id"]]).encode()).hexdigest()[:16]


def combination_id(zones: str) -> str:
    """The key of a set of zones: a digest of their sorted keys, the same in every run and cluster."""
    return hashlib.sha256(zones.encode()).hexdigest()[:12]


def _numbered(pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Pieces keyed by holding and a number that follows combination and place, not the order of work."""
    # To the millimetre: engines may differ in the last bits.
    bounds = shapely.bounds(pieces.geometry.to_numpy()).round(3)
    place = pieces.assign(x=bounds[:, 0], y=bounds[:, 1]).sort_values(
        ["holding_id", "combination_id", "x", "y", "area_m2"]
    )
    number = (place.groupby("holding_id").cumcount() + 1).sort_index()
    return pieces.assign(piece_id=pieces["holding_id"].astype(object) + "." + number.astype(str))


def _keep_area(holdings: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame) -> int:
    """Refuse pieces that are not their holding (m2) to AREA_SHARE of it; how many are not to AGREED_SHARE and what
    coordinates can hold.
    """
    sizes = pd.DataFrame({"m2": pieces["area_m2"], "edge_m": shapely.length(pieces.geometry.to_numpy())})
    sums = sizes.groupby(pieces["holding_id"]).sum().reindex(holdings["holding_id"], fill_value=0.0)
    cut, whole = sums["m2"].to_numpy(), holdings["area_m2"].to_numpy()
    lost = np.abs(cut - whole) > AREA_SHARE * whole
    if lost.any():
        worst = int(np.argmax(lost))
        raise ContractRefusal(
            f"pieces of {int(lost.sum())} holdings, first '{holdings['holding_id'].iloc[worst]}'",
            actual=f"{cut[worst]:.6f} m2 after cutting",
            expected=f"{whole[worst]:.6f} m2",
            todo="send us this holding and the zones over it: the cut lost or made land",
        )
    rounding = ROUNDING_M * sums["edge_m"].to_numpy()
    return int((np.abs(cut - whole) > AGREED_SHARE * whole + rounding).sum())
