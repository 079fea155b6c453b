"""Known monuments and areas where finds are expected."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="archaeology_areas",
    meaning="areas in which the ground may not be disturbed without a survey",
    title="Archeologie",
    key=("archaeology_area_id",),
    shape="polygon",
    columns={
        "archaeology_area_id": Column("str", "key of the area", "Gebied-id"),
        "archaeology_kind": Column(
            "str",
            "known monument, or how likely finds are",
            "Soort gebied",
            choices=("monument", "high", "medium", "low"),
        ),
    },
)
