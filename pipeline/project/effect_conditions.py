"""Conditions of effects: is the condition of an effect met by an activity in a band of a constraint?"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.project.rules import AssessConfig, ConstraintConfig, ProfileConfig

SEVERITY = {"none": 0, "attention": 1, "conditional": 2, "unknown": 3, "blocks": 4}
UNKNOWN = "unknown"


def holds(
    condition: str, band: str | None, profile: ProfileConfig, rule: tuple[ConstraintConfig | None, AssessConfig]
) -> bool:
    """Is the condition of an effect met by this activity in this band? A band that is not known counts as the worst
    one."""
    constraint, card = rule
    plain: dict[str, Callable[[], bool]] = {
        "always": lambda: True,
        "is_noise_maker": lambda: profile.is_noise_maker,
        "emits_nitrogen": lambda: profile.emits_nitrogen,
        "stores_hazardous": lambda: profile.seveso != "none",
    }
    if condition in plain:
        return plain[condition]()
    if condition == "category_reaches_band":
        area_kind = (constraint.area_kind if constraint else None) or "quiet"
        metres = card.category_distances.metres(area_kind, profile.category)
        return metres > 0 if band in (None, UNKNOWN) else metres >= _distance(constraint, str(band))
    if condition == "risk_reaches_band":
        reach = profile.risk_radius_m
        return reach > 0 if band in (None, UNKNOWN) else reach >= _distance(constraint, str(band))
    level = profile.noise_dba_m2 if condition == "noise_above_band" else profile.height_m
    return level > 0 if band in (None, UNKNOWN) else level > float(str(band))


def _distance(constraint: ConstraintConfig | None, band: str) -> float:
    bands = getattr(constraint.geometry, "bands", {}) if constraint else {}
    return float(bands.get(band, band))
