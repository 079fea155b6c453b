"""Areas around the extraction of drinking water."""

from layers.columns import text
from layers.layer import Layer

LAYER = Layer(
    "groundwater_areas",
    "areas in which a province protects groundwater",
    "Grondwaterbescherming",
    key=("groundwater_area_id",),
    shape="polygon",
    columns={
        "groundwater_area_id": text("key of the area", "Gebied-id"),
        "groundwater_kind": text(
            "what is protected", "Soort gebied", choices=("extraction", "protected", "no_drilling")
        ),
    },
)
