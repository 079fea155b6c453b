"""What frees most when it is lifted, alone or together."""

from layers.columns import CASE, CLUSTER, PROFILE, YEAR
from layers.layer import Column, Layer

LAYER = Layer(
    name="levers",
    meaning="sets of reasons that free most when lifted together, of each size the best; in raw m2, and in "
    "usable m2 after the tests of size, width and quay",
    title="Hefbomen",
    is_published=True,
    key=("cluster_id", "profile", "year", "case", "scope", "lifted_count", "rank"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "profile": PROFILE,
        "year": YEAR,
        "case": CASE,
        "lifted": Column("str", "reasons lifted together, space between", "Opgeheven"),
        "lifted_count": Column("int", "how many reasons are lifted", "Aantal redenen", minimum=1),
        "scope": Column(
            "str",
            "lifts who has the land, what may be there, or both; levers are ranked within it",
            "Soort hefboom",
            choices=("land", "room", "both"),
        ),
        "rank": Column(
            "int", "place among levers of its kind and size, by usable m2 and then raw m2", "Plaats", minimum=1
        ),
        "raw_m2": Column("float", "land that becomes free and open", "Komt vrij", unit="m2", minimum=0),
        "gained_m2": Column(
            "float",
            "usable land gained, land beside it that was too small among it; empty was not tried",
            "Wordt bruikbaar",
            unit="m2",
            optional=True,
        ),
        "synergy_m2": Column("float", "raw land that none of them frees alone", "Alleen samen", unit="m2", minimum=0),
        "bound_m2": Column(
            "float",
            "no set of this size frees more raw land than this",
            "Bovengrens van wat vrijkomt",
            unit="m2",
            minimum=0,
        ),
        "is_proven": Column(
            "bool",
            "no set of this kind and size frees more raw land: all were tried, or the bound is reached",
            "Bewezen wat vrijkomt",
        ),
    },
)
