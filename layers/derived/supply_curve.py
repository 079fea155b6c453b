"""How much land is free and usable in each year, and how far apart the cases lie."""

from layers.column import Column
from layers.columns import area, year
from layers.layer import Layer


def _usable(when: str, title: str) -> Column:
    return area(
        f"land usable for the lead activity by the rules of that year, with its size, width and quay, {when}", title
    )


def _free(when: str, title: str, *, optional: bool = False) -> Column:
    return area(f"land that is free, {when}", title, optional=optional)


LAYER = Layer(
    "supply_curve",
    "free land and usable land per cluster and year: on the reference date, and on 1 January of each later year",
    "Aanbod per jaar",
    is_published=True,
    key=("cluster_id", "year"),
    stage="balance",
    columns={
        "year": year("year", "Jaar"),
        "free_earliest_m2": _free("no extension or option called", "Vrij zonder verlengingen"),
        "free_expected_m2": _free(
            "by the chances that the card gives; empty without any", "Vrij, verwacht", optional=True
        ),
        "free_latest_m2": _free("all extensions and options called", "Vrij met alle verlengingen"),
        "usable_earliest_m2": _usable("no extension or option called", "Bruikbaar zonder verlengingen"),
        "usable_latest_m2": _usable("all extensions and options called", "Bruikbaar met alle verlengingen"),
        "freed_in_year_m2": area(
            "land that is not free on that day and is at the end of the year, no extension or option called",
            "Komt in de loop van het jaar vrij",
        ),
        "spread_m2": area("free in the earliest case less free in the latest", "Verschil door verlengingen"),
    },
)
