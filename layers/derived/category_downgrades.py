"""What the plan admits against what dwellings and hard plans leave possible."""

from layers.columns import area, shared, text
from layers.layer import Layer

LAYER = Layer(
    "category_downgrades",
    "land by the category of its plan and the highest category that plan, dwellings and hard housing plans allow in a "
    "year; none where nothing may be built",
    "Verlies aan milieucategorie",
    is_published=True,
    key=("cluster_id", "year", "held", "plan_category", "category"),
    stage="balance",
    columns={
        "held": text("all land, or land that is free when no extension is called", "Grond", choices=("all", "free")),
        **shared("plan_category"),
        "category": text(
            "highest category that plan, distance and rules leave; none where nothing may be built, unknown where one "
            "of them is not known",
            "Hoogste categorie",
        ),
        **shared("area_m2"),
        "by_plans_m2": area("of which hard housing plans cost a category", "Door woningbouwplannen"),
        "quiet_m2": area(
            "of which the category would be at least as high were all dwellings in a quiet area",
            "Gelijk in rustige woonwijk",
        ),
        "mixed_m2": area(
            "of which the category would be higher were all dwellings in a mixed area", "Hoger in gemengd gebied"
        ),
    },
)
