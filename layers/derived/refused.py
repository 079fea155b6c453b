"""Every row that did not come through a source as it stood."""

from layers.columns import count, number, shared, text
from layers.layer import Layer

LAYER = Layer(
    "refused",
    "rows refused, left out, merged or repaired while harmonising, with what was found",
    "Geweigerd of hersteld",
    key=("source", "row", "field", "reason"),
    stage="harmonise",
    shape="any",
    geometry_optional=True,
    columns={
        **shared("source"),
        "layer": text("layer that the source fills", "Laag"),
        "file": text("path below the data folder", "Bestand"),
        "file_layer": text("layer or sheet inside the file", "Laag in bestand", optional=True),
        "row": count("row in the file, counted from 1", "Rij", unit="rows"),
        "field": text("field of the file, or geometry", "Veld"),
        "outcome": text("what became of the row", "Afloop", choices=("refused", "duplicate", "repaired", "left_out")),
        "reason": text("what is wrong with it", "Reden"),
        "finding": text("what stood there", "Gevonden", optional=True),
        "parcel_id": text("plot that the row names, where it names one", "Kavel", optional=True),
        "site_name": text("site that the row names, where it names one", "Terrein", optional=True),
        "contract_id": text(
            "contract that the row names, where it names one", "Contract", optional=True, confidential=True
        ),
        "area_before_m2": number("area as drawn", "Oppervlakte voor", unit="m2", optional=True),
        "area_after_m2": number("area after repair", "Oppervlakte na", unit="m2", optional=True),
    },
)
