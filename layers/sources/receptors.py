"""Places where a shared budget of nitrogen, air or noise energy is kept."""

from layers.columns import shared
from layers.layer import Layer

LAYER = Layer(
    "receptors",
    "what all sources together may still add at each point, in the unit of the calculation that gave it",
    "Rekenpunten",
    key=("receptor_id",),
    columns=shared("receptor_id", "headroom"),
)
