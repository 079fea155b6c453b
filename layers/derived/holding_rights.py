"""Every right that lies on a holding, where it stands in the chain, and what it comes to in time."""

from layers.columns import CERTAINTIES, HOLDING_ID, RIGHTS
from layers.layer import Column, Layer

LEVELS = ("master", "lease", "use", "claim")
RIGHT_STATUSES = ("decides", "waits", "superseded", "master", "over")

LAYER = Layer(
    name="holding_rights",
    meaning="rights on each holding from the owner down, with their own dates and the days on which they let go",
    title="Rechten per bezitsvlak",
    is_published=True,
    key=("holding_id", "contract_id", "right_type"),
    stage="resolve",
    columns={
        "holding_id": HOLDING_ID,
        "contract_id": Column("str", "key of the contract", "Contract", confidential=True),
        "level": Column("str", "place in the chain", "Trede", choices=LEVELS),
        "right_type": Column("str", "kind of right", "Soort recht", choices=RIGHTS),
        "holder": Column("str", "who holds the right", "Houder", optional=True, confidential=True),
        "starts_on": Column("date", "first day of the right", "Ingangsdatum", optional=True),
        "ends_on": Column("date", "last day of the right, by notice if given", "Einddatum", optional=True),
        "ends_latest_on": Column(
            "date",
            "last day if every extension is called and notice disputed; empty is not known or never",
            "Uiterste einde",
            optional=True,
        ),
        "released_earliest": Column(
            "date", "first day it lets the land go if no extension is called", "Los op zijn vroegst", optional=True
        ),
        "released_latest": Column(
            "date", "first day it lets the land go if every extension is called", "Los op zijn laatst", optional=True
        ),
        "last_notice_on": Column(
            "date", "last day on which the extension can be called", "Aanzeggen tot en met", optional=True
        ),
        "is_noticed": Column("bool", "notice of it was given", "Opgezegd"),
        "extension_right": Column(
            "str", "who can call the extension", "Recht op verlenging", choices=("tenant", "mutual", "none", "unknown")
        ),
        "certainty": Column("str", "what the right rests on", "Zekerheid", choices=CERTAINTIES),
        "chance": Column(
            "float",
            "chance that its extension or option is called, where the card gives one",
            "Kans op verlenging",
            unit="0-1",
            minimum=0,
            maximum=1,
            optional=True,
        ),
        "right_status": Column("str", "what it comes to on this holding", "Werking", choices=RIGHT_STATUSES),
    },
)
