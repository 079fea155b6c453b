"""Refused and repaired rows on the map."""

from layers.columns import text
from layers.derived.refused_shapes import LAYER as SHAPES
from layers.layer import Layer

LAYER = Layer(
    "refused_overview",
    "shapes of rows refused, merged or repaired, with their area before and after, and what repair lost",
    "Hersteld en geweigerd",
    is_published=True,
    key=("cluster_id", *SHAPES.key),
    stage="publish",
    shape="polygon",
    columns={"cluster_id": text("cluster that it touches; all: several, or none", "Cluster"), **SHAPES.columns},
)
