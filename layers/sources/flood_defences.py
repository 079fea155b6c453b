"""The core and protection zones of dikes and other flood defences."""

from layers.columns import text
from layers.layer import Layer

LAYER = Layer(
    "flood_defences",
    "zones of flood defences in which building is barred or needs a permit",
    "Waterkeringen",
    key=("defence_zone_id",),
    shape="polygon",
    columns={
        "defence_zone_id": text("key of the zone", "Zone-id"),
        "defence_zone": text("part of the defence", "Soort zone", choices=("core", "protection")),
    },
)
