"""Placements for the planner, each with a sentence."""

from layers.columns import text
from layers.derived.placements import LAYER as PLACEMENTS
from layers.layer import Layer

LAYER = Layer(
    "placement_overview",
    "projects, where and from when they fit, or in a sentence why not and what there is elsewhere",
    "Programmering van projecten",
    is_published=True,
    key=PLACEMENTS.key,
    stage="publish",
    columns={**PLACEMENTS.columns, "narrative": text("why it fits or not, in a sentence", "Toelichting")},
)
