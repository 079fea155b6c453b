"""Acceleration areas: sets of sites near each other that are large,
bound by few rules, and early; those that nothing beats.

Idea: for every asked year and every good set of up to three rules lifted, the patches that would be usable
are sites; sites within reach of each other grow into areas under the size bound, the largest first. An area
is kept unless another is at least as large, bound by no more rules, and no later.
"""

from collections.abc import Collection, Iterator
from heapq import heappop, heappush
from itertools import compress
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.derived.acceleration_areas import LAYER
from layers.units import M2_PER_HA
from pipeline.land.blocking_by_piece import BlockingByPiece, blocking_by_piece
from pipeline.land.blocking_factors import best_levers
from pipeline.stages.assemble.cluster_assessment import ClusterAssessment, first_day

MOST_LIFTED, BEST = 3, 5  # rules lifted together, and sets tried of each size


def grown(sizes_m2: Any, near: list[list[int]], most_m2: float) -> Iterator[list[int]]:
    """Areas of sites, from the largest site (m2) on: those near it, or near one of these, the largest first, while all
    fit under the bound; each site is in one area at most."""
    is_left = sizes_m2 <= most_m2
    for first in np.argsort(-sizes_m2, kind="stable").tolist():
        if not is_left[first]:
            continue
        group, total = [], 0.0
        waiting, reached = [(-sizes_m2[first], first)], {first}
        while waiting:
            size, site = heappop(waiting)
            if total - size > most_m2:
                continue  # nor will it fit later: an area only grows
            group.append(site)
            total -= size
            is_left[site] = False
            others = [other for other in near[site] if is_left[other] and other not in reached]
            reached.update(others)
            for other in others:
                heappush(waiting, (-sizes_m2[other], other))
        yield group


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
            "usable_from": first_day(assessment, (profile, area["year"], "earliest"), area["pieces"]),
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
    # To ask for distances the pieces of a site need not be joined.
    parts = [shapely.get_parts(assessment.land.shapes[site]) for site in sites]
    shapes = np.array([shapely.multipolygons(of_site) for of_site in parts], dtype=object)
    near: list[list[int]] = [[] for _ in sites]
    for site, other in shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=card.within_m).T.tolist():
        near[site].append(other)
    for group in grown(sizes, near, card.most_ha * M2_PER_HA):
        pieces = np.sort(np.concatenate([sites[number] for number in group]))
        over = land.factors.covers[np.unique(land.place[pieces])].any(axis=0)
        rules = tuple(compress(land.factors.names, over))
        yield {"area_m2": float(sizes[group].sum()), "site_count": len(group), "rules": rules, "pieces": pieces}
