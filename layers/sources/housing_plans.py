"""Planned dwellings with the status of the plan."""

from layers.columns import HOUSING_KINDS, optional_count, optional_text, optional_year, shared, text
from layers.layer import Layer

# Plans that bind; all others are soft, shown apart and never binding.
HARD_STATUSES = ("irrevocable", "adopted")
# No plan has as many: a slip of the pen, or a code for not known.
MOST_DWELLINGS = 100_000

LAYER = Layer(
    "housing_plans",
    "areas planned for dwellings, or in which they are sought; irrevocable and adopted plans are hard, all others soft",
    "Woningbouwplannen",
    key=("plan_id",),
    shape="polygon",
    columns={
        **shared("plan_name"),
        "plan_status": text(
            "how firm the plan is",
            "Planstatus",
            choices=("irrevocable", "adopted", "draft", "preliminary", "vision", "search_area", "idea", "unknown"),
        ),
        "object_kind": optional_text(
            "what is planned, in the rules on external safety; empty is dwellings, scattered where they are few",
            "Soort gebouw",
            choices=HOUSING_KINDS,
        ),
        "area_kind": optional_text(
            "kind of residential area that is planned; not known counts as quiet",
            "Soort woongebied",
            choices=("quiet", "mixed", "unknown"),
        ),
        "dwellings": optional_count(
            "dwellings planned or sought, gross", "Woningen", unit="dwellings", maximum=MOST_DWELLINGS
        ),
        "from_year": optional_year("first year of delivery", "Oplevering vanaf"),
        "to_year": optional_year("last year of delivery", "Oplevering tot"),
    },
)
