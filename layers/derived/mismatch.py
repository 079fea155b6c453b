"""Land that is free, land that has room, and how far the two miss each other."""

from layers.columns import area, length, optional_share
from layers.layer import Layer

LAYER = Layer(
    "mismatch",
    "physically free land and land with room per activity and year, no extension called; and what "
    "swapping users within a distance could repair",
    "Vrij en ruimte",
    is_published=True,
    key=("cluster_id", "profile", "year"),
    stage="balance",
    columns={
        "both_m2": area("free and open to the activity", "Vrij en ruimte"),
        "only_free_m2": area("free, without room", "Wel vrij, geen ruimte"),
        "only_room_m2": area("open to the activity, not free", "Wel ruimte, niet vrij"),
        "neither_m2": area("neither", "Geen van beide"),
        "unknown_m2": area("who has it, or what may be there, is not known", "Niet bekend"),
        "mismatch": optional_share(
            "1 less what is both over the smaller of free and room; empty where either is nothing",
            "Mismatch",
        ),
        "swap_m": length("distance within which users could swap", "Ruilafstand"),
        "repairable_m2": area(
            "free land without room, on which something may be built, that could change places within that distance "
            "with land with room that has a user",
            "Door ruil te herstellen",
        ),
        "not_repairable_m2": area("free land without room that could not", "Niet te herstellen"),
    },
)
