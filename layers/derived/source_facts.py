"""What harmonising did to each source, in rows and m2."""

from layers.columns import area, count, integer, number, optional_number, optional_text, text
from layers.layer import Layer

LAYER = Layer(
    "source_facts",
    "rows and area per source before and after: rows in = rows out + rows refused",
    "Inlezing",
    key=("source",),
    stage="harmonise",
    columns={
        "layer": text("layer that it fills", "Laag"),
        "rows_left_out": count(
            "rows of the file that the card's filter passes by, or that hold nothing", "Rijen overgeslagen", unit="rows"
        ),
        "rows_in": count("rows in the file that the card selects", "Rijen in", unit="rows"),
        "rows_out": count("rows that stand in the layer", "Rijen uit", unit="rows"),
        "rows_refused": count("rows refused", "Rijen geweigerd", unit="rows"),
        "rows_merged": integer("rows taken together with another row", "Rijen samengevoegd", unit="rows"),
        "rows_repaired": count("rows whose geometry was repaired", "Rijen hersteld", unit="rows"),
        "area_before_m2": number("area as drawn, before repair", "Oppervlakte voor", unit="m2"),
        "area_after_m2": area("area after repair and snapping", "Oppervlakte na"),
        "crs": optional_text("coordinate system of the file", "Coördinatenstelsel"),
        "crs_operation": optional_text("how it was brought to RD New", "Omrekening"),
        "accuracy_m": optional_number(
            "stated accuracy of that operation; empty is none stated",
            "Nauwkeurigheid",
            unit="m",
        ),
    },
)
