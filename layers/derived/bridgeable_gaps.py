"""Gaps between pieces over which land can be one site."""

from layers.columns import text
from layers.layer import Layer

LAYER = Layer(
    "bridgeable_gaps",
    "pairs of pieces across a gap that may be bridged, whatever the activity",
    "Te overbruggen tussenruimten",
    key=("from_piece", "to_piece"),
    stage="assemble",
    columns={
        "from_piece": text("piece on the one side", "Van deelvlak"),
        "to_piece": text("piece on the other side", "Naar deelvlak"),
    },
)
