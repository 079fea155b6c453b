"""Railway lines and sidings."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="railways",
    meaning="railway tracks",
    title="Spoorwegen",
    key=("railway_id",),
    shape="line",
    columns={
        "railway_id": Column("str", "key of the track", "Spoor-id"),
        "railway_kind": Column("str", "kind of track", "Soort spoor", choices=("main", "siding", "unknown")),
    },
)
