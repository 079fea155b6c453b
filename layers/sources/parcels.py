"""Plots as the land owner numbers them, one polygon each."""

from layers.columns import CATEGORIES, area, text
from layers.layer import Layer

LAYER = Layer(
    "parcels",
    "plots of industrial land; where two overlap, the ground counts for the first in key order",
    "Kavels",
    key=("parcel_id",),
    shape="polygon",
    columns={
        "parcel_id": text("key of the plot, as in the registers", "Kavel"),
        "cadastral_parcel": text("cadastral municipality, section and number", "Kadastraal perceel", optional=True),
        "site_name": text("name of the site that the plot belongs to", "Terrein", optional=True),
        "owner": text("who owns the land; empty is not known", "Eigenaar", optional=True, confidential=True),
        "plan_category": text(
            "highest nuisance category that the land-use plan admits; empty is unknown",
            "Milieucategorie volgens plan",
            choices=CATEGORIES,
            optional=True,
        ),
        "registered_area_m2": area("area according to the register", "Oppervlakte volgens register", optional=True),
    },
)
