"""From gross to usable, each m2 under one heading."""

from layers.columns import CASE_OR_BOTH, CLUSTER, YEAR
from layers.layer import Column, Layer

LAYER = Layer(
    name="waterfall",
    meaning="headings from gross down to usable; all headings below gross sum to gross",
    title="Waterval",
    is_published=True,
    key=("cluster_id", "year", "case", "profile", "measure", "heading"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "year": YEAR,
        "case": CASE_OR_BOTH,
        "profile": Column("str", "activity profile, or all", "Activiteit"),
        "measure": Column("str", "what is counted", "Maat", choices=("waterfall",)),
        "heading": Column("str", "heading within the measure", "Post"),
        "step": Column("int", "order from gross (0) to usable", "Stap", minimum=0),
        "area_m2": Column("float", "area in fixed order: under the first heading that holds", "Oppervlakte", unit="m2"),
        "share_m2": Column(
            "float",
            "area without order: land under several headings in equal parts (Shapley value)",
            "Zonder volgorde",
            unit="m2",
        ),
        "count": Column("int", "how many pieces, plots or sites", "Aantal", minimum=0, optional=True),
    },
)
