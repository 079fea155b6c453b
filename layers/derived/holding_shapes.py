"""What holdings are cut by; who has them may change without a second cut."""

from layers.columns import shared
from layers.layer import Layer

LAYER = Layer(
    "holding_shapes",
    "holdings by their key and shape alone: another contract or option changes nothing here, so nothing is cut anew",
    "Vormen van vlakken van uitgifte en gebruik",
    key=("holding_id",),
    stage="resolve",
    shape="polygon",
    columns={**shared("area_m2")},
)
