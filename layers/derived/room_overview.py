"""Room per combination of zones, plan category, activity and year, with a sentence."""

from layers.columns import text
from layers.derived.rooms import LAYER as ROOMS
from layers.layer import Layer

LAYER = Layer(
    "room_overview",
    "room for every activity and year, with its rules; pieces find theirs by combination and plan category",
    "Milieuruimte",
    is_published=True,
    key=ROOMS.key,
    stage="publish",
    columns={
        **{name: ROOMS.columns[name] for name in (*ROOMS.key, "room", "limiting")},
        "narrative": text("why, in Dutch, rule by rule; what a rule rests on stands in belemmeringen", "Toelichting"),
    },
)
