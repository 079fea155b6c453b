"""The feeding areas over each plot, and how congested they are."""

from layers.columns import share
from layers.layer import Layer
from layers.sources.feeding_areas import LAYER as AREAS

LAYER = Layer(
    "grid_access",
    "every feeding area over a plot, with the share of the plot in it; a plot in two areas has two rows",
    "Stroomnet",
    is_published=True,
    key=("cluster_id", "parcel_id", "feeding_area_id"),
    stage="measure",
    columns={
        "share": share("share of the plot in the area", "Deel van de kavel"),
        **AREAS.columns,
    },
)
