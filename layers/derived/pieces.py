"""Parts of holdings on which nothing changes."""

from layers.columns import AREA, COMBINATION, HOLDING_ID, PIECE
from layers.layer import Layer

LAYER = Layer(
    name="pieces",
    meaning="the cluster's plots cut once by everything that matters; connected, no overlap, no gap",
    title="Deelvlakken",
    key=("piece_id",),
    stage="overlay",
    shape="polygon",
    columns={"piece_id": PIECE, "holding_id": HOLDING_ID, "combination_id": COMBINATION, "area_m2": AREA},
)
