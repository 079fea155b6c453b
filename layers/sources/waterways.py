"""Waterway sections."""

from layers.columns import optional_text, text
from layers.layer import Layer

CEMT_CLASSES = ("0", "I", "II", "III", "IV", "IVa", "V", "Va", "Vb", "VI", "VIa", "VIb", "VIc", "VII")

# The order of the classes; those without a letter stand for the smallest of their kind.
CEMT_ORDER = {name: place for place, name in enumerate(CEMT_CLASSES)} | {"IVa": 4, "Va": 6, "VIa": 9}


LAYER = Layer(
    "waterways",
    "waterway sections; the CEMT class is an ordered scale, not an alphabet",
    "Vaarwegen",
    key=("waterway_id",),
    shape="line",
    columns={
        "waterway_id": text("key of the section", "Vaarwegvak"),
        "waterway_name": optional_text("name of the waterway", "Vaarweg"),
        "cemt_class": optional_text("largest ship class", "CEMT-klasse", choices=CEMT_CLASSES),
    },
)
