"""Places where a shared budget of nitrogen, air or noise energy is kept."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="receptors",
    meaning="what all sources together may still add at each point, in the unit of the calculation that gave it",
    title="Rekenpunten",
    key=("receptor_id",),
    columns={
        "receptor_id": Column("str", "key of the point", "Rekenpunt"),
        "headroom": Column("float", "what may still be added", "Ruimte", minimum=0),
    },
)
