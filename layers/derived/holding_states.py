"""Who has each holding on the day on which a year is judged, and which record says so."""

from layers.columns import CASE, DECIDED_BY, HOLDING_ID, YEAR, tenure_status
from layers.layer import Layer

LAYER = Layer(
    name="holding_states",
    meaning="holding per year and case, with the kind of record that decides; read off holding_periods",
    title="Bezit per jaar",
    key=("holding_id", "year", "case"),
    stage="assess",
    columns={
        "holding_id": HOLDING_ID,
        "year": YEAR,
        "case": CASE,
        "tenure_status": tenure_status(),
        "decided_by": DECIDED_BY,
    },
)
