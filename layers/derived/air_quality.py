"""The background over each plot, laid beside present and future values; a signal, never a verdict."""

from layers.columns import CLUSTER, PARCEL
from layers.layer import Column, Layer

COMPONENTS = ("no2", "pm10", "pm25")
AIR_CLASSES = ("above_present", "above_eu_2030", "above_who", "below_who", "unknown")

LAYER = Layer(
    name="air_quality",
    meaning="concentration of the cell that covers most of a plot, with the heaviest value that it exceeds",
    title="Luchtkwaliteit",
    is_published=True,
    key=("cluster_id", "parcel_id", "component"),
    stage="measure",
    columns={
        "cluster_id": CLUSTER,
        "parcel_id": PARCEL,
        "component": Column("str", "substance", "Component", choices=COMPONENTS),
        "cell": Column("str", "cell of the grid: its lower left corner in metres", "Cel", optional=True),
        "concentration_ugm3": Column(
            "float", "yearly mean of the cell", "Concentratie", unit="ug/m3", minimum=0, optional=True
        ),
        "air_class": Column("str", "heaviest value that the cell exceeds", "Klasse", choices=AIR_CLASSES),
        "rationale": Column("str", "why this decides nothing", "Betekenis"),
    },
)
