"""Overhead lines and cables with the strip that is kept free along them."""

from layers.columns import shared, text
from layers.layer import Layer

LAYER = Layer(
    "power_lines",
    "high-voltage lines; the strip is the holder's own where it is given",
    "Hoogspanningsverbindingen",
    key=("line_id",),
    shape="line",
    columns={
        "line_id": text("key of the line", "Verbinding-id"),
        **shared("voltage_kv", "strip_m"),
    },
)
