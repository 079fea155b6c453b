"""From which years on an activity may be where, per combination of zones and plan category."""

from layers.closed_lists import ROOMS
from layers.columns import optional_text, text, year
from layers.layer import Layer

LAYER = Layer(
    "room_turns",
    "room for a profile and what limits it, in this year and from every later one on in which it changes",
    "Milieuruimte in de tijd",
    key=("combination_id", "plan_category", "profile", "turn_year"),
    stage="assess",
    shared="key",
    columns={
        "turn_year": year("first year in which it is so", "Vanaf"),
        "room": text("room for the activity", "Ruimte", choices=ROOMS),
        "limiting": optional_text(
            "constraints that by themselves leave the land not open, space between", "Beperkt door"
        ),
    },
)
