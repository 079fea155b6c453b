"""Usable land that a company could take as one."""

from layers.columns import AREA, BRIDGE_COSTS, CASE, CLUSTER, EARLIEST, PROFILE, YEAR
from layers.layer import Column, Layer

LAYER = Layer(
    name="sites",
    meaning="usable pieces that touch or lie within the bridgeable gap, per profile, year and case",
    title="Locaties",
    is_published=True,
    key=("site_id",),
    stage="assemble",
    shape="polygon",
    columns={
        "site_id": Column("str", "key: profile, year, case and first piece", "Locatie"),
        "cluster_id": CLUSTER,
        "profile": PROFILE,
        "year": YEAR,
        "case": CASE,
        "area_m2": AREA,
        "net_area_m2": Column(
            "float",
            "area without tails narrower than the activity asks",
            "Netto oppervlakte",
            unit="m2",
            minimum=0,
        ),
        "width_m": Column(
            "float", "diameter of the largest circle inside one of its parts", "Breedte", unit="m", minimum=0
        ),
        "rectangle_long_m": Column(
            "float",
            "long side of the largest rectangle inside one of its parts, along its main axis",
            "Rechthoek, lange zijde",
            unit="m",
            minimum=0,
        ),
        "rectangle_wide_m": Column(
            "float", "short side of that rectangle", "Rechthoek, korte zijde", unit="m", minimum=0
        ),
        "quay_m": Column("float", "length of quay along it", "Kadelengte", unit="m", minimum=0, optional=True),
        "parcel_count": Column("int", "plots that it takes", "Kavels", unit="plots", minimum=1),
        "part_count": Column("int", "parts that hang together without a bridge", "Delen", minimum=1),
        "bridge_count": Column("int", "gaps that have to be bridged", "Te overbruggen", unit="gaps", minimum=0),
        "bridge_m2": Column(
            "float",
            "land of others over which it is joined; not counted as its own",
            "Overbrugde grond",
            unit="m2",
            minimum=0,
        ),
        "bridge_cost": Column(
            "str", "cost class of its dearest bridge", "Kosten overbrugging", choices=("none", *BRIDGE_COSTS)
        ),
        "owner_count": Column(
            "int", "owners of the land; empty where one is not known", "Aantal eigenaren", minimum=1, optional=True
        ),
        "owners": Column("str", "owners that are known, comma between", "Eigenaren", optional=True, confidential=True),
        "available_from": EARLIEST,
        "usable_from_year": Column(
            "int",
            "first asked year in which all its pieces are usable for the activity together",
            "Bruikbaar vanaf",
            unit="year",
        ),
    },
)
