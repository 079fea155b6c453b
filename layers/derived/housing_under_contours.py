"""Which rule does what to which housing plan: hectares and dwellings under its contours."""

from layers.columns import EFFECTS, area, flag, optional_number, optional_text, shared, text
from layers.layer import Layer

LAYER = Layer(
    "housing_under_contours",
    "area and dwellings of each housing plan or search area around a cluster under the contours of each rule that does "
    "something to dwellings, per year: hit (with other rules or not), alone, and its equal share. Shares of rules that "
    "limit add up to the land without room, under conditions or not known; those of rules that ask attention to the "
    "land with nothing worse",
    "Woningbouwplannen onder contouren",
    is_published=True,
    published_as="woningbouw_onder_contouren",
    key=("cluster_id", "plan_id", "year", "constraint", "effect"),
    stage="balance",
    columns={
        **shared("plan_name"),
        "is_hard": flag("the plan binds; soft plans and search areas do not", "Hard plan"),
        **shared("year"),
        "constraint": text(
            "constraint whose contours lie on the plan; outside_contours is land where nothing limits as far as is "
            "known, and contours need not be given",
            "Belemmering",
        ),
        "effect": text(
            "what it does to what is planned; unknown where its own layer is not known", "Gevolg", choices=EFFECTS[:-1]
        ),
        "law": optional_text("law or ground that the rule rests on", "Wet of grondslag"),
        "hit_m2": area("land of the plan under it, under other rules or not", "Raakt"),
        "sole_m2": area("land of the plan that it alone limits, or that it alone asks attention for", "Alleen"),
        "share_m2": area("that land divided equally over all such rules on it: the Shapley value", "Aandeel"),
        "outside_m2": area(
            "of what it hits: outside the boxes around clusters in which contours are given",
            "Buiten het gebied van de contouren",
        ),
        "hit_dwellings": optional_number(
            "dwellings in proportion to the land under it; empty is not known", "Woningen: raakt", minimum=0
        ),
    },
)
