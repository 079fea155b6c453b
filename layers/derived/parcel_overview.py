"""Kavels: one row per plot for the planner."""

from layers.columns import AREA, CLUSTER, EARLIEST, LATEST, PARCEL, holding
from layers.derived.parcel_facts import LAYER as FACTS
from layers.layer import Column, Layer

LAYER = Layer(
    name="parcel_overview",
    meaning="plots inside the cluster with who has most of them, when they come free, and what was measured",
    title="Kavels",
    key=("cluster_id", "parcel_id"),
    shape="polygon",
    columns={
        "cluster_id": CLUSTER,
        "parcel_id": PARCEL,
        "site_name": Column("str", "name of the site", "Terrein", optional=True),
        "area_m2": AREA,
        "plan_category": Column(
            "str", "highest nuisance category of the plan, or unknown", "Milieucategorie volgens plan"
        ),
        "holding_{year}": holding("Bezit {year}"),
        "holding_latest_{year}": holding("Bezit {year}, na verlenging"),
        "available_earliest": EARLIEST,
        "available_latest": LATEST,
        "contract_ids": Column("str", "contracts that count for it", "Contracten", optional=True, confidential=True),
        "usable_{year}_m2": Column(
            "float", "usable for the lead profile, no extension called", "Bruikbaar in {year}", unit="m2", minimum=0
        ),
        "conflict_count": Column("int", "conflicts about this plot", "Tegenstrijdigheden", minimum=0),
        **{
            name: column for name, column in FACTS.columns.items() if name not in ("cluster_id", "parcel_id", "area_m2")
        },
    },
)
