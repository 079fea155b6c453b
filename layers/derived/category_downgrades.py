"""What the plan admits against what dwellings and hard plans leave possible."""

from layers.columns import CLUSTER, YEAR
from layers.layer import Column, Layer

LAYER = Layer(
    name="category_downgrades",
    meaning="land by the category of its plan and the highest category that it can have in a year beside "
    "dwellings and hard plans",
    title="Verlies aan milieucategorie",
    is_published=True,
    key=("cluster_id", "year", "held", "plan_category", "category"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "year": YEAR,
        "held": Column(
            "str", "all land, or land that is free when no extension is called", "Grond", choices=("all", "free")
        ),
        "plan_category": Column(
            "str", "highest nuisance category of the plan, or unknown", "Milieucategorie volgens plan"
        ),
        "category": Column(
            "str",
            "highest category that plan and distance leave; unknown where either is not known",
            "Hoogste categorie",
        ),
        "area_m2": Column("float", "area", "Oppervlakte", unit="m2", minimum=0),
        "by_plans_m2": Column(
            "float", "of which hard housing plans cost a category", "Door woningbouwplannen", unit="m2", minimum=0
        ),
        "quiet_m2": Column(
            "float",
            "of which the category would be at least as high were all dwellings in a quiet area",
            "Gelijk in rustige woonwijk",
            unit="m2",
            minimum=0,
        ),
        "mixed_m2": Column(
            "float",
            "of which the category would be higher were all dwellings in a mixed area",
            "Hoger in gemengd gebied",
            unit="m2",
            minimum=0,
        ),
    },
)
