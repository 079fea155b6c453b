"""Kavelkenmerken: what can be measured of a plot."""

from layers.columns import AREA, CATEGORIES, CLUSTER, PARCEL, distance
from layers.layer import Column, Layer

LAYER = Layer(
    name="parcel_facts",
    meaning="distances, built share, category and noise per plot inside the cluster; empty is not known",
    title="Kavelkenmerken",
    key=("cluster_id", "parcel_id"),
    shape="polygon",
    columns={
        "cluster_id": CLUSTER,
        "parcel_id": PARCEL,
        "area_m2": AREA,
        "built_share": Column("float", "share of the plot under buildings", "Bebouwd deel", unit="0-1", optional=True),
        "width_m": Column("float", "diameter of the largest circle inside", "Breedte", unit="m", minimum=0),
        "quay_m": Column("float", "length of quay along the plot", "Kadelengte", unit="m", minimum=0, optional=True),
        "distance_quay_m": distance("the nearest quay", "Afstand tot kade"),
        "distance_waterway_m": distance("the nearest waterway", "Afstand tot vaarweg"),
        "distance_motorway_m": distance("the nearest motorway or ramp", "Afstand tot snelweg"),
        "distance_railway_m": distance("the nearest railway", "Afstand tot spoor"),
        "distance_power_station_m": distance("the nearest high-voltage station", "Afstand tot hoogspanningsstation"),
        "distance_nature_m": distance("the nearest Natura 2000 site", "Afstand tot Natura 2000"),
        "distance_sensitive_m": distance("the nearest dwelling or vulnerable building", "Afstand tot gevoelig gebouw"),
        "highest_category": Column(
            "str",
            "highest nuisance category by plan and by distance to what stands now",
            "Hoogste milieucategorie (plan en afstand)",
            choices=CATEGORIES,
            optional=True,
        ),
        "noise_mean_db": Column(
            "float", "energetic mean of the noise level", "Geluid gemiddeld", unit="dB Lden", optional=True
        ),
        "noise_max_db": Column("float", "highest noise level", "Geluid hoogst", unit="dB Lden", optional=True),
        "noise_covered_share": Column(
            "float", "share of the plot with a noise level", "Deel met geluidcijfer", unit="0-1", optional=True
        ),
    },
)
