"""Bezitsvlakken: parts of plots inside a cluster under one set of rights."""

from layers.columns import AREA, CATEGORIES, CLUSTER, EARLIEST, HOLDING_ID, LATEST, PARCEL
from layers.layer import Column, Layer

LAYER = Layer(
    name="holdings",
    meaning="plots inside the cluster boundary, cut by lease polygons; each m2 stands in one holding",
    title="Bezitsvlakken",
    key=("holding_id",),
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
        "contract_ids": Column("str", "contracts that count for it, comma between", "Contracten", optional=True),
        "available_earliest": EARLIEST,
        "available_latest": LATEST,
        "area_m2": AREA,
    },
)
