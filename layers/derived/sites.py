"""Usable land that a company could take as one."""

from layers.columns import (
    BRIDGE_COSTS,
    EARLIEST,
    area,
    count,
    day,
    integer,
    length,
    optional_day,
    optional_integer,
    optional_length,
    optional_text,
    shared,
    text,
)
from layers.layer import Layer

LAYER = Layer(
    "sites",
    "usable pieces that touch or lie within the bridgeable gap, per profile, year and case",
    "Locaties",
    is_published=True,
    key=("site_id",),
    stage="assemble",
    shape="polygon",
    columns={
        "site_id": text("key: profile, year, case and first piece", "Locatie"),
        **shared("cluster_id", "profile", "year", "case", "area_m2"),
        "net_area_m2": area("area without tails narrower than the activity asks", "Netto oppervlakte"),
        "width_m": length("diameter of the largest circle inside one of its parts", "Breedte"),
        "rectangle_long_m": length(
            "long side of the largest rectangle inside one of its parts, along its main axis", "Rechthoek, lange zijde"
        ),
        "rectangle_wide_m": length("short side of that rectangle", "Rechthoek, korte zijde"),
        "quay_m": optional_length("length of quay along it", "Kadelengte"),
        "parcel_count": integer("plots that it takes", "Kavels", unit="plots", minimum=1),
        "part_count": integer("parts that hang together without a bridge", "Delen", minimum=1),
        "bridge_count": count("gaps that have to be bridged", "Te overbruggen", unit="gaps"),
        "bridge_m2": area("land of others over which it is joined; not counted as its own", "Overbrugde grond"),
        "bridge_cost": text("cost class of its dearest bridge", "Kosten overbrugging", choices=("none", *BRIDGE_COSTS)),
        "owner_count": optional_integer(
            "owners of the land; empty where one is not known", "Aantal eigenaren", minimum=1
        ),
        "owners": optional_text("owners that are known, comma between", "Eigenaren", confidential=True),
        "available_from": EARLIEST,
        "usable_from_year": integer(
            "first asked year in which all its pieces are usable for the activity together",
            "Bruikbaar vanaf",
            unit="year",
        ),
        "usable_from": day(
            "first day since which all its pieces are free and have room, without a break; today at the earliest",
            "Bruikbaar per",
        ),
        "usable_from_latest": optional_day(
            "the same if all extensions and options are called, from that day on; empty is never, or not known",
            "Uiterlijk bruikbaar per",
        ),
    },
)
