"""Where hydrogen, CO2 transport, industrial water, heat or steam can be had."""

from layers.layer import Column, Layer

SUPPLIES = ("hydrogen", "carbon_dioxide", "industrial_water", "heat", "steam")

LAYER = Layer(
    name="supply_areas",
    meaning="areas or lines of supply, as suppliers give them; land outside is not supplied now",
    title="Voorzieningen",
    key=("supply_id",),
    shape="any",
    columns={
        "supply_id": Column("str", "key of the area or line", "Voorziening-id"),
        "supply_kind": Column("str", "what is supplied", "Soort voorziening", choices=SUPPLIES),
        "supplier": Column("str", "who supplies it", "Leverancier", optional=True),
        "from_year": Column(
            "int", "first year of supply; empty is now", "Vanaf", unit="year", minimum=1900, maximum=2200, optional=True
        ),
    },
)
