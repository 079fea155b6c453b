"""Which pieces a site consists of."""

from layers.columns import PIECE
from layers.layer import Column, Layer

LAYER = Layer(
    name="site_pieces",
    meaning="pieces of each site",
    title="Locatiedelen",
    key=("site_id", "piece_id"),
    stage="assemble",
    columns={"site_id": Column("str", "site", "Locatie"), "piece_id": PIECE},
)
