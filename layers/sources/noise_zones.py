"""Zones of 50 dB(A) etmaalwaarde around zoned sites under the Wet geluidhinder."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="noise_zones",
    meaning="outside it the site's joint load stays at or below the limit; in dB(A) etmaalwaarde, never Lden",
    title="Geluidzones industrie",
    key=("noise_zone_id",),
    shape="polygon",
    columns={
        "noise_zone_id": Column("str", "key of the zone", "Zone-id"),
        "site_name": Column("str", "zoned site that it belongs to", "Terrein", optional=True),
        "limit_dba_etmaal": Column(
            "float",
            "limit at the edge of the zone",
            "Grenswaarde",
            unit="dB(A) etmaalwaarde",
            minimum=30,
            maximum=80,
            optional=True,
        ),
        "from_year": Column(
            "int",
            "first year in which it holds",
            "Geldig vanaf",
            unit="year",
            minimum=1900,
            maximum=2200,
            optional=True,
        ),
        "to_year": Column(
            "int", "last year in which it holds", "Geldig tot", unit="year", minimum=1900, maximum=2200, optional=True
        ),
    },
)
