"""Leases, rents, options and reservations, one row per contract and plot."""

from layers.columns import CATEGORIES, area, day, flag, integer, number, shared, text
from layers.layer import Layer

LAYER = Layer(
    "ground_leases",
    "rights on plots, one row per contract, place and kind of right; a contract without plot covers "
    "the whole site that it names",
    "Contracten",
    key=("contract_id", "parcel_id", "site_name", "right_type"),
    columns={
        **shared("contract_id"),
        "parcel_id": text("plot under the right; empty where the right covers a site", "Kavel", optional=True),
        "site_name": text("site under the right; empty where the right is on a plot", "Terrein", optional=True),
        **shared("right_type", "holder"),
        "lessor": text("landlord that gave the right", "Uitgever", optional=True),
        "starts_on": day(
            "first day of the right", "Ingangsdatum", minimum="1700-01-01", maximum="2200-12-31", optional=True
        ),
        "ends_on": day(
            "last day of the right; empty is not known, unless perpetual",
            "Einddatum",
            minimum="1700-01-01",
            maximum="2200-12-31",
            optional=True,
        ),
        "is_perpetual": flag("the right has no end by its own terms", "Eeuwigdurend", optional=True),
        "extension_years": integer(
            "years by which the right can be extended, all options together",
            "Verlenging",
            unit="year",
            minimum=0,
            maximum=999,
            optional=True,
        ),
        **shared("extension_right"),
        "last_notice_on": day(
            "last day on which the extension can be called",
            "Aanzeggen tot en met",
            minimum="1700-01-01",
            maximum="2300-12-31",
            optional=True,
        ),
        "notice_given_on": day(
            "day on which the contract was given notice of; empty is not",
            "Opgezegd op",
            minimum="1700-01-01",
            maximum="2300-12-31",
            optional=True,
        ),
        "ends_by_notice_on": day(
            "last day of the right by that notice; empty is the end of the contract",
            "Einde door opzegging",
            minimum="1700-01-01",
            maximum="2300-12-31",
            optional=True,
        ),
        "rent_eur": number(
            "rent a year", "Canon of huur per jaar", unit="EUR", minimum=0, optional=True, confidential=True
        ),
        "is_quay_bound": flag("the user needs the quay; empty is not known", "Kadegebonden", optional=True),
        "activity_category": text(
            "nuisance category of what the user does there; empty is not known",
            "Milieucategorie gebruiker",
            choices=CATEGORIES,
            optional=True,
        ),
        "is_seveso": flag("the user falls under Seveso; empty is not known", "Seveso", optional=True),
        "certainty": text(
            "what the right rests on", "Zekerheid", choices=("deed", "decision", "letter", "oral", "unknown")
        ),
        "area_m2": area("area named in the contract", "Contractoppervlakte", optional=True),
    },
)
