"""Building outlines with their status in the building register."""

from layers.columns import optional_integer, text
from layers.layer import Layer

# As in the building register (BAG), from permit to demolition.
BUILDING_STATUSES = (
    "permit_granted",
    "under_construction",
    "in_use",
    "out_of_use",
    "demolition_permitted",
    "demolished",
    "not_realised",
    "unknown",
)

LAYER = Layer(
    "buildings",
    "buildings; a plot without one is not therefore unused (tanks, yards, rail)",
    "Gebouwen",
    key=("building_id",),
    shape="polygon",
    columns={
        "building_id": text("key in the building register", "Pand"),
        "built_year": optional_integer("year of construction", "Bouwjaar", unit="year", minimum=1000, maximum=2200),
        "building_status": text("status in the building register", "Pandstatus", choices=BUILDING_STATUSES),
    },
)
