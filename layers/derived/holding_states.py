"""Who has each holding on the day on which a year is judged, and which record says so."""

from layers.columns import optional_day, shared
from layers.layer import Layer

LAYER = Layer(
    "holding_states",
    "holding per year and case, with the kind of record that decides; read off holding_periods",
    "Uitgifte en gebruik per jaar",
    key=("holding_id", "year", "case"),
    stage="assess",
    columns={
        **shared("tenure_status", "decided_by"),
        "status_since": optional_day("first day since which it is so without a break, today at the earliest", "Sinds"),
    },
)
