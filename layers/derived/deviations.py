"""Everything that was refused, repaired or contradictory."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="deviations",
    meaning="refused and repaired rows and conflicts in one list",
    title="Afwijkingen",
    is_published=True,
    key=("cluster_id", "kind", "reason", "subject", "place"),
    stage="publish",
    columns={
        "cluster_id": Column("str", "cluster, or all", "Cluster"),
        "kind": Column(
            "str",
            "what kind of deviation",
            "Soort",
            choices=("refused", "duplicate", "repaired", "left_out", "conflict"),
        ),
        "reason": Column("str", "what is wrong", "Reden"),
        "subject": Column("str", "plot, contract or source", "Onderwerp"),
        "place": Column("str", "file, row and field where there is one", "Plaats"),
        "finding": Column("str", "what was found", "Gevonden", optional=True),
        "area_m2": Column("float", "area that it concerns", "Oppervlakte", unit="m2", optional=True),
    },
)
