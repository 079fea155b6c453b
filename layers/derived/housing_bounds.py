"""How heavy an activity may be on each piece beside dwellings and plans, and which of them binds."""

from layers.columns import CATEGORIES, PIECE, YEAR
from layers.layer import Column, Layer

POSSIBLE = ("none", *CATEGORIES)


def category(meaning: str, title: str) -> Column:
    """A category that distance leaves possible; `none` is not even the lightest, empty is not known."""
    return Column("str", meaning, title, choices=POSSIBLE, optional=True)


LAYER = Layer(
    name="housing_bounds",
    meaning="highest nuisance category by distance to dwellings and hard plans, per piece and year; soft plans apart",
    title="Wonen en industrie",
    is_published=True,
    key=("piece_id", "year"),
    stage="assess",
    columns={
        "piece_id": PIECE,
        "year": YEAR,
        "category": category("highest category, each neighbour by its own kind of area", "Hoogste categorie"),
        "category_quiet": category(
            "highest category if all stood in a quiet area", "Hoogste categorie, rustige woonwijk"
        ),
        "category_mixed": category(
            "highest category if all stood in a mixed area", "Hoogste categorie, gemengd gebied"
        ),
        "category_without_plans": category("highest category by what stands now", "Hoogste categorie zonder plannen"),
        "bound_by": Column("str", "what binds", "Begrensd door", choices=("building", "plan", "nothing", "unknown")),
        "binding_id": Column("str", "building or plan that binds", "Begrenzend object", optional=True),
        "binding_m": Column("float", "metres to it", "Afstand daartoe", unit="m", minimum=0, optional=True),
        "category_with_soft_plans": category(
            "highest category if the soft plans were built too; never binding", "Hoogste categorie met zachte plannen"
        ),
        "soft_plan_id": Column("str", "soft plan that would bind then", "Zacht plan", optional=True),
        "own_risk_radius_m": Column(
            "float",
            "largest own 1e-6 contour before it meets a vulnerable building or hard plan; empty is none known",
            "Ruimte voor eigen risicocontour",
            unit="m",
            minimum=0,
            optional=True,
        ),
        "own_risk_id": Column("str", "building or plan that it meets", "Grens risicocontour", optional=True),
    },
)
