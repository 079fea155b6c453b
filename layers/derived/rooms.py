"""May this activity be here, per combination of zones, plan category and year."""

from layers.closed_lists import ROOMS
from layers.columns import optional_text, optional_year, text
from layers.layer import Layer

LAYER = Layer(
    "rooms",
    "room for a profile in a year, with the zones that say so",
    "Milieuruimte",
    key=("combination_id", "plan_category", "profile", "year"),
    stage="assess",
    shared="key",
    columns={
        "room": text("room for the activity", "Ruimte", choices=ROOMS),
        "open_since": optional_year(
            "first year since which there is room without a break, this year at the earliest; empty: there is none",
            "Ruimte sinds",
        ),
        "reasons": optional_text("zones that make it so, space between", "Redenen"),
        "limiting": optional_text(
            "constraints that by themselves leave the land not open: that bar it, make it conditional, or "
            "are not known",
            "Beperkt door",
        ),
        "unknown": optional_text(
            "constraints of which it is not known whether they limit, space between", "Niet bekend"
        ),
        "attention": optional_text("zones that ask attention and decide nothing, space between", "Let op"),
        "blocking": optional_text("constraints that block by themselves, space between", "Sluit uit"),
    },
)
