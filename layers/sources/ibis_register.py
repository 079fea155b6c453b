"""What the yearly inventory of business parks says of each plot; it gives way to the land owner's own register."""

from layers.columns import OF_SOURCE, optional_integer, text
from layers.layer import Layer
from layers.sources.issue_register import ISSUE_STATUSES

LAYER = Layer(
    "ibis_register",
    "issue status per plot in the national inventory; counts where the land owner's register is silent",
    "IBIS",
    key=("parcel_id",),
    columns={
        "parcel_id": text("plot that the status is about", "Kavel"),
        "issue_status": text("status according to the inventory", "Uitgiftestatus", choices=ISSUE_STATUSES),
        "measured_year": optional_integer("year of the inventory", "Meetjaar", unit="year", minimum=1980, maximum=2200),
        **OF_SOURCE,
    },
)
