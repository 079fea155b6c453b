"""Gaps that join two parts of a site, over which land, and what that costs."""

from layers.columns import BRIDGE_COSTS, length, shared, text
from layers.layer import Layer

LAYER = Layer(
    "bridges",
    "each gap that a site needs closed: between which pieces, how wide, over what land, and its cost class",
    "Overbruggingen",
    is_published=True,
    key=("site_id", "from_piece", "to_piece"),
    stage="assemble",
    shape="polygon",
    columns={
        "site_id": text("site", "Locatie"),
        "from_piece": text("piece on one side", "Van deelvlak"),
        "to_piece": text("piece on the other side", "Naar deelvlak"),
        "gap_m": length("shortest distance between the two", "Tussenruimte"),
        "bridge_title": text("what a planner calls the land between", "Over"),
        "bridge_cost": text("cost class", "Kosten overbrugging", choices=BRIDGE_COSTS),
        **shared("area_m2"),
    },
)
