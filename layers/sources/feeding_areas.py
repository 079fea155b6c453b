"""Which part of the grid feeds the land, and how congested it is; never by municipality."""

from functools import partial

from layers.columns import optional_integer, optional_number, text
from layers.layer import Layer

# The least room first; not known stands between limited and full.
WORST_FIRST = ("shortage", "under_investigation", "unknown", "little_room", "has_room")
CONGESTION_STATUSES = (*(status for status in reversed(WORST_FIRST) if status != "unknown"), "unknown")
# More than all the Netherlands can take off: a slip of the pen, or another unit.
MOST_MW = 100_000
power = partial(optional_number, unit="MW", minimum=0, maximum=MOST_MW)

LAYER = Layer(
    "feeding_areas",
    "areas by the station that feeds them, as the grid operators' capacity map has them for one forecast year",
    "Voedingsgebieden",
    key=("feeding_area_id",),
    shape="polygon",
    columns={
        "feeding_area_id": text("key of the area", "Voedingsgebied"),
        "offtake_status": text("room on the grid to take power", "Afname", choices=CONGESTION_STATUSES),
        "feed_in_status": text("room on the grid to feed in power", "Invoeding", choices=CONGESTION_STATUSES),
        "available_mw": power("power that can be taken off", "Beschikbaar"),
        "queue_mw": power("power asked for by those who wait", "Wachtrij"),
        "relief_year": optional_integer(
            "year in which congestion is to be relieved",
            "Ruimte vanaf",
            unit="year",
            minimum=2000,
            maximum=2200,
        ),
    },
)
