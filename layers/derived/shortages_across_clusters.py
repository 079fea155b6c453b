"""What is asked and not served if demand of one cluster may be served in another."""

from layers.derived.shortages import LIMIT, SCENARIO, SHORT_M2, WANTED_AND_SERVED
from layers.layer import Layer

LAYER = Layer(
    "shortages_across_clusters",
    "m2 that all clusters ask and that their land together does not serve, divided over five limits by their Shapley "
    "value; never more than the sum of the shortages of the clusters",
    "Tekort als clusters elkaar helpen",
    is_published=True,
    key=("cluster_id", "year", "case", "scenario", "cause_group"),
    stage="balance",
    columns={"scenario": SCENARIO, "cause_group": LIMIT, "shortage_m2": SHORT_M2, **WANTED_AND_SERVED},
)
