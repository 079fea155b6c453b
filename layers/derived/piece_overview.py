"""Deelvlakken: one row per piece for the planner."""

from layers.columns import AREA, CLUSTER, HOLDING_ID, PARCEL, PIECE, ROOMS, holding, verdict
from layers.layer import Column, Layer

LAYER = Layer(
    name="piece_overview",
    meaning="pieces with the verdict for the lead profile and why",
    title="Deelvlakken",
    key=("piece_id",),
    shape="polygon",
    columns={
        "piece_id": PIECE,
        "cluster_id": CLUSTER,
        "parcel_id": PARCEL,
        "holding_id": HOLDING_ID,
        "area_m2": AREA,
        "plan_category": Column(
            "str", "highest nuisance category of the plan, or unknown", "Milieucategorie volgens plan"
        ),
        "holding_{year}": holding("Bezit {year}"),
        "room_{year}": Column("str", "room for the lead profile", "Ruimte {year}", choices=ROOMS),
        "verdict_{year}": verdict("Oordeel {year}"),
        "verdict_latest_{year}": verdict("Oordeel {year}, na verlenging"),
        "why_{year}": Column(
            "str", "what keeps it from being usable for the lead profile", "Waarom niet {year}", optional=True
        ),
        "zone_titles": Column("str", "all zones over the piece", "Belemmeringen", optional=True),
    },
)
