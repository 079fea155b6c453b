"""Attribution: how much land each blocking factor holds back, alone and
together with others; tenure and rules in one account."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.attribution import LAYER as ATTRIBUTION
from layers.derived.overlaps import LAYER as OVERLAPS
from layers.derived.reason_sets import LAYER as SETS
from pipeline.land.blocking_by_piece import Question, blocking_by_piece
from pipeline.land.blocking_factors import BlockingFactors
from pipeline.land.land import AssessedLand
from pipeline.land.slivers import sets_without_slivers
from pipeline.project.assemble import NO_PARCEL
from pipeline.project.project import Project
from pipeline.stages.balance.group_sums import group_sums
from pipeline.stages.balance.stacked import stacked, stacked_as

QUESTION = ["profile", "year", "case"]


def questions(land: AssessedLand, config: Project) -> list[Question]:
    """Every activity, year and case."""
    return [(name, year, case) for year, case in land.cases for name in config.profiles]


def reason_sets(land: AssessedLand, config: Project, no_parcel_m2: float) -> pd.DataFrame:
    """m2 and pieces per set of factors, activity, year and case; together they are gross. No factor: free and open.
    A factor that holds too little of a plot does not count there.
    """
    parts = []
    for question in questions(land, config):
        sets, area_m2, count = sets_without_slivers(land, blocking_by_piece(land, question), config.balance.slivers)
        reasons = [" ".join(names) or "none" for names in sets]
        if no_parcel_m2 > 0:  # a set of its own: without it the sets do not add up to gross
            reasons, area_m2, count = [*reasons, NO_PARCEL], np.append(area_m2, no_parcel_m2), np.append(count, 0)
        parts.append(
            {**dict(zip(QUESTION, question, strict=True)), "reasons": reasons, "area_m2": area_m2, "count": count}
        )
    return _one_row_per_set(stacked(parts), land.cluster_id)


def _one_row_per_set(rows: pd.DataFrame, cluster_id: str) -> pd.DataFrame:
    sums = group_sums(
        {name: rows[name] for name in [*QUESTION, "reasons"]}, area_m2=rows["area_m2"], counted=rows["count"]
    )
    return SETS.conform(pd.DataFrame({**sums, "count": sums["counted"], "cluster_id": cluster_id}))


def sum_of_sets(tables: pd.DataFrame, national_name: str) -> pd.DataFrame:
    """The clusters' sets together, m2 and pieces, under the name of their sum."""
    key = [*QUESTION, "reasons"]
    sums = tables.groupby(key, as_index=False)[["area_m2", "count"]].sum()
    return SETS.conform(sums.assign(cluster_id=national_name))


Account = tuple[dict[str, Any], BlockingFactors]


def accounts(sets: pd.DataFrame) -> Iterator[Account]:
    """Cluster, activity, year and case, with the land (m2) by what blocks it."""
    texts, area_m2 = sets["reasons"].tolist(), sets["area_m2"].to_numpy(dtype=float)
    keys = [sets[name].tolist() for name in ("cluster_id", *QUESTION)]
    # The same land in many years and for many activities is one object, of which all is worked out once.
    known: dict[tuple[Any, ...], BlockingFactors] = {}
    for rows in sets.groupby(["cluster_id", *QUESTION]).indices.values():
        reasons, part_m2 = tuple(texts[row] for row in rows.tolist()), area_m2[rows]
        same = (reasons, part_m2.tobytes())
        if same not in known:
            names = [() if text == "none" else tuple(text.split(" ")) for text in reasons]
            known[same] = BlockingFactors.from_sets(names, part_m2.tolist())
        values = [column[rows[0]] for column in keys]
        yield dict(zip(["cluster_id", *QUESTION], values, strict=True)), known[same]


def attribution(by_key: Iterable[Account], theme_of: Mapping[str, str]) -> pd.DataFrame:
    """Hit, unique and share (Shapley value) of every factor, and of every
    theme, m2; redundancy is the share 0-1 that others block too.

    Shares of one level sum to gross less what is free and open.
    """

    @cache
    def tiers(by_factor: BlockingFactors) -> list[dict[str, Any]]:
        return [
            _attributed(tier, factors) for tier, factors in (("reason", by_factor), ("theme", by_factor.by(theme_of)))
        ]

    def _attributed(tier: str, factors: BlockingFactors) -> dict[str, Any]:
        hit, unique = factors.hit(), factors.unique()
        return {
            "tier": tier,
            "reason": factors.names,
            "theme": [theme_of[name] for name in factors.names] if tier == "reason" else factors.names,
            "hit_m2": hit,
            "sole_m2": unique,
            "share_m2": factors.share(),
            "redundancy": 1.0 - unique / hit,
        }

    return stacked_as(ATTRIBUTION, ({**key, **columns} for key, factors in by_key for columns in tiers(factors)))


def overlaps(by_key: Iterable[Account]) -> pd.DataFrame:
    """m2 under both of two factors, each pair once by name, and which share (0-1) of each that is."""

    @cache
    def pairs(factors: BlockingFactors) -> dict[str, Any]:
        both = factors.overlap()
        # Above the diagonal each pair stands once; on it, what each factor hits.
        left, right = np.nonzero(np.triu(both, 1))
        names, hit, overlap_m2 = np.array(factors.names, dtype=object), np.diag(both), both[left, right]
        return {
            "reason": names[left],
            "other_reason": names[right],
            "overlap_m2": overlap_m2,
            "of_reason": overlap_m2 / hit[left],
            "of_other": overlap_m2 / hit[right],
        }

    return stacked_as(OVERLAPS, ({**key, **pairs(factors)} for key, factors in by_key))
