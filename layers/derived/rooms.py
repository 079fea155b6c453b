"""May this activity be here, per combination of zones, plan category and year."""

from layers.closed_lists import ROOMS
from layers.columns import COMBINATION, PROFILE, YEAR
from layers.layer import Column, Layer

LAYER = Layer(
    name="rooms",
    meaning="room for a profile in a year, with the zones that say so",
    title="Milieuruimte",
    key=("combination_id", "plan_category", "profile", "year"),
    stage="assess",
    shared="key",
    columns={
        "combination_id": COMBINATION,
        "plan_category": Column(
            "str", "highest nuisance category of the plan, or unknown", "Milieucategorie volgens plan"
        ),
        "profile": PROFILE,
        "year": YEAR,
        "room": Column("str", "room for the activity", "Ruimte", choices=ROOMS),
        "reasons": Column("str", "zones that make it so, space between", "Redenen", optional=True),
        "limiting": Column(
            "str",
            "constraints that by themselves leave the land not open: that bar it, make it conditional, or "
            "are not known",
            "Beperkt door",
            optional=True,
        ),
        "attention": Column(
            "str", "zones that ask attention and decide nothing, space between", "Let op", optional=True
        ),
        "blocking": Column("str", "constraints that block by themselves, space between", "Sluit uit", optional=True),
    },
)
