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
    # Which boxes a file is clipped to is for the line itself.
    columns={
        **{name: column for name, column in SOURCE_FILES.columns.items() if name != "clip"},
        **{name: column for name, column in FACTS.columns.items() if name not in ("source", "layer")},
    },
)
