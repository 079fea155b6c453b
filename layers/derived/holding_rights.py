"""Every right that lies on a holding, where it stands in the chain, and what it comes to in time."""

from layers.columns import CERTAINTIES, flag, optional_day, optional_share, shared, text
from layers.layer import Layer

LEVELS = ("master", "lease", "use", "claim")
RIGHT_STATUSES = ("decides", "waits", "superseded", "master", "over")

LAYER = Layer(
    "holding_rights",
    "rights on each holding from the owner down, with their own dates and the days on which they let go",
    "Rechten per vlak",
    is_published=True,
    key=("holding_id", "contract_id", "right_type"),
    stage="resolve",
    columns={
        "level": text("place in the chain", "Trede", choices=LEVELS),
        **shared("right_type", "holder"),
        "starts_on": optional_day("first day of the right", "Ingangsdatum"),
        "ends_on": optional_day("last day of the right, by notice if given", "Einddatum"),
        "ends_latest_on": optional_day(
            "last day if every extension is called and notice disputed; empty is not known or never",
            "Uiterste einde",
        ),
        "released_earliest": optional_day(
            "first day it lets the land go if no extension is called", "Los zonder verlengingen"
        ),
        "released_latest": optional_day(
            "first day it lets the land go if every extension is called", "Los met alle verlengingen"
        ),
        "last_notice_on": optional_day("last day on which the extension can be called", "Uiterste datum verlenging"),
        "is_noticed": flag("notice of it was given", "Opgezegd"),
        **shared("extension_right"),
        "certainty": text("what the right rests on", "Zekerheid", choices=CERTAINTIES),
        "chance": optional_share(
            "chance that its extension or option is called, where the card gives one",
            "Kans op verlenging",
        ),
        "right_status": text("what it comes to on this holding", "Werking", choices=RIGHT_STATUSES),
    },
)
