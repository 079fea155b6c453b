"""What all contours together leave of each housing plan: hectares and dwellings, each counted once by the worst."""

from layers.columns import HOUSING_KINDS, area, flag, optional_count, optional_number, shared, text
from layers.layer import Layer
from layers.sources.housing_plans import LAYER as HOUSING_PLANS

# By room the meaning and the title; dwellings go in proportion to area.
_ROOMS = {
    "blocked": ("on which a rule bars dwellings", "Geen ruimte"),
    "conditional": ("on which dwellings can come under conditions", "Voorwaardelijk"),
    "unknown": (
        "of which it is not known whether dwellings can come: a layer of a rule, or all contours, are not given",
        "Niet bekend",
    ),
    "open": ("on which contours are given, and none limits dwellings", "Ruimte"),
}
LAYER = Layer(
    "housing_room",
    "area and dwellings of each housing plan or search area around a cluster by what all rules together leave of it, "
    "per year from its first year on; each m2 once, by the worst effect",
    "Ruimte voor woningen",
    is_published=True,
    published_as="ruimte_voor_woningen",
    key=("cluster_id", "plan_id", "year"),
    stage="balance",
    columns={
        **shared("plan_name"),
        "is_hard": flag("the plan binds; soft plans and search areas do not", "Hard plan"),
        "plan_status": HOUSING_PLANS.columns["plan_status"],
        "object_kind": text("what rules take it for", "Soort gebouw", choices=HOUSING_KINDS),
        **shared("year", "area_m2"),
        "dwellings": optional_count("dwellings planned or sought; empty is not known", "Woningen", unit="dwellings"),
        **{f"{room}_m2": area(f"land {meaning}", title) for room, (meaning, title) in _ROOMS.items()},
        "attention_m2": area("of the land with room: a rule asks attention", "Ruimte, met aandachtspunt"),
        "outside_m2": area(
            "of the whole plan: outside the boxes around clusters in which contours are given; no contour there does "
            "not mean that there is none",
            "Buiten het gebied van de contouren",
        ),
        **{
            f"{room}_dwellings": optional_number(
                f"dwellings in proportion to the land {meaning}", f"Woningen: {title[0].lower()}{title[1:]}", minimum=0
            )
            for room, (meaning, title) in _ROOMS.items()
        },
    },
)
