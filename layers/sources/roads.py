"""Wegen: road sections."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="roads",
    meaning="road sections; distance counts to motorways and their ramps only",
    title="Wegen",
    key=("road_id",),
    shape="line",
    columns={
        "road_id": Column("str", "key of the section", "Wegvak"),
        "road_kind": Column("str", "kind of road", "Soort weg", choices=("motorway", "road", "unknown")),
    },
)
