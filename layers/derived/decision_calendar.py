"""Until when somebody can still see to it that land is free in a target year."""

from layers.columns import area, count, day, flag, integer, shared, text, year
from layers.layer import Layer

ACTIONS = ("do_not_extend", "buy_out_extension", "let_lapse", "enforce_notice")

LAYER = Layer(
    "decision_calendar",
    "land that is free in a target year only if an extension or option is not called: last day to act, largest first",
    "Beslismomenten",
    is_published=True,
    key=("cluster_id", "target_year", "rank"),
    stage="balance",
    columns={
        "target_year": year("year in which the land is to be free", "Doeljaar"),
        "rank": integer("place by area, the largest first", "Volgorde", minimum=1),
        "act_by": day("last day on which to act", "Uiterlijk"),
        "is_past": flag("that day lies before the reference date", "Al voorbij"),
        "action": text("what is to be done", "Wat te doen", choices=ACTIONS),
        "contract_id": text("contract that it is about", "Contract", confidential=True),
        **shared("holder"),
        "parcel_ids": text("plots that it is about, comma between", "Kavels"),
        **shared("right_type"),
        "area_m2": area("land that comes free by it", "Oppervlakte"),
        "count": count("how many holdings", "Aantal"),
    },
)
