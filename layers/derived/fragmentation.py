"""Free and open land that makes no site, because it is too small, too narrow or has no quay."""

from layers.columns import CASE, CLUSTER, PROFILE, YEAR
from layers.layer import Column, Layer

LAYER = Layer(
    name="fragmentation",
    meaning="free and open land, the part of it in sites, and what is lost between the two",
    title="Versnippering",
    is_published=True,
    key=("cluster_id", "profile", "year", "case"),
    stage="assemble",
    columns={
        "cluster_id": CLUSTER,
        "profile": PROFILE,
        "year": YEAR,
        "case": CASE,
        "free_and_open_m2": Column("float", "free and open to the activity", "Vrij en ruimte", unit="m2", minimum=0),
        "sites_m2": Column("float", "of that in sites", "In locaties", unit="m2", minimum=0),
        "loss_m2": Column("float", "of that in no site", "Verlies door versnippering", unit="m2", minimum=0),
        "site_count": Column("int", "sites", "Aantal locaties", minimum=0),
        "largest_site_m2": Column("float", "largest site", "Grootste locatie", unit="m2", minimum=0),
    },
)
