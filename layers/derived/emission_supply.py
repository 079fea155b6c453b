"""Usable land per plot, for the sum over clusters."""

from layers.columns import CLUSTER, PARCEL, PROFILE, YEAR
from layers.layer import Column, Layer

LAYER = Layer(
    name="emission_supply",
    meaning="usable land per plot, activity and year",
    title="Aanbod per kavel",
    key=("cluster_id", "parcel_id", "profile", "year"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "parcel_id": PARCEL,
        "profile": PROFILE,
        "year": YEAR,
        "area_m2": Column("float", "usable land", "Bruikbaar", unit="m2", minimum=0),
    },
)
