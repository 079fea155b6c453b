"""The core and protection zones of dikes and other flood defences."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="flood_defences",
    meaning="zones of flood defences in which building is barred or needs a permit",
    title="Waterkeringen",
    key=("defence_zone_id",),
    shape="polygon",
    columns={
        "defence_zone_id": Column("str", "key of the zone", "Zone-id"),
        "defence_zone": Column("str", "part of the defence", "Soort zone", choices=("core", "protection")),
    },
)
