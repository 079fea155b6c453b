"""Land held twice while a user moves from an old plot to a new one."""

from layers.columns import area, count, flag, year
from layers.layer import Layer

LAYER = Layer(
    "double_occupation",
    "land that users hold twice while they move, per year, and how much of it free land could house meanwhile",
    "Dubbel ruimtebeslag",
    is_published=True,
    key=("cluster_id", "case", "year"),
    stage="balance",
    columns={
        "year": year("year", "Jaar"),
        "held_twice_m2": area("land held twice", "Dubbel in gebruik"),
        "free_meanwhile_m2": area(
            "land that is free from then until the last of these moves is over; where nobody moves, that is free then",
            "Intussen vrij",
        ),
        "short_m2": area("held twice beyond what is free meanwhile", "Tekort"),
        "is_peak": flag("the year in which most is held twice", "Piek"),
        "count": count("how many users move", "Aantal"),
    },
)
