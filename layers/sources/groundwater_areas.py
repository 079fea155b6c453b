"""Areas around the extraction of drinking water."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="groundwater_areas",
    meaning="areas in which a province protects groundwater",
    title="Grondwaterbescherming",
    key=("groundwater_area_id",),
    shape="polygon",
    columns={
        "groundwater_area_id": Column("str", "key of the area", "Gebied-id"),
        "groundwater_kind": Column(
            "str", "what is protected", "Soort gebied", choices=("extraction", "protected", "no_drilling")
        ),
    },
)
