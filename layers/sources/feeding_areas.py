"""Which part of the grid feeds the land, and how congested it is; never by municipality."""

from layers.columns import integer, number, text
from layers.layer import Layer

CONGESTION_STATUSES = ("has_room", "little_room", "under_investigation", "shortage", "unknown")

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
        "available_mw": number("power that can be taken off", "Beschikbaar", unit="MW", minimum=0, optional=True),
        "queue_mw": number("power asked for by those who wait", "Wachtrij", unit="MW", minimum=0, optional=True),
        "relief_year": integer(
            "year in which congestion is to be relieved",
            "Ruimte vanaf",
            unit="year",
            minimum=2000,
            maximum=2200,
            optional=True,
        ),
    },
)
