"""Plots as the land owner numbers them, one polygon each."""

from layers.columns import CATEGORIES, MOST_M2, optional_area, optional_text, text
from layers.layer import Layer

LAYER = Layer(
    "parcels",
    "plots of industrial land; where two overlap, the ground counts for the first in key order",
    "Kavels",
    key=("parcel_id",),
    shape="polygon",
    columns={
        "parcel_id": text("key of the plot, as in the registers", "Kavel"),
        "cadastral_parcel": optional_text("cadastral municipality, section and number", "Kadastraal perceel"),
        "site_name": optional_text("name of the site that the plot belongs to", "Terrein"),
        "owner": optional_text("who owns the land; empty is not known", "Eigenaar", confidential=True),
        "plan_category": optional_text(
            "highest nuisance category that the land-use plan admits; empty is unknown",
            "Milieucategorie volgens plan",
            choices=CATEGORIES,
        ),
        "registered_area_m2": optional_area(
            "area according to the register", "Oppervlakte volgens register", maximum=MOST_M2
        ),
    },
)
