"""How deep water can stand in a flood; no data is not dry."""

from layers.layer import RasterLayer

LAYER = RasterLayer(
    "flood_depths",
    "greatest water depth in a flood of the map's scenario; 0 is dry, no data is not known",
    "Overstromingsdiepte",
    kind="depth",
    unit="m",
    minimum=0,
    maximum=50,
)
