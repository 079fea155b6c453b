"""Dwellings and vulnerable buildings, as points or outlines."""

from layers.columns import optional_text, text
from layers.layer import Layer

LAYER = Layer(
    "sensitive_buildings",
    "what nuisance and risk distances are measured to",
    "Gevoelige gebouwen",
    key=("building_id",),
    shape="any",
    columns={
        "building_id": text("key of the building or address", "Gebouw-id"),
        "object_kind": text(
            "what it is in the rules on external safety",
            "Soort gebouw",
            choices=("dwelling", "scattered_dwelling", "vulnerable_building", "very_vulnerable_building"),
        ),
        "area_kind": optional_text(
            "kind of residential area that it stands in; not known counts as quiet",
            "Soort woongebied",
            choices=("quiet", "mixed", "unknown"),
        ),
    },
)
