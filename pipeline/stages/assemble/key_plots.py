"""Sleutelkavels: plots that are not free, and what one of them more would join or make; with when it could come free by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from layers.derived.key_plots import LAYER
from layers.units import M2_PER_HA
from pipeline.spatial import adjacency as patches
from pipeline.stages.assemble.bridging import Crossings
from pipeline.stages.assemble.whole import Question, Whole

FIXED = "public_space"


def key_plots(whole: Whole, over: Crossings, kept: int) -> pd.DataFrame:
    """Per activity and year, no extension called, the plots whose release makes most land usable: m2 gained, sites joined, site made.

    Only the plot's own land that is open to the activity counts; a plot that gains nothing is left out.
    """
    rows: list[dict[str, Any]] = []
    for question in whole.questions():
        if question.case != "earliest":
            continue
        found = sorted(_gains(whole, question, over), key=lambda row: (-row["gain_m2"], row["parcel_id"]))[:kept]
        rows += [
            {**question.about(whole.ground.cluster_id), "rank": at, **row} for at, row in enumerate(found, start=1)
        ]
    return LAYER.conform(pd.DataFrame(rows)) if rows else LAYER.empty()


def _gains(whole: Whole, question: Question, over: Crossings) -> list[dict[str, Any]]:
    ground, count = whole.ground, len(whole.ids)
    held = ground.tenure_status(question.year, question.case)
    candidates = np.flatnonzero(question.is_open & ~question.is_free & (held != FIXED))
    free = np.flatnonzero(question.is_free & question.is_open)
    patch_of: Any = np.full(count, -1)
    members = whole.fit.patches(free)
    for number, patch in enumerate(members):
        patch_of[patch] = number
    sizes = np.array([whole.area_m2(patch) for patch in members])
    beside = _beside(whole.fit.edges, patch_of, count)
    site_of = sites_now(whole, question, over)
    now = site_of, np.bincount(site_of[site_of >= 0], ground.area_m2[site_of >= 0], max(1, int(site_of.max()) + 1))
    own = pd.Series(candidates).groupby(ground.pieces["parcel_id"].to_numpy()[candidates])
    rows = []
    for parcel, pieces in own:  # plots that are open and held
        mine = pieces.to_numpy()
        near = sorted({number for piece in mine.tolist() for number in beside.get(piece, ())})
        if whole.area_m2(mine) + sizes[near].sum() < question.asks.least_area_ha * M2_PER_HA:
            continue
        group = np.sort(np.concatenate([mine, *(members[number] for number in near)]))
        made = _made(whole, question, (group, mine))
        gain = whole.area_m2(made) - whole.area_m2(made[question.is_usable[made]])
        if gain > 0:
            rows.append({**_plot(whole, str(parcel), mine, held), "gain_m2": gain, **_site(whole, made, now, over)})
    return rows


def _beside(edges: Any, patch_of: Any, count: int) -> dict[int, set[int]]:
    """Per piece the patches of free and open land that it touches."""
    found: dict[int, set[int]] = {}
    for left, right in ((0, 1), (1, 0)):
        inside = edges[patch_of[edges[:, right]] >= 0] if count else edges
        for piece, number in zip(inside[:, left].tolist(), patch_of[inside[:, right]].tolist(), strict=True):
            found.setdefault(piece, set()).add(number)
    return found


def _made(whole: Whole, question: Question, of: tuple[Any, Any]) -> Any:
    """Pieces of the usable patches that the plot would be part of."""
    group, mine = of
    found = [
        patch
        for patch in whole.fit.patches(group)
        if np.isin(mine, patch).any() and whole.fit.verdict(patch, question.asks) == "usable"
    ]
    return np.concatenate(found) if found else np.array([], dtype=int)


def sites_now(whole: Whole, question: Question, over: Crossings) -> Any:
    """The number of the site of each usable piece, -1 for others."""
    members = np.flatnonzero(question.is_usable)
    count = len(whole.ids)
    ties = np.concatenate(
        [patches.among(whole.fit.edges, members, count), patches.among(over.pairs.reshape(-1, 2), members, count)]
    )
    number: Any = np.full(count, -1)
    number[members] = patches.groups(len(members), ties)
    return number


def _site(whole: Whole, made: Any, now: tuple[Any, Any], over: Crossings) -> dict[str, Any]:
    """The site that the land ends in: sites joined, the largest of them before, and m2 after; `now`: site of each piece, m2 of each site."""
    site_of, site_m2 = now
    is_made: Any = np.zeros(len(site_of), dtype=bool)
    is_made[made] = True
    across = [over.pairs[is_made[over.pairs[:, side]]][:, 1 - side] for side in (0, 1)] if len(over.pairs) else []
    reached = np.unique(site_of[np.concatenate([made, *across])])
    reached = reached[reached >= 0]
    inside = site_of[made]
    already = whole.area_m2(made[np.isin(inside, reached)])  # of those sites, land that is part of what is made
    return {
        "sites_joined": len(reached),
        "largest_before_m2": float(site_m2[reached].max()) if len(reached) else 0.0,
        "site_m2": whole.area_m2(made) + float(site_m2[reached].sum()) - already,
    }


def _plot(whole: Whole, parcel: str, mine: Any, held: Any) -> dict[str, Any]:
    """The plot as it is held, and when it could come free by itself."""
    ground = whole.ground
    by_area = pd.Series(ground.area_m2[mine]).groupby(held[mine]).sum()
    dates = ground.pieces.iloc[mine]
    told = {
        name: dates[name].max() if dates[name].notna().all() else pd.NaT
        for name in ("available_earliest", "available_latest")
    }
    return {"parcel_id": parcel, "tenure_status": by_area.idxmax(), "parcel_m2": whole.area_m2(mine), **told}
