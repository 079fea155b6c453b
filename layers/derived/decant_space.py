"""Free land to which users could move that hold scarce land without need, and how much of that could come back."""

from layers.columns import area, shared
from layers.layer import Layer

MAY_RETURN = "what could come back at most if its users moved there who do not need it"
MAY_RETURN_TOO = "of that what may come back too: the user, its need or the land to move to is not known"

LAYER = Layer(
    "decant_space",
    "per asked year and case the truly free land in areas of at least the least size and width of the lead activity on "
    "which something may be built, so that nobody has to leave for it; and what could come back of each scarce quality "
    "if users that do not need it moved there, within the distance of a swap. Qualities do not add up: one plot may "
    "have several",
    "Schuifruimte",
    is_published=True,
    key=("cluster_id", "year", "case"),
    stage="balance",
    columns={
        **shared("year", "case"),
        "decant_m2": area("that free land", "Schuifruimte"),
        "decant_unknown_m2": area(
            "land that may be so too: who has it, or whether something may be built, is not known",
            "Schuifruimte niet bekend",
        ),
        "quay_returns_m2": area(f"land at a quay: {MAY_RETURN}", "Kade kan terugkomen"),
        "quay_unknown_m2": area(MAY_RETURN_TOO, "Kade, niet bekend"),
        "heavy_returns_m2": area(f"land for heavy categories: {MAY_RETURN}", "Zware categorie kan terugkomen"),
        "heavy_unknown_m2": area(MAY_RETURN_TOO, "Zware categorie, niet bekend"),
        "seveso_returns_m2": area(f"land fit for Seveso activities: {MAY_RETURN}", "Seveso kan terugkomen"),
        "seveso_unknown_m2": area(MAY_RETURN_TOO, "Seveso, niet bekend"),
    },
)
