"""Land per cluster by the segments of the demand that it can serve, for the sum over clusters."""

from layers.columns import area, integer, text
from layers.layer import Layer

LAYER = Layer(
    "segment_stocks",
    "land that the same segments can use in the same areas, once some limits are lifted",
    "Grond naar segment",
    key=("cluster_id", "year", "case", "lifted", "stock"),
    stage="balance",
    columns={
        "lifted": text("limits that are lifted, space between; none", "Opgeheven"),
        "stock": integer("number of the stock", "Voorraad"),
        "segment_areas": text(
            "number of its area for each segment that is asked in the year, in order of their names, space between; "
            "-1: not usable, 0: any m2 of it is",
            "Vlakken per segment",
        ),
        "area_m2": area("land", "Oppervlakte"),
    },
)
