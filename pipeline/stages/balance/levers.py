"""Levers: what frees most when it is lifted: one blocking factor, or two or three together; in raw and in usable m2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layers.derived.levers import LAYER as LEVERS
from pipeline.land.blocking_by_piece import BlockingByPiece, Question, blocking_by_piece
from pipeline.land.blocking_factors import BlockingFactors, Lever, best_levers
from pipeline.land.land import NO_PARCEL, TENURE_PREFIX, AssessedLand, Rulebook
from pipeline.land.suitability import ContiguousAreas
from pipeline.project.models import LeverConfig
from pipeline.project.rules import ProfileConfig
from pipeline.stages.balance.attribution import accounts


@dataclass(frozen=True)
class LeverParams:
    """How levers are looked for: the written rules, quays (None: not known), and how many are listed and tried."""

    rules: Rulebook
    quays: Any
    config: LeverConfig


@dataclass(frozen=True)
class Trial:
    """The land on which levers are tried, with which pieces touch."""

    land: AssessedLand
    areas: ContiguousAreas
    rules: Rulebook

    @classmethod
    def on_land(cls, land: AssessedLand, params: LeverParams) -> Trial:
        """Find once which pieces touch; what is measured of an area serves every question."""
        shape = params.rules.card.shape
        return cls(land, ContiguousAreas(land.shapes, land.area_m2, shape, params.quays), params.rules)

    def usable_m2(self, members: Any, profile: ProfileConfig) -> float:
        """m2 of these free and open pieces that pass the tests of size, width and quay."""
        return float(self.land.area_m2[members[self.areas.verdicts(members, profile) == "usable"]].sum())

    def gains(self, candidates: list[Lever], question: Question, is_left_out: Any) -> Any:
        """Usable m2 that each lever adds on this land; nan for those that are left out."""
        profile = self.rules.profiles[question[0]]
        blocking = blocking_by_piece(self.land, question)
        before = self.usable_m2(blocking.open_after(()), profile)
        return np.array(
            [
                np.nan if is_out else self._usable_after(blocking, lever, profile) - before
                for lever, is_out in zip(candidates, is_left_out.tolist(), strict=True)
            ]
        )

    def _usable_after(self, blocking: BlockingByPiece, lever: Lever, profile: ProfileConfig) -> float:
        return self.usable_m2(blocking.open_after(lever.lifted), profile)


def lever_table(sets: pd.DataFrame, lands: Iterable[AssessedLand], params: LeverParams) -> pd.DataFrame:
    """The best levers of each size per activity, year and case, ranked by
    usable m2; the first `tested` of each size are tried on the land.

    Usable m2 can exceed raw m2: lifted land may join free land that was too small. `lands` are tried
    one after the other and added up, so that of a nation only one cluster is in memory.
    """
    config = params.config
    fixed = {NO_PARCEL, *config.not_liftable}
    by_key = [(key, factors, _by_scope(factors.less(fixed), config)) for key, factors in accounts(sets)]
    gained = [_zero_where_tried(candidates, config.tested) for _, _, candidates in by_key]
    for land in lands:
        trial = Trial.on_land(land, params)
        for (key, _, candidates), gained_m2 in zip(by_key, gained, strict=True):
            gained_m2 += trial.gains(candidates, (key["profile"], key["year"], key["case"]), np.isnan(gained_m2))
    rows = [
        row
        for (key, factors, candidates), gained_m2 in zip(by_key, gained, strict=True)
        if candidates
        for row in _rows(key, candidates, gained_m2.tolist(), factors)
    ]
    return LEVERS.collect(rows)


def _zero_where_tried(candidates: list[Lever], tested: int) -> Any:
    """0 for the levers that will be tried, the first of each scope and size; nan for the others."""
    number: dict[tuple[str, int], int] = {}
    start = []
    for lever in candidates:
        kind = scope(lever.lifted), len(lever.lifted)
        number[kind] = number.get(kind, 0) + 1
        start.append(0.0 if number[kind] <= tested else np.nan)
    return np.array(start)


def _by_scope(factors: BlockingFactors, config: LeverConfig) -> list[Lever]:
    """Levers on tenure, on what may be there, and on both at once: a planner who cannot end leases needs the second."""
    tenure = {name for name in factors.names if name.startswith(TENURE_PREFIX)}
    return [
        *best_levers(factors.less(set(factors.names) - tenure), config.most, config.retained),
        *best_levers(factors.less(tenure), config.most, config.retained),
        *best_levers(factors, config.most, config.retained, lambda lever: scope(lever.lifted) == "both"),
    ]


def scope(lifted: tuple[str, ...]) -> str:
    """Whether a lever is on tenure ("land"), on what may be there ("room"), or on both."""
    count = sum(name.startswith(TENURE_PREFIX) for name in lifted)
    return "land" if count == len(lifted) else "both" if count else "room"


def _rows(
    key: dict[str, Any], candidates: list[Lever], usable_m2: list[float], factors: BlockingFactors
) -> list[dict[str, Any]]:
    alone = dict(zip(factors.names, factors.unique().tolist(), strict=True))
    table = pd.DataFrame(
        {
            "lifted": [" ".join(lever.lifted) for lever in candidates],
            "scope": [scope(lever.lifted) for lever in candidates],
            "lifted_count": [len(lever.lifted) for lever in candidates],
            "raw_m2": [lever.raw_m2 for lever in candidates],
            "gained_m2": usable_m2,
            "synergy_m2": [max(0.0, lever.raw_m2 - sum(alone[name] for name in lever.lifted)) for lever in candidates],
            "bound_m2": [max(lever.bound_m2, lever.raw_m2) for lever in candidates],
        }
    )
    table["synergy_m2"] = table["synergy_m2"].where(table["lifted_count"] > 1, 0.0)
    # Up to three factors every set was tried, so the best is proven.
    table["is_proven"] = np.isclose(table["bound_m2"], table["raw_m2"]) | (table["lifted_count"] <= 3)
    ordered = table.sort_values(
        ["lifted_count", "gained_m2", "raw_m2", "lifted"], ascending=[True, False, False, True], na_position="last"
    )
    ordered["rank"] = ordered.groupby(["scope", "lifted_count"]).cumcount() + 1
    return [{**key, **row} for row in ordered.to_dict("records")]
