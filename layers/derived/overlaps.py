"""Land that two reasons hold back together."""

from layers.columns import area, flag, number, text
from layers.layer import Layer

LAYER = Layer(
    "overlaps",
    "m2 under both of two reasons, each pair once by name; pairs that do not meet are left out",
    "Overlap van redenen",
    is_published=True,
    key=("cluster_id", "profile", "year", "case", "reason", "other_reason"),
    stage="balance",
    columns={
        "reason": text("constraint, plan_category, who has the land, or theme", "Reden"),
        "other_reason": text("the other reason", "Andere reden"),
        "overlap_m2": area("land under both", "Beide"),
        "of_reason": number(
            "part of the first that the other holds back too",
            "Deel van reden",
            unit="0-1",
            minimum=0,
            maximum=1.000001,
        ),
        "of_other": number(
            "part of the other that the first holds back too",
            "Deel van andere reden",
            unit="0-1",
            minimum=0,
            maximum=1.000001,
        ),
        "is_same_law": flag("both rest on the same law", "Zelfde wet"),
    },
)
