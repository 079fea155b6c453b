"""Road sections."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="roads",
    meaning="road sections; sections join where they end at the same place, so a bridge over a road is no crossing",
    title="Wegen",
    key=("road_id",),
    shape="line",
    columns={
        "road_id": Column("str", "key of the section", "Wegvak"),
        "road_kind": Column("str", "kind of road", "Soort weg", choices=("motorway", "ramp", "road", "unknown")),
    },
)
