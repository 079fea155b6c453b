"""Until when somebody can still see to it that land is free in a target year."""

from layers.columns import CLUSTER, RIGHTS
from layers.layer import Column, Layer

ACTIONS = ("do_not_extend", "buy_out_extension", "let_lapse", "enforce_notice")

LAYER = Layer(
    name="decision_calendar",
    meaning="land that is free in a target year only if an extension or option is not called: last day to "
    "act, largest first",
    title="Beslismomenten",
    is_published=True,
    key=("cluster_id", "target_year", "rank"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "target_year": Column(
            "int", "year in which the land is to be free", "Doeljaar", unit="year", minimum=1900, maximum=2200
        ),
        "rank": Column("int", "place by area, the largest first", "Volgorde", minimum=1),
        "act_by": Column("date", "last day on which to act", "Uiterlijk"),
        "is_past": Column("bool", "that day lies before the reference date", "Al voorbij"),
        "action": Column("str", "what is to be done", "Wat te doen", choices=ACTIONS),
        "contract_id": Column("str", "contract that it is about", "Contract", confidential=True),
        "holder": Column("str", "who holds the right", "Houder", optional=True, confidential=True),
        "parcel_ids": Column("str", "plots that it is about, comma between", "Kavels"),
        "right_type": Column("str", "kind of right", "Soort recht", choices=RIGHTS),
        "area_m2": Column("float", "land that comes free by it", "Oppervlakte", unit="m2", minimum=0),
        "count": Column("int", "how many holdings", "Aantal", minimum=0),
    },
)
