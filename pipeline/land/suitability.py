"""Maat: free and open land is usable when what hangs together is large and wide enough, and has its quay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import blake2b
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.units import M2_PER_HA
from pipeline.project.rules import ProfileConfig, ShapeConfig
from pipeline.spatial.adjacency import among, groups, positions, touching
from pipeline.spatial.frontage import frontage_m
from pipeline.spatial.geometry import closed, width

LARGEST = 3  # pieces of a patch whose own width is asked before that of the whole


@dataclass
class ContiguousAreas:
    """Pieces that touch; what was measured of a patch is kept, for the same patch comes back in many years and activities."""

    shapes: Any
    area_m2: Any
    card: ShapeConfig
    quays: Any = None
    edges: Any = None
    measured: dict[tuple[str, bytes], float] = field(default_factory=dict)
    lines: dict[float, tuple[Any, Any]] = field(default_factory=dict)
    piece_m: Any = None

    def __post_init__(self) -> None:
        """Find once which pieces touch."""
        self.edges = touching(self.shapes, self.card)
        self.piece_m = np.full(len(self.shapes), np.nan)

    @cached_property
    def is_near_quay(self) -> Any:
        """Which pieces have a quay within reach."""
        lines = self.quays.geometry.to_numpy()
        found: Any = np.zeros(len(self.shapes), dtype=bool)
        near = shapely.STRtree(lines).query(self.shapes, predicate="dwithin", distance=self.card.quay_reach_m + 1.0)[0]
        found[near] = True
        return found

    def patches(self, members: Any) -> list[Any]:
        """Positions of the pieces of each patch of members that hang together."""
        number = groups(len(members), among(self.edges, members, len(self.shapes)))
        return [members[inside] for inside in positions(number)]

    def verdicts(self, members: Any, profile: ProfileConfig) -> Any:
        """The verdict of each member piece for a profile: usable, too_small, too_narrow, no_quay or unknown.

        Unknown: no quays are known, or the draught of too many of them is not.
        """
        found: Any = np.full(len(self.shapes), "usable", dtype=object)
        for patch in self.patches(members):  # patches, not rows
            found[patch] = self.verdict(patch, profile)
        return found[members]

    def verdict(self, patch: Any, profile: ProfileConfig) -> str:
        """The verdict of one patch."""
        if float(self.area_m2[patch].sum()) < profile.least_area_ha * M2_PER_HA:
            return "too_small"
        if not self._is_wide(patch, profile.least_width_m):
            return "too_narrow"
        if not profile.least_quay_m:
            return "usable"
        if self.quays is None:
            return "unknown"
        deep, not_known = self.quay_m(patch, profile.least_draught_m)
        if deep >= profile.least_quay_m:
            return "usable"
        return "unknown" if deep + not_known >= profile.least_quay_m else "no_quay"

    def width_m(self, patch: Any) -> float:
        """Diameter of the largest circle inside a patch, m."""
        return self._measure("width", patch, width)

    def _is_wide(self, patch: Any, least_m: float) -> bool:
        """Whether a patch is wide enough; it is where one of its pieces is, which is known sooner."""
        if least_m <= 0:
            return True
        largest = patch[np.argsort(-self.area_m2[patch], kind="stable")[:LARGEST]]
        for at in largest[np.isnan(self.piece_m[largest])]:
            self.piece_m[at] = width(self.shapes[at])
        return bool((self.piece_m[largest] >= least_m).any()) or self.width_m(patch) >= least_m

    def quay_m(self, patch: Any, draught_m: float) -> tuple[float, float]:
        """Metres of quay along a patch that surely carry this draught, and metres of which the draught is not known."""
        if not len(self.quays) or not self.is_near_quay[patch].any():
            return 0.0, 0.0
        if draught_m not in self.lines:
            draught = self.quays["draught_m"]
            fits = draught >= draught_m if draught_m else pd.Series(True, index=draught.index)
            self.lines[draught_m] = self.quays[fits], self.quays[~fits & draught.isna()]
        deep, not_known = self.lines[draught_m]
        return self._along(f"quay {draught_m:g}", patch, deep), self._along(f"quay {draught_m:g}?", patch, not_known)

    def _along(self, what: str, patch: Any, lines: gpd.GeoDataFrame) -> float:
        if not len(lines):
            return 0.0
        return self._measure(what, patch, partial(frontage_m, quays=lines, reach_m=self.card.quay_reach_m))

    def _measure(self, what: str, patch: Any, of: Callable[[Any], float]) -> float:
        key = (what, blake2b(patch.tobytes(), digest_size=16).digest())
        if key not in self.measured:
            self.measured[key] = of(closed(self.shapes[patch], self.card.touch_m))
        return self.measured[key]
