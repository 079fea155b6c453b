"""Known monuments and areas where finds are expected."""

from layers.columns import text
from layers.layer import Layer

LAYER = Layer(
    "archaeology_areas",
    "areas in which the ground may not be disturbed without a survey",
    "Archeologie",
    key=("archaeology_area_id",),
    shape="polygon",
    columns={
        "archaeology_area_id": text("key of the area", "Gebied-id"),
        "archaeology_kind": text(
            "known monument, or how likely finds are", "Soort gebied", choices=("monument", "high", "medium", "low")
        ),
    },
)
