"""May this activity be here, per combination of zones, plan category and year."""

from layers.closed_lists import ROOMS
from layers.columns import shared, text
from layers.layer import Layer

LAYER = Layer(
    "rooms",
    "room for a profile in a year, with the zones that say so",
    "Milieuruimte",
    key=("combination_id", "plan_category", "profile", "year"),
    stage="assess",
    shared="key",
    columns={
        **shared("combination_id", "plan_category", "profile", "year"),
        "room": text("room for the activity", "Ruimte", choices=ROOMS),
        "reasons": text("zones that make it so, space between", "Redenen", optional=True),
        "limiting": text(
            "constraints that by themselves leave the land not open: that bar it, make it conditional, or "
            "are not known",
            "Beperkt door",
            optional=True,
        ),
        "attention": text("zones that ask attention and decide nothing, space between", "Let op", optional=True),
        "blocking": text("constraints that block by themselves, space between", "Sluit uit", optional=True),
    },
)
