"""Who has each holding from when until when; from the reference date on, without gap or overlap."""

from layers.columns import CONTRACT, DECIDED_BY, EVERY_CASE, HOLDING_ID, tenure_status
from layers.layer import Column, Layer

LAYER = Layer(
    name="holding_periods",
    meaning="the sequence of states of every holding from the reference date on, per case; each day lies in one period",
    title="Bezit in de tijd",
    is_published=True,
    key=("holding_id", "case", "begins_on"),
    stage="resolve",
    columns={
        "holding_id": HOLDING_ID,
        "case": EVERY_CASE,
        "begins_on": Column("date", "first day of the period", "Van"),
        "until": Column("date", "last day of the period; empty is until further notice", "Tot en met", optional=True),
        "tenure_status": tenure_status(),
        "decided_by": DECIDED_BY,
        "contract_id": CONTRACT,
        "chance_free": Column(
            "float",
            "chance that it is free; 0 or 1 but in the expected case",
            "Kans op vrij",
            unit="0-1",
            minimum=0,
            maximum=1,
        ),
    },
)
