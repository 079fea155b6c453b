"""What the land owner says of each plot (the statuses that IBIS keeps)."""

from layers.columns import OF_SOURCE, optional_year, text
from layers.layer import Layer

ISSUE_STATUSES = (
    "available",
    "not_serviced",
    "optioned",
    "reserved",
    "strategic_reserve",
    "issued",
    "idle",
    "public_space",
    "residential",
    "unknown",
)

LAYER = Layer(
    "issue_register",
    "issue status per plot; a plot that is not in it is unknown, never free",
    "Uitgiftestatus",
    key=("parcel_id",),
    columns={
        "parcel_id": text("plot that the status is about", "Kavel"),
        "issue_status": text("status according to the land owner", "Uitgiftestatus", choices=ISSUE_STATUSES),
        "serviced_year": optional_year("year in which a plot that is not serviced can be delivered", "Bouwrijp in"),
        **OF_SOURCE,
    },
)
