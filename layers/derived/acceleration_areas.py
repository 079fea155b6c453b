"""Sets of usable sites near each other, against the number of rules that still bind and the year."""

from layers.columns import count, day, flag, integer, number, optional_day, optional_text, shared
from layers.layer import Layer

LAYER = Layer(
    "acceleration_areas",
    "for the lead activity and every net-zero technology: sets of sites near each other, under a size bound, that no "
    "other set beats in hectares, in fewer rules still to be lifted, and in year (as far as proven); and sites that "
    "are larger than the bound by themselves: a choice, not an answer",
    "Kansrijke versnellingsgebieden",
    is_published=True,
    key=("cluster_id", "profile", "area_id"),
    stage="assemble",
    shape="polygon",
    columns={
        "area_id": integer("number within the cluster and activity, the largest first", "Nummer", minimum=1),
        **shared("cluster_id", "profile", "year", "area_m2"),
        "site_count": integer("sites, bridged as those of `sites` are", "Aantal locaties", minimum=1),
        "binding_count": count("rules that still bind on it and would have to be lifted", "Aantal regels"),
        "limiting": optional_text("those rules, space between", "Beperkt door"),
        "usable_from": day(
            "first day since which all its land is free, and has room but for those rules, without a break",
            "Bruikbaar per",
        ),
        "usable_from_latest": optional_day(
            "the same if all extensions and options are called, from that day on; empty is never, or not known",
            "Uiterlijk bruikbaar per",
        ),
        "is_above_bound": flag("a site that is larger by itself than an area may be: in no area", "Boven de grens"),
        "solver_gap": number(
            "part by which a larger area, with no more rules and no later, cannot be ruled out; 0 is proven best, to "
            "a square metre",
            "Niet bewezen deel",
            unit="0-1",
            minimum=0,
        ),
    },
)
