"""How much land stands under which heading."""

from layers.columns import CASE_OR_BOTH, integer, number, optional_count, text
from layers.layer import Layer

LAYER = Layer(
    "land_balance",
    "area per heading of holding, room, verdict, constraint and sites; clusters sum to the Netherlands",
    "Ruimtebalans",
    is_published=True,
    key=("cluster_id", "year", "case", "profile", "measure", "heading"),
    stage="balance",
    columns={
        "year": integer(
            "the year of the reference date, a horizon, or the year that the measure tells of",
            "Jaar",
            unit="year",
            minimum=1900,
            maximum=2300,
        ),
        "case": CASE_OR_BOTH,
        "profile": text("activity profile, or all", "Activiteit"),
        "measure": text(
            "what is counted",
            "Maat",
            # As figures.csv has them, which others read: a published name stays.
            choices=(
                "holding",
                "room",
                "verdict",
                "hit",
                "unique",
                "share",
                "theme_hit",
                "theme_unique",
                "theme_share",
                "law_hit",
                "law_unique",
                "law_share",
                "sites",
                "sites_at_least",
                "fragmentation_loss",
                "shortage",
                "demand",
                "demand_of_programme",
                "supply_minus_demand",
                "supply",
                "spread",
                "paper_vacancy",
                "renewal_ends",
                "renewal_notice",
                "decision_moment",
                "double_occupation",
                "conflict",
                "free_and_room",
                "highest_category",
                "plan_hit",
                "plan_unique",
                "plan_share",
                "usable_by_claim",
            ),
        ),
        "heading": text("heading within the measure", "Post"),
        # Without a minimum: supply less demand can be negative.
        "area_m2": number("area", "Oppervlakte", unit="m2"),
        "count": optional_count("how many pieces, plots or sites", "Aantal"),
    },
)
