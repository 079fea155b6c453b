"""How deep water can stand in a flood; no data is not dry."""

from layers.layer import RasterLayer

LAYER = RasterLayer(
    name="flood_depths",
    meaning="greatest water depth in a flood of the map's scenario; 0 is dry, no data is not known",
    title="Overstromingsdiepte",
    kind="depth",
    unit="m",
    minimum=0,
    maximum=50,
)
