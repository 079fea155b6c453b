"""Key plots: plots that are not free, and what one of them more would
join or make; with when it could come free by itself."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.key_plots import LAYER
from pipeline.spatial import adjacency
from pipeline.stages.assemble.bridging import Crossings
from pipeline.stages.assemble.cluster_assessment import ActivityCase, ClusterAssessment

FIXED = "public_space"


def key_plots(assessment: ClusterAssessment, over: Crossings) -> pd.DataFrame:
    """Per activity and year, no extension called, the plots whose
    release makes most land usable; m2 gained, sites joined.

    Only the plot's own land that is open to the activity counts; a plot that gains nothing is left out.
    """
    rows: list[dict[str, Any]] = []
    for question in assessment.questions:
        if question.case != "earliest":
            continue
        held = assessment.land.tenure_status(question.year, question.case)
        best = sorted(_gains(assessment, question, held))[: assessment.config.assemble.key_plots]
        now = sites_now(assessment, question, over)
        for rank, (less_m2, parcel, plot) in enumerate(best, start=1):
            site = _site(assessment, _gained(assessment, question, np.array(plot)), now, over)
            about = {"parcel_id": parcel, **_plot(assessment, np.array(plot), held), "gain_m2": -less_m2, **site}
            rows.append({**question.key, "rank": rank, **about})
    return LAYER.collect(rows, cluster_id=assessment.land.cluster_id)


def _gains(
    assessment: ClusterAssessment, question: ActivityCase, held: Any
) -> Iterator[tuple[float, str, tuple[int, ...]]]:
    """Plots that are open and held and gain something: m2 gained (below zero, so that the most is first), the plot,
    and its pieces."""
    land = assessment.land
    candidates = np.flatnonzero(question.is_open & ~question.is_free & (held != FIXED))
    parcel, names = assessment.parcels
    for inside in adjacency.positions(parcel[candidates]):
        plot = candidates[inside]
        gained = _gained(assessment, question, plot)
        gain_m2 = land.sum_m2(gained) - land.sum_m2(gained[question.is_usable[gained]])
        if gain_m2 > 0:
            yield -gain_m2, names[parcel[plot[0]]], tuple(plot.tolist())


def _gained(assessment: ClusterAssessment, question: ActivityCase, plot: Any) -> Any:
    """The usable land that a plot would be part of."""
    usable = assessment.areas.usable(plot, question.asks, question.is_free_and_open)
    return np.concatenate([plot[:0], *usable])


def sites_now(assessment: ClusterAssessment, question: ActivityCase, over: Crossings) -> tuple[Any, Any]:
    """The number of the site of each usable piece, -1 for others; and m2 of each site."""
    members = np.flatnonzero(question.is_usable)
    site_of: Any = np.full(len(assessment.ids), -1)
    edges = [adjacency.among(pairs, members, len(site_of)) for pairs in (assessment.areas.edges, over.pairs)]
    site_of[members] = adjacency.groups(len(members), np.concatenate(edges))
    return site_of, np.bincount(site_of[members], assessment.land.area_m2[members])


def _site(assessment: ClusterAssessment, usable: Any, now: tuple[Any, Any], over: Crossings) -> dict[str, Any]:
    """The site that the land ends in: sites joined, the largest of them before, and m2 after."""
    (site_of, site_m2), land = now, assessment.land
    across = [over.pairs[np.isin(over.pairs[:, side], usable)][:, 1 - side] for side in (0, 1)]
    reached = np.unique(site_of[np.concatenate([usable, *across])])
    reached = reached[reached >= 0]
    already_m2 = land.sum_m2(usable[np.isin(site_of[usable], reached)])  # of those sites, land that becomes usable
    return {
        "sites_joined": len(reached),
        "largest_before_m2": float(site_m2[reached].max(initial=0.0)),
        "site_m2": land.sum_m2(usable) + float(site_m2[reached].sum()) - already_m2,
    }


def _plot(assessment: ClusterAssessment, plot: Any, held: Any) -> dict[str, Any]:
    """The plot as it is held, and when it could come free by itself."""
    land = assessment.land
    names, number = np.unique(held[plot], return_inverse=True)
    return {
        "tenure_status": names[np.argmax(np.bincount(number, land.area_m2[plot]))],
        "parcel_m2": land.sum_m2(plot),
        **{name: land.pieces[name].iloc[plot].max(skipna=False) for name in ("available_earliest", "available_latest")},
    }
