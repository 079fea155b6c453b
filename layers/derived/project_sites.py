"""Land on which projects can begin, from the first day on which it serves."""

from layers.columns import (
    day,
    flag,
    optional_day,
    optional_integer,
    optional_text,
    shared,
    text,
)
from layers.layer import Layer

LAYER = Layer(
    "project_sites",
    "usable land that makes a site for the activity of a project as long as that stands, or that serves for a while",
    "Locaties voor projecten",
    key=("site_id",),
    stage="balance",
    columns={
        "site_id": text("key: activity, case, first day and first piece", "Locatie"),
        **shared("cluster_id", "profile", "case"),
        "stands_years": optional_integer(
            "years that the project stands, building among them; empty is for good", "Staat", unit="year"
        ),
        "left_by": optional_text("project that leaves the land; empty: land that comes free by itself", "Van project"),
        "is_lasting": flag(
            "it serves as long as the project stands; otherwise until the day on which it fails", "Blijvend"
        ),
        "from_day": day("first day on which a project can begin here", "Vanaf"),
        "until_day": day("last day on which it is this very land, within the windows of the projects", "Tot en met"),
        "fails_on": optional_day("first day on which a part of it no longer serves", "Vervalt per"),
        "fails_by": optional_text("what keeps that part from serving then, space between", "Vervalt door"),
        **shared("area_m2"),
    },
)
