"""Room on each aspect: what the rules of one theme, or the category of the plan, leave of the land."""

from layers.columns import ASPECTS, area, count, optional_text, text
from layers.layer import Layer

# By room the meaning and the title of its area.
_AREAS = {
    "open": ("with room on this aspect", "Ruimte"),
    "conditional": ("with room under conditions on this aspect", "Voorwaardelijk"),
    "blocked": ("without room on this aspect", "Geen ruimte"),
    "unknown": ("of which it is not known whether there is room on this aspect", "Niet bekend"),
}
LAYER = Layer(
    "room_by_aspect",
    "land on plots by the room that each aspect alone leaves for an activity, and the part of it that is free: each m2 "
    "once per aspect. An aspect without a rule that can limit anything, or with nothing known of the layers of such "
    "rules, is not known; what an activity does not state as a need is not asked",
    "Ruimte per aspect",
    is_published=True,
    key=("cluster_id", "aspect", "profile", "year", "case"),
    stage="balance",
    columns={
        "aspect": text("theme of the rules, or the category of the plan", "Aspect", choices=ASPECTS),
        **{f"{room}_m2": area(f"land {meaning}", title) for room, (meaning, title) in _AREAS.items()},
        "attention_m2": area(
            "of the land with room: a rule of this aspect asks attention", "Ruimte, met aandachtspunt"
        ),
        **{
            f"free_{room}_m2": area(f"free land {meaning}", f"Vrij: {title[0].lower()}{title[1:]}")
            for room, (meaning, title) in _AREAS.items()
        },
        "rule_count": count(
            "rules of this aspect that can limit the activity; 0: no rule decides, or nothing is asked of the activity",
            "Regels die beslissen",
        ),
        "as_none": optional_text("source layers of these rules that count as if there is nothing", "Geteld als niets"),
        "as_unknown": optional_text("source layers of these rules that are not known", "Lagen niet bekend"),
    },
)
