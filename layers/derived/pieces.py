"""Parts of holdings on which nothing changes."""

from layers.columns import shared
from layers.layer import Layer

LAYER = Layer(
    "pieces",
    "the cluster's plots cut once by everything that matters; connected, no overlap, no gap",
    "Deelvlakken",
    key=("piece_id",),
    stage="overlay",
    shape="polygon",
    columns={**shared("holding_id", "combination_id", "area_m2")},
)
