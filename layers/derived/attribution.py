"""How much land each reason and each theme holds back: in all, alone, and as its equal share."""

from layers.columns import CASE, CLUSTER, PROFILE, THEMES, YEAR
from layers.layer import Column, Layer

REASON_THEMES = (*THEMES, "holding", "land_use_plan", "no_parcel")
LAYER = Layer(
    name="attribution",
    meaning="m2 that each reason holds back: hit (with others or not), unique (alone) and share (in equal "
    "parts with the others, the Shapley value); shares of a level sum to gross less free and open",
    title="Toerekening",
    is_published=True,
    key=("cluster_id", "profile", "year", "case", "tier", "reason"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "profile": PROFILE,
        "year": YEAR,
        "case": CASE,
        "tier": Column("str", "one reason, or all reasons of a theme as one", "Niveau", choices=("reason", "theme")),
        "reason": Column("str", "constraint, plan_category, who has the land, or theme", "Reden"),
        "theme": Column("str", "theme of the reason", "Thema", choices=REASON_THEMES),
        "hit_m2": Column("float", "land that it holds back, with others or not", "Raakt", unit="m2", minimum=0),
        "sole_m2": Column("float", "land that it alone holds back", "Alleen", unit="m2", minimum=0),
        "share_m2": Column(
            "float", "land divided equally over all reasons on it: the Shapley value", "Aandeel", unit="m2", minimum=0
        ),
        "redundancy": Column(
            "float",
            "part of what it holds back that others hold back too; 1: lifting it alone frees nothing",
            "Deel dat ook een ander tegenhoudt",
            unit="0-1",
            minimum=0,
            maximum=1,
        ),
    },
)
