"""Motorway junctions and terminals that a road distance is measured to."""

from layers.columns import optional_text, text
from layers.layer import Layer

JUNCTION = "motorway_junction"
TERMINALS = (JUNCTION, "rail_terminal", "inland_terminal", "sea_terminal")

LAYER = Layer(
    "terminals",
    "where one gets on the motorway, the train or the ship",
    "Overslagpunten",
    key=("terminal_id",),
    shape="point",
    columns={
        "terminal_id": text("key of the place", "Punt-id"),
        "terminal_name": optional_text("name of the place", "Overslagpunt"),
        "terminal_kind": text("what it gives on to", "Soort punt", choices=TERMINALS),
    },
)
