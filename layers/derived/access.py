"""The nearest junction, terminal, station and supply of each plot."""

from layers.columns import CLUSTER, PARCEL
from layers.layer import Column, Layer
from layers.sources.supply_areas import SUPPLIES
from layers.sources.terminals import TERMINALS

LAYER = Layer(
    name="access",
    meaning="nearest target of each kind per plot; along the road, with the snap to it apart, or as the crow flies",
    title="Bereikbaarheid",
    is_published=True,
    key=("cluster_id", "parcel_id", "target", "voltage_kv"),
    stage="measure",
    columns={
        "cluster_id": CLUSTER,
        "parcel_id": PARCEL,
        "target": Column("str", "what the distance leads to", "Doel", choices=(*TERMINALS, "power_station", *SUPPLIES)),
        "voltage_kv": Column(
            "float", "highest voltage of the station; 0 where it is none", "Spanning", unit="kV", minimum=0
        ),
        "target_id": Column("str", "the nearest one", "Welk doel", optional=True),
        "way": Column("str", "how the distance is measured", "Gemeten", choices=("road", "crow")),
        "distance_m": Column(
            "float",
            "metres from where the plot enters the network, or from its edge; empty cannot be reached",
            "Afstand",
            unit="m",
            minimum=0,
            optional=True,
        ),
        "snap_m": Column(
            "float",
            "metres from the plot to where it enters the network",
            "Tot het net",
            unit="m",
            minimum=0,
            optional=True,
        ),
        "target_snap_m": Column(
            "float", "metres from the target to the network", "Doel tot het net", unit="m", minimum=0, optional=True
        ),
        "is_reached": Column("bool", "there is a way along the network", "Bereikbaar"),
        "from_year": Column(
            "int", "first year in which it is there; empty is now", "Vanaf", unit="year", optional=True
        ),
    },
)
