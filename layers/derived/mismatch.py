"""Land that is free, land that has room, and how far the two miss each other."""

from layers.columns import CLUSTER, PROFILE, YEAR
from layers.layer import Column, Layer

LAYER = Layer(
    name="mismatch",
    meaning="physically free land and land with room per activity and year, no extension called; and what "
    "swapping users within a distance could repair",
    title="Vrij en ruimte",
    is_published=True,
    key=("cluster_id", "profile", "year"),
    stage="balance",
    columns={
        "cluster_id": CLUSTER,
        "profile": PROFILE,
        "year": YEAR,
        "both_m2": Column("float", "free and open to the activity", "Vrij en ruimte", unit="m2", minimum=0),
        "only_free_m2": Column("float", "free, without room", "Wel vrij, geen ruimte", unit="m2", minimum=0),
        "only_room_m2": Column(
            "float", "open to the activity, not free", "Wel ruimte, niet vrij", unit="m2", minimum=0
        ),
        "neither_m2": Column("float", "neither", "Geen van beide", unit="m2", minimum=0),
        "unknown_m2": Column(
            "float", "who has it, or what may be there, is not known", "Niet bekend", unit="m2", minimum=0
        ),
        "mismatch": Column(
            "float",
            "1 less what is both over the smaller of free and room; empty where either is nothing",
            "Mismatch",
            unit="0-1",
            minimum=0,
            maximum=1,
            optional=True,
        ),
        "swap_m": Column("float", "distance within which users could swap", "Ruilafstand", unit="m", minimum=0),
        "repairable_m2": Column(
            "float",
            "free land without room that could change places with used land with room within that distance",
            "Door ruil te herstellen",
            unit="m2",
            minimum=0,
        ),
        "not_repairable_m2": Column(
            "float", "free land without room that could not", "Niet te herstellen", unit="m2", minimum=0
        ),
    },
)
