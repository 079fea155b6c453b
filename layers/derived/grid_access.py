"""The feeding areas over each plot, and how congested they are."""

from layers.columns import CLUSTER, PARCEL
from layers.layer import Column, Layer
from layers.sources.feeding_areas import LAYER as AREAS

LAYER = Layer(
    name="grid_access",
    meaning="every feeding area over a plot, with the share of the plot in it; a plot in two areas has two rows",
    title="Stroomnet",
    is_published=True,
    key=("cluster_id", "parcel_id", "feeding_area_id"),
    stage="measure",
    columns={
        "cluster_id": CLUSTER,
        "parcel_id": PARCEL,
        "share": Column(
            "float", "share of the plot in the area", "Deel van de kavel", unit="0-1", minimum=0, maximum=1
        ),
        **AREAS.columns,
    },
)
