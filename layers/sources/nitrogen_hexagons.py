"""Cells of nature that is sensitive to nitrogen, with what it can bear and what falls on it."""

from layers.columns import number, optional_number, text
from layers.layer import Layer

LAYER = Layer(
    "nitrogen_hexagons",
    "hexagons of one zoom level of the national nitrogen monitor; the lowest critical load counts "
    "where habitats share one",
    "Stikstofhexagonen",
    key=("hexagon_id",),
    shape="any",
    columns={
        "hexagon_id": text("key of the hexagon", "Hexagoon"),
        "critical_load_mol_ha": number(
            "critical deposition value, the lowest of its habitats",
            "KDW",
            unit="mol/ha",
            minimum=0,
            maximum=10000,
        ),
        "deposition_mol_ha": optional_number(
            "total deposition in a year", "Depositie", unit="mol/ha", minimum=0, maximum=100000
        ),
    },
)
