"""How high may be built, near airports, radar and transmission paths."""

from layers.columns import optional_number, text
from layers.layer import Layer

LAYER = Layer(
    "height_limits",
    "areas with a highest permitted height; the datum is that of the source",
    "Hoogtebeperkingen",
    key=("height_limit_id",),
    shape="polygon",
    columns={
        "height_limit_id": text("key of the area", "Vlak-id"),
        "height_limit_kind": text(
            "what asks for it", "Soort beperking", choices=("airport", "radar", "wind_turbine", "other")
        ),
        "height_limit_m": optional_number(
            "highest permitted height", "Toegestane hoogte", unit="m", minimum=-20, maximum=1000
        ),
    },
)
