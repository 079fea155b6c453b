"""Quay lines with the depth in front of them."""

from layers.columns import optional_number, text
from layers.layer import Layer

LAYER = Layer(
    "quays",
    "lines along which ships can lie; depth is not draught",
    "Kades",
    key=("quay_id",),
    shape="line",
    columns={
        "quay_id": text("key of the quay", "Kade-id"),
        # A level, mostly below NAP and so negative; how deep a ship may lie follows from it only with the tide.
        "depth_m_nap": optional_number(
            "bottom level in front of the quay",
            "Kadediepte",
            unit="m NAP",
            minimum=-40,
            maximum=10,
        ),
        "draught_m": optional_number(
            "largest draught that is guaranteed at reference low water",
            "Toegestane diepgang",
            unit="m",
            minimum=0,
            maximum=30,
        ),
    },
)
