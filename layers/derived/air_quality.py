"""The background over each plot, laid beside present and future values; a signal, never a verdict."""

from layers.columns import optional_number, optional_text, text
from layers.layer import Layer

COMPONENTS = ("no2", "pm10", "pm25")
# The heaviest first: overviews tell the first that a component reaches.
AIR_CLASSES = ("above_present", "above_eu_2030", "above_who", "below_who", "unknown")

LAYER = Layer(
    "air_quality",
    "concentration of the cell that covers most of a plot, with the heaviest value that it exceeds",
    "Luchtkwaliteit",
    is_published=True,
    key=("cluster_id", "parcel_id", "component"),
    stage="measure",
    columns={
        "component": text("substance", "Component", choices=COMPONENTS),
        "cell": optional_text("cell of the grid: its lower left corner in metres", "Cel"),
        "concentration_ugm3": optional_number("yearly mean of the cell", "Concentratie", unit="ug/m3", minimum=0),
        "air_class": text("heaviest value that the cell exceeds", "Klasse", choices=AIR_CLASSES),
        "rationale": text("why this decides nothing", "Betekenis"),
    },
)
