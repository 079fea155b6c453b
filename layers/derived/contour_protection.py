"""What keeping plans at a distance would save, and how many dwellings it would displace."""

from layers.columns import CLUSTER, PROFILE, YEAR
from layers.layer import Column, Layer

LAYER = Layer(
    name="contour_protection",
    meaning="per width around the cluster the otherwise usable land that is saved when hard plans within it "
    "are displaced",
    title="Bescherming van de contour",
    is_published=True,
    key=("cluster_id", "profile", "year", "width_m"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "profile": PROFILE,
        "year": YEAR,
        "width_m": Column("float", "width of the zone around the cluster", "Breedte zone", unit="m", minimum=0),
        "saved_m2": Column(
            "float", "otherwise usable land that only displaced plans reach", "Gespaard", unit="m2", minimum=0
        ),
        "dwellings": Column(
            "int", "dwellings in displaced plans, as far as known", "Woningen", unit="dwellings", minimum=0
        ),
        "plans_without_number": Column(
            "int", "displaced plans without a number of dwellings", "Plannen zonder aantal", unit="plans", minimum=0
        ),
        "plan_ids": Column("str", "plans displaced", "Plannen", optional=True),
    },
)
