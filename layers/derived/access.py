"""The nearest junction, terminal, station and supply of each plot."""

from layers.columns import flag, number, optional_integer, optional_length, optional_text, text
from layers.layer import Layer
from layers.sources.supply_areas import SUPPLIES
from layers.sources.terminals import TERMINALS

LAYER = Layer(
    "access",
    "nearest target of each kind per plot; along the road, with the snap to it apart, or as the crow flies",
    "Bereikbaarheid",
    is_published=True,
    key=("cluster_id", "parcel_id", "target", "voltage_kv"),
    stage="measure",
    columns={
        "target": text("what the distance leads to", "Doel", choices=(*TERMINALS, "power_station", *SUPPLIES)),
        "voltage_kv": number("highest voltage of the station; 0 where it is none", "Spanning", unit="kV", minimum=0),
        "target_id": optional_text("the nearest one", "Welk doel"),
        "way": text("how the distance is measured", "Gemeten", choices=("road", "crow")),
        "distance_m": optional_length(
            "metres from where the plot enters the network, or from its edge; empty cannot be reached",
            "Afstand",
        ),
        "snap_m": optional_length("metres from the plot to where it enters the network", "Tot het net"),
        "target_snap_m": optional_length("metres from the target to the network", "Doel tot het net"),
        "is_reached": flag("there is a way along the network", "Bereikbaar"),
        "from_year": optional_integer("first year in which it is there; empty is now", "Vanaf", unit="year"),
    },
)
