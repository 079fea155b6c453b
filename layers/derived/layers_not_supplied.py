"""Source layers that the results do without: how each is counted, why, and what it could change."""

from layers.columns import flag, optional_text, text
from layers.layer import Layer

TREATMENTS = ("as_none", "as_unknown")
LAYER = Layer(
    "layers_not_supplied",
    "source layers that no source fills: counted as if there is nothing, or as not known; and what they could change",
    "Niet meegenomen",
    is_published=True,
    key=("layer",),
    stage="publish",
    columns={
        "layer": text("source layer", "Laag"),
        "treated_as": text("as if there is nothing, or as not known", "Hoe geteld", choices=TREATMENTS),
        "decides": flag("whether it could change which land is free or usable", "Beslist over hectares"),
        "could_change": text("what it could change", "Kan veranderen"),
        "stated_basis": optional_text("why it is not there, as the project states", "Reden volgens het project"),
    },
)
