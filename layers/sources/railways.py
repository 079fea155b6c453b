"""Railway lines and sidings."""

from layers.columns import text
from layers.layer import Layer

LAYER = Layer(
    "railways",
    "railway tracks",
    "Spoorwegen",
    key=("railway_id",),
    shape="line",
    columns={
        "railway_id": text("key of the track", "Spoor-id"),
        "railway_kind": text("kind of track", "Soort spoor", choices=("main", "siding", "unknown")),
    },
)
