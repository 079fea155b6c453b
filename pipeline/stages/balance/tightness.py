"""Tightness: what one metre of distance, or one decibel of budget, would free of land held back by that rule alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.derived.tightness import LAYER as TIGHTNESS
from pipeline.land.land import AssessedLand, Rulebook, question_key
from pipeline.project.rules import BufferConfig, ConstraintConfig, ProfileConfig, RingsConfig, ValuesConfig

TOUCH_M = 0.01


@dataclass(frozen=True)
class RuleInYear:
    """A constraint as it applies in a year."""

    constraint: ConstraintConfig
    year: int


def tightness(land: AssessedLand, rules: Rulebook, most_db: int) -> pd.DataFrame:
    """m2 per metre for rules of distance, and per dB for noise budgets, on free land (no extension called)."""
    rows: list[dict[str, Any]] = []
    for name, profile, year in rules.profile_years():
        free, limiting = land.free(year), land.limiting(name, year)
        for constraint in rules.constraints:
            only = free & (limiting == constraint.name)
            if not only.any():
                continue
            rule = RuleInYear(constraint, year)
            steps: list[tuple[str, int, float]] = []
            if isinstance(constraint.geometry, RingsConfig | BufferConfig):
                open_but_for_rule = free & ((limiting == "") | only)
                edge = _edge(land, rule, edge_m(constraint, profile, rules))
                steps = [("m", 1, _per_metre(land, edge, open_but_for_rule))] if edge is not None else []
            elif isinstance(constraint.geometry, ValuesConfig) and constraint.geometry.column == "budget_dba_m2":
                steps = [("dB", step, m2) for step, m2 in _per_db(land, rule, only, profile) if step <= most_db]
            rows += [
                {
                    **question_key(land.cluster_id, name, year),
                    "constraint": constraint.name,
                    "measured_in": unit,
                    "step": step,
                    "area_m2": m2,
                }
                for unit, step, m2 in steps
            ]
    return TIGHTNESS.collect(rows)


def edge_m(constraint: ConstraintConfig, profile: ProfileConfig, rules: Rulebook) -> float:
    """The distance in m at which a rule of rings ends for an activity; of a buffer its own distance (inf)."""
    if not isinstance(constraint.geometry, RingsConfig):
        return float("inf")
    if constraint.area_kind is not None:
        return rules.card.category_distances.metres(constraint.area_kind, profile.category)
    return profile.risk_radius_m


def _per_metre(land: AssessedLand, edge: Any, is_counted: Any) -> float:
    """Length of a rule's outer edge on free land that is open but for it: the m2 that a metre less would free."""
    near = land.tree.query(edge, predicate="dwithin", distance=2 * TOUCH_M)
    shapes = land.shapes[near[is_counted[near]]]
    # An edge of the rule that is also an edge of the land frees nothing: there is land on one side only.
    inner = shapely.buffer(shapely.union_all(shapely.buffer(shapes, TOUCH_M)), -2 * TOUCH_M)
    return float(shapely.length(shapely.intersection(edge, inner)))


def _edge(land: AssessedLand, rule: RuleInYear, metres: float) -> Any:
    """The outer edge of a rule, up to a distance in m; None where it does not reach here."""
    zones = land.in_force(rule.constraint.name, rule.year)
    how = rule.constraint.geometry
    if isinstance(how, RingsConfig):
        zones = zones[zones["band"].isin({name for name, far in how.bands.items() if far <= metres})]
    key = tuple(zones["zone_id"])
    if key not in land.edges:
        land.edges[key] = shapely.boundary(shapely.union_all(zones.geometry.to_numpy())) if key else None
    return land.edges[key]


def _per_db(land: AssessedLand, rule: RuleInYear, only: Any, profile: ProfileConfig) -> list[tuple[int, float]]:
    """m2 that each next decibel of budget would free, the first one first; where budgets overlap the lowest counts."""
    bands = land.zones_over(rule.year, rule.constraint.name)[only]
    # dB(A)/m2 that the activity makes above the budget; without a known budget no number of decibels frees it.
    short = np.array(
        [profile.noise_dba_m2 - min(map(float, names)) if "unknown" not in names else np.inf for names in bands]
    )
    step = np.ceil(np.round(short, 9))
    area_m2 = land.area_m2[only]
    freeing = np.unique(step[np.isfinite(step) & (step >= 1)])
    return [(int(number), float(area_m2[step == number].sum())) for number in freeing]
