"""Land held twice while a user moves from an old plot to a new one."""

from layers.columns import CASE, CLUSTER
from layers.layer import Column, Layer

LAYER = Layer(
    name="double_occupation",
    meaning="land that users hold twice while they move, per year, and how much of it free land could house meanwhile",
    title="Dubbel ruimtebeslag",
    is_published=True,
    key=("cluster_id", "case", "year"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "case": CASE,
        "year": Column("int", "year", "Jaar", unit="year", minimum=1900, maximum=2200),
        "held_twice_m2": Column("float", "land held twice", "Dubbel in bezit", unit="m2", minimum=0),
        "free_meanwhile_m2": Column(
            "float",
            "land that is free from then until the last of these moves is over",
            "Intussen vrij",
            unit="m2",
            minimum=0,
        ),
        "short_m2": Column("float", "held twice beyond what is free meanwhile", "Tekort", unit="m2", minimum=0),
        "is_peak": Column("bool", "the year in which most is held twice", "Piek"),
        "count": Column("int", "how many users move", "Aantal", minimum=0),
    },
)
