"""How much land each reason and each theme holds back: in all, alone, and as its equal share."""

from layers.columns import THEMES, area, optional_text, share, text
from layers.layer import Layer

# Beside the themes of constraints: who has the land, what the plan says, and land on no plot.
SEVERAL = "several"  # of a law with rules of more than one theme
REASON_THEMES = (*THEMES, "holding", "land_use_plan", "no_parcel", "slivers", SEVERAL)
LAYER = Layer(
    "attribution",
    "m2 that each reason holds back: hit (with others or not), unique (alone) and share (in equal "
    "parts with the others, the Shapley value); shares of a level sum to gross less free and open",
    "Toerekening",
    is_published=True,
    key=("cluster_id", "profile", "year", "case", "tier", "reason"),
    stage="balance",
    columns={
        "tier": text(
            "one reason; all reasons of a theme as one; or all rules of a law as one",
            "Niveau",
            choices=("reason", "theme", "law"),
        ),
        "reason": text("constraint, plan_category, who has the land, theme or law", "Reden"),
        "theme": text("theme of the reason", "Thema", choices=REASON_THEMES),
        "law": optional_text("law or ground that the rule rests on; empty of what is no rule", "Wet of grondslag"),
        "inside": optional_text(
            "rules of the same law that lie on all of its land: lifting it alone frees nothing, lifting the law may",
            "Geheel binnen (zelfde wet)",
        ),
        "hit_m2": area("land that it holds back, with others or not", "Raakt"),
        "sole_m2": area("land that it alone holds back", "Alleen"),
        "share_m2": area("land divided equally over all reasons on it: the Shapley value", "Aandeel"),
        "redundancy": share(
            "part of what it holds back that others hold back too; 1: lifting it alone frees nothing",
            "Deel dat ook een ander tegenhoudt",
        ),
    },
)
