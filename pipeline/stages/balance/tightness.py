"""Tightness: what one metre of distance, or one decibel of budget, would free of land held back by that rule alone."""

from dataclasses import dataclass, field
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
    rules = {rule.name: rule for rule in config.constrain.constraint}
    measured = _Measured(land)
    for name, profile, year in profile_years(config):
        free, limiting = land.free(year), land.limiting(name, year)
        # Land that one rule alone keeps from use, in the order of the rules.
        alone = set(limiting[free].tolist())
        for rule in (rules[each] for each in rules if each in alone):
            only = free & (limiting == rule.name)
            about = {"profile": name, "year": year, "constraint": rule.name}
            if isinstance(rule.geometry, RingsConfig | BufferConfig):
                per_m = measured.per_metre(rule, year, edge_m(rule, profile, config), free & ((limiting == "") | only))
                if per_m is not None:
                    rows.append({**about, "measured_in": "m", "step": 1, "area_m2": per_m})
            elif isinstance(rule.geometry, ValuesConfig) and rule.geometry.column == "budget_dba_m2":
                step = _steps_db(measured.bands(rule, year)[only], profile.noise_dba_m2)
                for number in np.unique(step[(step >= 1) & (step <= config.balance.room.tightness_db)]):
                    per_db = float(land.area_m2[only][step == number].sum())
                    rows.append({**about, "measured_in": "dB", "step": int(number), "area_m2": per_db})
    return TIGHTNESS.collect(rows, cluster_id=land.cluster_id)


@dataclass(frozen=True)
class _Measured:
    """What was measured of rules on land, for it comes back in other years and for other activities: m2 per metre of an
    edge, and the bands over each piece."""

    land: AssessedLand
    bands_of: dict[tuple[str, int], pd.Series] = field(default_factory=dict)
    zones_of: dict[tuple[str, int, float], tuple[str, ...]] = field(default_factory=dict)
    per_m: dict[tuple[Any, ...], float] = field(default_factory=dict)

    def bands(self, rule: ConstraintConfig, year: int) -> pd.Series:
        """Per piece the bands of a rule over it in a year."""
        key = rule.name, year
        if key not in self.bands_of:
            self.bands_of[key] = self.land.zones_over(year, rule.name)
        return self.bands_of[key]

    def per_metre(self, rule: ConstraintConfig, year: int, metres: float, is_counted: Any) -> float | None:
        """m2 that a metre less of a rule, up to a distance in m, would free of the land that counts (a flag per
        piece); None where the rule does not reach here."""
        question = rule.name, year, metres
        if question not in self.zones_of:
            self.zones_of[question] = _edge(self.land, rule, year, metres)
        zones = self.zones_of[question]
        edge = self.land.edges[zones]
        if edge is None:
            return None
        key = (*zones, is_counted.tobytes())
        if key not in self.per_m:
            self.per_m[key] = _per_metre(self.land, edge, is_counted)
        return self.per_m[key]


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


def _edge(land: AssessedLand, rule: ConstraintConfig, year: int, metres: float) -> tuple[str, ...]:
    """The zones of a rule in a year, up to a distance in m, whose outer edge is drawn: None where there are none."""
    zones = land.in_force(rule.name, year)
    if isinstance(rule.geometry, RingsConfig):
        zones = zones[zones["band"].isin({name for name, far in rule.geometry.bands.items() if far <= metres})]
    key = tuple(zones["zone_id"])
    if key not in land.edges:
        land.edges[key] = shapely.boundary(shapely.union_all(zones.geometry.to_numpy()))
    return key


def _steps_db(bands: pd.Series, noise_dba_m2: float) -> Any:
    """The decibel of more budget that would free each piece, the first is 1; where budgets overlap the lowest counts.

    Without a known budget no number of decibels frees it.
    """
    short = [noise_dba_m2 - min(map(float, names)) if "unknown" not in names else np.inf for names in bands]
    return np.ceil(np.round(short, 9))
