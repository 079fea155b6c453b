"""Redenen en hefbomen: the tables that tell what holds land back and what would free it, for one cluster and for their sum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from layers.derived import DERIVED
from pipeline.land.land import AssessedLand, Rulebook
from pipeline.project.models import LeverConfig
from pipeline.stages.balance.attribution import attribution, overlaps, reason_sets, sum_of_sets
from pipeline.stages.balance.levers import lever_table


@dataclass(frozen=True)
class Asked:
    """The written rules, quays (None: not known), and how many levers are asked."""

    rules: Rulebook
    quays: Any
    card: LeverConfig


def tables_of_reasons(ground: AssessedLand, no_parcel_m2: float, asked: Asked) -> dict[str, pd.DataFrame]:
    """Sets of reasons, attribution, overlaps and levers of one cluster."""
    sets = reason_sets(ground, asked.rules, no_parcel_m2)
    return {"reason_sets": sets, **_from(sets, [ground], asked)}


def sum_of_reasons(tables: dict[str, pd.DataFrame], ground: AssessedLand, asked: Asked) -> dict[str, pd.DataFrame]:
    """The clusters' tables with those of all land together (`ground`), whose name is that of the sum."""
    sets = sum_of_sets(tables["reason_sets"], ground.cluster_id)
    own = {"reason_sets": sets, **_from(sets, ground.by_cluster(), asked)}
    return {name: DERIVED[name].conform(pd.concat([tables[name], made])) for name, made in own.items()}


def _from(sets: pd.DataFrame, grounds: Iterable[AssessedLand], asked: Asked) -> dict[str, pd.DataFrame]:
    return {
        "attribution": attribution(sets, asked.rules.theme_of),
        "overlaps": overlaps(sets),
        "levers": lever_table(sets, grounds, asked.rules, (asked.quays, asked.card)),
    }
