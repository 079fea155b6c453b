"""Where power can be taken off, by voltage."""

from layers.columns import optional_text, shared, text
from layers.layer import Layer

LAYER = Layer(
    "power_stations",
    "high-voltage stations; distance is no promise of capacity",
    "Hoogspanningsstations",
    key=("station_id",),
    shape="point",
    columns={
        "station_id": text("key of the station", "Station-id"),
        "station_name": optional_text("name of the station", "Station"),
        **shared("voltage_kv"),
    },
)
