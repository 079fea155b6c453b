"""Plots whose release would join or make most usable land."""

from layers.columns import area, count, integer, shared
from layers.layer import Layer

LAYER = Layer(
    "key_plots",
    "plots that are not free, ranked by the usable land that one of them more would give; with when "
    "they could come free by themselves",
    "Sleutelkavels",
    is_published=True,
    key=("cluster_id", "profile", "year", "case", "rank"),
    stage="assemble",
    columns={
        "rank": integer("order by usable land gained", "Volgorde", minimum=1),
        **shared("parcel_id", "tenure_status"),
        "parcel_m2": area("land of the plot that is open to the activity and not free", "Eigen grond"),
        "gain_m2": area("usable land more, its own among it", "Winst"),
        "sites_joined": count("sites that it touches or joins", "Verbindt locaties"),
        "largest_before_m2": area("largest of those sites before", "Grootste locatie zonder"),
        "site_m2": area("the site that it would be part of", "Locatie met"),
        **shared("available_earliest", "available_latest"),
    },
)
