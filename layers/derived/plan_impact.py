"""The industrial land that each plan would cost, alone and shared with other plans."""

from layers.columns import area, flag, integer, optional_count, optional_number, shared
from layers.layer import Layer

LAYER = Layer(
    "plan_impact",
    "land otherwise usable that lies within reach of a plan, per activity and year; hard plans "
    "against land without plans, soft plans against what hard plans leave",
    "Gevolg van woningbouwplannen",
    is_published=True,
    key=("cluster_id", "plan_id", "profile", "year"),
    stage="balance",
    columns={
        **shared("plan_name"),
        "is_hard": flag("the plan binds; soft plans stand apart and bind nobody", "Hard plan"),
        **shared("profile", "year"),
        "hit_m2": area("otherwise usable land within its reach", "Geraakt"),
        "unique_m2": area("of which no other plan reaches", "Alleen dit plan"),
        "share_m2": area("its equal share in what plans reach together (Shapley value)", "Aandeel"),
        "dwellings": optional_count("dwellings planned", "Woningen", unit="dwellings"),
        "per_dwelling": optional_number(
            "otherwise usable land within reach per dwelling",
            "Per woning",
            unit="m2/woning",
            minimum=0,
        ),
        "rank": integer("place among the plans of its kind, most land first", "Rang", minimum=1),
    },
)
