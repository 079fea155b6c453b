"""Pieces that some activity can use."""

from layers.columns import integer, shared, text
from layers.layer import Layer

LAYER = Layer(
    "usable_land",
    "usable pieces per year and case, with the activities they suit",
    "Vrij en bruikbaar",
    is_published=True,
    key=("piece_id", "year", "case"),
    stage="publish",
    shape="polygon",
    columns={
        **shared("cluster_id", "parcel_id", "year", "case", "area_m2"),
        "suited_for": text("activities, comma between", "Bruikbaar voor"),
        "profile_count": integer("number of activities", "Aantal activiteiten", minimum=1),
    },
)
