"""Near misses for the planner, with what is short in a sentence."""

from layers.columns import text
from layers.derived.near_misses import LAYER as MISSES
from layers.layer import Layer

LAYER = Layer(
    "near_miss_overview",
    "patches of free and open land that nearly have what an activity asks, with what is short in a sentence",
    "Net niet",
    is_published=True,
    key=MISSES.key,
    stage="publish",
    shape="polygon",
    columns={**MISSES.columns, "narrative": text("what it is short of, in a sentence", "Toelichting")},
)
