"""Which pieces a site consists of."""

from layers.columns import shared, text
from layers.layer import Layer

LAYER = Layer(
    "site_pieces",
    "pieces of each site",
    "Locatiedelen",
    key=("site_id", "piece_id"),
    stage="assemble",
    columns={"site_id": text("site", "Locatie"), **shared("piece_id")},
)
