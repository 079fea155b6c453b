"""Plots with a quay, for heavy categories or fit for Seveso activities, and whether who sits there needs that."""

from layers.columns import AREA, CLUSTER, EARLIEST, LATEST, PARCEL, tenure_status
from layers.layer import Column, Layer

QUALITIES = ("quay", "heavy", "seveso")
NEEDS = ("needed", "not_needed", "unknown", "nobody")
LAYER = Layer(
    name="scarce_plots",
    meaning="plots with a scarce quality, who has them, whether the user needs it by the register, and when "
    "they come free",
    title="Schaarse kavels",
    is_published=True,
    key=("cluster_id", "parcel_id", "quality"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "parcel_id": PARCEL,
        "quality": Column("str", "what makes it scarce", "Schaars om", choices=QUALITIES),
        "area_m2": AREA,
        "quality_m": Column(
            "float",
            "quay, or room for an own 1e-6 contour; empty for heavy categories",
            "Kade of ruimte",
            unit="m",
            minimum=0,
            optional=True,
        ),
        "tenure_status": tenure_status(),
        "need": Column(
            "str",
            "whether the user needs the quality: needed, not needed (a misfit), unknown, or nobody uses it",
            "Nodig voor gebruiker",
            choices=NEEDS,
        ),
        "available_earliest": EARLIEST,
        "available_latest": LATEST,
    },
)
