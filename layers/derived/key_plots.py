"""Plots whose release would join or make most usable land."""

from layers.columns import CASE, CLUSTER, EARLIEST, LATEST, PARCEL, PROFILE, YEAR, tenure_status
from layers.layer import Column, Layer

LAYER = Layer(
    name="key_plots",
    meaning="plots that are not free, ranked by the usable land that one of them more would give; with when "
    "they could come free by themselves",
    title="Sleutelkavels",
    is_published=True,
    key=("cluster_id", "profile", "year", "case", "rank"),
    stage="assemble",
    columns={
        "cluster_id": CLUSTER,
        "profile": PROFILE,
        "year": YEAR,
        "case": CASE,
        "rank": Column("int", "order by usable land gained", "Volgorde", minimum=1),
        "parcel_id": PARCEL,
        "tenure_status": tenure_status(),
        "parcel_m2": Column(
            "float", "land of the plot that is open to the activity and not free", "Eigen grond", unit="m2", minimum=0
        ),
        "gain_m2": Column("float", "usable land more, its own among it", "Winst", unit="m2", minimum=0),
        "sites_joined": Column("int", "sites that it touches or joins", "Verbindt locaties", minimum=0),
        "largest_before_m2": Column(
            "float", "largest of those sites before", "Grootste locatie zonder", unit="m2", minimum=0
        ),
        "site_m2": Column("float", "the site that it would be part of", "Locatie met", unit="m2", minimum=0),
        "available_earliest": EARLIEST,
        "available_latest": LATEST,
    },
)
