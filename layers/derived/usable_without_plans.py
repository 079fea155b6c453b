"""Pieces that would be usable if no housing plan were built."""

from layers.layer import Layer

LAYER = Layer(
    "usable_without_plans",
    "pieces that are usable, or would be but for housing plans; no extension called",
    "Bruikbaar zonder woningbouwplannen",
    key=("piece_id", "profile", "year"),
    stage="assess",
    columns={},
)
