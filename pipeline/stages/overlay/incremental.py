"""Opnieuw: which holdings need another cut, when a zone, a lease or a plot has changed; the pieces of all others stay as they are.

Idea: what a holding is cut into depends on its own shape, on the zones whose box meets its own, and on the engine. A print of these,
kept beside the pieces, tells whether they still hold.
Invariant: what is kept is what a full run would make, to the bit, since neither engine knows of other holdings.
Cost: one pass over the vertices of every zone and every holding; a zone that changes touches the holdings in its old and in its new box.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from pipeline.kernels import numba_cache as kernels
from pipeline.kernels.candidate_zones import has_many, texts_of
from pipeline.kernels.fingerprint import prints_of, with_near
from pipeline.spatial import geometry
from pipeline.spatial import reference_overlay as arrangement
from pipeline.spatial.geometry import Shapes

MARGIN_M = 1.0  # more than the fast engine looks beyond a shape
MADE_WITH = ("numba", "numpy", "shapely")
PRINT_SIGNS = 32
WORD_BYTES = 8
SLICE_VERTICES = 1 << 16  # what a processor has at hand


@dataclass(frozen=True)
class Earlier:
    """What an earlier cut left: pieces, the sets of zones over them, and a print per holding."""

    pieces: gpd.GeoDataFrame
    combinations: pd.DataFrame
    prints: pd.DataFrame


@dataclass(frozen=True)
class Blades:
    """Zones in order of their keys, the print of each, a tree of their boxes, and the bytes of those of many parts by position.

    Made ready once, for any part of the land.
    """

    zones: gpd.GeoDataFrame
    marks: Any
    tree: shapely.STRtree
    texts: dict[int, bytes]


@dataclass(frozen=True)
class Prints:
    """A print per holding (text), and pairs of positions of a holding and of a zone whose box comes near its own."""

    text: Any
    at: Any
    near: Any

    def zones_near(self, mask: Any) -> Any:
        """The positions of zones near the holdings of a mask, rising."""
        return np.unique(self.near[mask[self.at]])


def blades_of(zones: gpd.GeoDataFrame) -> Blades:
    """Zones made ready to cut with; their keys count for their prints."""
    zones = zones.sort_values("zone_id", ignore_index=True)
    shapes = zones.geometry.to_numpy()
    many = has_many(shapes)
    marks: Any = np.empty((len(shapes), 2), np.uint64)
    with ThreadPoolExecutor(2) as pool:
        few = _marks(shapes[~many], pool)
        texts = texts_of(shapes[many])
        marks[many] = _of_bytes(texts)
        left, low, right, high = shapely.bounds(shapes).T
        tree = shapely.STRtree(shapely.box(left - MARGIN_M, low - MARGIN_M, right + MARGIN_M, high + MARGIN_M))
        marks[~many] = few()
    marks ^= _of_texts(zones["zone_id"].tolist())
    return Blades(zones, marks, tree, dict(zip(np.flatnonzero(many).tolist(), texts, strict=True)))


def prints(holdings: gpd.GeoDataFrame, blades: Blades, engine: str) -> Prints:
    """A print of each holding, of the zones whose box comes near its own, and of what cuts."""
    shapes = holdings.geometry.to_numpy()
    with ThreadPoolExecutor(3) as pool:
        pairs = pool.submit(blades.tree.query, shapes)
        marks = _marks(shapes, pool)
        at, near = pairs.result()
        return Prints(_text(with_near(marks(), blades.marks, at, near, _maker(engine))), at, near)


def _marks(shapes: Shapes, pool: ThreadPoolExecutor) -> Callable[[], Any]:
    """Begin with the print of each shape, from its vertices; SLICE_VERTICES at a time, one half of all beside the other half.

    Gives what waits for them.
    """
    ends: Any = np.cumsum(shapely.get_num_coordinates(shapes))
    whole = int(ends[-1]) if len(ends) else 0
    starts = np.unique(np.append(0, np.searchsorted(ends, np.arange(0, whole, SLICE_VERTICES), side="right")))
    slices = [slice(*pair) for pair in pairwise([*starts.tolist(), len(ends)])]
    first: Any = np.append(0, 2 * ends)

    def some(those: list[slice]) -> list[Any]:
        return [
            prints_of(_words(shapes[one]), first[one.start : one.stop + 1] - first[one.start])
            for one in those  # slices, not shapes
        ]

    halves = pool.map(some, (slices[: len(slices) // 2], slices[len(slices) // 2 :]))
    return lambda: np.concatenate([np.zeros((0, 2), np.uint64), *(part for half in halves for part in half)])


def _words(shapes: Shapes) -> Any:
    """The coordinates of shapes, as whole numbers of 64 bits."""
    return shapely.get_coordinates(shapes).reshape(-1).view(np.uint64)


def _of_bytes(texts: list[bytes]) -> Any:
    """The print of each shape from its bytes (WKB); these tell their own length, so the rest of a last word may be zeros."""
    made: Any = np.empty((len(texts), 2), np.uint64)
    for row, text in enumerate(texts):  # blades of many parts, not shapes
        run: Any = np.zeros(-(-len(text) // WORD_BYTES), np.uint64)
        run.view(np.uint8)[: len(text)] = np.frombuffer(text, np.uint8)
        made[row] = prints_of(run, np.array([0, len(run)]))[0]
    return made


def _of_texts(texts: list[str]) -> Any:
    """The print of each text."""
    told = [hashlib.sha256(text.encode()).digest()[:16] for text in texts]
    return np.frombuffer(b"".join(told), dtype=np.uint64).reshape(-1, 2)


def _text(lanes: Any) -> Any:
    """Prints as text of PRINT_SIGNS hexadecimal signs."""
    signs = np.ascontiguousarray(lanes, dtype=">u8").tobytes().hex().encode()
    first: Any = np.arange(len(lanes) + 1, dtype=np.int64) * PRINT_SIGNS
    return pa.LargeStringArray.from_buffers(len(lanes), pa.py_buffer(first), pa.py_buffer(signs))


@cache
def _maker(engine: str) -> Any:
    """What cuts, as two lanes: the engine, its sources, and the libraries that it stands on."""
    files = [*kernels.sources(), Path(str(arrangement.__file__)), Path(str(geometry.__file__))]
    told = hashlib.sha256(b"".join(path.read_bytes() for path in files))
    told.update(" ".join([engine, *(version(name) for name in MADE_WITH)]).encode())
    return np.frombuffer(told.digest()[:16], dtype=np.uint64).copy()


def kept(earlier: Earlier | None, names: Any, now: Any) -> tuple[Any, Any]:
    """Which holdings (by name, Arrow) still have the print of before; and the names of before that are not kept."""
    if earlier is None:
        return np.zeros(len(names), dtype=bool), names[:0]
    before, marks = arrow(earlier.prints["holding_id"]), arrow(earlier.prints["print"])
    same_names = names.equals(before)  # as a rule: and then nothing is looked up
    place = pa.array(np.arange(len(names))) if same_names else pc.index_in(names, value_set=before)
    same = np.asarray(pc.fill_null(pc.equal(now, marks.take(place)), False))
    stays: Any = np.zeros(len(before), dtype=bool)
    stays[np.asarray(place.filter(pa.array(same)))] = True
    return same, before.filter(pa.array(~stays))


def arrow(column: pd.Series) -> Any:
    """A column of text as one Arrow array."""
    made = pa.array(column, pa.large_string())
    return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made
