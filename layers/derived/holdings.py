"""Parts of plots inside a cluster under one set of rights."""

from layers.columns import (
    AREA,
    CATEGORIES,
    CERTAINTIES,
    CLUSTER,
    DECIDED_BY,
    EARLIEST,
    HOLDING_ID,
    LATEST,
    LIKELY,
    PARCEL,
)
from layers.layer import Column, Layer

LAYER = Layer(
    name="holdings",
    meaning="plots inside the cluster boundary, cut by lease polygons; each m2 stands in one holding",
    title="Bezitsvlakken",
    key=("holding_id",),
    stage="resolve",
    shape="polygon",
    columns={
        "holding_id": HOLDING_ID,
        "cluster_id": CLUSTER,
        "parcel_id": PARCEL,
        "site_name": Column("str", "name of the site", "Terrein", optional=True),
        "plan_category": Column(
            "str",
            "highest nuisance category of the plan; empty is unknown",
            "Milieucategorie volgens plan",
            choices=CATEGORIES,
            optional=True,
        ),
        "contract_ids": Column(
            "str", "contracts that count for it, comma between", "Contracten", optional=True, confidential=True
        ),
        "chain": Column(
            "str",
            "rights on it from the owner down, master leases first; each with its kind",
            "Keten van rechten",
            optional=True,
            confidential=True,
        ),
        "available_earliest": EARLIEST,
        "available_expected": LIKELY,
        "available_latest": LATEST,
        "decided_by": DECIDED_BY,
        "record": Column(
            "str", "record that decides on the reference date", "Bewijsstuk", optional=True, confidential=True
        ),
        "recorded_on": Column("date", "date of that record", "Datum bewijs", optional=True),
        "certainty": Column("str", "what that record rests on", "Zekerheid", choices=CERTAINTIES),
        "disagreeing": Column("str", "records that say otherwise, and what they say", "Spreekt tegen", optional=True),
        "built_share": Column(
            "float", "share of it under standing buildings", "Bebouwd deel", unit="0-1", minimum=0, maximum=1
        ),
        "shows_use": Column(
            "bool", "something stands or lies on it, though no contract in force gives it in use", "Toont gebruik"
        ),
        "is_strategic_reserve": Column(
            "bool", "the land owner keeps it for later, says the register", "Strategische reserve"
        ),
        "area_m2": AREA,
    },
)
