"""Overhead lines and cables with the strip that is kept free along them."""

from layers.columns import number, text
from layers.layer import Layer

LAYER = Layer(
    "power_lines",
    "high-voltage lines; the strip is the holder's own where it is given",
    "Hoogspanningsverbindingen",
    key=("line_id",),
    shape="line",
    columns={
        "line_id": text("key of the line", "Verbinding-id"),
        "voltage_kv": number("highest voltage", "Spanning", unit="kV", minimum=1, maximum=1200, optional=True),
        "strip_m": number(
            "half the width of the strip", "Halve strook", unit="m", minimum=0.5, maximum=500, optional=True
        ),
    },
)
