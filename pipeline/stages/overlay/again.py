"""Opnieuw: which holdings need another cut, when a zone, a lease or a plot has changed; the pieces of all others stay as they are.

Idea: what a holding is cut into depends on its own shape, on the zones whose box meets its own, and on the engine. A print of these,
kept beside the pieces, tells whether they still hold.
Invariant: what is kept is what a full run would make, to the bit, since neither engine knows of other holdings.
Cost: one digest of every zone and of every holding; a zone that changes touches the holdings in its old and in its new box.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipeline import arrangement, geometry, kernels

MARGIN_M = 1.0  # more than the fast engine looks beyond a shape
MADE_WITH = ("numba", "numpy", "shapely")


@dataclass(frozen=True)
class Earlier:
    """What an earlier cut left: pieces, the sets of zones over them, and a print per holding."""

    pieces: gpd.GeoDataFrame
    combinations: pd.DataFrame
    prints: pd.DataFrame


def prints(holdings: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, engine: str) -> Any:
    """A print of each holding, of the zones (in order of their keys) whose box comes near its own, and of what cuts."""
    maker = _maker(engine)
    keys = [name.encode() for name in zones["zone_id"]]
    marks = [
        hashlib.sha256(key + text).digest()
        for key, text in zip(keys, shapely.to_wkb(zones.geometry.to_numpy()), strict=True)
    ]
    texts = shapely.to_wkb(holdings.geometry.to_numpy())
    at, near = _near(holdings, zones)
    first: Any = np.searchsorted(at, np.arange(len(holdings) + 1))
    # A digest per holding: bytes, which no array operation hashes.
    return np.array(
        [
            hashlib.sha256(
                b"".join([maker, texts[row], *(marks[zone] for zone in near[first[row] : first[row + 1]])])
            ).hexdigest()[:32]
            for row in range(len(holdings))
        ],
        dtype=object,
    )


def _near(holdings: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> tuple[Any, Any]:
    """Positions of holdings and of zones whose boxes meet, in order."""
    left, low, right, high = shapely.bounds(holdings.geometry.to_numpy()).T
    boxes = shapely.box(left - MARGIN_M, low - MARGIN_M, right + MARGIN_M, high + MARGIN_M)
    others = shapely.box(*shapely.bounds(zones.geometry.to_numpy()).T)
    at, near = shapely.STRtree(others).query(boxes)
    order = np.lexsort((near, at))
    return at[order], near[order]


def _maker(engine: str) -> bytes:
    """What cuts: the engine, its sources, and the libraries that it stands on."""
    files = [*kernels.sources(), Path(str(arrangement.__file__)), Path(str(geometry.__file__))]
    told = hashlib.sha256(b"".join(path.read_bytes() for path in files))
    told.update(" ".join([engine, *(version(name) for name in MADE_WITH)]).encode())
    return told.digest()


def kept(earlier: Earlier | None, holdings: gpd.GeoDataFrame, now: Any) -> Any:
    """Which holdings still have the print of before."""
    if earlier is None:
        return np.zeros(len(holdings), dtype=bool)
    before = dict(zip(earlier.prints["holding_id"], earlier.prints["print"], strict=True))
    return np.array(
        [before.get(name) == mark for name, mark in zip(holdings["holding_id"], now, strict=True)], dtype=bool
    )
