"""Overhead lines and cables with the strip that is kept free along them."""

from layers.columns import text
from layers.layer import Column, Layer

LAYER = Layer(
    name="power_lines",
    meaning="high-voltage lines; the strip is the holder's own where it is given",
    title="Hoogspanningsverbindingen",
    key=("line_id",),
    shape="line",
    columns={
        "line_id": text("key of the line", "Verbinding-id"),
        "voltage_kv": Column("float", "highest voltage", "Spanning", unit="kV", minimum=1, maximum=1200, optional=True),
        "strip_m": Column(
            "float", "half the width of the strip", "Halve strook", unit="m", minimum=0.5, maximum=500, optional=True
        ),
    },
)
