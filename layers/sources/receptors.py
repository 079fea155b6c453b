"""Places where a shared budget of nitrogen, air or noise energy is kept."""

from layers.columns import shared
from layers.layer import Column, Layer

LAYER = Layer(
    name="receptors",
    meaning="what all sources together may still add at each point, in the unit of the calculation that gave it",
    title="Rekenpunten",
    key=("receptor_id",),
    columns={
        **shared("receptor_id"),
        "headroom": Column("float", "what may still be added", "Ruimte", minimum=0),
    },
)
