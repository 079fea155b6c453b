"""Hexagons around each plot, by distance; a sieve, never a test."""

from layers.columns import CLUSTER, PARCEL
from layers.layer import Column, Layer

LAYER = Layer(
    name="nature_rings",
    meaning="hexagons between one distance and the next around the centre of a plot, and how many bear more "
    "than they can",
    title="Stikstofgevoeligheid",
    is_published=True,
    key=("cluster_id", "parcel_id", "ring_m"),
    stage="measure",
    columns={
        "cluster_id": CLUSTER,
        "parcel_id": PARCEL,
        "ring_m": Column("float", "outer edge of the ring", "Ring tot", unit="m", minimum=0),
        "hexagons": Column("int", "hexagons in the ring", "Hexagonen", unit="hexagons", minimum=0),
        "overloaded": Column(
            "int", "of which bear more than the critical load", "Overbelast", unit="hexagons", minimum=0
        ),
        "near_overloaded": Column(
            "int",
            "of which are less than the card's margin below it",
            "Naderend overbelast",
            unit="hexagons",
            minimum=0,
        ),
        "not_known": Column(
            "int", "of which the deposition is not known", "Depositie onbekend", unit="hexagons", minimum=0
        ),
        "lowest_critical_load_mol_ha": Column(
            "float", "lowest critical load in the ring", "Laagste KDW", unit="mol/ha", minimum=0, optional=True
        ),
        "rationale": Column("str", "why this decides nothing", "Betekenis"),
    },
)
