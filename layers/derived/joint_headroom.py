"""How much usable land fits a shared budget at the receptors, one by one and together."""

from layers.columns import CLUSTER, PROFILE, YEAR
from layers.layer import Column, Layer

LAYER = Layer(
    name="joint_headroom",
    meaning="usable land per activity and year that a source-receptor matrix leaves room for; the matrix is "
    "given, never computed here",
    title="Gezamenlijke milieuruimte",
    is_published=True,
    key=("cluster_id", "profile", "year"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "profile": PROFILE,
        "year": YEAR,
        "usable_m2": Column("float", "usable land with an entry in the matrix", "Bruikbaar", unit="m2", minimum=0),
        "not_known_m2": Column("float", "usable land without one", "Niet in de matrix", unit="m2", minimum=0),
        "alone_m2": Column(
            "float", "what fits plot by plot, each as if it were the only one", "Ieder voor zich", unit="m2", minimum=0
        ),
        "jointly_m2": Column("float", "what fits when all share the budget", "Samen", unit="m2", minimum=0),
    },
)
