"""After which smallest sets of changes a plot serves an activity."""

from layers.columns import CLUSTER, PARCEL, PROFILE
from layers.layer import Column, Layer

LAYER = Layer(
    name="smallest_changes",
    meaning="per plot all minimal sets of at most three changes after which it serves the lead activity, no "
    "extension called",
    title="Kleinste verandering",
    key=("cluster_id", "parcel_id", "profile", "rank"),
    stage="assemble",
    columns={
        "cluster_id": CLUSTER,
        "parcel_id": PARCEL,
        "profile": PROFILE,
        "from_year": Column(
            "int", "year from which the changes count", "Vanaf", unit="year", minimum=1900, maximum=2200
        ),
        "rank": Column("int", "order: fewest changes first, waiting before acting", "Volgorde", minimum=1),
        "changes": Column(
            "str",
            "reasons lifted on the plot, join:PLOT for a neighbour that comes with it, wait:YEAR; space "
            "between. none: it serves now; beyond: no set of three does",
            "Veranderingen",
        ),
        "change_count": Column("int", "how many changes", "Aantal veranderingen", minimum=0),
        "usable_m2": Column("float", "m2 of the plot that become usable", "Wordt bruikbaar", unit="m2", minimum=0),
    },
)
