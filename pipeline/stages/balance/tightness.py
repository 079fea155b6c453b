"""Kleine verruiming: what one metre of distance, or one decibel of budget, would free of land held back by that rule alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.derived.tightness import LAYER as TIGHTNESS
from pipeline.land.land import AssessedLand, Rulebook, question_key
from pipeline.project.rules import BufferConfig, ConstraintConfig, ProfileConfig, RingsConfig, ValuesConfig

NEAR_M = 0.01


def tightness(ground: AssessedLand, rules: Rulebook, most_db: int) -> pd.DataFrame:
    """m2 per metre for rules of distance, and per dB for noise budgets, on free land (no extension called)."""
    rows: list[dict[str, Any]] = []
    for name, profile, year in rules.profile_years():
        free, limiting = ground.free(year), ground.limiting(name, year)
        for constraint in rules.constraints:
            only = free & (limiting == constraint.name)
            if not only.any():
                continue
            steps: list[tuple[str, int, float]] = []
            if isinstance(constraint.geometry, RingsConfig | BufferConfig):
                land = free & ((limiting == "") | only)
                edge = _edge(ground, (constraint, year), edge_m(constraint, profile, rules))
                steps = [("m", 1, _per_metre(ground, edge, land))] if edge is not None else []
            elif isinstance(constraint.geometry, ValuesConfig) and constraint.geometry.column == "budget_dba_m2":
                steps = [("dB", step, m2) for step, m2 in _per_db(ground, (constraint, year), only, profile, most_db)]
            rows += [
                {
                    **question_key(ground.cluster_id, name, year),
                    "constraint": constraint.name,
                    "measured_in": unit,
                    "step": step,
                    "area_m2": m2,
                }
                for unit, step, m2 in steps
            ]
    return TIGHTNESS.conform(pd.DataFrame(rows)) if rows else TIGHTNESS.empty()


def edge_m(constraint: ConstraintConfig, profile: ProfileConfig, rules: Rulebook) -> float:
    """The distance at which a rule of rings ends for an activity; of a buffer its own distance."""
    how = constraint.geometry
    if not isinstance(how, RingsConfig):
        return float("inf")
    if constraint.area_kind is not None:
        return rules.card.category_distances.metres(constraint.area_kind, profile.category)
    return profile.risk_radius_m


def _per_metre(ground: AssessedLand, edge: Any, land: Any) -> float:
    """Length of a rule's outer edge on free land that is open but for it: what a metre less would free."""
    near = ground.tree.query(edge, predicate="dwithin", distance=2 * NEAR_M)
    shapes = ground.shapes[near[land[near]]]
    # An edge of the rule that is also an edge of the land frees nothing: there is land on one side only.
    inner = shapely.buffer(shapely.union_all(shapely.buffer(shapes, NEAR_M)), -2 * NEAR_M)
    return float(shapely.length(shapely.intersection(edge, inner)))


def _edge(ground: AssessedLand, rule: tuple[ConstraintConfig, int], metres: float) -> Any:
    """The outer edge of a rule in a year, up to a distance; None where it does not reach here."""
    constraint, year = rule
    now = ground.in_force(constraint.name, year)
    how = constraint.geometry
    if isinstance(how, RingsConfig):
        now = now[now["band"].isin({name for name, far in how.bands.items() if far <= metres})]
    key = tuple(now["zone_id"])
    if key not in ground.edges:
        ground.edges[key] = shapely.boundary(shapely.union_all(now.geometry.to_numpy())) if key else None
    return ground.edges[key]


def _per_db(
    ground: AssessedLand, rule: tuple[ConstraintConfig, int], only: Any, profile: ProfileConfig, most_db: int
) -> list[tuple[int, float]]:
    """m2 that each next decibel of budget would free, the first one first; where budgets overlap the lowest counts."""
    constraint, year = rule
    bands = ground.zones_over(year, constraint.name)[only]
    short = np.array(
        [profile.noise_dba_m2 - min(map(float, names)) if "unknown" not in names else np.inf for names in bands]
    )
    step = np.ceil(np.round(short, 9))
    area_m2 = ground.area_m2[only]
    return [
        (number, float(area_m2[step == number].sum())) for number in range(1, most_db + 1) if (step == number).any()
    ]
