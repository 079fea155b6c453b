"""Maat: free and open land is usable when what hangs together is large and wide enough, and has its quay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from pipeline.cards import Profile, Shape
from pipeline.geometry import closed, width
from pipeline.patches import among, groups, positions, touching

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
        """The verdict of each member piece for a profile: usable, too_small, too_narrow, no_quay or unknown (no quays known)."""
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
        return "usable" if self._measure("quay", patch, self._quay_length) >= profile.least_quay_m else "no_quay"

    def _quay_length(self, shape: Any) -> float:
        return float(shapely.length(shapely.intersection(shapely.buffer(shape, self.card.quay_reach_m), self.quays)))

    def _measure(self, what: str, patch: Any, of: Callable[[Any], float]) -> float:
        key = (what, patch.tobytes())
        if key not in self.measured:
            self.measured[key] = of(closed(self.shapes[patch], self.card.touch_m))
        return self.measured[key]
