"""Tightness: what one metre of distance, or one decibel of budget, would free of land held back by that rule alone."""

from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.derived.tightness import LAYER as TIGHTNESS
from pipeline.land.land import AssessedLand, profile_years
from pipeline.project.project import Project
from pipeline.project.rules import BufferConfig, ConstraintConfig, ProfileConfig, RingsConfig, ValuesConfig

TOUCH_M = 0.01


def tightness(land: AssessedLand, config: Project) -> pd.DataFrame:
    """m2 per metre for rules of distance, and per dB for noise budgets, on free land (no extension called)."""
    rows: list[dict[str, Any]] = []
    for name, profile, year in profile_years(config):
        free, limiting = land.free(year), land.limiting(name, year)
        for rule in config.constrain.constraint:
            # Land that this rule alone keeps from use.
            only = free & (limiting == rule.name)
            if not only.any():
                continue
            about = {"profile": name, "year": year, "constraint": rule.name}
            if isinstance(rule.geometry, RingsConfig | BufferConfig):
                edge = _edge(land, rule, year, edge_m(rule, profile, config))
                if edge is not None:
                    per_m = _per_metre(land, edge, free & ((limiting == "") | only))
                    rows.append({**about, "measured_in": "m", "step": 1, "area_m2": per_m})
            elif isinstance(rule.geometry, ValuesConfig) and rule.geometry.column == "budget_dba_m2":
                bands = land.zones_over(year, rule.name)[only]
                step = _steps_db(bands, profile.noise_dba_m2)
                for number in np.unique(step[(step >= 1) & (step <= config.balance.room.tightness_db)]):
                    per_db = float(land.area_m2[only][step == number].sum())
                    rows.append({**about, "measured_in": "dB", "step": int(number), "area_m2": per_db})
    return TIGHTNESS.collect(rows, cluster_id=land.cluster_id)


def edge_m(rule: ConstraintConfig, profile: ProfileConfig, config: Project) -> float:
    """The distance in metres at which a rule of rings ends for an activity; of a buffer its own distance (inf)."""
    if not isinstance(rule.geometry, RingsConfig):
        return float("inf")
    if rule.area_kind is not None:
        return config.assess.category_distances.metres(rule.area_kind, profile.category)
    return profile.risk_radius_m


def _per_metre(land: AssessedLand, edge: Any, is_counted: Any) -> float:
    """Length of a rule's outer edge on free land that is open but for it: the m2 that a metre less would free."""
    near = land.tree.query(edge, predicate="dwithin", distance=2 * TOUCH_M)
    shapes = land.shapes[near[is_counted[near]]]
    # An edge of the rule that is also an edge of the land frees nothing: there is land on one side only.
    inner = shapely.buffer(shapely.union_all(shapely.buffer(shapes, TOUCH_M)), -2 * TOUCH_M)
    return float(shapely.length(shapely.intersection(edge, inner)))


def _edge(land: AssessedLand, rule: ConstraintConfig, year: int, metres: float) -> Any:
    """The outer edge of a rule in a year, up to a distance in m; None where it does not reach here."""
    zones = land.in_force(rule.name, year)
    if isinstance(rule.geometry, RingsConfig):
        zones = zones[zones["band"].isin({name for name, far in rule.geometry.bands.items() if far <= metres})]
    key = tuple(zones["zone_id"])
    if key not in land.edges:
        land.edges[key] = shapely.boundary(shapely.union_all(zones.geometry.to_numpy()))
    return land.edges[key]


def _steps_db(bands: pd.Series, noise_dba_m2: float) -> Any:
    """The decibel of more budget that would free each piece, the first is 1; where budgets overlap the lowest counts.

    Without a known budget no number of decibels frees it.
    """
    short = [noise_dba_m2 - min(map(float, names)) if "unknown" not in names else np.inf for names in bands]
    return np.ceil(np.round(short, 9))
