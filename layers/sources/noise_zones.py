"""Zones of 50 dB(A) etmaalwaarde around zoned sites under the Wet geluidhinder."""

from layers.columns import optional_number, optional_text, shared, text
from layers.layer import Layer

LAYER = Layer(
    "noise_zones",
    "outside it the site's joint load stays at or below the limit; in dB(A) etmaalwaarde, never Lden",
    "Geluidzones industrie",
    key=("noise_zone_id",),
    shape="polygon",
    columns={
        "noise_zone_id": text("key of the zone", "Zone-id"),
        "site_name": optional_text("zoned site that it belongs to", "Terrein"),
        # By the Noise Act; sites under the Environment Act have an attention area in Lden in its place.
        "limit_dba_etmaal": optional_number(
            "limit at the edge of the zone",
            "Grenswaarde",
            unit="dB(A) etmaalwaarde",
            minimum=30,
            maximum=80,
        ),
        **shared("from_year", "to_year"),
    },
)
