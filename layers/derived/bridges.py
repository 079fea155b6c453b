"""Gaps that join two parts of a site, over which land, and what that costs."""

from layers.columns import AREA, BRIDGE_COSTS
from layers.layer import Column, Layer

LAYER = Layer(
    name="bridges",
    meaning="each gap that a site needs closed: between which pieces, how wide, over what land, and its cost class",
    title="Overbruggingen",
    is_published=True,
    key=("site_id", "from_piece", "to_piece"),
    stage="assemble",
    shape="polygon",
    columns={
        "site_id": Column("str", "site", "Locatie"),
        "from_piece": Column("str", "piece on one side", "Van deelvlak"),
        "to_piece": Column("str", "piece on the other side", "Naar deelvlak"),
        "gap_m": Column("float", "shortest distance between the two", "Tussenruimte", unit="m", minimum=0),
        "bridge_title": Column("str", "what a planner calls the land between", "Over"),
        "bridge_cost": Column("str", "cost class", "Kosten overbrugging", choices=BRIDGE_COSTS),
        "area_m2": AREA,
    },
)
