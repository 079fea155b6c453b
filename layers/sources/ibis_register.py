"""What the yearly inventory of business parks says of each plot; it gives way to the land owner's own register."""

from layers.columns import text
from layers.layer import Column, Layer
from layers.sources.issue_register import ISSUE_STATUSES

LAYER = Layer(
    name="ibis_register",
    meaning="issue status per plot in the national inventory; counts where the land owner's register is silent",
    title="IBIS",
    key=("parcel_id",),
    columns={
        "parcel_id": text("plot that the status is about", "Kavel"),
        "issue_status": text("status according to the inventory", "Uitgiftestatus", choices=ISSUE_STATUSES),
        "measured_year": Column(
            "int", "year of the inventory", "Meetjaar", unit="year", minimum=1980, maximum=2200, optional=True
        ),
    },
)
