"""Where hydrogen, CO2 transport, industrial water, heat or steam can be had."""

from layers.columns import optional_number, optional_text, optional_year, text
from layers.layer import Layer

SUPPLIES = ("hydrogen", "carbon_dioxide", "industrial_water", "heat", "steam")
# About all the drinking water of the Netherlands in a year: a slip of the pen, or another unit.
MOST_M3 = 1_000_000_000

LAYER = Layer(
    "supply_areas",
    "areas or lines of supply, as suppliers give them (industrial water: areas); land outside is not supplied now",
    "Voorzieningen",
    key=("supply_id",),
    shape="any",
    # What can still be had of it is compared with what is asked on the land that the supplier serves; other supplies
    # reach some distance from a line.
    areas_only=("supply_kind", ("industrial_water",)),
    columns={
        "supply_id": text("key of the area or line", "Voorziening-id"),
        "supply_kind": text("what is supplied", "Soort voorziening", choices=SUPPLIES),
        "supplier": optional_text("who supplies it", "Leverancier"),
        "from_year": optional_year("first year of supply; empty is now", "Vanaf"),
        "capacity_m3_year": optional_number(
            "water that can still be had in a year; empty is not known",
            "Nog te leveren",
            unit="m3/jaar",
            minimum=0,
            maximum=MOST_M3,
        ),
    },
)
