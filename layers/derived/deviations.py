"""Everything that was refused, repaired or contradictory."""

from layers.columns import optional_number, optional_text, text
from layers.layer import Layer

LAYER = Layer(
    "deviations",
    "refused and repaired rows and conflicts in one list",
    "Afwijkingen",
    is_published=True,
    key=("cluster_id", "kind", "reason", "subject", "place"),
    stage="publish",
    columns={
        "cluster_id": text("cluster, or all", "Cluster"),
        "kind": text(
            "what kind of deviation", "Soort", choices=("refused", "duplicate", "repaired", "left_out", "conflict")
        ),
        "reason": text("what is wrong", "Reden"),
        "subject": text("plot, contract or source", "Onderwerp"),
        "place": text("file, row and field where there is one", "Plaats"),
        "finding": optional_text("what was found", "Gevonden"),
        "area_m2": optional_number("area that it concerns", "Oppervlakte", unit="m2"),
    },
)
