"""Pieces that some activity can use."""

from layers.columns import AREA, CASE, CLUSTER, PARCEL, PIECE, YEAR
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
        "piece_id": PIECE,
        "cluster_id": CLUSTER,
        "parcel_id": PARCEL,
        "year": YEAR,
        "case": CASE,
        "area_m2": AREA,
        "suited_for": Column("str", "activities, comma between", "Bruikbaar voor"),
        "profile_count": Column("int", "number of activities", "Aantal activiteiten", minimum=1),
    },
)
