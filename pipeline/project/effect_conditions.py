"""Conditions of effects: is the condition of an effect met by an activity, or by planned dwellings, in a band of a
constraint?"""

import math
from collections.abc import Iterable, Mapping

from layers.columns import HOUSING_KINDS, OBJECT_KINDS
from pipeline.project.rules import CONNECTIONS, AssessConfig, ConstraintConfig, ProfileConfig

# Not known weighs more than conditional, for it may turn out to block.
SEVERITY = {"none": 0, "attention": 1, "conditional": 2, "unknown": 3, "blocks": 4}
UNKNOWN = "unknown"
BETWEEN = "_"  # in a band, the least and the most of a number that is not known
# What of an activity is held against the number of a band.
ABOVE_BAND = {
    "noise_above_band": "noise_dba_m2",
    "height_above_band": "height_m",
    "power_above_band": "power_mw",
    "water_above_band": "water_m3_year",
}
# What can be asked of planned dwellings: all other conditions are about an activity.
HOUSING_CONDITIONS = ("always", "claim_is_decided", "height_above_band")


def kinds_read(profiles: Mapping[str, ProfileConfig]) -> tuple[str, ...]:
    """The kinds of object that the matrix is asked about: what activities build, and what housing plans hold."""
    built = {kind for profile in profiles.values() for kind in profile.object_kinds}
    return tuple(kind for kind in OBJECT_KINDS if kind in built or kind in HOUSING_KINDS)


def stated_needs(profile: ProfileConfig) -> list[tuple[str, tuple[str, ...]]]:
    """The needs that an activity states, each with the conditions that must be asked."""
    stated = {
        "power_mw": (profile.power_mw > 0, ("takes_power", "power_above_band")),
        "water_m3_year": (profile.water_m3_year > 0, ("takes_water", "water_above_band")),
        **{name: (name in profile.connections, (f"takes_{name}",)) for name in CONNECTIONS},
        "needs_rail": (profile.needs_rail, ("needs_rail",)),
        "most_road_m": (profile.most_road_m is not None, ("road_beyond_band",)),
    }
    return [(need, readers) for need, (is_stated, readers) in stated.items() if is_stated]


def holds(
    condition: str, band: str | None, profile: ProfileConfig, rule: tuple[ConstraintConfig | None, AssessConfig]
) -> bool:
    """Is the condition of an effect met by this activity in this band (distances in metres, noise in
    dB(A)/m2, power in MW, water in m3 a year)?

    A band that is not known counts as the worst one, and so does a number of which only bounds are known.
    """
    constraint, card = rule
    about_activity = {
        "always": True,
        "is_noise_maker": profile.is_noise_maker,
        "emits_nitrogen": profile.emits_nitrogen,
        "stores_hazardous": profile.seveso != "none",
        "takes_power": profile.power_mw > 0,
        "takes_water": profile.water_m3_year > 0,
        "needs_rail": profile.needs_rail,
        **{f"takes_{supply}": supply in profile.connections for supply in CONNECTIONS},
    }
    if condition in about_activity:
        return about_activity[condition]
    if condition in ABOVE_BAND:
        return float(getattr(profile, ABOVE_BAND[condition])) > bounds(band)[0]
    if condition == "claim_is_decided":
        return _is_decided(band)
    if condition == "road_beyond_band":
        farthest = profile.most_road_m
        return farthest is not None and (band in (None, UNKNOWN) or float(str(band)) >= farthest * (1.0 - 1e-9))
    reach_m = profile.risk_radius_m
    if condition == "category_reaches_band":
        area_kind = (constraint.area_kind if constraint else None) or "quiet"
        reach_m = card.category_distances.metres(area_kind, profile.category)
    if band in (None, UNKNOWN):
        return reach_m > 0
    bands = getattr(constraint.geometry, "bands", {}) if constraint else {}
    return reach_m >= float(bands.get(band, band))


def holds_for_dwellings(condition: str, band: str | None, height_m: float) -> bool:
    """Is the condition of an effect met by planned dwellings of this height in this band?"""
    if condition == "height_above_band":
        return height_m > bounds(band)[0]
    return condition == "always" or (condition == "claim_is_decided" and _is_decided(band))


def effect_in_band(effect: str, condition: str, band: str | None, profile: ProfileConfig) -> str:
    """An effect of which the condition holds in a band; `unknown` if it would matter, and the number of the band may as
    well be enough (`20_60`) for what the activity takes."""
    if condition not in ABOVE_BAND or SEVERITY[effect] < SEVERITY["conditional"]:
        return effect
    return UNKNOWN if float(getattr(profile, ABOVE_BAND[condition])) <= bounds(band)[1] else effect


def worst_effect(effects: Iterable[str], band: str | None) -> str:
    """The worst of the effects that hold in a band; where the band is not known that is `unknown`, if it would
    matter."""
    worst = max(effects, key=SEVERITY.__getitem__, default="none")
    return UNKNOWN if band == UNKNOWN and SEVERITY[worst] >= SEVERITY["conditional"] else worst


def bounds(band: str | None) -> tuple[float, float]:
    """The least and the most that the number of a band may be: of `20_60` 20 and 60, of `20_` 20 and no bound, of `20`
    twice 20."""
    # Within an unknown bound nothing is permitted but what makes no noise, has no height, or takes nothing.
    if band is None or band == UNKNOWN:
        return 0.0, math.inf
    least, is_range, most = band.partition(BETWEEN)
    return float(least), float(most or math.inf) if is_range else float(least)


def band_between(least: float, most: float) -> str:
    """The band of a number of which the least and the most are known; `unknown` where neither is."""
    if math.isinf(most):
        return f"{least:.10g}{BETWEEN}" if least > 0 else UNKNOWN
    return f"{least:.10g}" if least == most else f"{least:.10g}{BETWEEN}{most:.10g}"


def _is_decided(band: str | None) -> bool:
    return band in (None, UNKNOWN, "decided")
