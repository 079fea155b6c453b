"""What the category of a plot's plan asks around it, and who stands there."""

from layers.columns import CLUSTER, PARCEL
from layers.layer import Column, Layer

LAYER = Layer(
    name="outward_zoning",
    meaning="guideline distance of the plan's category around each plot, with buildings and hard plans inside it",
    title="Uitwaarts zoneren",
    key=("cluster_id", "parcel_id"),
    stage="assess",
    columns={
        "cluster_id": CLUSTER,
        "parcel_id": PARCEL,
        "plan_category": Column(
            "str", "highest nuisance category of the plan, or unknown", "Milieucategorie volgens plan"
        ),
        "outward_m": Column(
            "float", "distance that it asks, to a quiet area", "Richtafstand", unit="m", minimum=0, optional=True
        ),
        "outward_buildings": Column(
            "int",
            "dwellings and vulnerable buildings within the distance of their own kind of area",
            "Gevoelige gebouwen erbinnen",
            unit="buildings",
            minimum=0,
            optional=True,
        ),
        "outward_plan_ids": Column(
            "str", "hard plans within the distance of their own kind of area", "Harde plannen erbinnen", optional=True
        ),
    },
)
