"""No lever that is not told makes more land usable than one that is: every reason and every pair of reasons lifted from
the published pieces, and what then hangs together measured with shapely.
"""

from __future__ import annotations

from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely
from oracle.published import is_enough, layer, rules, shapes
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.runner.stage import RunContext

SHAPE = rules("assess")["shape"]
LEAST_HA, LEAST_M = 2.0, 50.0  # of general industry
NOT_LIFTABLE = {"bezit: openbare ruimte", "Open water"}
TOLERANCE_HA = 0.05


class Pieces:
    """The pieces of a package, and which share an edge that is long enough."""

    def __init__(self, package: Path) -> None:
        self.table = layer(package, "deelvlakken")
        by_name = shapes(package, "deelvlakken", "deelvlak_id")
        self.shape: Any = np.array([by_name[name] for name in self.table["deelvlak_id"]])
        self.hectares = shapely.area(self.shape) / 1e4

    @cached_property
    def edges(self) -> Any:
        left, right = shapely.STRtree(self.shape).query(self.shape, predicate="dwithin", distance=SHAPE["touch_m"])
        left, right = left[left < right], right[left < right]
        near = shapely.buffer(self.shape[left], SHAPE["touch_m"], quad_segs=2)
        shared_m = shapely.length(shapely.intersection(near, shapely.boundary(self.shape[right])))
        return np.column_stack([left, right])[shared_m >= SHAPE["shared_edge_m"]]

    def large(self, is_open: Any) -> tuple[float, list[Any]]:
        """Hectares of open areas that are large enough, and the pieces of each."""
        both = self.edges[is_open[self.edges].all(axis=1)]
        graph = coo_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(len(is_open),) * 2)
        label = np.where(is_open, connected_components(graph, directed=False)[1], len(is_open))
        hectares = np.bincount(label, self.hectares, len(is_open) + 1)[:-1]
        areas = [np.flatnonzero(label == number) for number in np.flatnonzero(hectares >= LEAST_HA)]
        return float(hectares[hectares >= LEAST_HA].sum()), areas

    def usable_ha(self, is_open: Any) -> float:
        """Hectares of those in which a circle fits that is wide enough."""
        return sum(float(self.hectares[area].sum()) for area in self.large(is_open)[1] if self._is_wide(area))

    def _is_wide(self, area: Any) -> bool:
        widest = area[np.argsort(-self.hectares[area])[:3]]
        if not shapely.is_empty(shapely.buffer(self.shape[widest], -LEAST_M / 2)).all():
            return True
        joined = shapely.union_all(shapely.buffer(self.shape[area], SHAPE["touch_m"], join_style="mitre"))
        return not shapely.is_empty(shapely.buffer(joined, -LEAST_M / 2 - SHAPE["touch_m"]))


def is_tenure(names: frozenset[str]) -> frozenset[bool]:
    """Whether some reasons are who has the land, what may be there, or both."""
    return frozenset(name.startswith("bezit: ") for name in names)


@pytest.mark.parametrize("year", [2030, 2050])
def test_no_other_reason_or_pair_makes_more_land_usable(proefpolder: RunContext, year: int) -> None:
    """What was tried makes usable what we find; the best six are the best of all; a bound is never below what is."""
    package = proefpolder.store.outputs / "westhaven.gpkg"
    pieces = Pieces(package)
    rooms = layer(package, "milieuruimte").query(f"activiteit == 'Algemene industrie' and jaar == {year}")
    room_of = rooms.set_index(["combinatie_id", "milieucategorie_plan"])["beperkt_door"]
    keys = pd.MultiIndex.from_frame(pieces.table[["combinatie_id", "milieucategorie_plan"]])
    holders = layer(package, "bezitsvlakken").set_index("bezitsvlak_id")[f"bezit_{year}"]
    states = holders.loc[pieces.table["bezitsvlak_id"]]
    reasons = [
        frozenset(([] if pd.isna(limits) else limits.split("; ")) + ([] if state == "vrij" else [f"bezit: {state}"]))
        for limits, state in zip(room_of.reindex(keys), states, strict=True)
    ]
    shown = layer(package, "hefbomen").query("activiteit == 'Algemene industrie' and geval == 'vroegst'")
    shown = shown[(shown["jaar"] == year) & (shown["aantal_redenen"] <= 2) & (shown["soort_hefboom"] != "wet")]
    shown = shown.assign(names=shown["opgeheven"].str.split("; ").map(frozenset))
    now_ha = pieces.usable_ha(np.array([not named for named in reasons]))
    liftable = sorted(set().union(*reasons) - NOT_LIFTABLE)
    measured: dict[frozenset[str], float] = {}
    for row in shown.itertuples():
        is_open = np.array([named <= row.names for named in reasons])
        measured[row.names] = pieces.usable_ha(is_open) - now_ha
        assert measured[row.names] <= row.bovengrens_wordt_bruikbaar_ha + TOLERANCE_HA, row.opgeheven
        if not pd.isna(row.wordt_bruikbaar_ha):
            assert row.wordt_bruikbaar_ha == pytest.approx(measured[row.names], abs=TOLERANCE_HA), row.opgeheven
    first = shown[shown["bewezen_wat_bruikbaar_wordt"].astype(bool)]
    assert is_enough(len(first), 12)
    least_ha = first.groupby(["soort_hefboom", "aantal_redenen"])["wordt_bruikbaar_ha"].min()
    kind_of = {is_tenure(names): kind for names, kind in zip(shown["names"], shown["soort_hefboom"], strict=True)}
    compared = 0
    for size in (1, 2):
        for names in map(frozenset, combinations(liftable, size)):
            opened = [named <= names and bool(named) for named in reasons]
            kind = kind_of.get(is_tenure(names))
            if names in measured or not any(opened) or (kind, size) not in least_ha.index:
                continue
            # No lever has an idle member: such a set is told as what is left of it.
            if not names <= frozenset().union(*(named for named in reasons if named <= names)):
                continue
            is_open = np.array([named <= names for named in reasons])
            if pieces.large(is_open)[0] - now_ha > least_ha[kind, size] + TOLERANCE_HA:
                assert pieces.usable_ha(is_open) - now_ha <= least_ha[kind, size] + TOLERANCE_HA, names
            compared += 1
    assert is_enough(compared, 21)
