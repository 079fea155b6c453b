"""The industrial land that each plan would cost, alone and shared with other plans."""

from layers.columns import area, flag, integer, optional_count, optional_number, shared
from layers.layer import Layer

LAYER = Layer(
    "plan_impact",
    "land otherwise usable that each plan costs, per activity and year: what it reaches, and what is too small "
    "beside it; hard plans against land without plans, soft plans against what hard plans leave",
    "Gevolg van woningbouwplannen",
    is_published=True,
    key=("cluster_id", "plan_id", "profile", "year"),
    stage="balance",
    columns={
        **shared("plan_name"),
        "is_hard": flag("the plan binds; soft plans stand apart and bind nobody", "Hard plan"),
        **shared("profile", "year"),
        "hit_m2": area("otherwise usable land that it costs if there is no other plan", "Geraakt"),
        "unique_m2": area("land that comes back if this plan alone falls away", "Alleen dit plan"),
        "share_m2": area(
            "its share in what plans cost together (Shapley value; where more than six plans reach one area, by what "
            "each reaches and what it costs beside that)",
            "Aandeel",
        ),
        "dwellings": optional_count("dwellings planned", "Woningen", unit="dwellings"),
        "per_dwelling": optional_number(
            "land that comes back if this plan alone falls away, per dwelling",
            "Per woning",
            unit="m2/woning",
            minimum=0,
        ),
        "rank": integer("place among the plans of its kind, most land first", "Rang", minimum=1),
    },
)
