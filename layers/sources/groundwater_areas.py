"""Areas around the extraction of drinking water."""

from layers.columns import text
from layers.layer import Layer

LAYER = Layer(
    name="groundwater_areas",
    meaning="areas in which a province protects groundwater",
    title="Grondwaterbescherming",
    key=("groundwater_area_id",),
    shape="polygon",
    columns={
        "groundwater_area_id": text("key of the area", "Gebied-id"),
        "groundwater_kind": text(
            "what is protected", "Soort gebied", choices=("extraction", "protected", "no_drilling")
        ),
    },
)
