"""Road sections."""

from layers.columns import text
from layers.layer import Layer

LAYER = Layer(
    "roads",
    "road sections; sections join where they end at the same place, so a bridge over a road is no crossing",
    "Wegen",
    key=("road_id",),
    shape="line",
    columns={
        "road_id": text("key of the section", "Wegvak"),
        "road_kind": text("kind of road", "Soort weg", choices=("motorway", "ramp", "road", "unknown")),
    },
)
