"""Files and what became of their rows."""

from layers.derived.source_facts import LAYER as FACTS
from layers.derived.source_files import LAYER as SOURCE_FILES
from layers.layer import Layer

LAYER = Layer(
    "source_overview",
    "sources with date, licence, certainty and rows in and out",
    "Bronnen",
    is_published=True,
    key=("source",),
    stage="publish",
    columns={**SOURCE_FILES.columns, **{n: c for n, c in FACTS.columns.items() if n not in ("source", "layer")}},
)
