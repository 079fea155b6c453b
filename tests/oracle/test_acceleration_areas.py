"""Acceleration areas: every set of the published sites, tried one by one."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from oracle.published import layer, rules, shapes

if TYPE_CHECKING:
    from pipeline.runner.stage import RunContext


@pytest.mark.parametrize("cluster", ["oosterpark", "papierfabriek", "zuivelfabriek"])
def test_no_connected_set_of_published_sites_is_larger(proefpolder: RunContext, cluster: str) -> None:
    package, card = proefpolder.store.outputs / f"{cluster}.gpkg", rules("assemble")["acceleration"]
    sites = layer(package, "locaties").query("geval == 'vroegst' and activiteit == 'Algemene industrie'")
    areas = layer(package, "versnellingsgebieden").query("activiteit == 'Algemene industrie' and aantal_regels == 0")
    outlines, expected, largest = shapes(package, "locaties", "locatie_id"), [], 0.0
    for year, rows in sites.groupby("jaar"):
        land, size = [outlines[name] for name in rows["locatie_id"]], rows["oppervlakte_ha"].tolist()
        near = {
            (a, b) for a in range(len(land)) for b in range(len(land)) if land[a].distance(land[b]) <= card["within_m"]
        }
        best = 0.0
        for count in range(1, len(land) + 1):
            for members in combinations(range(len(land)), count):
                total = sum(size[member] for member in members)
                if not best < total <= card["most_ha"]:
                    continue
                reached = {members[0]}
                for _ in members:
                    reached |= {b for b in members if any((a, b) in near for a in reached)}
                best = total if len(reached) == count else best
        if best > largest:
            largest = best
            expected.append((year, best))
    published = areas[areas["boven_grens"] == 0].sort_values("jaar")
    assert list(published["jaar"]) == [year for year, _ in expected]
    assert published["oppervlakte_ha"].tolist() == pytest.approx([best for _, best in expected], abs=0.001)
