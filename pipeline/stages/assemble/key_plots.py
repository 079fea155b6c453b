"""Key plots: plots that are not free, and what one of them more would
join or make; with when it could come free by itself."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.key_plots import LAYER
from layers.units import M2_PER_HA
from pipeline.spatial import adjacency
from pipeline.stages.assemble.bridging import Crossings
from pipeline.stages.assemble.cluster_assessment import ActivityCase, ClusterAssessment

FIXED = "public_space"


@dataclass(frozen=True)
class SitesNow:
    """The sites as they are: the site of each piece (-1: none), and m2 of each site."""

    site_of: Any
    site_m2: Any


def key_plots(assessment: ClusterAssessment, over: Crossings, most_rows: int) -> pd.DataFrame:
    """Per activity and year, no extension called, the plots whose
    release makes most land usable; m2 gained, sites joined.

    Only the plot's own land that is open to the activity counts; a plot that gains nothing is left out.
    """
    rows: list[dict[str, Any]] = []
    for question in assessment.questions():
        if question.case != "earliest":
            continue
        gains = _gains(assessment, question, over)
        best = sorted(gains, key=lambda row: (-row["gain_m2"], row["parcel_id"]))[:most_rows]
        key = question.key(assessment.land.cluster_id)
        rows += [{**key, "rank": rank, **row} for rank, row in enumerate(best, start=1)]
    return LAYER.collect(rows)


def _gains(assessment: ClusterAssessment, question: ActivityCase, over: Crossings) -> list[dict[str, Any]]:
    ground, count = assessment.land, len(assessment.ids)
    held = ground.tenure_status(question.year, question.case)
    candidates = np.flatnonzero(question.is_open & ~question.is_free & (held != FIXED))
    free = np.flatnonzero(question.is_free & question.is_open)
    patch_of: Any = np.full(count, -1)
    members = assessment.areas.patches(free)
    for number, patch in enumerate(members):
        patch_of[patch] = number
    sizes = np.array([assessment.area_m2(patch) for patch in members])
    patches_near = _patches_near(assessment.areas.edges, patch_of, count)
    site_of = sites_now(assessment, question, over)
    site_m2 = np.bincount(site_of[site_of >= 0], ground.area_m2[site_of >= 0], max(1, int(site_of.max()) + 1))
    now = SitesNow(site_of, site_m2)
    by_parcel = pd.Series(candidates).groupby(ground.pieces["parcel_id"].to_numpy()[candidates])
    rows = []
    for parcel, pieces in by_parcel:  # plots that are open and held
        mine = pieces.to_numpy()
        near = sorted({number for piece in mine.tolist() for number in patches_near.get(piece, ())})
        if assessment.area_m2(mine) + sizes[near].sum() < question.asks.least_area_ha * M2_PER_HA:
            continue
        group = np.sort(np.concatenate([mine, *(members[number] for number in near)]))
        usable = _usable_with(assessment, question, group, mine)
        gain = assessment.area_m2(usable) - assessment.area_m2(usable[question.is_usable[usable]])
        if gain > 0:
            plot, site = _plot(assessment, str(parcel), mine, held), _site(assessment, usable, now, over)
            rows.append({**plot, "gain_m2": gain, **site})
    return rows


def _patches_near(edges: Any, patch_of: Any, count: int) -> dict[int, set[int]]:
    """Per piece the patches of free and open land that it touches."""
    patches_near: dict[int, set[int]] = {}
    for left, right in ((0, 1), (1, 0)):
        inside = edges[patch_of[edges[:, right]] >= 0] if count else edges
        for piece, number in zip(inside[:, left].tolist(), patch_of[inside[:, right]].tolist(), strict=True):
            patches_near.setdefault(piece, set()).add(number)
    return patches_near


def _usable_with(assessment: ClusterAssessment, question: ActivityCase, group: Any, mine: Any) -> Any:
    """Pieces of the usable patches that the plot would be part of."""
    patches = [
        patch
        for patch in assessment.areas.patches(group)
        if np.isin(mine, patch).any() and assessment.areas.verdict(patch, question.asks) == "usable"
    ]
    return np.concatenate(patches) if patches else np.array([], dtype=int)


def sites_now(assessment: ClusterAssessment, question: ActivityCase, over: Crossings) -> Any:
    """The number of the site of each usable piece, -1 for others."""
    members = np.flatnonzero(question.is_usable)
    count = len(assessment.ids)
    touching = adjacency.among(assessment.areas.edges, members, count)
    bridged = adjacency.among(over.pairs.reshape(-1, 2), members, count)
    number: Any = np.full(count, -1)
    number[members] = adjacency.groups(len(members), np.concatenate([touching, bridged]))
    return number


def _site(assessment: ClusterAssessment, usable: Any, now: SitesNow, over: Crossings) -> dict[str, Any]:
    """The site that the land ends in: sites joined, the largest of them before, and m2 after."""
    site_of, site_m2 = now.site_of, now.site_m2
    is_usable: Any = np.zeros(len(site_of), dtype=bool)
    is_usable[usable] = True
    across = [over.pairs[is_usable[over.pairs[:, side]]][:, 1 - side] for side in (0, 1)] if len(over.pairs) else []
    reached = np.unique(site_of[np.concatenate([usable, *across])])
    reached = reached[reached >= 0]
    inside = site_of[usable]
    already = assessment.area_m2(usable[np.isin(inside, reached)])  # of those sites, land that becomes usable
    return {
        "sites_joined": len(reached),
        "largest_before_m2": float(site_m2[reached].max()) if len(reached) else 0.0,
        "site_m2": assessment.area_m2(usable) + float(site_m2[reached].sum()) - already,
    }


def _plot(assessment: ClusterAssessment, parcel: str, mine: Any, held: Any) -> dict[str, Any]:
    """The plot as it is held, and when it could come free by itself."""
    ground = assessment.land
    by_area = pd.Series(ground.area_m2[mine]).groupby(held[mine]).sum()
    dates = ground.pieces.iloc[mine]
    dates_free = {
        name: dates[name].max() if dates[name].notna().all() else pd.NaT
        for name in ("available_earliest", "available_latest")
    }
    return {"parcel_id": parcel, "tenure_status": by_area.idxmax(), "parcel_m2": assessment.area_m2(mine), **dates_free}
