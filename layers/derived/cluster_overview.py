"""One row per cluster for the planner."""

from layers.columns import AREA, CLUSTER
from layers.layer import Column, Layer

LAYER = Layer(
    name="cluster_overview",
    meaning="clusters with their hectares for the lead profile",
    title="Clusters",
    is_published=True,
    key=("cluster_id",),
    stage="publish",
    shape="polygon",
    columns={
        "cluster_id": CLUSTER,
        "cluster_name": Column("str", "name", "Naam"),
        "status": Column("str", "how firm the boundary is", "Status grens", choices=("indicative", "adopted")),
        "version": Column("str", "version of the boundary", "Versie grens"),
        "area_m2": AREA,
        "free_{year}_m2": Column("float", "free land, no extension called", "{year}: vrij", unit="m2", minimum=0),
        "usable_{year}_m2": Column(
            "float", "usable for the lead profile, no extension called", "{year}: bruikbaar", unit="m2", minimum=0
        ),
        "usable_latest_{year}_m2": Column(
            "float",
            "usable for the lead profile, all extensions called",
            "{year}: bruikbaar, na verlenging",
            unit="m2",
            minimum=0,
        ),
    },
)
