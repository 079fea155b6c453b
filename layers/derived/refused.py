"""Every row that did not come through a source as it stood."""

from layers.columns import count, optional_number, optional_text, text
from layers.layer import Layer

LAYER = Layer(
    "refused",
    "rows refused, left out, merged or repaired while harmonising, with what was found",
    "Geweigerd of hersteld",
    key=("source", "file", "row", "field", "reason"),
    stage="harmonise",
    shape="any",
    geometry_optional=True,
    columns={
        "layer": text("layer that the source fills", "Laag"),
        "file": text("path below the data folder", "Bestand"),
        "file_layer": optional_text("layer or sheet inside the file", "Laag in bestand"),
        "row": count("row in the file, counted from 1", "Rij", unit="rows"),
        "field": text("field of the file, or geometry", "Veld"),
        "outcome": text("what became of the row", "Afloop", choices=("refused", "duplicate", "repaired", "left_out")),
        "reason": text("what is wrong with it", "Reden"),
        "finding": optional_text("what stood there", "Gevonden"),
        "parcel_id": optional_text("plot that the row names, where it names one", "Kavel"),
        "site_name": optional_text("site that the row names, where it names one", "Terrein"),
        "contract_id": optional_text("contract that the row names, where it names one", "Contract", confidential=True),
        "area_before_m2": optional_number("area as drawn", "Oppervlakte voor", unit="m2"),
        "area_after_m2": optional_number("area after repair", "Oppervlakte na", unit="m2"),
    },
)
