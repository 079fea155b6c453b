"""One row per cluster for the planner."""

from layers.columns import area, optional_area, shared, text
from layers.layer import Layer

LAYER = Layer(
    "cluster_overview",
    "clusters with their hectares for the lead profile",
    "Clusters",
    is_published=True,
    key=("cluster_id",),
    stage="publish",
    shape="polygon",
    columns={
        "cluster_name": text("name", "Naam"),
        "cluster_kind": text(
            "one of the five clusters, or a site of Cluster 6", "Soort cluster", choices=("main_cluster", "cluster_6")
        ),
        "status": text("how firm the boundary is", "Status grens", choices=("indicative", "adopted")),
        "version": text("version of the boundary", "Versie grens"),
        **shared("area_m2"),
        "free_{year}_m2": area("free land, no extension called", "{year}: vrij"),
        "usable_{year}_m2": area("usable for the lead profile, no extension called", "{year}: bruikbaar"),
        "usable_in_use_{year}_m2": area(
            "of usable, no extension called: in use on the reference date", "{year}: bruikbaar, nu in gebruik"
        ),
        "usable_built_{year}_m2": optional_area(
            "of usable, no extension called: on holdings that are built on today; empty where buildings are not known",
            "{year}: bruikbaar, nu bebouwd",
        ),
        "usable_latest_{year}_m2": area(
            "usable for the lead profile, all extensions called", "{year}: bruikbaar, met alle verlengingen"
        ),
    },
)
