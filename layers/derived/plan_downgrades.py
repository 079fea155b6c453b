"""From which category to which each plan alone would bring free land."""

from layers.columns import CLUSTER, YEAR
from layers.layer import Column, Layer

LAYER = Layer(
    name="plan_downgrades",
    meaning="free land (no extension called) that loses category when one plan is built and no other",
    title="Categorieverlies per plan",
    is_published=True,
    key=("cluster_id", "plan_id", "year", "category_before", "category_after"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "plan_id": Column("str", "key of the plan", "Plan-id"),
        "plan_name": Column("str", "name of the plan", "Plannaam", optional=True),
        "is_hard": Column("bool", "the plan binds; soft plans stand apart and bind nobody", "Hard plan"),
        "year": YEAR,
        "category_before": Column("str", "highest category without any plan", "Categorie zonder plan"),
        "category_after": Column("str", "highest category with this plan alone", "Categorie met plan"),
        "area_m2": Column("float", "area", "Oppervlakte", unit="m2", minimum=0),
    },
)
