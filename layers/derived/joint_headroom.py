"""How much usable land fits a shared budget at the receptors, one by one and together."""

from layers.columns import area
from layers.layer import Layer

LAYER = Layer(
    "joint_headroom",
    "usable land per activity and year that a source-receptor matrix leaves room for; the matrix is "
    "given, never computed here",
    "Gezamenlijke milieuruimte",
    is_published=True,
    key=("cluster_id", "profile", "year"),
    stage="balance",
    columns={
        "usable_m2": area("usable land with an entry in the matrix", "Bruikbaar"),
        "not_known_m2": area("usable land without one", "Niet in de matrix"),
        "alone_m2": area("what fits plot by plot, each as if it were the only one", "Ieder voor zich"),
        "jointly_m2": area("what fits when all share the budget", "Samen"),
    },
)
