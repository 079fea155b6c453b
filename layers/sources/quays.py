"""Quay lines with the depth in front of them."""

from layers.columns import text
from layers.layer import Column, Layer

LAYER = Layer(
    name="quays",
    meaning="lines along which ships can lie; depth is not draught",
    title="Kades",
    key=("quay_id",),
    shape="line",
    columns={
        "quay_id": text("key of the quay", "Kade-id"),
        "depth_m_nap": Column(
            "float",
            "bottom level in front of the quay",
            "Kadediepte",
            unit="m NAP",
            minimum=-40,
            maximum=10,
            optional=True,
        ),
        "draught_m": Column(
            "float",
            "largest draught that is guaranteed at reference low water",
            "Toegestane diepgang",
            unit="m",
            minimum=0,
            maximum=30,
            optional=True,
        ),
    },
)
