"""Conditions of effects: is the condition of an effect met by an activity in a band of a constraint?"""

from pipeline.project.rules import AssessConfig, ConstraintConfig, ProfileConfig

# Not known weighs more than conditional, for it may turn out to block.
SEVERITY = {"none": 0, "attention": 1, "conditional": 2, "unknown": 3, "blocks": 4}
UNKNOWN = "unknown"


def holds(
    condition: str, band: str | None, profile: ProfileConfig, rule: tuple[ConstraintConfig | None, AssessConfig]
) -> bool:
    """Is the condition of an effect met by this activity in this band (distances in metres, noise in dB(A)/m2)?

    A band that is not known counts as the worst one.
    """
    constraint, card = rule
    about_activity = {
        "always": True,
        "is_noise_maker": profile.is_noise_maker,
        "emits_nitrogen": profile.emits_nitrogen,
        "stores_hazardous": profile.seveso != "none",
    }
    if condition in about_activity:
        return about_activity[condition]
    if condition in ("noise_above_band", "height_above_band"):
        level = profile.noise_dba_m2 if condition == "noise_above_band" else profile.height_m
        # Within an unknown bound nothing is permitted but what makes no noise, or has no height.
        return level > (0 if band in (None, UNKNOWN) else float(str(band)))
    reach_m = profile.risk_radius_m
    if condition == "category_reaches_band":
        area_kind = (constraint.area_kind if constraint else None) or "quiet"
        reach_m = card.category_distances.metres(area_kind, profile.category)
    if band in (None, UNKNOWN):
        return reach_m > 0
    bands = getattr(constraint.geometry, "bands", {}) if constraint else {}
    return reach_m >= float(bands.get(band, band))
