"""What a person knows better than the registers, applied last and visibly."""

from layers.closed_lists import HOLDINGS
from layers.columns import OF_SOURCE, day, text
from layers.layer import Layer

LAYER = Layer(
    "overrides",
    "corrections to who has a plot, or the land of a contract, with who, why and until when",
    "Handmatige correcties",
    key=("corrected_id",),
    columns={
        "corrected_id": text("plot or contract that is corrected", "Wat"),
        "new_value": text("what the holding is instead", "Waarde", choices=HOLDINGS),
        "author": text("who decided", "Door", confidential=True),
        "correction_reason": text("why", "Reden", confidential=True),
        "until": day("last day on which it holds", "Geldig tot", minimum="2000-01-01", maximum="2200-12-31"),
        **OF_SOURCE,
    },
)
