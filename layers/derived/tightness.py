"""What one metre of distance, or one decibel of budget, would free."""

from layers.columns import area, integer, text
from layers.layer import Layer

LAYER = Layer(
    "tightness",
    "free land held back by one rule alone, per metre or decibel that the rule gives way; no extension called",
    "Wat een meter of decibel scheelt",
    is_published=True,
    key=("cluster_id", "profile", "year", "constraint", "step"),
    stage="balance",
    columns={
        "constraint": text("name of the constraint in config/constrain.toml", "Belemmering"),
        "measured_in": text("what gives way", "Eenheid", choices=("m", "dB")),
        "step": integer("which metre or decibel", "Stap", minimum=1),
        "area_m2": area("land that this step would free", "Vrij te maken"),
    },
)
