"""Classes of the national flood map; class codes are counted, never averaged."""

from layers.layer import RasterLayer

LAYER = RasterLayer(
    "flood_classes",
    "class of the ground in the national flood map, of which one is outside the dikes",
    "Overstromingsgevoelig gebied",
    kind="class",
    unit="class",
    minimum=0,
    maximum=255,
)
