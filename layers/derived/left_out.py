"""What the public edition leaves out."""

from layers.columns import text
from layers.layer import Layer

LAYER = Layer(
    "left_out",
    "columns and tables that the public edition leaves out, because the sources call them confidential",
    "Weggelaten",
    is_published=True,
    key=("layer", "column"),
    stage="publish",
    columns={
        "layer": text("source layer, or published table", "Laag"),
        "column": text("column that is left out, or all of them", "Kolom"),
        "kind": text(
            "a column of a source, a column of this file, or a whole table of it",
            "Soort",
            choices=("source_column", "published_column", "published_table"),
        ),
    },
)
