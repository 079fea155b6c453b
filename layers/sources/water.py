"""Open water as areas."""

from layers.columns import text
from layers.layer import Layer

LAYER = Layer(
    "water",
    "open water; land under it is gross but never net",
    "Water",
    key=("water_id",),
    shape="polygon",
    columns={"water_id": text("key of the water", "Water-id")},
)
