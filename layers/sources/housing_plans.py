"""Planned dwellings with the status of the plan."""

from layers.layer import Column, Layer

# Plans that bind; all others are soft, shown apart and never binding.
HARD_STATUSES = ("irrevocable", "adopted")

LAYER = Layer(
    name="housing_plans",
    meaning="areas planned for dwellings; irrevocable and adopted plans are hard, all others soft",
    title="Woningbouwplannen",
    key=("plan_id",),
    shape="polygon",
    columns={
        "plan_id": Column("str", "key of the plan", "Plan-id"),
        "plan_name": Column("str", "name of the plan", "Plannaam", optional=True),
        "plan_status": Column(
            "str",
            "how firm the plan is",
            "Planstatus",
            choices=("irrevocable", "adopted", "draft", "preliminary", "vision", "idea", "unknown"),
        ),
        "area_kind": Column(
            "str",
            "kind of residential area that is planned; not known counts as quiet",
            "Soort woongebied",
            choices=("quiet", "mixed", "unknown"),
            optional=True,
        ),
        "dwellings": Column("int", "dwellings planned, gross", "Woningen", unit="dwellings", minimum=0, optional=True),
        "from_year": Column(
            "int", "first year of delivery", "Oplevering vanaf", unit="year", minimum=1900, maximum=2200, optional=True
        ),
        "to_year": Column(
            "int", "last year of delivery", "Oplevering tot", unit="year", minimum=1900, maximum=2200, optional=True
        ),
    },
)
