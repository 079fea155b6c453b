"""From which category to which each plan alone would bring free land."""

from layers.columns import flag, shared, text
from layers.layer import Layer

LAYER = Layer(
    "plan_downgrades",
    "free land (no extension called) that loses category when one plan is built and no other",
    "Categorieverlies per plan",
    is_published=True,
    key=("cluster_id", "plan_id", "year", "category_before", "category_after"),
    stage="balance",
    columns={
        **shared("plan_name"),
        "is_hard": flag("the plan binds; soft plans stand apart and bind nobody", "Hard plan"),
        **shared("year"),
        "category_before": text("highest category without any plan", "Categorie zonder plan"),
        "category_after": text("highest category with this plan alone", "Categorie met plan"),
        **shared("area_m2"),
    },
)
