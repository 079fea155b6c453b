"""The zones as a planner sees them."""

import dataclasses

from layers.columns import AREA
from layers.derived.zones import LAYER as ZONES
from layers.layer import Layer

LAYER = Layer(
    name="constraint_areas",
    meaning="zones with the cluster land that they cover",
    title="Belemmeringen",
    is_published=True,
    key=("cluster_id", "zone_id"),
    stage="publish",
    shape="polygon",
    columns={
        **ZONES.columns,
        "area_m2": dataclasses.replace(AREA, title="Kavels eronder", meaning="plots of the cluster under the zone"),
    },
)
