"""Acceleration areas: sets of sites near each other that are large,
bound by few rules, and early; those that nothing beats.

Idea: for every asked year and every good set of up to three rules lifted, the patches that would be usable
are sites; sites within reach of each other grow into areas under the size bound, the largest first. An area
is kept unless another is at least as large, bound by no more rules, and no later.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import compress
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.derived.acceleration_areas import LAYER
from layers.units import M2_PER_HA
from pipeline.land.blocking_by_piece import BlockingByPiece, blocking_by_piece
from pipeline.land.blocking_factors import best_levers
from pipeline.stages.assemble.cluster_assessment import ClusterAssessment

MOST_LIFTED, BEST = 3, 5  # rules lifted together, and sets tried of each size


@dataclass(frozen=True)
class SiteGrowth:
    """Sites (shapes in RD New, m2) that grow into areas: within reach
    (m) of each other, and no larger than `most_m2`."""

    shapes: list[Any]
    sizes_m2: Any
    reach_m: float
    most_m2: float

    def grown(self, first: int, left: Collection[int]) -> list[int]:
        """A site with those near it, or near one of these, the largest (m2) first, while all fit under the bound."""
        group, total = [first], float(self.sizes_m2[first])
        while near := [
            site
            for site in set(left) - set(group)
            if total + self.sizes_m2[site] <= self.most_m2
            and shapely.distance(self.shapes[site], [self.shapes[other] for other in group]).min() <= self.reach_m
        ]:
            group.append(min(near, key=lambda site: (-self.sizes_m2[site], site)))
            total += float(self.sizes_m2[group[-1]])
        return group


def acceleration_areas(assessment: ClusterAssessment, profile: str, fixed: Collection[str]) -> gpd.GeoDataFrame:
    """The areas of a cluster that no other beats in m2, rules still binding, and year; RD New, no extension called."""
    areas: list[dict[str, Any]] = []
    for year in assessment.years:
        land = blocking_by_piece(assessment.land, (profile, year, "earliest"))
        best = best_levers(land.factors.less({*land.factors.tenure, *fixed}), MOST_LIFTED, BEST)
        for lifted in [(), *(lever.lifted for lever in best)]:
            areas += [{**area, "year": year} for area in _areas(assessment, land, profile, lifted)]
    rows = [
        {
            **area,
            "area_id": number,
            "binding_count": len(area["rules"]),
            "limiting": " ".join(area["rules"]) or None,
            "geometry": shapely.orient_polygons(shapely.union_all(assessment.land.shapes[area["pieces"]])),
        }
        for number, area in enumerate(unbeaten(areas), start=1)
    ]
    return LAYER.collect(rows, cluster_id=assessment.land.cluster_id, profile=profile)


def unbeaten(areas: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that no other beats: as many m2, bound by no more rules, no later, and better in one; of equals the first.

    The largest first.
    """
    ordered = sorted(
        areas,
        key=lambda area: (-area["area_m2"], len(area["rules"]), area["year"], area["rules"], area["pieces"].tolist()),
    )
    front: list[dict[str, Any]] = []
    for area in ordered:  # every area before it is as large
        if not any(len(larger["rules"]) <= len(area["rules"]) and larger["year"] <= area["year"] for larger in front):
            front.append(area)
    return front


def _areas(
    assessment: ClusterAssessment, land: BlockingByPiece, profile: str, lifted: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """Areas of usable land once these rules are lifted, each with the rules that really lie on it."""
    asks, card = assessment.config.profiles[profile], assessment.config.assemble.acceleration
    sites = assessment.areas.usable(land.open_after(lifted), asks)
    sizes = np.array([assessment.land.sum_m2(site) for site in sites])
    shapes = [shapely.union_all(assessment.land.shapes[site]) for site in sites]
    growth = SiteGrowth(shapes, sizes, card.within_m, card.most_ha * M2_PER_HA)
    left = set(np.flatnonzero(sizes <= growth.most_m2).tolist())
    # From the largest site down; each site is in one area.
    for first in np.argsort(-sizes, kind="stable").tolist():
        if first in left:
            group = growth.grown(first, left)
            left -= set(group)
            pieces = np.sort(np.concatenate([sites[number] for number in group]))
            over = land.factors.covers[np.unique(land.place[pieces])].any(axis=0)
            rules = tuple(compress(land.factors.names, over))
            yield {"area_m2": float(sizes[group].sum()), "site_count": len(group), "rules": rules, "pieces": pieces}
