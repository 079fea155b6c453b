"""Where the shared budget is used up."""

from layers.columns import area, shared
from layers.layer import Layer

LAYER = Layer(
    "binding_receptors",
    "receptors whose budget is full when as much land as possible is used, with what one unit more would free",
    "Bindende rekenpunten",
    is_published=True,
    key=("cluster_id", "profile", "year", "receptor_id"),
    stage="balance",
    columns={
        **shared("headroom"),
        "per_unit_m2": area("land that one unit more would free", "Schaduwprijs"),
    },
)
