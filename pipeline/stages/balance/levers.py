"""Hefbomen: what frees most when it is lifted: one reason, or two or three together; in raw and in usable hectares."""

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
class Trial:
    """The land on which levers are tried: pieces with what touches what, and quays (None: not known)."""

    ground: AssessedLand
    patches: ContiguousAreas

    @classmethod
    def of(cls, ground: AssessedLand, rules: Rulebook, quays: Any) -> Trial:
        """Find once which pieces touch; what is measured of a patch is kept for every question."""
        return cls(ground, ContiguousAreas(ground.shapes, ground.area_m2, rules.card.shape, quays))

    def usable_m2(self, members: Any, profile: ProfileConfig) -> float:
        """m2 of these free and open pieces that pass the tests of size, width and quay."""
        return float(self.ground.area_m2[members[self.patches.verdicts(members, profile) == "usable"]].sum())


def lever_table(
    sets: pd.DataFrame, grounds: Iterable[AssessedLand], rules: Rulebook, of: tuple[Any, LeverConfig]
) -> pd.DataFrame:
    """The best levers of each size per activity, year and case, ranked by usable m2; the first `tested` of each size are tried on the land.

    Usable m2 can exceed raw m2: lifted land may join free land that was too small. `grounds` are tried one after the other and
    added up, so that of a nation only one cluster is in hand; `of`: quays (None: not known), and how many levers are asked.
    """
    quays, card = of
    fixed = {NO_PARCEL, *card.not_liftable}
    asked = [(about, reasons, _by_scope(reasons.less(fixed), card)) for about, reasons in accounts(sets)]
    gained = [_untried(found, card.tested) for _, _, found in asked]
    for ground in grounds:
        trial = Trial.of(ground, rules, quays)
        for (about, _, found), added in zip(asked, gained, strict=True):
            question = about["profile"], about["year"], about["case"]
            added += _tried(found, trial, (rules, question), np.isnan(added))
    rows = [
        row
        for (about, reasons, found), added in zip(asked, gained, strict=True)
        if found
        for row in _rows(about, found, added.tolist(), reasons)
    ]
    return LEVERS.conform(pd.DataFrame(rows)) if rows else LEVERS.empty()


def _untried(found: list[Lever], tested: int) -> Any:
    """0 for the levers that will be tried, the first of each kind and size; nan for the others."""
    number: dict[tuple[str, int], int] = {}
    start = []
    for lever in found:
        kind = scope(lever.lifted), len(lever.lifted)
        number[kind] = number.get(kind, 0) + 1
        start.append(0.0 if number[kind] <= tested else np.nan)
    return np.array(start)


def _by_scope(reasons: BlockingFactors, card: LeverConfig) -> list[Lever]:
    """Levers on who has the land, on what may be there, and on both at once: who cannot end leases asks the second."""
    held = {name for name in reasons.names if name.startswith(TENURE_PREFIX)}
    return [
        *best_levers(reasons.less(set(reasons.names) - held), card.most, card.kept),
        *best_levers(reasons.less(held), card.most, card.kept),
        *best_levers(reasons, card.most, card.kept, lambda lever: scope(lever.lifted) == "both"),
    ]


def scope(lifted: tuple[str, ...]) -> str:
    """Whether a lever is on the land, on its room, or on both."""
    held = sum(name.startswith(TENURE_PREFIX) for name in lifted)
    return "land" if held == len(lifted) else "both" if held else "room"


def _tried(found: list[Lever], trial: Trial, of: tuple[Rulebook, Question], is_left: Any) -> Any:
    """Usable m2 that each lever adds on this land; nan for those that are left out."""
    rules, question = of
    profile = rules.profiles[question[0]]
    land = blocking_by_piece(trial.ground, question)
    now = trial.usable_m2(land.open_after(()), profile)
    return np.array(
        [
            np.nan if left else gain(land, lever.lifted, trial, profile) - now
            for lever, left in zip(found, is_left.tolist(), strict=True)
        ]
    )


def gain(land: BlockingByPiece, lifted: tuple[str, ...], trial: Trial, profile: ProfileConfig) -> float:
    """Usable m2 once these reasons are lifted."""
    return trial.usable_m2(land.open_after(lifted), profile)


def _rows(
    about: dict[str, Any], found: list[Lever], usable: list[float], reasons: BlockingFactors
) -> list[dict[str, Any]]:
    alone = dict(zip(reasons.names, reasons.unique().tolist(), strict=True))
    table = pd.DataFrame(
        {
            "lifted": [" ".join(lever.lifted) for lever in found],
            "scope": [scope(lever.lifted) for lever in found],
            "lifted_count": [len(lever.lifted) for lever in found],
            "raw_m2": [lever.raw_m2 for lever in found],
            "gained_m2": usable,
            "synergy_m2": [max(0.0, lever.raw_m2 - sum(alone[name] for name in lever.lifted)) for lever in found],
            "bound_m2": [max(lever.bound_m2, lever.raw_m2) for lever in found],
        }
    )
    table["synergy_m2"] = table["synergy_m2"].where(table["lifted_count"] > 1, 0.0)
    table["is_proven"] = np.isclose(table["bound_m2"], table["raw_m2"]) | (table["lifted_count"] <= 3)
    ordered = table.sort_values(
        ["lifted_count", "gained_m2", "raw_m2", "lifted"], ascending=[True, False, False, True], na_position="last"
    )
    ordered["rank"] = ordered.groupby(["scope", "lifted_count"]).cumcount() + 1
    return [{**about, **row} for row in ordered.to_dict("records")]
