"""Snijden: which part of which holding lies under which reasons?

reads   holdings, zones
writes  pieces, combinations, holding_prints
keeps   the area of every holding, to 1e-6 of it
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator
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
from layers.derived.holding_prints import LAYER as PRINTS
from layers.derived.pieces import LAYER as PIECES
from layers.errors import ContractRefusal
from layers.layer import RD_NEW
from pipeline.stages.overlay.again import Blades, Earlier, arrow, blades_of, kept, prints
from pipeline.stages.overlay.course import ALONE, Course
from pipeline.stages.overlay.engines import DEFAULT, ENGINES
from pipeline.stages.overlay.flow import Pool, flow

KEPT = 1e-6
AGREED = 1e-9
ROUNDING_M = 1.2e-10  # what a coordinate of half a million metres can hold


@dataclass(frozen=True)
class Part:
    """A part of the holdings in order of their keys, what an earlier cut left of it, and how its ranges are gone through."""

    holdings: gpd.GeoDataFrame
    earlier: Earlier | None
    course: Course


def overlay(
    holdings: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, engine: str = DEFAULT, course: Course = ALONE
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Pieces of holdings on which no zone changes, and the combinations of zones over them; m2, RD New.

    engine: one of ENGINES; course: how its ranges are gone through; how many holdings it left to the reference stands in `pieces.attrs["left_to_reference"]`.
    """
    zones = zones.sort_values("zone_id", ignore_index=True)
    cut = ENGINES[engine](holdings.geometry.to_numpy(), list(zones.geometry), course)
    names = zones["zone_id"].tolist()
    texts = [" ".join(names[at] for at in cover) for cover in cut.sets]
    keys: Any = np.array([combination_id(text) for text in texts], dtype=object)
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
    combinations = pd.DataFrame({"combination_id": keys, "zones": texts}).iloc[np.unique(cut.number)]
    numbered = PIECES.conform(_numbered(pieces))
    numbered.attrs = {"left_to_reference": cut.odd, **({"area_beyond_1e-9": apart} if apart else {})}
    return numbered, COMBINATIONS.conform(combinations)


def overlay_again(
    holdings: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, engine: str, earlier: Earlier | None, course: Course = ALONE
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame]:
    """As `overlay`, with a print per holding; a holding whose print is that of before keeps its pieces. To the bit a full run.

    How many were cut stands in `pieces.attrs["cut"]`.
    """
    return overlay_part(holdings, blades_of(zones), engine, earlier, course)


def overlay_part(
    holdings: gpd.GeoDataFrame, blades: Blades, engine: str, earlier: Earlier | None, course: Course
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame]:
    """As `overlay_again`, for a part of the land, of which no other need be there, and blades made ready for all of it."""
    now, names = prints(holdings, blades, engine), arrow(holdings["holding_id"])
    same, gone = kept(earlier, names, now.text)
    fresh, near = holdings[~same].reset_index(drop=True), now.zones_near(~same)
    over = blades.zones.iloc[near].reset_index(drop=True)
    is_near: Any = np.bincount(near, minlength=len(blades.zones)).astype(bool)
    course = course.over(~same, _key(now.text.filter(pa.array(~same)), over), is_near)
    pieces, combinations = overlay(fresh, over, engine, course)
    counted = {**pieces.attrs, "cut": len(fresh)}
    if earlier is not None and same.any():
        pieces, combinations = _joined(earlier, gone, pieces, combinations)
    pieces.attrs = counted
    made = pd.DataFrame({"holding_id": holdings["holding_id"].to_numpy(), "print": now.text})
    return pieces, combinations, PRINTS.conform(made)


def overlay_in_parts(
    parts: Iterable[Part], blades: Blades, engine: str, ahead: Pool
) -> Iterator[tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame]]:
    """What `overlay_part` makes of each part, in order; the next one is cut, in a pool of one, while a taker writes."""

    def cut(one: Part) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame]:
        made = overlay_part(one.holdings, blades, engine, one.earlier, one.course)
        one.course.told(1, 1)  # those that kept their pieces were in no range
        return made

    with closing(flow(parts, cut, ahead, 2)) as made:
        yield from made


def _joined(
    earlier: Earlier, gone: Any, pieces: gpd.GeoDataFrame, combinations: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """What was cut before, but for the holdings that are gone or changed, with what is cut now."""
    before, ids = arrow(earlier.pieces["piece_id"]), pieces["piece_id"].tolist()
    stays = ~np.asarray(pc.is_in(arrow(earlier.pieces["holding_id"]), value_set=gone))
    # Both are in order of their keys: those that are new go to their places one by one, and nothing is sorted or copied twice.
    places = [bisect_left(range(len(before)), name, key=lambda at: before[at].as_py()) for name in ids]
    old: Any = np.flatnonzero(stays)
    order: Any = np.insert(old, np.searchsorted(old, places), len(before) + np.arange(len(ids)))
    both = pd.concat([earlier.pieces, pieces], ignore_index=True).take(order).reset_index(drop=True)
    known = pd.concat([earlier.combinations, combinations]).drop_duplicates()
    used = np.asarray(pc.is_in(arrow(known["combination_id"]), value_set=pc.unique(arrow(both["combination_id"]))))
    return gpd.GeoDataFrame(both, crs=RD_NEW), COMBINATIONS.conform(known[used])


def _key(marks: Any, zones: gpd.GeoDataFrame) -> str:
    """A name for all that is cut and by what: the prints of holdings, and the keys of zones, whose places a range remembers."""
    return hashlib.sha256(" ".join([*marks.to_pylist(), *zones["zone_id"]]).encode()).hexdigest()[:16]


def combination_id(zones: str) -> str:
    """The key of a set of zones: a digest of their sorted keys, the same in every run and cluster."""
    return hashlib.sha256(zones.encode()).hexdigest()[:12]


def _numbered(pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Pieces keyed by holding and a number that follows combination and place, not the order of work."""
    bounds = shapely.bounds(pieces.geometry.to_numpy()).round(3)
    place = pieces.assign(x=bounds[:, 0], y=bounds[:, 1]).sort_values(
        ["holding_id", "combination_id", "x", "y", "area_m2"]
    )
    number = (place.groupby("holding_id").cumcount() + 1).sort_index()
    return pieces.assign(piece_id=pieces["holding_id"].astype(object) + "." + number.astype(str))


def _keep_area(holdings: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame) -> int:
    """Refuse pieces that are not their holding to KEPT of it; how many are not to AGREED of it and what coordinates can hold."""
    cut = (
        pieces.groupby("holding_id")[["area_m2"]]
        .sum()
        .reindex(holdings["holding_id"])
        .fillna(0.0)["area_m2"]
        .to_numpy()
    )
    whole = holdings["area_m2"].to_numpy()
    lost = np.abs(cut - whole) > KEPT * whole
    if lost.any():
        at = int(np.argmax(lost))
        raise ContractRefusal(
            f"pieces of {int(lost.sum())} holdings, first '{holdings['holding_id'].iloc[at]}'",
            found=f"{cut[at]:.6f} m2 after cutting",
            expected=f"{whole[at]:.6f} m2",
            todo="send us this holding and the zones over it: the cut lost or made land",
        )
    edge_m = pd.Series(shapely.length(pieces.geometry.to_numpy())).groupby(pieces["holding_id"].to_numpy()).sum()
    rounding = ROUNDING_M * edge_m.reindex(holdings["holding_id"]).fillna(0.0).to_numpy()
    return int((np.abs(cut - whole) > AGREED * whole + rounding).sum())
