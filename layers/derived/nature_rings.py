"""Hexagons around each plot, by distance; a sieve, never a test."""

from layers.columns import count, length, optional_number, text
from layers.layer import Layer

LAYER = Layer(
    "nature_rings",
    "hexagons between one distance and the next around the centre of a plot, and how many bear more than they can",
    "Stikstofgevoeligheid",
    is_published=True,
    key=("cluster_id", "parcel_id", "ring_m"),
    stage="measure",
    columns={
        "ring_m": length("outer edge of the ring", "Ring tot"),
        "hexagons": count("hexagons in the ring", "Hexagonen", unit="hexagons"),
        "overloaded": count("of which bear more than the critical load", "Overbelast", unit="hexagons"),
        "near_overloaded": count(
            "of which are less than the card's margin below it", "Naderend overbelast", unit="hexagons"
        ),
        "not_known": count("of which the deposition is not known", "Depositie onbekend", unit="hexagons"),
        "lowest_critical_load_mol_ha": optional_number(
            "lowest critical load in the ring", "Laagste KDW", unit="mol/ha", minimum=0
        ),
        "rationale": text("why this decides nothing", "Betekenis"),
    },
)
