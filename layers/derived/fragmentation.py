"""Free and open land that makes no site, because it is too small, too narrow or has no quay."""

from layers.columns import area, count
from layers.layer import Layer

LAYER = Layer(
    "fragmentation",
    "free and open land, the part of it in sites, and what is lost between the two",
    "Versnippering",
    is_published=True,
    key=("cluster_id", "profile", "year", "case"),
    stage="assemble",
    columns={
        "free_and_open_m2": area("free and open to the activity", "Vrij en ruimte"),
        "sites_m2": area("of that in sites", "In locaties"),
        "loss_m2": area("of that in no site", "Verlies door versnippering"),
        "site_count": count("sites", "Aantal locaties"),
        "largest_site_m2": area("largest site", "Grootste locatie"),
    },
)
