"""Bezit in de tijd: who has each holding in a year, and which record says so."""

from layers.columns import CASE, HOLDING_ID, YEAR, holding
from layers.layer import Column, Layer

EVIDENCE = ("override", "contract", "option", "register", "building", "none")

LAYER = Layer(
    name="holding_states",
    meaning="holding per year and case, with the kind of record that decides",
    title="Bezit in de tijd",
    key=("holding_id", "year", "case"),
    columns={
        "holding_id": HOLDING_ID,
        "year": YEAR,
        "case": CASE,
        "holding": holding(),
        "decided_by": Column("str", "kind of record that decides", "Volgens", choices=EVIDENCE),
    },
)
