"""The industrial land that each plan would cost, alone and shared with other plans."""

from layers.columns import CLUSTER, PROFILE, YEAR
from layers.layer import Column, Layer

LAYER = Layer(
    name="plan_impact",
    meaning="land otherwise usable that lies within reach of a plan, per activity and year; hard plans "
    "against land without plans, soft plans against what hard plans leave",
    title="Gevolg van woningbouwplannen",
    is_published=True,
    key=("cluster_id", "plan_id", "profile", "year"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "plan_id": Column("str", "key of the plan", "Plan-id"),
        "plan_name": Column("str", "name of the plan", "Plannaam", optional=True),
        "is_hard": Column("bool", "the plan binds; soft plans stand apart and bind nobody", "Hard plan"),
        "profile": PROFILE,
        "year": YEAR,
        "hit_m2": Column("float", "otherwise usable land within its reach", "Geraakt", unit="m2", minimum=0),
        "unique_m2": Column("float", "of which no other plan reaches", "Alleen dit plan", unit="m2", minimum=0),
        "share_m2": Column(
            "float", "its equal share in what plans reach together (Shapley value)", "Aandeel", unit="m2", minimum=0
        ),
        "dwellings": Column("int", "dwellings planned", "Woningen", unit="dwellings", minimum=0, optional=True),
        "per_dwelling": Column(
            "float",
            "otherwise usable land within reach per dwelling",
            "Per woning",
            unit="m2/woning",
            minimum=0,
            optional=True,
        ),
        "rank": Column("int", "place among the plans of its kind, most land first", "Rang", minimum=1),
    },
)
