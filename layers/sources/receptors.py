"""Places where a shared budget of nitrogen, air or noise energy is kept."""

from layers.columns import number, shared
from layers.layer import Layer

LAYER = Layer(
    "receptors",
    "what all sources together may still add at each point, in the unit of the calculation that gave it",
    "Rekenpunten",
    key=("receptor_id",),
    columns={
        **shared("receptor_id"),
        "headroom": number("what may still be added", "Ruimte", minimum=0),
    },
)
