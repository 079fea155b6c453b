"""What keeping plans at a distance would save, and how many dwellings it would displace."""

from layers.columns import area, count, length, optional_text
from layers.layer import Layer

LAYER = Layer(
    "contour_protection",
    "per width around the cluster the otherwise usable land that is saved when hard plans within it are displaced",
    "Bescherming van de contour",
    is_published=True,
    key=("cluster_id", "profile", "year", "width_m"),
    stage="balance",
    columns={
        "width_m": length("width of the zone around the cluster", "Breedte zone"),
        "saved_m2": area("otherwise usable land that only displaced plans reach", "Gespaard"),
        "dwellings": count("dwellings in displaced plans, as far as known", "Woningen", unit="dwellings"),
        "plans_without_number": count(
            "displaced plans without a number of dwellings", "Plannen zonder aantal", unit="plans"
        ),
        "plan_ids": optional_text("plans displaced", "Plannen"),
    },
)
