"""Where power can be taken off, by voltage."""

from layers.columns import text
from layers.layer import Column, Layer

LAYER = Layer(
    name="power_stations",
    meaning="high-voltage stations; distance is no promise of capacity",
    title="Hoogspanningsstations",
    key=("station_id",),
    shape="point",
    columns={
        "station_id": text("key of the station", "Station-id"),
        "station_name": text("name of the station", "Station", optional=True),
        "voltage_kv": Column("float", "highest voltage", "Spanning", unit="kV", minimum=1, maximum=1200, optional=True),
    },
)
