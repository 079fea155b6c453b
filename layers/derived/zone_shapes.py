"""The shapes that land is cut by, without a word about them, so that words can change and nothing is cut anew."""

from layers.columns import shared
from layers.derived.zones import LAYER as ZONES
from layers.layer import Layer

LAYER = Layer(
    "zone_shapes",
    "key and shape of every zone",
    "Zonevormen",
    key=("cluster_id", "zone_id"),
    stage="constrain",
    shape="polygon",
    columns={"zone_id": ZONES.columns["zone_id"], **shared("cluster_id")},
)
