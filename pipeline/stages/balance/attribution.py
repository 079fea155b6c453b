"""Toerekening: how much land each reason holds back, alone and together with others; who has it and what surrounds it in one account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.attribution import LAYER as ATTRIBUTION
from layers.derived.overlaps import LAYER as OVERLAPS
from layers.derived.reason_sets import LAYER as SETS
from pipeline.land.blocking_by_piece import Question, blocking_by_piece
from pipeline.land.blocking_factors import BlockingFactors
from pipeline.land.land import NO_PARCEL, AssessedLand, Rulebook

ASKED = ["profile", "year", "case"]


def questions(ground: AssessedLand, rules: Rulebook) -> Iterator[Question]:
    """Every activity, year and case."""
    for year, case in ground.cases:
        for name in rules.profiles:
            yield name, year, case


def reason_sets(ground: AssessedLand, rules: Rulebook, no_parcel_m2: float) -> pd.DataFrame:
    """m2 and pieces per set of reasons, activity, year and case; together they are gross. No reason: free and open."""
    rows: list[dict[str, Any]] = []
    for question in questions(ground, rules):
        found = blocking_by_piece(ground, question)
        pieces = np.bincount(found.place, minlength=len(found.factors.area_m2))
        about = {"cluster_id": ground.cluster_id, **dict(zip(ASKED, question, strict=True))}
        rows += [
            {
                **about,
                "reasons": " ".join(np.array(found.factors.names, dtype=object)[cover]) or "none",
                "area_m2": m2,
                "count": n,
            }
            for cover, m2, n in zip(found.factors.covers, found.factors.area_m2, pieces, strict=True)
        ]
        rows += [{**about, "reasons": NO_PARCEL, "area_m2": no_parcel_m2, "count": 0}] if no_parcel_m2 > 0 else []
    return SETS.conform(pd.DataFrame(rows)) if rows else SETS.empty()


def sum_of_sets(tables: pd.DataFrame, name: str) -> pd.DataFrame:
    """The clusters' sets together, under the name of their sum."""
    key = [*ASKED, "reasons"]
    return SETS.conform(tables.groupby(key, as_index=False)[["area_m2", "count"]].sum().assign(cluster_id=name))


def accounts(sets: pd.DataFrame) -> Iterator[tuple[dict[str, Any], BlockingFactors]]:
    """Cluster, activity, year and case, with the land by its reasons."""
    for key, part in sets.groupby(["cluster_id", *ASKED]):
        named = part["reasons"].map(lambda text: () if text == "none" else str(text).split(" "))
        yield dict(zip(["cluster_id", *ASKED], key, strict=True)), BlockingFactors.from_sets(named, part["area_m2"])


def attribution(sets: pd.DataFrame, theme_of: Mapping[str, str]) -> pd.DataFrame:
    """Hit, unique and share (Shapley value) of every reason, and of every theme; redundancy is the part that others hold back too. m2.

    Shares of one level sum to gross less what is free and open.
    """
    made = []
    for about, reasons in accounts(sets):
        for tier, found in (("reason", reasons), ("theme", reasons.by(theme_of))):
            hit, unique = found.hit(), found.unique()
            made.append(
                pd.DataFrame(
                    {
                        **about,
                        "tier": tier,
                        "reason": list(found.names),
                        "theme": [theme_of[name] if tier == "reason" else name for name in found.names],
                        "hit_m2": hit,
                        "sole_m2": unique,
                        "share_m2": found.share(),
                        "redundancy": 1.0 - unique / hit,
                    }
                )
            )
    return ATTRIBUTION.conform(pd.concat(made)) if made else ATTRIBUTION.empty()


def overlaps(sets: pd.DataFrame) -> pd.DataFrame:
    """m2 under both of two reasons, each pair once by name, and which part of each that is."""
    made = []
    for about, reasons in accounts(sets):
        both = reasons.overlap()
        left, right = np.nonzero(np.triu(both, 1))
        names, hit = np.array(reasons.names, dtype=object), np.diag(both)
        made.append(
            pd.DataFrame(
                {
                    **about,
                    "reason": names[left],
                    "other_reason": names[right],
                    "overlap_m2": both[left, right],
                    "of_reason": both[left, right] / hit[left],
                    "of_other": both[left, right] / hit[right],
                }
            )
        )
    return OVERLAPS.conform(pd.concat(made)) if made else OVERLAPS.empty()


def measures_of_reasons(found: pd.DataFrame) -> pd.DataFrame:
    """What of attribution stands in figures.csv: hit, unique and share of each reason, and of each theme. m2 to 0.1."""
    own = found.assign(prefix=found["tier"].map({"reason": "", "theme": "theme_"}))
    parts = [
        own.assign(
            measure=own["prefix"] + name, heading=own["reason"], area_m2=own[f"{column}_m2"].round(1), count=pd.NA
        )
        for name, column in (("hit", "hit"), ("unique", "sole"), ("share", "share"))
    ]
    return pd.concat(parts)[["year", "case", "profile", "measure", "heading", "area_m2", "count"]]
