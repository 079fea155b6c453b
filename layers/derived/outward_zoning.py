"""What the category of a plot's plan asks around it, and who stands there."""

from layers.columns import optional_count, optional_length, optional_text, shared
from layers.layer import Layer

LAYER = Layer(
    "outward_zoning",
    "guideline distance of the plan's category around each plot, with buildings and hard plans inside it",
    "Uitwaarts zoneren",
    key=("cluster_id", "parcel_id"),
    stage="assess",
    columns={
        **shared("plan_category"),
        "outward_m": optional_length("distance that it asks, to a quiet area", "Richtafstand"),
        "outward_buildings": optional_count(
            "dwellings and vulnerable buildings within the distance of their own kind of area",
            "Gevoelige gebouwen erbinnen",
            unit="buildings",
        ),
        "outward_plan_ids": optional_text(
            "hard plans within the distance of their own kind of area", "Harde plannen erbinnen"
        ),
    },
)
