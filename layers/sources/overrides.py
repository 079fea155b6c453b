"""Handmatige correcties: what a person knows better than the registers, applied last and visibly."""

from layers.columns import HOLDINGS
from layers.layer import Column, Layer

LAYER = Layer(
    name="overrides",
    meaning="corrections to the holding of a plot, with who, why and until when",
    title="Handmatige correcties",
    key=("parcel_id",),
    columns={
        "parcel_id": Column("str", "plot that is corrected", "Kavel"),
        "holding": Column("str", "what the holding is instead", "Bezit", choices=HOLDINGS),
        "decided_by": Column("str", "who decided", "Door", confidential=True),
        "reason": Column("str", "why", "Reden", confidential=True),
        "until": Column("date", "last day on which it holds", "Geldig tot", minimum="2000-01-01", maximum="2200-12-31"),
    },
)
