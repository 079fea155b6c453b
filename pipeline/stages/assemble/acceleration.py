"""Versnellingsgebieden: sets of sites near each other that are large, bound by few rules, and early; those that nothing beats.

Idea: for every asked year and every good set of up to three rules lifted, the patches that would be usable are sites; sites within
reach of each other grow into areas under the size bound, the largest first. An area is kept unless another is at least as large,
bound by no more rules, and no later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.derived.acceleration_areas import LAYER
from layers.layer import RD_NEW
from layers.units import M2_PER_HA
from pipeline.land.blocking_by_piece import BlockingByPiece, blocking_by_piece
from pipeline.land.blocking_factors import best_levers
from pipeline.land.land import TENURE_PREFIX
from pipeline.stages.assemble.whole import Whole

MOST, KEPT = 3, 5


def acceleration_areas(whole: Whole, profile: str, fixed: Collection[str]) -> gpd.GeoDataFrame:
    """The areas of a cluster that no other beats in m2, rules still binding, and year; no extension called. Never more than the bound."""
    found: list[dict[str, Any]] = []
    for year in sorted({year for year, case in whole.ground.cases if case == "earliest"}):
        land = blocking_by_piece(whole.ground, (profile, year, "earliest"))
        held = {name for name in land.factors.names if name.startswith(TENURE_PREFIX)}
        best = best_levers(land.factors.less({*held, *fixed}), MOST, KEPT)
        for lifted in [(), *(lever.lifted for lever in best)]:
            found += [{**area, "year": year} for area in _areas(whole, land, profile, lifted)]
    kept = unbeaten(found)
    rows = [
        {
            "area_id": at,
            "cluster_id": whole.ground.cluster_id,
            "profile": profile,
            "year": area["year"],
            "area_m2": area["area_m2"],
            "site_count": area["site_count"],
            "binding_count": len(area["rules"]),
            "limiting": " ".join(area["rules"]) or None,
            "geometry": shapely.orient_polygons(shapely.union_all(whole.ground.shapes[area["pieces"]])),
        }
        for at, area in enumerate(kept, start=1)
    ]
    return LAYER.conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=RD_NEW)) if rows else LAYER.empty()


def unbeaten(areas: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that no other beats: as large, bound by no more rules, no later, and better in one; of equals the first. Largest first."""
    ordered = sorted(
        areas, key=lambda one: (-one["area_m2"], len(one["rules"]), one["year"], one["rules"], one["pieces"].tolist())
    )
    kept: list[dict[str, Any]] = []
    for area in ordered:  # every one before it is as large
        if not any(len(one["rules"]) <= len(area["rules"]) and one["year"] <= area["year"] for one in kept):
            kept.append(area)
    return kept


def _areas(whole: Whole, land: BlockingByPiece, profile: str, lifted: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Areas of usable land once these rules are lifted, each with the rules that really lie on it."""
    asks, card = whole.wishes.profiles[profile], whole.wishes.card.acceleration
    sites = [
        patch for patch in whole.fit.patches(land.open_after(lifted)) if whole.fit.verdict(patch, asks) == "usable"
    ]
    sizes = np.array([whole.area_m2(site) for site in sites])
    shapes = [shapely.union_all(whole.ground.shapes[site]) for site in sites]
    left = set(range(len(sites)))
    for first in np.argsort(-sizes, kind="stable").tolist():
        if first not in left or sizes[first] > card.most_ha * M2_PER_HA:
            continue
        group = _grown(first, left, (shapes, sizes), (card.within_m, card.most_ha * M2_PER_HA))
        left -= set(group)
        pieces = np.sort(np.concatenate([sites[at] for at in group]))
        over = land.factors.covers[np.unique(land.place[pieces])].any(axis=0)
        rules = tuple(land.factors.names[at] for at in np.flatnonzero(over))
        yield {"area_m2": float(sizes[group].sum()), "site_count": len(group), "rules": rules, "pieces": pieces}


def _grown(first: int, left: Collection[int], of: tuple[list[Any], Any], within: tuple[float, float]) -> list[int]:
    """A site with those near it, or near one of these, the largest first, as long as all fit under the bound."""
    (shapes, sizes), (reach_m, most_m2) = of, within
    group, total = [first], float(sizes[first])
    while True:
        near = [
            at
            for at in sorted(set(left) - set(group), key=lambda at: (-sizes[at], at))
            if total + sizes[at] <= most_m2
            and min(shapely.distance(shapes[at], shapes[other]) for other in group) <= reach_m
        ]
        if not near:
            return group
        group.append(near[0])
        total += float(sizes[near[0]])
