"""What harmonising did to each source, in rows and m2."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="source_facts",
    meaning="rows and area per source before and after: rows in = rows out + rows refused",
    title="Inlezing",
    key=("source",),
    stage="harmonise",
    columns={
        "source": Column("str", "name of the source card", "Bron"),
        "layer": Column("str", "layer that it fills", "Laag"),
        "rows_left_out": Column(
            "int", "rows of the file that the card's filter passes by", "Rijen overgeslagen", unit="rows", minimum=0
        ),
        "rows_in": Column("int", "rows in the file that the card selects", "Rijen in", unit="rows", minimum=0),
        "rows_out": Column("int", "rows that stand in the layer", "Rijen uit", unit="rows", minimum=0),
        "rows_refused": Column("int", "rows refused", "Rijen geweigerd", unit="rows", minimum=0),
        "rows_merged": Column("int", "rows taken together with another row", "Rijen samengevoegd", unit="rows"),
        "rows_repaired": Column("int", "rows whose geometry was repaired", "Rijen hersteld", unit="rows", minimum=0),
        "area_before_m2": Column("float", "area as drawn, before repair", "Oppervlakte voor", unit="m2"),
        "area_after_m2": Column("float", "area after repair and snapping", "Oppervlakte na", unit="m2", minimum=0),
        "crs": Column("str", "coordinate system of the file", "Coördinatenstelsel", optional=True),
        "crs_operation": Column("str", "how it was brought to RD New", "Omrekening", optional=True),
        "accuracy_m": Column(
            "float",
            "stated accuracy of that operation; empty is none stated",
            "Nauwkeurigheid",
            unit="m",
            optional=True,
        ),
    },
)
