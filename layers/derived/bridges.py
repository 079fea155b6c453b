"""Overbruggingen: gaps that join two parts of a site."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="bridges",
    meaning="each gap that a site needs closed: between which pieces, and how wide",
    title="Overbruggingen",
    key=("site_id", "from_piece", "to_piece"),
    columns={
        "site_id": Column("str", "site", "Locatie"),
        "from_piece": Column("str", "piece on one side", "Van deelvlak"),
        "to_piece": Column("str", "piece on the other side", "Naar deelvlak"),
        "gap_m": Column("float", "shortest distance between the two", "Tussenruimte", unit="m", minimum=0),
    },
)
