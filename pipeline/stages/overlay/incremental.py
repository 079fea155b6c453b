"""Which holdings need another cut, when a zone, a lease or a plot has changed; the pieces of all others stay
as they are.

Idea: what a holding is cut into depends on its own shape, on the zones whose box meets its own, and on the engine. A
fingerprint of these, stored beside the pieces, tells whether they still hold.
Invariant: what is retained is what a full run would make, to the bit, since neither engine knows of other holdings.
Cost: one pass over the vertices of every zone and every holding; a zone that changes touches the holdings in its old
and in its new box.
"""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from pipeline.kernels.fingerprint import fingerprints_of, with_near
from pipeline.spatial.geometry import Shapes
from pipeline.stages.overlay.candidate_zones import MANY_PARTS, wkb_of

MARGIN_M = 1.0  # more than the fast engine looks beyond a shape
FINGERPRINT_SIGNS = 32
WORD_BYTES = 8
SLICE_VERTICES = 1 << 16  # as many as a processor's cache holds


@dataclass(frozen=True)
class PreviousResult:
    """What an earlier cut left: pieces, the sets of zones over them, and a fingerprint per holding."""

    pieces: gpd.GeoDataFrame
    combinations: pd.DataFrame
    fingerprints: pd.DataFrame


@dataclass(frozen=True)
class PreparedZones:
    """Zones in order of their keys, the fingerprint of each, a tree of their boxes, and the WKB of those of many parts
    by position.

    Made ready once, for any part of the land. code: a digest of the code that cuts with them.
    """

    zones: gpd.GeoDataFrame
    lanes: Any
    tree: shapely.STRtree
    known_wkb: dict[int, bytes]
    code: str


@dataclass(frozen=True)
class Fingerprints:
    """A fingerprint per holding (text), and pairs of positions of a holding and of a zone whose box comes
    near its own.
    """

    text: Any
    holding: Any
    zone: Any


def prepared(zones: gpd.GeoDataFrame, code: str = "") -> PreparedZones:
    """Zones (RD New) made ready to cut with; their keys count for their fingerprints."""
    zones = zones.sort_values("zone_id", ignore_index=True)
    shapes = zones.geometry.to_numpy()
    many = shapely.get_num_geometries(shapes) >= MANY_PARTS
    lanes: Any = np.empty((len(shapes), 2), np.uint64)
    with ThreadPoolExecutor(2) as pool:
        # Begun first: while a thread reads these, the bytes of large zones and the tree are made here.
        few = _lanes(shapes[~many], pool)
        texts = wkb_of(shapes[many])
        lanes[many] = _lanes_of_bytes(texts)
        left, low, right, high = shapely.bounds(shapes).T
        tree = shapely.STRtree(shapely.box(left - MARGIN_M, low - MARGIN_M, right + MARGIN_M, high + MARGIN_M))
        lanes[~many] = few()
    lanes ^= _lanes_of_texts(zones["zone_id"].tolist())
    return PreparedZones(zones, lanes, tree, dict(zip(np.flatnonzero(many).tolist(), texts, strict=True)), code)


def fingerprints(holdings: gpd.GeoDataFrame, zones: PreparedZones, engine: str) -> Fingerprints:
    """A fingerprint of each holding, of the zones whose box is within MARGIN_M metres of its own, and of what cuts."""
    shapes = holdings.geometry.to_numpy()
    with ThreadPoolExecutor(3) as pool:
        pairs = pool.submit(zones.tree.query, shapes)
        lanes = _lanes(shapes, pool)
        holding, zone = pairs.result()
        # What cuts are the engine and its code; a copy, since kernels are compiled for arrays that may be changed.
        cutter = _lanes_of_texts([f"{engine} {zones.code}"])[0].copy()
        return Fingerprints(_text(with_near(lanes(), zones.lanes, holding, zone, cutter)), holding, zone)


def _lanes(shapes: Shapes, pool: ThreadPoolExecutor) -> Callable[[], Any]:
    """Begin with the fingerprint of each shape, from its vertices; SLICE_VERTICES at a time, one half of all beside
    the other.

    Returns what waits for them.
    """
    ends: Any = np.cumsum(shapely.get_num_coordinates(shapes))
    whole = int(ends[-1]) if len(ends) else 0
    starts = np.unique(np.append(0, np.searchsorted(ends, np.arange(0, whole, SLICE_VERTICES), side="right")))
    slices = [slice(*pair) for pair in pairwise([*starts.tolist(), len(ends)])]
    first: Any = np.append(0, 2 * ends)

    def some(those: list[slice]) -> list[Any]:
        return [
            fingerprints_of(
                shapely.get_coordinates(shapes[part]).reshape(-1).view(np.uint64),
                first[part.start : part.stop + 1] - first[part.start],
            )
            for part in those  # slices, not shapes
        ]

    halves = pool.map(some, (slices[: len(slices) // 2], slices[len(slices) // 2 :]))
    return lambda: np.concatenate([np.zeros((0, 2), np.uint64), *(part for half in halves for part in half)])


def _lanes_of_bytes(texts: list[bytes]) -> Any:
    """The fingerprint of each shape from its WKB; this tells its own length, so the rest of a last word
    may be zeros.
    """
    lanes: Any = np.empty((len(texts), 2), np.uint64)
    for row, text in enumerate(texts):  # zones of many parts, not shapes
        run: Any = np.zeros(-(-len(text) // WORD_BYTES), np.uint64)
        run.view(np.uint8)[: len(text)] = np.frombuffer(text, np.uint8)
        lanes[row] = fingerprints_of(run, np.array([0, len(run)]))[0]
    return lanes


def _lanes_of_texts(texts: list[str]) -> Any:
    """The fingerprint of each text."""
    digests = [hashlib.sha256(text.encode()).digest()[:16] for text in texts]
    return np.frombuffer(b"".join(digests), dtype=np.uint64).reshape(-1, 2)


def _text(lanes: Any) -> Any:
    """Fingerprints as text of FINGERPRINT_SIGNS hexadecimal signs."""
    signs = np.ascontiguousarray(lanes, dtype=">u8").tobytes().hex().encode()
    first: Any = np.arange(len(lanes) + 1, dtype=np.int64) * FINGERPRINT_SIGNS
    return pa.LargeStringArray.from_buffers(len(lanes), pa.py_buffer(first), pa.py_buffer(signs))


def retained(previous: PreviousResult | None, names: Any, now: Any) -> tuple[Any, Any]:
    """Which holdings (by name, Arrow) still have the fingerprint of before; and the names of before that are
    not retained.
    """
    if previous is None:
        return np.zeros(len(names), dtype=bool), names[:0]
    before, then = arrow(previous.fingerprints["holding_id"]), arrow(previous.fingerprints["fingerprint"])
    same_names = names.equals(before)  # as a rule: and then nothing is looked up
    place = pa.array(np.arange(len(names))) if same_names else pc.index_in(names, value_set=before)
    same = np.asarray(pc.fill_null(pc.equal(now, then.take(place)), False))
    # Dropped are the pieces of holdings that are gone, and of those that are cut anew.
    stays: Any = np.zeros(len(before), dtype=bool)
    stays[np.asarray(place.filter(pa.array(same)))] = True
    return same, before.filter(pa.array(~stays))


def arrow(column: pd.Series) -> Any:
    """A column of text as one Arrow array."""
    array = pa.array(column, pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
