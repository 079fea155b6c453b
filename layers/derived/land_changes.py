"""What became of each piece of land between two runs, and through what."""

from layers.closed_lists import HOLDINGS
from layers.column import Column
from layers.columns import integer, number, optional_day, optional_text, shared, text
from layers.layer import Layer

CHANGES = (
    "freed",
    "serviced",
    "lapsed",
    "taken",
    "reissued",
    "loosened",
    "extended",
    "shortened",
    "corrected",
    "added",
    "removed",
    "unchanged",
)
LINEAGES = ("same", "renumbered", "split", "merged", "rearranged", "new", "retired")


def _part(cause: str) -> Column:
    return number(f"the part of the change that is laid to {cause} (Shapley value)", f"Door {cause}", unit="m2")


LAYER = Layer(
    "land_changes",
    "land of both runs cut by the holdings of both; each m2 under one change and one lineage, parts "
    "of the causes add up",
    "Wijzigingen",
    key=("cluster_id", "change_id"),
    shape="polygon",
    columns={
        "change_id": integer("number of the piece", "Nummer", minimum=1),
        **shared("cluster_id"),
        "parcel_old": optional_text("plot in the old run", "Kavel, oud"),
        "parcel_new": optional_text("plot in the new run", "Kavel, nieuw"),
        "lineage": text("what became of the plot", "Herkomst", choices=LINEAGES),
        "holding_old": optional_text("who had it in the old run", "Uitgifte en gebruik, oud", choices=HOLDINGS),
        "holding_new": optional_text("who has it in the new run", "Uitgifte en gebruik, nieuw", choices=HOLDINGS),
        "free_old": optional_day("earliest day it could be free, old run", "Vrij zonder verlengingen, oud"),
        "free_new": optional_day("earliest day it can be free, new run", "Vrij zonder verlengingen, nieuw"),
        "change": text("what happened to it", "Wijziging", choices=CHANGES),
        **shared("area_m2"),
        "by_data_m2": _part("data"),
        "by_rules_m2": _part("rules"),
        "by_time_m2": _part("time"),
    },
)
