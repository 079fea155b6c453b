"""Where one constraint applies around housing plans, without its shape."""

from layers.columns import shared
from layers.derived.zones import LAYER as ZONES
from layers.layer import Layer

LAYER = Layer(
    "plan_zones",
    "zones that lie over housing plans around a cluster, drawn wherever those plans are; one per constraint, band and "
    "period",
    "Zones over woningbouwplannen",
    key=("cluster_id", "zone_id"),
    stage="constrain",
    columns={
        "zone_id": ZONES.columns["zone_id"],
        **shared("cluster_id"),
        **{name: ZONES.columns[name] for name in ("constraint", "band", "valid_from", "valid_to")},
    },
)
