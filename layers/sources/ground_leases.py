"""Leases, rents, options and reservations, one row per contract and plot."""

from layers.columns import (
    CATEGORIES,
    CONTRACT_CERTAINTIES,
    MOST_M2,
    OF_SOURCE,
    optional_area,
    optional_day,
    optional_flag,
    optional_integer,
    optional_number,
    optional_text,
    shared,
    text,
)
from layers.layer import Layer

# An end before this day is a slip of the pen, or what a system writes where there is no date; so are these days.
LEAST_END = "1920-01-01"
NO_DATES = ("1970-01-01",)
MOST_EUR = 1_000_000_000

LAYER = Layer(
    "ground_leases",
    "rights on plots, one row per contract, place and kind of right; a contract without plot covers "
    "the whole site that it names",
    "Contracten",
    key=("contract_id", "parcel_id", "site_name", "right_type"),
    columns={
        "parcel_id": optional_text("plot under the right; empty where the right covers a site", "Kavel"),
        "site_name": optional_text("site under the right; empty where the right is on a plot", "Terrein"),
        **shared("right_type", "holder"),
        "lessor": optional_text("landlord that gave the right", "Uitgever"),
        # Bounds that only catch a slip of the pen: perpetual rights go back centuries.
        "starts_on": optional_day("first day of the right", "Ingangsdatum", minimum="1700-01-01", maximum="2200-12-31"),
        "ends_on": optional_day(
            "last day of the right; empty is not known, unless perpetual",
            "Einddatum",
            minimum="1700-01-01",
            maximum="2200-12-31",
        ),
        "is_perpetual": optional_flag("the right has no end by its own terms", "Eeuwigdurend"),
        "extension_years": optional_integer(
            "years by which the right can be extended, all options together",
            "Verlenging",
            unit="year",
            minimum=0,
            maximum=999,
        ),
        **shared("extension_right"),
        "last_notice_on": optional_day(
            "last day on which the extension can be called",
            "Uiterste datum verlenging",
            minimum="1700-01-01",
            maximum="2300-12-31",
        ),
        "notice_given_on": optional_day(
            "day on which the contract was given notice of; empty is not",
            "Opgezegd op",
            minimum="1700-01-01",
            maximum="2300-12-31",
        ),
        "ends_by_notice_on": optional_day(
            "last day of the right by that notice; empty is the end of the contract",
            "Einde door opzegging",
            minimum="1700-01-01",
            maximum="2300-12-31",
        ),
        "rent_eur": optional_number(
            "rent a year", "Canon of huur per jaar", unit="EUR", minimum=0, maximum=MOST_EUR, confidential=True
        ),
        "is_quay_bound": optional_flag("the user needs the quay; empty is not known", "Kadegebonden"),
        "activity_category": optional_text(
            "nuisance category of what the user does there; empty is not known",
            "Milieucategorie gebruiker",
            choices=CATEGORIES,
        ),
        "is_seveso": optional_flag("the user falls under Seveso; empty is not known", "Seveso"),
        "certainty": text("what the right rests on", "Zekerheid", choices=CONTRACT_CERTAINTIES),
        "area_m2": optional_area("area named in the contract", "Contractoppervlakte", maximum=MOST_M2),
        **OF_SOURCE,
    },
)
