"""Pipelines for hazardous substances, as lines."""

from layers.columns import optional_text, shared, text
from layers.layer import Layer

LAYER = Layer(
    "pipelines",
    "pipelines for hazardous substances; the building-free strip is a buffer in config/constrain.toml",
    "Buisleidingen",
    key=("pipeline_id",),
    shape="line",
    columns={
        "pipeline_id": text("key of the pipeline", "Leiding-id"),
        "substance": optional_text("what it carries", "Stof"),
        **shared("strip_m"),
    },
)
