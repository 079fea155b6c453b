"""What the words in this file mean."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="terms",
    meaning="Dutch terms with their meaning and the English word in the code",
    title="Begrippen",
    is_published=True,
    key=("term",),
    stage="publish",
    columns={
        "term": Column("str", "Dutch term", "Begrip"),
        "definition": Column("str", "meaning, in Dutch", "Betekenis"),
        "english": Column("str", "word in the code", "Engels"),
    },
)
