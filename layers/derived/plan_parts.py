"""Housing plans by the zones over them: of each plan its parts on which no zone changes, without their shape."""

from layers.columns import flag, integer, optional_text, shared
from layers.layer import Layer

LAYER = Layer(
    "plan_parts",
    "area of each housing plan around a cluster by the set of zones that cover it; the parts add up to the plan",
    "Delen van woningbouwplannen",
    key=("cluster_id", "plan_id", "part_number"),
    stage="constrain",
    columns={
        "part_number": integer("number of the part within its plan, from 1", "Deel", minimum=1),
        "zones": optional_text("keys of the zones over it, space between; empty is no zone", "Zones"),
        "is_outside": flag(
            "it lies outside the boxes around clusters in which contours are given",
            "Buiten het gebied van de contouren",
        ),
        **shared("area_m2"),
    },
)
