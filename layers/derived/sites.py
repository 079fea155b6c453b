"""Locaties: usable land that a company could take as one."""

from layers.columns import AREA, CASE, CLUSTER, EARLIEST, PROFILE, YEAR
from layers.layer import Column, Layer

LAYER = Layer(
    name="sites",
    meaning="usable pieces that touch or lie within the bridgeable gap, per profile, year and case",
    title="Locaties",
    key=("site_id",),
    shape="polygon",
    columns={
        "site_id": Column("str", "key: profile, year, case and first piece", "Locatie"),
        "cluster_id": CLUSTER,
        "profile": PROFILE,
        "year": YEAR,
        "case": CASE,
        "area_m2": AREA,
        "width_m": Column(
            "float", "diameter of the largest circle inside one of its parts", "Breedte", unit="m", minimum=0
        ),
        "quay_m": Column("float", "length of quay along it", "Kadelengte", unit="m", minimum=0, optional=True),
        "parcel_count": Column("int", "plots that it takes", "Kavels", unit="plots", minimum=1),
        "bridge_count": Column("int", "gaps that have to be bridged", "Te overbruggen", unit="gaps", minimum=0),
        "available_from": EARLIEST,
    },
)
