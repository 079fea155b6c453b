"""Geluidaandachtsgebieden: rings around sites with production ceilings under the Omgevingswet."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="noise_attention_areas",
    meaning="where a site's noise can exceed the standard value in dB Lden; a ring, the site itself is not in it",
    title="Geluidaandachtsgebieden",
    key=("attention_area_id",),
    shape="polygon",
    columns={
        "attention_area_id": Column("str", "key of the area", "Gebied-id"),
        "site_name": Column("str", "site that it belongs to", "Terrein", optional=True),
    },
)
