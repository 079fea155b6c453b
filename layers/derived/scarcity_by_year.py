"""What comes free of a scarce quality by each asked year, by draught and in metres of quay, and what is asked of it."""

from layers.columns import area, length, optional_number, text
from layers.derived.scarce_plots import QUALITIES
from layers.layer import Layer

LAYER = Layer(
    "scarcity_by_year",
    "land with a scarce quality in each asked year and case, by class of draught before its quay, in m2 and in metres "
    "of quay: all, free, used without need, not known; and what projects ask that want to begin by then",
    "Schaarste per jaar",
    is_published=True,
    key=("cluster_id", "quality", "draught_class", "year", "case"),
    stage="balance",
    columns={
        "quality": text("what makes it scarce", "Schaars om", choices=QUALITIES),
        "draught_class": text(
            "metres of draught before the quay, up to and without the last; unknown, or all where no quay is asked",
            "Diepgangklasse",
        ),
        "area_m2": area("all land that has it", "Totaal"),
        "free_m2": area("of that free", "Vrij"),
        "misfit_m2": area("of that still used by who uses it today and does not need it", "Gebruikt zonder noodzaak"),
        "unknown_m2": area("of that used by who may or may not need it, or held by nobody knows whom", "Niet bekend"),
        "demand_m2": area("asked by projects that need it and want to begin by then", "Gevraagd", confidential=True),
        "quay_m": length("metres of quay along that land, each once", "Kade"),
        "free_quay_m": length("of that along free land", "Kade aan vrije grond"),
        "misfit_quay_m": length("of that along land used without need", "Kade gebruikt zonder noodzaak"),
        "unknown_quay_m": length("of that along land of which that is not known", "Kade, niet bekend"),
        "demand_quay_m": length("metres asked by those projects", "Kade gevraagd", confidential=True),
        "scarcity": optional_number(
            "m2 asked over m2 free, both of this draught or deeper; empty where nothing is free",
            "Gevraagd gedeeld door vrij",
            unit="",
            minimum=0,
            confidential=True,
        ),
        "quay_scarcity": optional_number(
            "metres of quay asked over metres free, both of this draught or deeper; empty where none is free",
            "Kade gevraagd gedeeld door vrij",
            unit="",
            minimum=0,
            confidential=True,
        ),
    },
)
