"""Free and open land that has nearly what an activity asks."""

from layers.columns import area, length, optional_length, shared, text
from layers.layer import Layer

LAYER = Layer(
    "near_misses",
    "patches of free and open land that have part of all that an activity asks, and what they are short of",
    "Net niet",
    key=("cluster_id", "profile", "year", "case", "first_piece"),
    stage="assemble",
    shape="polygon",
    columns={
        "first_piece": text("first piece by key", "Eerste deelvlak"),
        **shared("area_m2"),
        "required_area_m2": area("area that is asked", "Gevraagde oppervlakte"),
        "patch_width_m": length("diameter of the largest circle inside", "Breedte"),
        "required_width_m": length("width that is asked", "Gevraagde breedte"),
        "patch_quay_m": optional_length("quay along it; empty where not asked or not known", "Kadelengte"),
        "required_quay_m": length("quay that is asked", "Gevraagde kade"),
        "patch_draught_m": optional_length(
            "largest draught that enough of its quay carries; empty where not asked or not known",
            "Diepgang",
        ),
        "required_draught_m": length("draught that is asked", "Gevraagde diepgang"),
        "short_of": text(
            "what it is short of, space between: area, width, quay, draught, or that quay or draught is not known",
            "Wat ontbreekt",
        ),
    },
)
