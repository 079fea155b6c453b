"""Land by the set of reasons that keep it from being free and open; the shared basis of attribution and levers."""

from layers.columns import optional_count, shared, text
from layers.layer import Layer

LAYER = Layer(
    "reason_sets",
    "m2 per set of reasons, activity, year and case; the sets together are gross, the set `none` is free and open",
    "Redenen samen",
    key=("cluster_id", "profile", "year", "case", "reasons"),
    stage="balance",
    columns={
        "reasons": text(
            "constraints that by themselves leave the land not open, who has it unless free, or no_parcel; "
            "space between; none: free and open; slivers: by reasons alone that have too little of the plot",
            "Redenen",
        ),
        **shared("area_m2"),
        "count": optional_count("how many pieces, plots or sites", "Aantal"),
    },
)
