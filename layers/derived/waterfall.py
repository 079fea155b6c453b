"""From gross to usable, each m2 under one heading."""

from layers.columns import CASE_OR_BOTH, count, number, optional_count, text
from layers.layer import Layer

LAYER = Layer(
    "waterfall",
    "headings from gross down to usable; all headings below gross sum to gross",
    "Waterval",
    is_published=True,
    key=("cluster_id", "year", "case", "profile", "measure", "heading"),
    stage="balance",
    columns={
        "case": CASE_OR_BOTH,
        "profile": text("activity profile, or all", "Activiteit"),
        "measure": text("what is counted", "Maat", choices=("waterfall",)),
        "heading": text("heading within the measure", "Post"),
        "step": count("order from gross (0) to usable", "Stap"),
        "area_m2": number("area in fixed order: under the first heading that holds", "Oppervlakte", unit="m2"),
        "share_m2": number(
            "area without order: land under several headings in equal parts (Shapley value)",
            "Zonder volgorde",
            unit="m2",
        ),
        "count": optional_count("how many pieces, plots or sites", "Aantal"),
    },
)
