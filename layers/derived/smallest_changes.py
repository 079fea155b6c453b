"""After which smallest sets of changes a plot serves an activity."""

from layers.columns import area, count, integer, text, year
from layers.layer import Layer

LAYER = Layer(
    "smallest_changes",
    "per plot all minimal sets of at most three changes after which it serves the lead activity, no extension called",
    "Kleinste verandering",
    key=("cluster_id", "parcel_id", "profile", "rank"),
    stage="assemble",
    columns={
        "from_year": year("year from which the changes count", "Vanaf"),
        "rank": integer("order: fewest changes first, waiting before acting", "Volgorde", minimum=1),
        "changes": text(
            "reasons lifted on the plot, join:PLOT for a neighbour that comes with it, wait:DAY, or wait:DAY/LATEST "
            "where that is later if all extensions and options are called; space between. none: it serves now; "
            "beyond: no set of three does",
            "Veranderingen",
        ),
        "change_count": count("how many changes", "Aantal veranderingen"),
        "usable_m2": area("m2 of the plot that become usable", "Wordt bruikbaar"),
    },
)
