"""Sets of zones that cover some piece."""

from layers.columns import optional_text
from layers.layer import Layer

LAYER = Layer(
    "combinations",
    "every set of zones that occurs; rules are evaluated here, never on geometry",
    "Combinaties",
    key=("combination_id",),
    stage="overlay",
    shared="row",
    columns={
        "zones": optional_text("keys of the zones, space between; empty is no zone", "Zones"),
    },
)
