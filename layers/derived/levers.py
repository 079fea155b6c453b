"""What frees most when it is lifted, alone or together."""

from layers.columns import area, flag, integer, optional_number, optional_text, text
from layers.layer import Layer

LAYER = Layer(
    "levers",
    "sets of reasons that free most when lifted together, of each size the best; in raw m2, and in "
    "usable m2 after the tests of size, width and quay",
    "Hefbomen",
    is_published=True,
    key=("cluster_id", "profile", "year", "case", "scope", "lifted_count", "rank"),
    stage="balance",
    columns={
        "lifted": text("reasons lifted together, space between", "Opgeheven"),
        "lifted_count": integer("how many reasons are lifted", "Aantal redenen", minimum=1),
        "scope": text(
            "lifts who has the land, what may be there, both, or all rules of one law; levers are ranked within it",
            "Soort hefboom",
            choices=("land", "room", "both", "law"),
        ),
        "law": optional_text("the law of which all rules here are lifted; empty of other levers", "Wet of grondslag"),
        "rank": integer("place among levers of its kind and size, by usable m2 and then raw m2", "Plaats", minimum=1),
        "raw_m2": area("land that becomes free and open", "Komt vrij"),
        "gained_m2": optional_number(
            "usable land gained, land beside it that was too small among it; empty: not tried",
            "Wordt bruikbaar",
            unit="m2",
        ),
        "usable_bound_m2": area(
            "this lever makes no more land usable than this: what was found where it was tried, else what it frees and "
            "the free and open land beside that which is not usable",
            "Wordt ten hoogste bruikbaar",
        ),
        "synergy_m2": area("raw land that none of them frees alone", "Alleen samen"),
        "bound_m2": area("no set of this size frees more raw land than this", "Bovengrens van wat vrijkomt"),
        "is_proven": flag(
            "no set of this kind and size frees more raw land: all were tried, or the bound is reached",
            "Bewezen wat vrijkomt",
        ),
        "is_usable_proven": flag(
            "it was tried, and no lever of this kind and size that was not tried can make more land usable",
            "Bewezen wat bruikbaar wordt",
        ),
    },
)
