"""Ruimtebalans: how much land stands under which heading."""

from layers.columns import CASE_OR_BOTH, CLUSTER
from layers.layer import Column, Layer

LAYER = Layer(
    name="land_balance",
    meaning="area per heading of holding, room, verdict, constraint and sites; clusters sum to the Netherlands",
    title="Ruimtebalans",
    key=("cluster_id", "year", "case", "profile", "measure", "heading"),
    columns={
        "cluster_id": CLUSTER,
        "year": Column(
            "int",
            "the year of the reference date, a horizon, or the year that the measure tells of",
            "Jaar",
            unit="year",
            minimum=1900,
            maximum=2300,
        ),
        "case": CASE_OR_BOTH,
        "profile": Column("str", "activity profile, or all", "Activiteit"),
        "measure": Column(
            "str",
            "what is counted",
            "Maat",
            choices=(
                "holding",
                "room",
                "verdict",
                "hit",
                "unique",
                "share",
                "sites",
                "demand",
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
        "heading": Column("str", "heading within the measure", "Post"),
        "area_m2": Column("float", "area", "Oppervlakte", unit="m2"),
        "count": Column("int", "how many pieces, plots or sites", "Aantal", minimum=0, optional=True),
    },
)
