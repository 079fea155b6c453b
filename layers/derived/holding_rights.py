"""Every right that lies on a holding, where it stands in the chain, and what it comes to in time."""

from layers.columns import CERTAINTIES, day, flag, share, shared, text
from layers.layer import Layer

LEVELS = ("master", "lease", "use", "claim")
RIGHT_STATUSES = ("decides", "waits", "superseded", "master", "over")

LAYER = Layer(
    "holding_rights",
    "rights on each holding from the owner down, with their own dates and the days on which they let go",
    "Rechten per bezitsvlak",
    is_published=True,
    key=("holding_id", "contract_id", "right_type"),
    stage="resolve",
    columns={
        **shared("holding_id", "contract_id"),
        "level": text("place in the chain", "Trede", choices=LEVELS),
        **shared("right_type", "holder"),
        "starts_on": day("first day of the right", "Ingangsdatum", optional=True),
        "ends_on": day("last day of the right, by notice if given", "Einddatum", optional=True),
        "ends_latest_on": day(
            "last day if every extension is called and notice disputed; empty is not known or never",
            "Uiterste einde",
            optional=True,
        ),
        "released_earliest": day(
            "first day it lets the land go if no extension is called", "Los op zijn vroegst", optional=True
        ),
        "released_latest": day(
            "first day it lets the land go if every extension is called", "Los op zijn laatst", optional=True
        ),
        "last_notice_on": day("last day on which the extension can be called", "Aanzeggen tot en met", optional=True),
        "is_noticed": flag("notice of it was given", "Opgezegd"),
        **shared("extension_right"),
        "certainty": text("what the right rests on", "Zekerheid", choices=CERTAINTIES),
        "chance": share(
            "chance that its extension or option is called, where the card gives one",
            "Kans op verlenging",
            optional=True,
        ),
        "right_status": text("what it comes to on this holding", "Werking", choices=RIGHT_STATUSES),
    },
)
