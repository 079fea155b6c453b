"""How many sites there are from each size on."""

from layers.columns import count, number, shared
from layers.layer import Layer

LAYER = Layer(
    "site_sizes",
    "sites of at least a size, per activity, year and case; a site counts under every size that it reaches",
    "Locaties naar grootte",
    is_published=True,
    key=("cluster_id", "profile", "year", "case", "at_least_ha"),
    stage="assemble",
    columns={
        "at_least_ha": number("least size", "Ten minste", unit="ha", minimum=0),
        "site_count": count("sites of at least that size", "Aantal locaties"),
        **shared("area_m2"),
    },
)
