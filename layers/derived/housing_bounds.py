"""How heavy an activity may be on each piece beside dwellings and plans, and which of them binds."""

from layers.column import Column
from layers.columns import CATEGORIES, optional_length, optional_text, text
from layers.layer import Layer

POSSIBLE = ("none", *CATEGORIES)


def category(meaning: str, title: str) -> Column:
    """A category that distance leaves possible; `none` is not even the lightest, empty is not known."""
    return optional_text(meaning, title, choices=POSSIBLE)


LAYER = Layer(
    "housing_bounds",
    "highest nuisance category by distance to dwellings and hard plans, per piece and year; soft plans apart",
    "Wonen en industrie",
    is_published=True,
    key=("piece_id", "year"),
    stage="assess",
    columns={
        "dwelling_category": category(
            "highest category, each neighbour by its own kind of area", "Hoogste categorie naast woningen"
        ),
        "category_quiet": category(
            "highest category if all stood in a quiet area", "Hoogste categorie naast woningen, rustige woonwijk"
        ),
        "category_mixed": category(
            "highest category if all stood in a mixed area", "Hoogste categorie naast woningen, gemengd gebied"
        ),
        "category_without_plans": category(
            "highest category by what stands now", "Hoogste categorie naast woningen, zonder plannen"
        ),
        "bound_by": text("what binds", "Begrensd door", choices=("building", "plan", "nothing", "unknown")),
        "binding_id": optional_text("building or plan that binds", "Begrenzend object"),
        "binding_m": optional_length("metres to it", "Afstand daartoe"),
        "category_with_soft_plans": category(
            "highest category if the soft plans were built too; never binding",
            "Hoogste categorie naast woningen, met zachte plannen",
        ),
        "soft_plan_id": optional_text("soft plan that would bind then", "Zacht plan"),
        "own_risk_radius_m": optional_length(
            "largest own 1e-6 contour before it meets a vulnerable building or hard plan; empty is none known",
            "Ruimte voor eigen risicocontour",
        ),
        "own_risk_id": optional_text("building or plan that it meets", "Grens risicocontour"),
    },
)
