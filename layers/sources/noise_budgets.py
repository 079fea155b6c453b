"""How much noise each part of a zoned site may make, as laid down in a plan or by the zone manager."""

from layers.columns import optional_number, text
from layers.layer import Layer

LAYER = Layer(
    "noise_budgets",
    "source strength that may be emitted per m2; land outside any area has no budget laid down",
    "Geluidverdeling",
    key=("budget_id",),
    shape="polygon",
    columns={
        "budget_id": text("key of the area", "Vlak-id"),
        "budget_dba_m2": optional_number(
            "source strength per m2 that is laid down; empty is not known",
            "Kavelbudget",
            unit="dB(A)/m2",
            minimum=0,
            maximum=120,
        ),
        "used_dba_m2": optional_number(
            "source strength per m2 that permits already take; empty is not known",
            "Vergund",
            unit="dB(A)/m2",
            minimum=0,
            maximum=120,
        ),
    },
)
