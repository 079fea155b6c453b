"""Usable land per plot, for the sum over clusters."""

from layers.columns import area
from layers.layer import Layer

LAYER = Layer(
    "emission_supply",
    "usable land per plot, activity and year",
    "Aanbod per kavel",
    key=("cluster_id", "parcel_id", "profile", "year"),
    stage="balance",
    columns={
        "area_m2": area("usable land", "Bruikbaar"),
    },
)
