"""Parts of plots inside a cluster under one set of rights."""

from layers.columns import CATEGORIES, CERTAINTIES, flag, optional_day, optional_text, share, shared, text
from layers.layer import Layer

LAYER = Layer(
    "holdings",
    "plots inside the cluster boundary, cut by lease polygons; each m2 stands in one holding",
    "Uitgifte en gebruik",
    key=("holding_id",),
    stage="resolve",
    shape="polygon",
    columns={
        **shared("cluster_id", "parcel_id", "site_name"),
        "plan_category": optional_text(
            "highest nuisance category of the plan; empty is unknown",
            "Milieucategorie volgens plan",
            choices=CATEGORIES,
        ),
        "contract_ids": optional_text("contracts that count for it, comma between", "Contracten", confidential=True),
        "chain": optional_text(
            "rights on it from the owner down, master leases first; each with its kind",
            "Keten van rechten",
            confidential=True,
        ),
        **shared("available_earliest", "available_expected", "available_latest", "decided_by"),
        "record": optional_text("record that decides on the reference date", "Bewijsstuk", confidential=True),
        "recorded_on": optional_day("date of that record", "Datum bewijs"),
        "certainty": text("what that record rests on", "Zekerheid", choices=CERTAINTIES),
        "disagreeing": optional_text("records that say otherwise, and what they say", "Spreekt tegen"),
        "built_share": share("share of it under standing buildings", "Bebouwd deel"),
        "shows_use": flag(
            "something stands or lies on it, though no contract in force gives it in use", "Toont gebruik"
        ),
        "is_strategic_reserve": flag("the land owner keeps it for later, says the register", "Strategische reserve"),
        **shared("area_m2"),
    },
)
