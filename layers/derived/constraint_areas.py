"""The zones as a planner sees them."""

from layers.columns import area, optional_text
from layers.derived.zones import LAYER as ZONES
from layers.layer import Layer

LAYER = Layer(
    "constraint_areas",
    "zones with the cluster land that they cover",
    "Belemmeringen",
    is_published=True,
    key=("cluster_id", "zone_id"),
    stage="publish",
    shape="polygon",
    columns={
        **ZONES.columns,
        "law_link": optional_text("lasting address of the law that it rests on, where one is known", "Wettekst"),
        "area_m2": area("plots of the cluster under the zone", "Kavels eronder"),
    },
)
