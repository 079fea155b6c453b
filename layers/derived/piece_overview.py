"""One row per piece for the planner."""

from layers.closed_lists import ROOMS
from layers.columns import THEMES, optional_flag, optional_length, optional_text, shared, tenure_status, text, verdict
from layers.derived.housing_bounds import category
from layers.layer import Layer

# What keeps a piece from being usable: nothing, who has it, its size and shape, the category of the plan, a theme of
# rules,
# more than one theme, or that it is not known.
PIECE_CAUSES = ("nothing", "tenure", "fit", "plan_category", *THEMES, "several", "unknown")

LAYER = Layer(
    "piece_overview",
    "pieces with the verdict for the lead profile and why",
    "Deelvlakken",
    is_published=True,
    key=("piece_id",),
    stage="publish",
    shape="polygon",
    columns={
        **shared("cluster_id", "parcel_id", "holding_id", "area_m2", "plan_category"),
        "is_built_up": optional_flag(
            "whether its holding is built on today: for the share from which free on paper is not free; empty where "
            "buildings are not known",
            "Nu bebouwd",
        ),
        "holding_{year}": tenure_status("{year}: uitgifte en gebruik"),
        "room_{year}": text("room for the lead profile", "{year}: ruimte", choices=ROOMS),
        "verdict_{year}": verdict("{year}: oordeel"),
        "verdict_latest_{year}": verdict("{year}: oordeel, met alle verlengingen"),
        "why_{year}": optional_text("what keeps it from being usable for the lead profile", "{year}: waarom niet"),
        "cause_{year}": text("what that is, in one word: the heaviest of it", "{year}: oorzaak", choices=PIECE_CAUSES),
        "room_text_{year}": text(
            "room for the lead profile in a sentence; what a rule rests on stands in belemmeringen",
            "{year}: toelichting milieuruimte",
        ),
        "category_{year}": category(
            "highest category that its plan, dwellings and hard plans allow; none where nothing may be built",
            "{year}: hoogste categorie",
        ),
        "category_by_{year}": optional_text(
            "what binds it: a rule, the plan of the land, or a building or housing plan", "{year}: begrensd door"
        ),
        "dwelling_category_{year}": category(
            "highest category by distance to dwellings and hard plans alone",
            "{year}: hoogste categorie naast woningen",
        ),
        "binding_id_{year}": optional_text("building or plan that binds that", "{year}: begrenzend object"),
        "category_with_soft_plans_{year}": category(
            "highest category by distance if soft plans were built too; never binding",
            "{year}: hoogste categorie naast woningen en zachte plannen",
        ),
        "own_risk_radius_m": optional_length(
            "largest own 1e-6 contour before it meets a vulnerable building or hard plan, in the last asked year",
            "Ruimte voor eigen risicocontour",
        ),
        **shared("combination_id"),
        "zone_titles": optional_text("all zones over the piece", "Belemmeringen"),
    },
)
