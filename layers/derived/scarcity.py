"""What there is of a scarce quality, what of it is free, used without need, and asked by projects."""

from layers.columns import area, optional_number, text
from layers.derived.scarce_plots import QUALITIES
from layers.layer import Layer

LAYER = Layer(
    "scarcity",
    "plots with a scarce quality on the reference date: all, free, used without need, not known; and "
    "what projects ask of it",
    "Schaarste",
    is_published=True,
    key=("cluster_id", "quality"),
    stage="balance",
    columns={
        "quality": text("what makes it scarce", "Schaars om", choices=QUALITIES),
        "area_m2": area("all plots that have it", "Totaal"),
        "free_m2": area("of that free", "Vrij"),
        "misfit_m2": area("of that used by who does not need it", "Gebruikt zonder noodzaak"),
        "unknown_m2": area("of that used by who may or may not need it, or held by nobody knows whom", "Niet bekend"),
        "demand_m2": area("asked by projects that need it", "Gevraagd", confidential=True),
        "scarcity": optional_number(
            "asked over free; empty where nothing is free",
            "Gevraagd gedeeld door vrij",
            unit="",
            minimum=0,
            confidential=True,
        ),
    },
)
