"""What holding, room and shape come to, per piece, activity, year and case."""

from layers.columns import shared
from layers.layer import Layer

LAYER = Layer(
    "assessments",
    "each m2 under one verdict per profile, year and case",
    "Oordelen",
    key=("piece_id", "profile", "year", "case"),
    stage="assess",
    columns={**shared("verdict")},
)
