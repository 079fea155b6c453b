"""Who has each holding from when until when; from the reference date on, without gap or overlap."""

from layers.columns import CASES, EXPECTED, day, optional_day, optional_text, share, shared, text
from layers.layer import Layer

LAYER = Layer(
    "holding_periods",
    "the sequence of states of every holding from the reference date on, per case; each day lies in one period",
    "Uitgifte en gebruik in de tijd",
    is_published=True,
    key=("holding_id", "case", "begins_on"),
    stage="resolve",
    columns={
        "case": text(
            "earliest: no extension or option is called; latest: all are; expected: by the chances that the card gives",
            "Geval",
            choices=(*CASES, EXPECTED),
        ),
        "begins_on": day("first day of the period", "Van"),
        "until": optional_day("last day of the period; empty is until further notice", "Tot en met"),
        **shared("tenure_status", "decided_by"),
        "contract_id": optional_text("key of the contract", "Contract", confidential=True),
        "chance_free": share("chance that it is free; 0 or 1 but in the expected case", "Kans op vrij"),
    },
)
