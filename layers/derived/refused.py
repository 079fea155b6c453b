"""Every row that did not come through a source as it stood."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="refused",
    meaning="rows refused, left out, merged or repaired while harmonising, with what was found",
    title="Geweigerd of hersteld",
    key=("source", "row", "field", "reason"),
    stage="harmonise",
    shape="any",
    geometry_optional=True,
    columns={
        "source": Column("str", "name of the source card", "Bron"),
        "layer": Column("str", "layer that the source fills", "Laag"),
        "file": Column("str", "path below the data folder", "Bestand"),
        "file_layer": Column("str", "layer or sheet inside the file", "Laag in bestand", optional=True),
        "row": Column("int", "row in the file, counted from 1", "Rij", unit="rows", minimum=0),
        "field": Column("str", "field of the file, or geometry", "Veld"),
        "outcome": Column(
            "str", "what became of the row", "Afloop", choices=("refused", "duplicate", "repaired", "left_out")
        ),
        "reason": Column("str", "what is wrong with it", "Reden"),
        "finding": Column("str", "what stood there", "Gevonden", optional=True),
        "parcel_id": Column("str", "plot that the row names, where it names one", "Kavel", optional=True),
        "site_name": Column("str", "site that the row names, where it names one", "Terrein", optional=True),
        "contract_id": Column(
            "str", "contract that the row names, where it names one", "Contract", optional=True, confidential=True
        ),
        "area_before_m2": Column("float", "area as drawn", "Oppervlakte voor", unit="m2", optional=True),
        "area_after_m2": Column("float", "area after repair", "Oppervlakte na", unit="m2", optional=True),
    },
)
