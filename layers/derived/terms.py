"""What the words in this file mean."""

from layers.columns import text
from layers.layer import Layer

LAYER = Layer(
    "terms",
    "Dutch terms with their meaning and the English word in the code",
    "Begrippen",
    is_published=True,
    key=("term",),
    stage="publish",
    columns={
        "term": text("Dutch term", "Begrip"),
        "definition": text("meaning, in Dutch", "Betekenis"),
        "english": text("word in the code", "Engels"),
    },
)
