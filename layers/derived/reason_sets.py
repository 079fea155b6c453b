"""Land by the set of reasons that keep it from being free and open; the shared basis of attribution and levers."""

from layers.columns import AREA, CASE, CLUSTER, PROFILE, YEAR
from layers.layer import Column, Layer

LAYER = Layer(
    name="reason_sets",
    meaning="m2 per set of reasons, activity, year and case; the sets together are gross, the set `none` is "
    "free and open",
    title="Redenen samen",
    key=("cluster_id", "profile", "year", "case", "reasons"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "profile": PROFILE,
        "year": YEAR,
        "case": CASE,
        "reasons": Column(
            "str",
            "constraints that by themselves leave the land not open, who has it unless free, or no_parcel; "
            "space between; none: free and open",
            "Redenen",
        ),
        "area_m2": AREA,
        "count": Column("int", "how many pieces, plots or sites", "Aantal", minimum=0, optional=True),
    },
)
