"""Attribution: how much land each blocking factor holds back, alone and
together with others; tenure and rules in one account."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.attribution import LAYER as ATTRIBUTION
from layers.derived.attribution import SEVERAL
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

ALL_BUT = 1e-9  # share of a rule's land that may lie outside another that is told to lie on all of it
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


def sum_of_sets(tables: pd.DataFrame, name: str) -> pd.DataFrame:
    """The sets of clusters together, m2 and pieces, under the name of their sum."""
    key = [*QUESTION, "reasons"]
    sums = tables.groupby(key, as_index=False)[["area_m2", "count"]].sum()
    return SETS.conform(sums.assign(cluster_id=name))


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


def attribution(by_key: Iterable[Account], theme_of: Mapping[str, str], law_of: Mapping[str, str]) -> pd.DataFrame:
    """Hit, unique and share (Shapley value) of every factor, every theme and every law, m2; redundancy is the share 0-1
    that others block too. Rules of one law on the same land are one reason there, at the level of laws.

    Shares of one level sum to gross less what is free and open.
    """

    @cache
    def tiers(by_factor: BlockingFactors) -> list[dict[str, Any]]:
        names = by_factor.names
        laws = {name: law_of.get(name, name) for name in names}
        themes_of_law: defaultdict[str, set[str]] = defaultdict(set)
        for name in names:
            themes_of_law[laws[name]].add(theme_of[name])
        by_theme, by_law = by_factor.by(theme_of), by_factor.by(laws)
        rests_on = [law_of.get(name) for name in names]
        around = _rules_around(by_factor, law_of)
        themes = [_single(themes_of_law[law]) for law in by_law.names]
        known = [law if law in rests_on else None for law in by_law.names]
        return [
            {
                **_attributed("reason", by_factor),
                "theme": [theme_of[n] for n in names],
                "law": rests_on,
                "inside": around,
            },
            {**_attributed("theme", by_theme), "theme": by_theme.names, **_nothing(by_theme)},
            {**_attributed("law", by_law), "theme": themes, **_nothing(by_law), "law": known},
        ]

    return stacked_as(ATTRIBUTION, ({**key, **columns} for key, factors in by_key for columns in tiers(factors)))


def _attributed(tier: str, factors: BlockingFactors) -> dict[str, Any]:
    hit, unique = factors.hit(), factors.unique()
    return {
        "tier": tier,
        "reason": factors.names,
        "hit_m2": hit,
        "sole_m2": unique,
        "share_m2": factors.share(),
        "redundancy": 1.0 - unique / hit,
    }


def _nothing(factors: BlockingFactors) -> dict[str, list[None]]:
    """No law and nothing around it, for each factor."""
    return {"law": [None] * len(factors.names), "inside": [None] * len(factors.names)}


def _single(themes: Collection[str]) -> str:
    return next(iter(themes)) if len(themes) == 1 else SEVERAL


def _rules_around(factors: BlockingFactors, law_of: Mapping[str, str]) -> list[str | None]:
    """For each factor the rules of the same law that lie on all of its land, space between; None for none."""
    both = factors.overlap()
    inside = both >= np.diag(both)[:, None] * (1.0 - ALL_BUT)
    laws = [law_of.get(name) for name in factors.names]
    around = []
    for row, law in enumerate(laws):
        others = [
            name
            for place, name in enumerate(factors.names)
            if place != row and law is not None and laws[place] == law and inside[row, place]
        ]
        around.append(" ".join(others) or None)
    return around


def overlaps(by_key: Iterable[Account], law_of: Mapping[str, str]) -> pd.DataFrame:
    """m2 under both of two factors, each pair once by name, which share (0-1) of each that is, and whether both rest on
    the same law.
    """

    @cache
    def pairs(factors: BlockingFactors) -> dict[str, Any]:
        both = factors.overlap()
        # Above the diagonal each pair stands once; on it, what each factor hits.
        left, right = np.nonzero(np.triu(both, 1))
        laws = np.array([law_of.get(name, name) for name in factors.names], dtype=object)
        names, hit, overlap_m2 = np.array(factors.names, dtype=object), np.diag(both), both[left, right]
        return {
            "reason": names[left],
            "other_reason": names[right],
            "overlap_m2": overlap_m2,
            "of_reason": overlap_m2 / hit[left],
            "of_other": overlap_m2 / hit[right],
            "is_same_law": laws[left] == laws[right],
        }

    return stacked_as(OVERLAPS, ({**key, **pairs(factors)} for key, factors in by_key))
