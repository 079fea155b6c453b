"""Land that projects hold twice while old and new plant stand together."""

from layers.columns import area, count, flag, year
from layers.layer import Layer

LAYER = Layer(
    "project_overlap",
    "land that projects hold twice, per year, from the day on which they begin until they have left their old plots, "
    "and how much of it free land could house meanwhile",
    "Dubbel ruimtebeslag door projecten",
    is_published=True,
    key=("cluster_id", "case", "year"),
    stage="balance",
    columns={
        "year": year("year", "Jaar"),
        "held_twice_m2": area(
            "of each placed project that leaves plots the lesser of the land that it takes and the land that it leaves",
            "Dubbel in gebruik",
        ),
        "free_meanwhile_m2": area(
            "least that is free, as the supply curve has it, in this year and those in which these projects still hold "
            "both",
            "Intussen vrij",
        ),
        "short_m2": area("held twice beyond what is free meanwhile", "Tekort"),
        "is_peak": flag("the year in which most is held twice", "Piek"),
        "count": count("projects that hold both", "Aantal"),
    },
)
