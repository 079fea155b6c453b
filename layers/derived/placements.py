"""Which projects fit where and from when in each case, and what keeps the others out."""

from layers.columns import (
    area,
    flag,
    length,
    number,
    optional_area,
    optional_day,
    optional_integer,
    optional_length,
    optional_text,
    shared,
    text,
)
from layers.layer import Layer

REASONS = (
    "placed",
    "does_not_last",
    "no_site_at_all",
    "not_in_time",
    "no_site_large_enough",
    "no_quay_long_enough",
    "no_place_beside_other",
    "left_land_does_not_do",
    "waits_for_other",
    "no_room_with_others",
    "displaces_others",
    "not_worked_out",
)
LAYER = Layer(
    "placements",
    "projects placed on sites and years as well as can be, weighed by priority and hectares; and why "
    "the others are not",
    "Programmering van projecten",
    key=("project_id", "case"),
    stage="balance",
    columns={
        "project_id": text("key of the project", "Project-id"),
        "project_title": text("what it is called", "Project", confidential=True),
        **shared("cluster_id", "profile", "case"),
        "wanted_m2": area("area that is asked", "Gevraagd"),
        "wanted_quay_m": length("quay that is asked", "Gevraagde kadelengte"),
        "window": text("first and last year in which it may begin", "Periode"),
        "waits_on": optional_text("project whose left land it needs", "Hangt af van"),
        "near_id": optional_text("project or plot that it must lie near", "Ligt bij"),
        "near_m": optional_length("how near it must lie", "Binnen"),
        "is_placed": flag("it is placed", "Geplaatst"),
        "site_id": optional_text("site, or the land that another project leaves", "Locatie"),
        "start_year": optional_integer("year in which it begins", "Start", unit="year"),
        "start_date": optional_day(
            "day on which it begins: the first in its window on which its land is free and open, and stays so as long "
            "as it stands",
            "Startdatum",
        ),
        "claimed_m2": optional_area(
            "land of that site under an energy claim that is not decided, from that year on", "Onder energieclaim"
        ),
        "reason": text("what keeps it out", "Reden", choices=REASONS),
        "displaced": optional_text(
            "projects that would have to give way, or that it waits for, comma between", "Ten koste van"
        ),
        "fails_on": optional_day("day on which a site that does for a while no longer does", "Voldoet tot"),
        "fails_by": optional_text("what keeps that site from serving then, space between", "Vervalt door"),
        "largest_m2": optional_area(
            "largest site that serves its activity in its window, and stays so", "Grootste locatie"
        ),
        "other_site_id": optional_text("best free site in another cluster", "Locatie elders"),
        "other_cluster_id": optional_text("cluster of that site", "Cluster elders"),
        "one_ha_more": number(
            "hectares, times their priority, that projects would get more if the sites of the cluster had one more "
            "together",
            "Waarde van een hectare erbij",
            unit="ha",
            minimum=0,
        ),
        "solver_gap": number(
            "part by which a better placing cannot be ruled out; 0 is proven best",
            "Niet bewezen deel",
            unit="0-1",
            minimum=0,
        ),
    },
)
