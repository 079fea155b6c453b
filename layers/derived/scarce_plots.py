"""Plots with a quay, for heavy categories or fit for Seveso activities, and whether who sits there needs that."""

from layers.columns import optional_length, shared, text
from layers.layer import Layer

QUALITIES = ("quay", "heavy", "seveso")
NEEDS = ("needed", "not_needed", "unknown", "nobody")
LAYER = Layer(
    "scarce_plots",
    "holdings of plots with a scarce quality, who has them, whether the user needs it by the register, and when they "
    "come free",
    "Schaarse kavels",
    is_published=True,
    key=("cluster_id", "parcel_id", "holding_id", "quality"),
    stage="balance",
    columns={
        "quality": text("what makes it scarce", "Schaars om", choices=QUALITIES),
        **shared("area_m2"),
        "quality_m": optional_length(
            "quay of the plot, or room on it for an own 1e-6 contour; empty for heavy categories", "Kade of ruimte"
        ),
        "quay_part_m": optional_length(
            "the part of the quay of the plot that lies along this holding; parts add up to the quay, empty where no "
            "quay is asked",
            "Deel van de kade",
        ),
        "draught_class": text(
            "metres of draught before the quay, up to and without the last; unknown, or all where no quay is asked",
            "Diepgangklasse",
        ),
        **shared("tenure_status"),
        "need": text(
            "whether the user needs the quality: needed, not needed (a misfit), unknown, or nobody uses it",
            "Nodig voor gebruiker",
            choices=NEEDS,
        ),
        **shared("available_earliest", "available_latest"),
    },
)
