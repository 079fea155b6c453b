"""The shapes of rows that did not come through a source as they stood."""

from layers.columns import optional_area, text
from layers.derived.refused import LAYER as REFUSED
from layers.layer import Layer

PARTS = ("repaired", "lost", "refused", "duplicate")

LAYER = Layer(
    "refused_shapes",
    "shapes of rows refused, merged or repaired; a repaired row as it stands and, apart, what its repair lost",
    "Hersteld en geweigerd",
    key=(*REFUSED.key, "part"),
    stage="harmonise",
    shape="polygon",
    columns={
        **REFUSED.columns,
        "part": text(
            "what became of this land; lost: within the outline drawn, and lost in repair", "Deel", choices=PARTS
        ),
        "area_m2": optional_area("area of this part; empty of a line or point, drawn as a strip", "Oppervlakte"),
        "area_before_m2": optional_area("area of the row within the outline drawn, before repair", "Oppervlakte voor"),
        "area_after_m2": optional_area("area of the row after repair", "Oppervlakte na"),
        "registered_area_m2": optional_area("area that the row itself states", "Oppervlakte volgens register"),
        "lost_area_m2": optional_area("area that its repair lost", "Verloren oppervlakte"),
    },
)
