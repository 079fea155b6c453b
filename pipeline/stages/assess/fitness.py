"""Maat: free and open land is usable when what hangs together is large and wide enough, and has its quay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from pipeline.frontage import frontage_m
from pipeline.geometry import closed, width
from pipeline.patches import among, groups, positions, touching
from pipeline.rules_card import Profile, Shape

M2_PER_HA = 10_000.0


@dataclass
class Patches:
    """Pieces that touch; what was measured of a patch is kept, for the same patch comes back in many years and activities."""

    shapes: Any
    area_m2: Any
    card: Shape
    quays: Any = None
    edges: Any = None
    measured: dict[tuple[str, bytes], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find once which pieces touch."""
        self.edges = touching(self.shapes, self.card)

    def verdicts(self, members: Any, profile: Profile) -> Any:
        """The verdict of each member piece for a profile: usable, too_small, too_narrow, no_quay or unknown.

        Unknown: no quays are known, or the draught of too many of them is not.
        """
        found: Any = np.full(len(members), "usable", dtype=object)
        number = groups(len(members), among(self.edges, members, len(self.shapes)))
        for inside in positions(number):  # patches, not rows
            found[inside] = self._verdict(members[inside], float(self.area_m2[members[inside]].sum()), profile)
        return found

    def _verdict(self, patch: Any, m2: float, profile: Profile) -> str:
        if m2 < profile.least_area_ha * M2_PER_HA:
            return "too_small"
        if self._measure("width", patch, width) < profile.least_width_m:
            return "too_narrow"
        if not profile.least_quay_m:
            return "usable"
        if self.quays is None:
            return "unknown"
        deep, not_known = self._quay(patch, profile.least_draught_m)
        if deep >= profile.least_quay_m:
            return "usable"
        return "unknown" if deep + not_known >= profile.least_quay_m else "no_quay"

    def _quay(self, patch: Any, draught_m: float) -> tuple[float, float]:
        """Metres of quay along a patch that surely carry this draught, and metres of which the draught is not known."""
        draught = self.quays["draught_m"]
        fits = draught >= draught_m if draught_m else pd.Series(True, index=draught.index)
        parts = {f"quay {draught_m:g}": self.quays[fits], f"quay {draught_m:g}?": self.quays[~fits & draught.isna()]}
        found = [self._along(what, patch, lines) for what, lines in parts.items()]
        return found[0], found[1]

    def _along(self, what: str, patch: Any, lines: gpd.GeoDataFrame) -> float:
        if not len(lines):
            return 0.0
        return self._measure(what, patch, partial(frontage_m, quays=lines, reach_m=self.card.quay_reach_m))

    def _measure(self, what: str, patch: Any, of: Callable[[Any], float]) -> float:
        key = (what, patch.tobytes())
        if key not in self.measured:
            self.measured[key] = of(closed(self.shapes[patch], self.card.touch_m))
        return self.measured[key]
