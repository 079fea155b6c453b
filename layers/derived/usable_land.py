"""Pieces that some activity can use."""

from layers.columns import shared, text
from layers.layer import Column, Layer

LAYER = Layer(
    name="usable_land",
    meaning="usable pieces per year and case, with the activities they suit",
    title="Vrij en bruikbaar",
    is_published=True,
    key=("piece_id", "year", "case"),
    stage="publish",
    shape="polygon",
    columns={
        **shared("piece_id", "cluster_id", "parcel_id", "year", "case", "area_m2"),
        "suited_for": text("activities, comma between", "Bruikbaar voor"),
        "profile_count": Column("int", "number of activities", "Aantal activiteiten", minimum=1),
    },
)
