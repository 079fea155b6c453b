"""Plots as the land owner numbers them, one polygon each."""

from layers.columns import CATEGORIES
from layers.layer import Column, Layer

LAYER = Layer(
    name="parcels",
    meaning="plots of industrial land; where two overlap, the ground counts for the first in key order",
    title="Kavels",
    key=("parcel_id",),
    shape="polygon",
    columns={
        "parcel_id": Column("str", "key of the plot, as in the registers", "Kavel"),
        "cadastral_parcel": Column(
            "str", "cadastral municipality, section and number", "Kadastraal perceel", optional=True
        ),
        "site_name": Column("str", "name of the site that the plot belongs to", "Terrein", optional=True),
        "owner": Column("str", "who owns the land; empty is not known", "Eigenaar", optional=True, confidential=True),
        "plan_category": Column(
            "str",
            "highest nuisance category that the land-use plan admits; empty is unknown",
            "Milieucategorie volgens plan",
            choices=CATEGORIES,
            optional=True,
        ),
        "registered_area_m2": Column(
            "float",
            "area according to the register",
            "Oppervlakte volgens register",
            unit="m2",
            minimum=0,
            optional=True,
        ),
    },
)
