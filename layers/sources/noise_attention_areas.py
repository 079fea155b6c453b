"""Rings around sites with production ceilings under the Omgevingswet."""

from layers.columns import optional_number, optional_text, shared, text
from layers.layer import Layer

LAYER = Layer(
    "noise_attention_areas",
    "where a site's noise can exceed the standard value in dB Lden; a ring, the site itself is not in it",
    "Geluidaandachtsgebieden",
    key=("attention_area_id",),
    shape="polygon",
    columns={
        "attention_area_id": text("key of the area", "Gebied-id"),
        "site_name": optional_text("site that it belongs to", "Terrein"),
        "limit_db_lden": optional_number(
            "level that it stands for, day and night together",
            "Grens Lden",
            unit="dB Lden",
            minimum=30,
            maximum=80,
        ),
        "limit_db_lnight": optional_number(
            "level that it stands for at night",
            "Grens Lnight",
            unit="dB Lnight",
            minimum=20,
            maximum=80,
        ),
        **shared("from_year", "to_year"),
    },
)
