"""The most of a demand that land can serve in lots: who takes land of an area takes at least a lot of it, then any m2.

A demand smaller than a lot, and what is left of one after whole lots, still takes a lot of land; what counts as served
is the demand.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from layers.units import M2_PER_HA
from pipeline.stages.balance.programme import Programme

SOLVE_SECONDS = 60.0  # by then what was reached counts, which is never more than can be served
NO_AREA, NO_LOT = -1, 0  # numbers of areas: not usable for a segment, and usable for it without a look at lots


@dataclass(frozen=True)
class Stocks:
    """Land by the areas that it is part of: m2 of each stock, and its area for each segment (stocks x segments); land
    of the same areas is one stock. `NO_LOT` is all land of a segment that may be parted as one likes."""

    area: Any
    m2: Any

    @classmethod
    def from_land(cls, area: Any, m2: Any) -> "Stocks":
        """Of pieces, or of other stocks: their areas (rows x segments) and m2; what serves no segment is left out."""
        serves = (area != NO_AREA).any(axis=1)
        area, m2 = area[serves], m2[serves]
        number: Any = np.zeros(len(area), dtype=np.int64)
        for column in area.T:
            number = np.unique(number * (column.max(initial=0) + 2) + column + 1, return_inverse=True)[1]
        _, first = np.unique(number, return_index=True)
        return cls(area[first], np.bincount(number, m2, len(first)))

    def without_needless_lots(self, lots_m2: Sequence[float]) -> "Stocks":
        """The same for the most that can be served: where land that no other segment can use makes a lot, it can always
        be filled up to one; and where no lot is asked, any m2 will do."""
        area, serves = self.area.copy(), self.area != NO_AREA
        alone_m2 = np.where(serves.sum(axis=1) == 1, self.m2, 0.0)
        for column, does, lot_m2 in zip(area.T, serves.T, lots_m2, strict=True):
            by_area = np.bincount(column[does], alone_m2[does], 1)
            column[does] = np.where(by_area[column[does]] >= lot_m2, NO_LOT, column[does])
        return Stocks.from_land(area, self.m2)


def most_served_m2(stocks: Stocks, wanted_m2: Sequence[float], lots_m2: Sequence[float]) -> float:
    """The most m2 of what is wanted of each segment that stocks can serve, each m2 to one segment and at least a lot
    in each area that a segment takes land of."""
    programme = Programme()
    scale = 1.0 / M2_PER_HA  # hectares: the solver is exact to 1e-6 of what it is given
    taken: list[dict[int, dict[int, float]]] = [defaultdict(dict) for _ in wanted_m2]
    for areas, m2 in zip(stocks.area.tolist(), (stocks.m2 * scale).tolist(), strict=True):
        parts = {
            programme.choice(0.0, is_whole=False): (segment, area)
            for segment, area in enumerate(areas)
            if area != NO_AREA
        }
        programme.limit(dict.fromkeys(parts, 1.0), high=m2)
        for part, (segment, area) in parts.items():
            taken[segment][area][part] = 1.0
    for areas_of, wanted, lot_m2 in zip(taken, wanted_m2, lots_m2, strict=True):
        served = programme.choice(1.0, is_whole=False)
        programme.limit({served: 1.0}, high=wanted * scale)
        every = {part: -1.0 for members in areas_of.values() for part in members}
        programme.limit({served: 1.0, **every}, high=0.0)
        for area, members in areas_of.items():
            if area != NO_LOT:
                # What is taken of an area is nothing, or at least a lot; more than all that is wanted is no use.
                is_used = programme.choice(0.0)
                programme.limit({**members, is_used: -lot_m2 * scale}, low=0.0)
                programme.limit({**members, is_used: -max(lot_m2, wanted) * scale}, high=0.0)
    return programme.solve(SOLVE_SECONDS).value * M2_PER_HA
