"""What lies on the ground where no building stands (tanks, yards, rail), from BGT or TOP10NL."""

from layers.columns import text
from layers.layer import Layer

LAND_USES = (
    "tank",
    "structure",
    "yard",
    "paved",
    "rail",
    "road",
    "quay",
    "pipe_rack",
    "solar_field",
    "bare",
    "green",
    "water",
    "unknown",
)

LAYER = Layer(
    "land_use",
    "objects and terrain as surveyed; some kinds are signs that somebody uses the land",
    "Grondgebruik",
    key=("land_use_id",),
    shape="polygon",
    columns={
        "land_use_id": text("key of the object", "Object"),
        "use_kind": text("what lies there", "Soort gebruik", choices=LAND_USES),
    },
)
