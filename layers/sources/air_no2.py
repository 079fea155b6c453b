"""Yearly mean background of NO2 on cells of a kilometre; says nothing at the scale of a plot."""

from layers.layer import RasterLayer

LAYER = RasterLayer(
    "air_no2",
    "yearly mean background concentration of NO2; a signal for the permit, no exceedance of a limit",
    "Achtergrond NO2",
    kind="concentration",
    unit="ug/m3",
    minimum=0,
    maximum=1000,
)
